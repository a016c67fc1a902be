"""Intakes to come: from all earlier ones and the county's leavers, with honest width."""

from __future__ import annotations

import numpy as np
import pytest

from alliance.planning.intake import (
    FOLLOW,
    Leavers,
    drawn_intake,
    expected_intake,
    intakes_of,
    outlook_of,
)


def leavers(numbers: dict[int, tuple[int, int, int]]) -> dict[int, Leavers]:
    return {year: Leavers(year, *ends, "statistics") for year, ends in numbers.items()}


def test_one_odd_year_neither_stays_for_ever_nor_is_forgotten() -> None:
    outlook = outlook_of({"A": {2024: 87, 2025: 139, 2026: 45}}, {})
    expected = expected_intake(outlook, "A", 2027, {})
    smoothed = np.log(87)
    for students in (139, 45):
        smoothed += FOLLOW * (np.log(students) - smoothed)
    assert expected == pytest.approx(np.exp(smoothed))
    assert 45 < expected < 87
    low, high = np.quantile(drawn_intake(outlook, "A", 2027, {}, 4000, 7), (0.1, 0.9))
    assert low < 45
    assert high > 110


def test_the_spread_learns_from_all_specialties_and_grows_with_the_years() -> None:
    rng = np.random.default_rng(3)
    calm, wild = (
        outlook_of(
            {
                f"S{row}": {
                    year: float(60 * np.exp(rng.normal(0, spread))) for year in range(2018, 2027)
                }
                for row in range(8)
            },
            {},
        )
        for spread in (0.05, 0.5)
    )
    assert calm.spread < 0.2 < wild.spread
    widths = [
        float(np.subtract(*np.quantile(drawn_intake(calm, "S1", year, {}, 4000, 7), (0.9, 0.1))))
        for year in (2027, 2029, 2032)
    ]
    assert widths == sorted(widths)


def test_intervals_hold_what_they_say_on_drawn_counties() -> None:
    rng = np.random.default_rng(11)
    inside = total = 0
    for _county in range(60):
        level = np.log(50) + np.cumsum(rng.normal(0, 0.12, (12, 8)), axis=1)
        students = np.exp(level + rng.normal(0, 0.15, level.shape))
        intakes = {
            f"S{row}": {2019 + year: float(students[row, year]) for year in range(7)}
            for row in range(12)
        }
        outlook = outlook_of(intakes, {})
        for row in range(12):
            low, high = np.quantile(drawn_intake(outlook, f"S{row}", 2026, {}, 500, 7), (0.1, 0.9))
            inside += low <= students[row, 7] <= high
            total += 1
    assert inside / total == pytest.approx(0.8, abs=0.06)


def test_intakes_follow_the_leavers_of_their_year() -> None:
    known = leavers({2025: (3000, 3000, 3000), 2026: (3000, 3000, 3000), 2027: (1400, 1500, 1600)})
    intakes = {"A": {2025: 60.0, 2026: 60.0}}
    outlook = outlook_of(intakes, known)
    assert outlook.by_share
    assert expected_intake(outlook, "A", 2027, known) == pytest.approx(30)
    # a year beyond the last known one has as many as that
    assert expected_intake(outlook, "A", 2031, known) == pytest.approx(30)
    without = outlook_of(intakes, {2026: known[2026]})
    assert not without.by_share
    assert expected_intake(without, "A", 2027, {2026: known[2026]}) == pytest.approx(60)


def test_a_year_without_a_class_is_passed_over_and_what_was_typed_counts_first() -> None:
    classes = [
        {"specialty": "A", "entry_year": 2025, "began": 40},
        {"specialty": "A", "entry_year": 2025, "began": 41},
        {"specialty": "A", "entry_year": 2026, "began": 0},
    ]
    found = intakes_of(classes, {("A", 2025): 96.0, ("B", 2020): 50.0})
    assert found == {"A": {2025: 96.0, 2026: 0.0}, "B": {2020: 50.0}}
    assert outlook_of(found, {}).levels["A"] == (2025, pytest.approx(np.log(96)))
