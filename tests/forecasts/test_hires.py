"""Hires: persons by year with their turnover, apart from advertised heads; towns that add up to the county."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.forecasts import queries
from alliance.forecasts.drivers import actions as drivers
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.drivers.actions import DriverDraft, PartDraft
from alliance.forecasts.drivers.hiring import Hiring, Part, hires_of, pace
from alliance.forecasts.drivers.laying import with_drivers
from alliance.forecasts.drivers.towns import towns_of
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.reference.actions import load
from tests.forecasts.test_runs import advertise, ran
from tests.forecasts.test_trust import draft
from tests.world import World

REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference"
YEARS = list(range(2026, 2035))
numbers = st.floats(0, 5000, allow_nan=False)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    low, middle, high = sorted(draw(st.tuples(numbers, numbers, numbers)))
    return Part(draw(st.sampled_from("abc")), low, middle, high, draw(st.floats(0, 1.5)))


@st.composite
def hirings(draw: st.DrawFn) -> Hiring:
    return Hiring(
        entropy=draw(st.integers(0, 2**127)),
        first_month=f"{draw(st.integers(2024, 2034))}-{draw(st.integers(1, 12)):02d}",
        months=draw(st.integers(1, 60)),
        probability=draw(st.floats(0.01, 1)),
        parts=tuple(draw(st.lists(parts(), min_size=1, max_size=4))),
    )


@settings(max_examples=15, deadline=None)
@given(st.lists(hirings(), min_size=1, max_size=4), st.integers(0, 9))
def test_middles_add_up_over_drivers_and_no_path_is_below_zero(
    known: list[Hiring], seed: int
) -> None:
    found = hires_of([{}] * len(known), known, ["a", "b", "c"], YEARS)
    alone = [hires_of([{}], [one], ["a", "b", "c"], YEARS) for one in known]
    assert np.array_equal(found.middle, np.concatenate([one.middle for one in alone]))
    drawn = found.paths(30, seed)
    assert drawn.dtype == np.float32
    assert drawn.shape == (30, len(known), 3, len(YEARS))
    assert (drawn >= 0).all()
    assert (found.middle >= 0).all()
    # a driver draws the same whatever stands beside it
    assert np.array_equal(drawn, np.concatenate([one.paths(30, seed) for one in alone], axis=1))


def test_a_plant_that_hires_four_hundred_needs_as_many_and_its_leavers_every_year_after() -> None:
    plant = Hiring(
        entropy=7,
        first_month="2027-05",
        months=18,
        probability=1.0,
        parts=(Part("a", 200, 250, 320, 0.12), Part("b", 120, 150, 160, 0.0)),
    )
    found = hires_of([{}], [plant], ["a", "b"], YEARS)
    a, b = found.middle[0]
    assert a[:4].tolist() == pytest.approx(
        [0, 250 * 8 / 18, 250 * (10 / 18 + 2 * 0.12 / 12), 250 * 0.12]
    )
    assert np.allclose(a[3:], 30), "who leaves is hired back: the same every year to the end"
    assert b.sum() == pytest.approx(150), "staff that does not last ends with its hiring"
    drawn = found.paths(40_000, 3)
    for row, part in enumerate(plant.parts):
        year = drawn[:, 0, row, 1] / (8 / 18)
        assert np.quantile(year, (0.1, 0.5, 0.9)) == pytest.approx(
            (part.low, part.middle, part.high), rel=0.01
        )
    # one draw a driver: fewer of one are fewer of the other
    a, b = drawn[np.argsort(drawn[:, 0, 0, 1]), 0, :, 1].T
    assert (np.diff(b) > -1e-3).all()
    perhaps = Hiring(
        entropy=7, first_month="2027-05", months=1, probability=0.3, parts=(Part("a", 9, 9, 9),)
    )
    found = hires_of([{}], [perhaps], ["a"], YEARS)
    drawn = found.paths(40_000, 3)[:, 0, 0, 1]
    assert set(np.unique(drawn)) == {0, 9}
    assert drawn.mean() == pytest.approx(found.middle[0, 0, 1], rel=0.05)
    assert pace(perhaps, perhaps.parts[0], ("2027-04", "2027-05", "2027-06")).tolist() == [0, 1, 0]


def test_towns_parts_add_up_to_the_forecasts_of_towns_and_of_industries() -> None:
    generator = np.random.default_rng(2)
    truth = generator.gamma(1, 5, (4, 3, 6))
    truth[2, :, 4] = 0
    industries = {f"i{row}": line for row, line in enumerate(truth.sum(axis=1))}
    towns = {f"t{row}": line for row, line in enumerate(truth.sum(axis=0))}
    counted = {("i0", "t0"): 9.0, ("i1", "t1"): 3.0, ("i1", "t2"): 3.0, ("i3", "t2"): 1.0}
    found = towns_of(counted, industries, towns)
    assert np.allclose(found.shares.sum(axis=1), 1)
    whole = sum(found.of(name) * line for name, line in industries.items())
    assert np.allclose(whole, truth.sum(axis=0), atol=0.01)
    assert np.allclose(found.of("of tomorrow").sum(axis=0), 1)
    assert found.of("i0")[0].mean() > 0.5, "what was counted tells the parts"


async def test_what_drivers_add_reaches_towns_and_the_towns_are_the_county(
    db: Database, world: World
) -> None:
    await advertise()
    run = await ran(world)
    actor = world.planner_centre
    async with DB.acting_for(SYSTEM):
        towns = [
            row["code"]
            for row in await DB.fetch(
                "select code from forecast_series where run = $1 and level = 'town' order by code",
                run["id"],
            )
        ]
        member = await DB.fetch_one(
            "update organisation set town = $2 where id = $1 returning id, left(industry, 3) as industry",
            world.organisations["precision"],
            towns[-1],
        )
        rows = await DB.fetch(
            "select occupation, industry from forecast_series where run = $1 and level = 'cell' and occupation <> '-'",
            run["id"],
        )
    assert member is not None
    code, industry = rows[0]["occupation"], rows[0]["industry"]
    first = "2020-01"
    other = rows[-1]["occupation"]
    known = [
        draft(occupation=code, first_month=first, kind="monthly", amount=5.0, months=None),
        draft(
            first_month=first, kind="monthly", months=None, town=towns[1],
            parts=(PartDraft(occupation=code, middle=3.0), PartDraft(occupation=other, middle=4.0)),
        ),
        draft(amount=0.5, first_month=first, kind="share", months=None, industry=industry, town=towns[1]),
        draft(amount=-2.0, first_month=first, kind="monthly", months=None, town=towns[1], industry=industry),
        draft(amount=6.0, first_month=first, kind="monthly", months=None, member=member["id"]),
    ]  # fmt: skip
    for one in known:
        await drivers.add_driver(actor, one)
    chosen = await drivers_queries.drivers(actor, active=True)
    laid = await drivers_queries.laid(actor, run["id"], run["data_until"], chosen)
    whole = laid.of("total", "total")
    by_kind = {
        (row["kind"], row["town"], row["member"], len(row["parts"])): place
        for place, row in enumerate(laid.drivers)
    }
    by_town = {town: laid.of("town", town) for town in laid.towns}
    assert np.allclose(sum(by_town.values()), whole)
    everywhere = by_kind["monthly", None, None, 1]
    assert whole[everywhere] == pytest.approx(5)
    assert all(line[everywhere].min() > 0 for line in by_town.values())
    two = by_kind["monthly", towns[1], None, 2]
    assert by_town[towns[1]][two] == pytest.approx(7)
    assert laid.of("occupation", other)[two] == pytest.approx(4)
    assert by_town[towns[-1]][by_kind["monthly", None, member["id"], 1]] == pytest.approx(6)
    assert laid.of("industry", member["industry"])[-1].any() or member["industry"] != industry
    for level, period in (("town", "months"), ("town", "years"), ("industry", "months")):
        rows, _n = await queries.series_list(
            actor, run["id"], queries.SeriesFilter(level=level), limit=99
        )
        plain = [await queries.series_of(actor, run["id"], level, row["code"]) for row in rows]
        county = with_drivers(await queries.series_of(actor, run["id"], "total", "total"), laid)
        driven = np.array([with_drivers(row, laid)[period]["mean"] for row in plain]).sum(axis=0)
        if level == "town" or member["industry"] in {row["code"] for row in rows}:
            assert np.allclose(driven, county[period]["mean"], rtol=1e-3, atol=0.05), period


def plant(**more: Any) -> DriverDraft:
    values: dict[str, Any] = {
        "title": "新能源电驱动工厂投产",
        "industry": None,
        "skill": None,
        "kind": "hires",
        "first_month": "2027-05",
        "months": 18,
        "lasting": True,
        "source": "县招商局入园协议",
        "parts": (
            PartDraft(occupation="6-18-01-01", low=120.0, middle=150.0, high=180.0),
            PartDraft(occupation="6-31-01-03", low=40, middle=50, high=70, turnover=0.2),
        ),
    }
    return DriverDraft(**{**values, **more})


async def test_hires_are_told_by_occupation_and_year_and_never_laid_over_heads(
    db: Database, world: World
) -> None:
    await load(REFERENCE)
    await advertise(30)
    run = await ran(world)
    actor = world.planner_centre
    await drivers.add_driver(actor, plant(member=world.organisations["precision"]))
    perhaps = await drivers.add_driver(actor, plant(probability=0.5, lasting=False, months=1,
        parts=(PartDraft(occupation="6-18-01-01", low=10, middle=20, high=30),)))  # fmt: skip
    chosen = await drivers_queries.drivers(actor, active=True)
    assert (await drivers_queries.laid(actor, run["id"], run["data_until"], chosen)).drivers == []
    found = await drivers_queries.hires(world.authority_bureau, run["id"])
    total = await queries.series_of(actor, run["id"], "total", "total")
    assert [str(year) for year in found.years] == total["years"]["periods"]
    assert found.occupations == ["6-18-01-01", "6-31-01-03"]
    row = {one["id"]: place for place, one in enumerate(found.drivers)}
    at = found.years.index(2027)
    assert found.middle[row[perhaps], 0, at] == pytest.approx(10)
    big = found.middle[1 - row[perhaps]]
    rate = found.drivers[1 - row[perhaps]]["parts"][0]["rate"]
    assert rate.source
    assert big[:, at] == pytest.approx((150 * 8 / 18, 50 * 8 / 18))
    assert big[:, -1] == pytest.approx((150 * rate.middle, 50 * 0.2))
    assert found.paths(50, 3).shape == (50, *found.middle.shape)
    later = await ran(world)
    assert {one["kind"] for one in later["drivers"]} == {"hires"}, "a run keeps what was in force"
    assert all(one["parts"] for one in later["drivers"])


async def test_what_contradicts_itself_is_refused_by_name_and_strangers_add_nothing(
    db: Database, world: World
) -> None:
    def part(low: float | None, middle: float, high: float | None, **more: Any) -> PartDraft:
        return PartDraft(
            **{"occupation": "4-01", "low": low, "middle": middle, "high": high, **more}
        )

    plain: dict[str, Any] = {"kind": "total", "lasting": False}
    for wrong, constraint in (
        ({"parts": (part(9, 8, 10),)}, "part_order_check"),
        ({"parts": (part(-1, 8, 10),)}, "part_order_check"),
        ({"parts": (part(1, 8, None),)}, "part_order_check"),
        ({"parts": (part(0, 0, 0),)}, "part_middle_check"),
        ({"parts": (part(None, 8, None),)}, "part_fits"),
        ({"parts": (part(1, 2, 3, occupation=None),)}, "part_fits"),
        ({"parts": (part(1, 2, 3, turnover=9.0),)}, "part_turnover_check"),
        ({"parts": (part(1, 2, 3),) * 2}, "part_driver_occupation_key"),
        ({"lasting": False}, "part_fits"),
        ({"probability": 0.0}, "probability_check"),
        ({"months": None}, "months_check_v2"),
        ({"kind": "total", "parts": (part(None, 1, None),)}, "lasting_check"),
        ({**plain, "kind": "share", "parts": (part(None, 11, None),)}, "part_fits"),
        ({**plain, "skill": "K001", "town": "500000001"}, "place_check_v2"),
    ):  # fmt: skip
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            await drivers.add_driver(world.planner_centre, plant(**wrong))
        assert refused.value.constraint_name == f"demand_driver_{constraint}", wrong
    driver_id = await drivers.add_driver(world.planner_centre, plant())
    async with db.acting_for(world.authority_bureau):
        seen = "select count(*) from demand_driver_part"
        assert await db.fetch_value(seen) == 2
        assert (
            await db.connection().execute(
                "delete from demand_driver_part where driver = $1", driver_id
            )
            == "DELETE 0"
        )
    async with db.acting_for(world.hr_precision):
        assert await db.fetch_value(seen) == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acting_for(world.authority_bureau):
            await db.fetch(
                "insert into demand_driver_part (driver, occupation, low, middle, high) values ($1, '4', 1, 2, 3)",
                driver_id,
            )
