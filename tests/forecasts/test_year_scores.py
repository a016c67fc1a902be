"""Runs in calendar years that have become complete: which years are, what is compared with what, stored once, shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest

from alliance.forecasts.panel.building import build, months_between
from alliance.forecasts.runs import actions as runs
from alliance.forecasts.runs.staffing import StaffCount
from alliance.forecasts.trust import judging, judging_years, scoring
from alliance.forecasts.trust import queries as queries_trust
from alliance.forecasts.trust.judging import Truth, truth_of
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.reference.actions import load
from tests.forecasts.test_panel import ad
from tests.forecasts.test_panel import months as panel_months
from tests.forecasts.test_runs import advertise
from tests.forecasts.test_staffing import counted
from tests.world import World

REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference"
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def known(months: tuple[str, ...], heads: list[float], **more: list[float]) -> Truth:
    lines = {("total", "total"): np.array(heads)} | {
        ("skill", code): np.array(values) for code, values in more.items()
    }
    return Truth(months, frozenset(months), lines)


def series(
    level: str, code: str, history: list[float], means: list[float], wide: float = 0.0
) -> dict[str, Any]:
    ends = {
        "lo80": -wide,
        "hi80": wide,
        "lo95": -2 * wide,
        "hi95": 2 * wide,
        "mean": 0.0,
        "median": 0.0,
    }
    years = {name: [mean + end for mean in means] for name, end in ends.items()}
    return {
        "level": level,
        "code": code,
        "history": history,
        "years": {"periods": ["2025", "2026"], **years},
    }


def test_a_year_is_complete_with_its_twelve_months_and_no_silent_one() -> None:
    days = panel_months(40)
    rows = [ad(day, 20) for day in days] + [ad(day, 3, source="hub") for day in days[12:]]
    whole = build(rows, days[-1] + timedelta(days=140))
    silent = build(
        [row for row in rows if row["published"] != days[20] or row["source"] == "hub"],
        days[-1] + timedelta(days=140),
    )
    assert whole is not None
    assert silent is not None
    first, last = whole.months[0][:4], whole.months[-1][:4]
    inner = [
        str(year)
        for year in range(int(first), int(last) + 1)
        if {f"{year}-01", f"{year}-12"} <= set(whole.months)
    ]
    assert len(inner) > 1
    found = judging_years.whole_years(truth_of(whole))
    assert list(found.months) == inner
    at = whole.months.index(f"{inner[0]}-01")
    assert found.lines["total", "total"][0] == pytest.approx(
        whole.cells.linked[:, at : at + 12].sum()
    )
    assert list(judging_years.whole_years(truth_of(silent)).months) == [
        year for year in inner if year != f"{days[20].year}"
    ]


def test_a_year_is_scored_on_the_runs_scale_against_its_last_twelve_months() -> None:
    months = tuple(months_between("2024-01", "2026-12"))
    # what is counted now is twice what the run saw: a source came since
    truth = known(months, [20.0] * 24 + [24.0] * 12)
    row = series("total", "total", [10.0] * 22, [121.0, 130.0], wide=12.0)
    early, later = judging_years.score_years([row], "2025-10", ["2025", "2026", "2040"], truth, {})
    assert (early.month, early.lead, early.actual, early.predicted, early.naive) == (
        "2025",
        2,
        120.0,
        121.0,
        0.0,
    )
    assert (later.month, later.lead, later.actual, later.absolute, later.naive) == (
        "2026",
        14,
        144.0,
        14.0,
        24.0,
    )
    assert (early.inside80, later.inside80, later.inside95, later.rebased) == (1, 0, 1, 0.5)
    assert later.quantiles["hi80"] == 142.0


def test_years_of_skills_that_became_one_are_added_up() -> None:
    months = tuple(months_between("2024-01", "2025-12"))
    truth = known(months, [10.0] * 24, new=[5.0] * 24)
    rows = [
        series("total", "total", [10.0] * 12, [120.0, 120.0]),
        series("skill", "old", [3.0] * 12, [40.0, 9.0]),
        series("skill", "older", [2.0] * 12, [20.0, 9.0]),
    ]
    scores = judging_years.score_years(
        rows, "2024-12", ["2025"], truth, {"skill": {"old": "new", "older": "new"}}
    )
    skill = next(one for one in scores if one.level == "skill")
    assert (skill.series, skill.predicted, skill.actual, skill.absolute, skill.naive) == (
        1,
        60.0,
        60.0,
        0.0,
        0.0,
    )


def staff(*rows: tuple[str, str, int, int]) -> list[StaffCount]:
    return [
        StaffCount(name, industry, date(year, 6, 1), persons)
        for name, industry, year, persons in rows
    ]


def test_a_change_of_staff_is_of_members_that_counted_in_both_years() -> None:
    counts = staff(
        ("a", "C3670", 2024, 100),
        ("a", "C3670", 2025, 110),
        ("a", "C3670", 2026, 120),
        # counts that stand, members that join and industries mostly unseen tell of no change
        ("b", "C3670", 2024, 90),
        ("q", "Q8411", 2024, 60),
        ("new", "Q8411", 2025, 500),
        ("q", "Q8411", 2026, 60),
    )
    assert judging_years.staff_changes(counts, date(2026, 4, 29)) == {}
    assert judging_years.staff_changes(
        counts[:4] + staff(("q", "Q8411", 2024, 5)), date(2026, 4, 30)
    ) == {2025: judging_years.StaffChange({"C36": 1.1}, 1.1, 100)}
    # 100 of 250 persons counted again are too few
    assert judging_years.staff_changes(counts, date(2026, 4, 30)) == {}


def grown(
    level: str, code: str, stock: list[float], growth: list[float], wide: float
) -> dict[str, Any]:
    ends = {
        "lo80": -wide,
        "hi80": wide,
        "lo95": -2 * wide,
        "hi95": 2 * wide,
        "mean": 0.0,
        "median": 0.0,
    }
    table = {name: [value + end for value in growth] for name, end in ends.items()}
    return {
        "level": level,
        "code": code,
        "stock": stock,
        "growth": {"periods": ["2025", "2026"], **table},
    }


def test_growth_follows_the_changes_from_the_runs_own_staff_until_a_gap() -> None:
    rows = [
        grown("total", "total", [270.0, 280.0, 300.0], [10.0, 10.0], 15.0),
        grown("industry", "C36", [170.0, 180.0, 200.0], [10.0, 10.0], 15.0),
        grown("industry", "H61", [100.0, 100.0, 100.0], [0.0, 0.0], 5.0),
    ]
    first = judging_years.StaffChange({"C36": 1.2}, 1.1, 150)
    second = judging_years.StaffChange({"C36": 0.5, "H61": 2.0}, 0.7, 150)
    scores = judging_years.score_growth(rows, ["2025", "2026"], {2025: first, 2026: second})
    found = {(one.month, one.level): one for one in scores}
    # H61 was not seen in 2025: it follows the county in the sum and is not scored, then or later
    one = found["2025", "total"]
    assert (one.actual, one.predicted, one.absolute, one.naive, one.lead) == pytest.approx(
        (50.0, 10.0, 40.0, 30.0, 12)
    )
    assert (one.inside80, one.inside95, one.rebased) == (0, 0, 2.0)
    assert (found["2025", "industry"].series, found["2025", "industry"].actual) == (
        1,
        pytest.approx(40.0),
    )
    two = found["2026", "total"]
    assert (two.actual, two.lead) == (pytest.approx(-120.0 + 110.0), 24)
    assert (found["2026", "industry"].series, found["2026", "industry"].actual) == (
        1,
        pytest.approx(-120.0),
    )
    assert judging_years.score_growth(rows, ["2026"], {2026: second}) == []
    assert [
        one.month for one in judging_years.score_growth(rows, ["2026"], {2025: first, 2026: second})
    ] == ["2026"] * 2


async def forecast_on(world: World, day: date) -> None:
    with clock.frozen(datetime(day.year, day.month, day.day, 9, tzinfo=UTC)):
        await runs.perform(await runs.request_run(world.planner_centre), looking_back=False)


async def test_years_are_scored_once_kept_and_seen_by_planners(db: Database, world: World) -> None:
    with clock.frozen(NOW):
        await load(REFERENCE)
        async with db.acting_for(SYSTEM):
            await db.connection().execute("update leaving_rate set valid_from = '2020-01-01'")
        await advertise(50)
        await counted()
        await forecast_on(world, date(2024, 12, 10))
        await forecast_on(world, date(2025, 11, 10))
        with clock.frozen(datetime(2026, 3, 1, 9, tzinfo=UTC)):
            # the staff of 2025 may still be counted
            await scoring.score_runs()
            scores = await queries_trust.year_scores(world.planner_centre)
            assert {(one["number"], one["kind"], one["year"]) for one in scores} == {
                (1, "heads", "2024"),
                (1, "heads", "2025"),
                (2, "heads", "2025"),
            }
        await scoring.score_runs()
        await scoring.score_runs()
        scores = await queries_trust.year_scores(world.planner_centre)
        total = {
            (one["number"], one["kind"], one["year"]): one
            for one in scores
            if one["level"] == "total"
        }
        assert set(total) == {
            (1, "heads", "2024"),
            (1, "heads", "2025"),
            (2, "heads", "2025"),
            (1, "growth", "2025"),
        }
        assert [
            total[key]["lead"]
            for key in ((1, "heads", "2024"), (1, "heads", "2025"), (2, "heads", "2025"))
        ] == [1, 13, 2]
        for key, one in total.items():
            parts = [each for each in scores if (each["number"], each["kind"], each["year"]) == key]
            summed = {each["level"]: each for each in parts}
            assert len(summed) == len(parts) == (len(judging.LEVELS) if key[1] == "heads" else 2)
            assert summed["industry"]["actual"] == pytest.approx(one["actual"], rel=1e-6)
            assert summed["industry"]["predicted"] == pytest.approx(one["predicted"], abs=0.1)
            assert (
                one["quantiles"]["lo80"] <= one["quantiles"]["median"] <= one["quantiles"]["hi80"]
            )
        # the hotel, the hospital, the factory and the institute counted 3 - 6 + 9 + 0 more in all
        assert total[1, "growth", "2025"]["actual"] == pytest.approx(6.0, abs=0.01)
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.acting_for(SYSTEM):
            await db.fetch("update forecast_year_score set actual = 0")
    for stranger in (world.hr_precision, world.coordinator_centre):
        assert await queries_trust.year_scores(stranger) == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acting_for(world.planner_centre):
            await db.fetch(
                "insert into forecast_year_score (run, kind, year, level) select id, 'heads', '2026', 'total' from forecast_run limit 1"
            )


async def test_the_page_shows_years_or_says_when_they_come(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("planner.centre") as browser:
        with clock.frozen(NOW):
            await advertise(50)
            await forecast_on(world, date(2026, 5, 10))
            await scoring.score_runs()
        page = await browser.get("/demand/trust")
        assert "No run has met a whole year yet." in page.text
        assert "The first year that a run forecast before its end is 2026" in page.text
        with clock.frozen(NOW):
            await forecast_on(world, date(2025, 11, 10))
            await scoring.score_runs()
        page = await browser.get("/demand/trust")
        assert "2 of 12 months ahead" in page.text
        assert "No growth of staff has met its truth yet." in page.text
        lines = (await browser.get("/demand/trust/export?form=csv")).text.splitlines()
        assert sum("heads by year" in line for line in lines) == len(judging.LEVELS)
