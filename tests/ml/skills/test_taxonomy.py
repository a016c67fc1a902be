"""Which code stands for an old one."""

from __future__ import annotations

from datetime import date

import pytest

from ml.skills import Skill, present_codes

DAY = date(2026, 11, 26)


def skill(
    code: str,
    valid_to: date | None = None,
    replaced_by: str | None = None,
    valid_from: date | None = None,
) -> Skill:
    return Skill(
        code, code, code, (), valid_from=valid_from, valid_to=valid_to, replaced_by=replaced_by
    )


def test_retired_codes_are_followed_to_the_one_that_stands() -> None:
    table = [
        skill("A", date(2016, 4, 30), "B"),
        skill("B", date(2020, 1, 1), "C"),
        skill("C"),
        skill("D"),
    ]
    assert present_codes(table, DAY) == {"A": "C", "B": "C", "C": "C", "D": "D"}


def test_on_its_last_day_a_skill_still_stands() -> None:
    table = [skill("A", DAY, "B"), skill("B")]
    assert present_codes(table, DAY)["A"] == "A"
    assert present_codes(table, date(2026, 11, 27))["A"] == "B"


def test_a_replacement_is_taken_from_its_first_day_on() -> None:
    table = [skill("A", date(2026, 1, 1), "B"), skill("B", valid_from=date(2027, 1, 1))]
    assert present_codes(table, DAY)["A"] == "A"
    assert present_codes(table, date(2027, 1, 1))["A"] == "B"


def test_without_a_replacement_the_past_is_kept() -> None:
    assert present_codes(
        [skill("A", date(2020, 12, 31)), skill("B", date(2020, 12, 31), "gone")], DAY
    ) == {"A": "A", "B": "B"}


def test_a_circle_is_refused() -> None:
    table = [skill("A", date(2020, 1, 1), "B"), skill("B", date(2020, 1, 1), "A")]
    with pytest.raises(ValueError, match="A → B → A"):
        present_codes(table, DAY)
