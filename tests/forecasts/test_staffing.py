"""Growth and replacement by year: the stock that members count, its split, what a run keeps and who sees it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import numpy as np
import pytest

from alliance.forecasts import queries
from alliance.forecasts.panel.building import Block, DemandPanel
from alliance.forecasts.runs.staffing import (
    StaffCount,
    digest_of,
    mix,
    openings,
    rate_for,
    read_openings,
    stock_of,
)
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.planning.factors.actions import load_factors
from alliance.reference import queries as reference
from alliance.reference.actions import load
from alliance.reference.model import LeavingRate
from tests.forecasts.test_runs import advertise, ran
from tests.world import World

REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference"
DAY = date(2026, 1, 1)
RATES = [
    LeavingRate("", DAY, 0.04, 0.07, 0.11, "all"),
    LeavingRate("6-18", DAY, 0.05, 0.14, 0.2, "turners"),
]


def counts(*rows: tuple[str, str, int, int]) -> list[StaffCount]:
    return [
        StaffCount(name, industry, date(year, 6, 1), staff) for name, industry, year, staff in rows
    ]


def panel(cells: list[tuple[str, str]], heads: list[float]) -> DemandPanel:
    linked = np.tile(np.array(heads)[:, None], (1, 24))
    nothing = Block((), np.zeros((0, 24)), np.zeros((0, 24)), np.zeros(0, np.int64))
    return DemandPanel(
        months=("2026-10",) * 24,
        cells=Block(tuple(cells), linked, linked, np.ones(len(cells), np.int64)),
        places=nothing,
        skills=nothing,
        uses=nothing,
        quality=(),
        steady=(),
        later=(),
    )


def test_a_member_that_comes_later_is_no_growth() -> None:
    steady = [("a", "C3670", year, 100) for year in range(2022, 2027)]
    late = [("b", "C3670", year, 80) for year in range(2024, 2027)]
    found = stock_of(counts(*steady, *late))
    assert found is not None
    assert found.years == (2022, 2023, 2024, 2025, 2026)
    np.testing.assert_allclose(found.heads, [[180.0] * 5])
    assert (found.members, found.chained) == (2, 1)


def test_a_count_stands_until_the_next_and_years_of_few_members_are_left_out() -> None:
    found = stock_of(
        counts(
            ("a", "C3670", 2023, 100),
            ("a", "C3670", 2026, 120),
            ("tiny", "H6110", 2015, 3),
            ("tiny", "H6110", 2026, 4),
        )
    )
    assert found is not None
    assert found.years == (2023, 2024, 2025, 2026)
    assert found.heads[0].tolist() == [100.0, 100.0, 100.0, 120.0]
    assert stock_of([]) is None


def test_an_industry_is_split_by_what_it_advertised_over_the_rate_at_which_people_leave() -> None:
    seen = panel(
        [("6-18-01-01", "C36"), ("4-03-01-01", "C36"), ("4-03-01-01", "H61")], [2.0, 1.0, 5.0]
    )
    cells, shares = mix(["C36", "Q84"], seen, RATES)
    assert dict(zip(cells, shares.round(6).tolist(), strict=True)) == {
        ("6-18-01-01", "C36"): 0.5,
        ("4-03-01-01", "C36"): 0.5,
        ("-", "Q84"): 1.0,
    }
    assert rate_for(RATES, "6-18-01-01").source == "turners"


def test_all_levels_add_up_to_the_same_openings_and_start_from_the_counted_staff() -> None:
    rows = [("a", "C3670", y, 100 + 8 * (y - 2021)) for y in range(2021, 2027)] + [
        ("q", "Q8411", y, 300) for y in range(2021, 2027)
    ]
    seen = panel([("6-18-01-01", "C36"), ("4-03-01-01", "C36")], [2.0, 1.0])
    found = openings(counts(*rows), seen, RATES, 7, 200)
    assert found.basis["ahead"] == [str(year) for year in range(2027, 2035)]
    assert found.basis["unsplit"] == 300
    sums = {}
    for level in ("total", "industry", "occupation"):
        mine = [row for row in found.rows if row.level == level]
        sums[level] = np.sum(
            [
                [row.ahead[kind].mean for kind in ("growth", "replacement", "openings")]
                for row in mine
            ],
            axis=0,
        )
        assert sum(row.stock[-1] for row in mine) == pytest.approx(440, abs=0.01)
    for level in ("industry", "occupation"):
        np.testing.assert_allclose(sums[level], sums["total"], atol=0.01)
    np.testing.assert_allclose(sums["total"][0] + sums["total"][1], sums["total"][2], atol=0.01)
    total = next(row for row in found.rows if row.level == "total").ahead
    for kind in total.values():
        assert all(a <= b <= c for a, b, c in zip(kind.lo95, kind.lo80, kind.median, strict=True))
        assert all(a <= b <= c for a, b, c in zip(kind.median, kind.hi80, kind.hi95, strict=True))
    codes, years, growth, replacement = read_openings(found.paths)
    assert (codes[0], years[-1], growth.shape, replacement.shape) == (
        "-",
        2034,
        (200, 3, 8),
        (200, 3, 8),
    )
    again = openings(counts(*rows), seen, RATES, 7, 200)
    assert (again.rows, again.paths) == (found.rows, found.paths)


@pytest.mark.parametrize(
    ("rows", "rates"),
    [
        ([], RATES),
        ([("a", "C3670", 2025, 9), ("a", "C3670", 2026, 9)], RATES),
        ([("a", "C3670", y, 9) for y in (2020, 2026)], RATES[1:]),
    ],
)
def test_without_enough_years_or_a_rate_for_all_there_is_a_reason_and_no_number(
    rows: list[tuple[str, str, int, int]], rates: list[LeavingRate]
) -> None:
    found = openings(counts(*rows), panel([], []), rates, 7, 50)
    assert found.rows == ()
    assert found.basis["ahead"] == []


async def counted(years: int = 5) -> None:
    """Counts of the world's hotel and hospital, one a year up to today's year."""
    today = clock.today()
    async with queries.DB.acting_for(SYSTEM):
        await queries.DB.execute_many(
            "insert into staff_count (id, organisation, counted_on, staff, source) select gen_random_uuid(), o.id, $1, $2, '年报'"
            " from organisation o where o.industry = $3 on conflict do nothing",
            [
                (date(today.year - back, 1, 15), size - grows * back, industry)
                for back in range(years)
                for industry, size, grows in (
                    ("H6110", 60, 3),
                    ("Q8411", 240, -6),
                    ("C3670", 118, 9),
                    ("L7263", 90, 0),
                )
            ],
        )


async def test_a_run_keeps_growth_and_replacement_and_nobody_changes_them(
    db: Database, world: World
) -> None:
    await load(REFERENCE)
    await advertise(30)
    before = await ran(world)
    assert before["yearly"]["ahead"] == []
    assert await queries.yearly_of(world.planner_centre, before["id"], "total", "total") is None
    assert await queries.yearly_paths(world.planner_centre, before["id"]) == b""
    await counted()
    run = await ran(world)
    assert run["yearly"]["members"] == 4
    found = await queries.yearly_of(world.authority_bureau, run["id"], "total", "total")
    assert found is not None
    assert len(found["stock"]) == len(run["yearly"]["years"])
    assert list(found["ahead"]) == ["growth", "replacement", "openings"]
    assert read_openings(await queries.yearly_paths(world.planner_centre, run["id"]))[0]
    for sql in (
        "update forecast_yearly set stock = '{}' where run = $1",
        "delete from forecast_yearly where run = $1",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.acting_for(SYSTEM):
                await db.fetch(sql, run["id"])
    for stranger in (world.hr_precision, world.coordinator_centre):
        async with db.acting_for(stranger):
            assert await db.fetch("select id from forecast_yearly") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acting_for(world.planner_centre):
            await db.fetch(
                "insert into forecast_yearly (run, level, code) values ($1, 'total', 'x')",
                run["id"],
            )


async def test_pages_and_exports_show_growth_and_replacement_apart_or_say_why_not(
    browse: Callable[..., Any], world: World
) -> None:
    await load(REFERENCE)
    await load_factors(REFERENCE / "planning_factors.csv")
    await advertise(30)
    run = await ran(world)
    async with browse("planner.centre") as browser:
        page = await browser.get("/demand/series/total/total?horizon=years")
        assert "no yearly basis" in page.text
        assert (
            "growth demand"
            not in (await browser.get("/demand/series/total/total/export?form=csv")).text
        )
        async with queries.DB.acting_for(SYSTEM):
            cell = await queries.DB.fetch_value(
                "select code from forecast_series where run = $1 and level = 'cell' limit 1",
                run["id"],
            )
        assert (
            "cannot be told for this series"
            in (await browser.get(f"/demand/series/cell/{quote(cell, safe='')}?horizon=years")).text
        )
        await counted()
        await ran(world)
        page = await browser.get("/demand/series/total/total?horizon=years")
        assert 'data-chart="yearly"' in page.text
        assert "4 members" in page.text
        assert 'data-chart="yearly"' not in (await browser.get("/demand/series/total/total")).text
        lines = list(
            csv.reader(
                io.StringIO(
                    (await browser.get("/demand/series/total/total/export?form=csv")).text.lstrip(
                        "\ufeff"
                    )
                )
            )
        )
        kinds = Counter(line[1] for line in lines)
        assert (
            kinds["growth demand"]
            == kinds["replacement demand"]
            == kinds["growth and replacement together"]
            == 8
        )
        assert kinds["staff of members"] == 5
        assert (await browser.get("/demand/series/total/total/export")).content[:2] == b"PK"
    async with browse("hr.precision") as browser:
        for path in (
            "/demand/series/total/total?horizon=years",
            "/demand/series/total/total/export",
            "/gaps/660103?drivers=1",
        ):
            assert (await browser.get(path)).status_code == 403, path


async def test_of_each_leaving_rate_the_one_that_holds_on_the_day_counts(
    db: Database, world: World
) -> None:
    await load(REFERENCE)
    async with db.acting_for(SYSTEM):
        await db.fetch(
            "insert into leaving_rate (code, valid_from, low, middle, high, source) values ('4', '2030-01-01', .1, .2, .3, '用工普查')"
        )
    now = {
        one.code: one.middle
        for one in await reference.leaving_rates(world.hr_hotel, date(2026, 11, 1))
    }
    later = {
        one.code: one.middle
        for one in await reference.leaving_rates(world.hr_hotel, date(2031, 1, 1))
    }
    assert "" in now
    assert (now["4"], later["4"]) == (0.1, 0.2)
    assert await reference.leaving_rates(SYSTEM, date(2020, 1, 1)) == ()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acting_for(world.planner_centre):
            await db.fetch(
                "insert into leaving_rate (code, valid_from, low, middle, high, source) values ('9', '2030-01-01', .1, .2, .3, '没有来源')"
            )


def test_a_run_tells_which_counts_and_rates_it_saw_whatever_their_order() -> None:
    counts = [StaffCount(name, "C33", date(2026, 1, 1), 100) for name in ("a", "b")]
    rates = [
        LeavingRate("", date(2020, 1, 1), 0.02, 0.04, 0.06, "s"),
        LeavingRate("6", date(2020, 1, 1), 0.02, 0.05, 0.06, "s"),
    ]
    assert digest_of(counts, rates) == digest_of(counts[::-1], rates[::-1])
    assert (
        len({digest_of(counts, rates), digest_of(counts[:1], rates), digest_of(counts, rates[:1])})
        == 3
    )
