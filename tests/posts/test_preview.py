"""Whom a post is closed to, and what HR sees of it while typing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from alliance.posts.preview import CHILD, FIRST_YEAR, MINOR, OTHER, WOMAN, closed_to
from alliance.regulation import Facts, HostFacts, PostConditions, PostFacts
from tests.posts.test_posts import FORM

TODAY = date(2027, 3, 1)
SPECIALTIES = ["660103", "660102", "720301"]


def facts(
    hazards: tuple[str, ...] | None = (), starts: date = date(2027, 9, 6), kind: str = "internship"
) -> Facts:
    return Facts(
        host=HostFacts(host="h", name="h", industry="C34", uscc_valid=True, staff=100),
        post=PostFacts(
            post="p",
            host="h",
            kind=kind,
            starts=starts,
            ends=date(2028, 3, 3),
            wanted_specialties=("660103",),
            staff_same_type=50,
            hours_per_day=8,
            days_per_week=5,
            shift="day",
        ),
        conditions=PostConditions(hazards=hazards),
    )


def closed(told: Facts) -> dict[str, str]:
    """Rule → who."""
    return {finding.rule: who for who, finding in closed_to(told, SPECIALTIES, TODAY)}


@pytest.mark.parametrize(
    "starts", [date(2027, 9, 6), date(2027, 8, 31), date(2028, 2, 29), date(2027, 9, 1)]
)
def test_every_internship_is_closed_to_children_first_years_and_other_categories(
    starts: date,
) -> None:
    assert closed(facts(starts=starts)) == {"E01": FIRST_YEAR, "E02": CHILD, "C02": OTHER}


def test_hazards_close_a_post_to_minors_and_to_women() -> None:
    assert closed(facts(hazards=("HEIGHT2",)))["E03"] == MINOR
    assert closed(facts(hazards=("LOAD20_25",)))["E04"] == WOMAN


def test_what_is_not_stated_closes_it_to_nobody_in_particular() -> None:
    assert set(closed(facts(hazards=None))) == {"E01", "E02", "C02"}


def test_a_job_is_closed_to_nobody() -> None:
    assert closed(facts(kind="job")) == {}


async def test_hr_sees_the_post_as_students_will(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        empty = (await browser.get("/posts/new")).text
        assert "Appears when the post is filled in" in empty
        shown = (await browser.submit("/posts/check", FORM)).text
    preview = shown[shown.index('id="preview"') :]
    assert FORM["title"] in preview
    assert "First-year students may not take a post." in preview


async def test_hr_sees_the_days_and_the_limit(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        shown = (await browser.submit("/posts/check", {**FORM, "head_count": "3"})).text
    panel = shown[shown.index('id="law"') :]
    assert "See the days" in panel
    assert FORM["starts"] in panel
    assert FORM["ends"] in panel
