"""Pages of gaps and factors: numbers that agree, edits that are kept and seen, two editors."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alliance.forecasts.drivers.actions import DriverDraft, PartDraft, add_driver
from alliance.kit.database import Database
from alliance.kit.problems import ChangedMeanwhile, Missing, version_of
from alliance.planning.factor import Factor
from alliance.planning.factors import actions
from alliance.planning.factors import queries as factors
from alliance.planning.gap import chain
from alliance.planning.gaps import queries
from alliance.reference.actions import load
from tests.forecasts.test_runs import advertise, ran
from tests.forecasts.test_staffing import counted
from tests.forecasts.test_trust import draft
from tests.world import World

FILE = Path(__file__).parents[2] / "fixtures" / "reference" / "planning_factors.csv"


def seen_on(page: str) -> str:
    """The version of what a form shows."""
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return found[1]


async def test_defaults_come_in_once_and_never_over_what_a_planner_changed(
    db: Database, world: World
) -> None:
    assert await actions.load_factors(FILE) > 5
    row = next(
        row
        for row in await factors.factors(world.planner_centre)
        if (row["kind"], row["code"]) == ("capture", "")
    )
    seen = version_of(actions.shown_of(row))
    ours = Factor("capture", "", 0.2, 0.3, 0.4, "our own survey")
    await actions.change_factor(world.planner_centre, row["id"], seen, ours)
    assert await actions.load_factors(FILE) == 0
    again = await factors.factor(world.planner_centre, row["id"])
    assert (again["middle"], again["source"], again["version"]) == (0.3, "our own survey", 2)
    with pytest.raises(ChangedMeanwhile):
        late = Factor("capture", "", 0.2, 0.3, 0.4, "too late")
        await actions.change_factor(world.planner_centre, row["id"], seen, late)
    assert (await factors.factor_history(world.planner_centre, row["id"]))[0]["before"][
        "middle"
    ] == row["middle"]


async def test_nobody_but_planners_changes_a_factor(db: Database, world: World) -> None:
    await actions.load_factors(FILE)
    row = (await factors.factors(world.planner_centre))[0]
    with pytest.raises(Missing):
        await actions.change_factor(
            world.coordinator_centre,
            row["id"],
            version_of(actions.shown_of(row)),
            Factor("capture", "", 0.2, 0.3, 0.4, "not mine"),
        )


async def test_gaps_follow_the_factors_and_export(browse: Callable[..., Any], world: World) -> None:
    async with browse("planner.centre") as browser:
        assert "no forecast" in (await browser.get("/gaps")).text
        await advertise(30)
        await ran(world)
        assert "factor is missing" in (await browser.get("/gaps")).text
        await actions.load_factors(FILE)
        page = await browser.get("/gaps?year=2029")
        assert page.status_code == 200
        found = await queries.county(world.planner_centre)
        assert found is not None
        before = await queries.county_gaps(found)
        old = next(row for row in before.rows if row.entering[1] > 0)
        specialty = old.specialty
        assert f"/gaps/{specialty}" in page.text
        drill = await browser.get(f"/gaps/{specialty}")
        assert drill.status_code == 200
        assert (await browser.get("/gaps/export")).content[:2] == b"PK"
        assert (await browser.get("/gaps/000000")).status_code == 404
        added = await browser.submit(
            "/factors",
            {
                "kind": "staying",
                "code": specialty,
                "low": "90",
                "middle": "95",
                "high": "97",
                "source": "alumni survey",
            },
        )
        assert added.status_code == 303
        changed = await queries.county(world.planner_centre)
        assert changed is not None
        after = await queries.county_gaps(changed)
        new = next(row for row in after.rows if (row.specialty, row.year) == (specialty, old.year))
        assert new.entering[1] > old.entering[1]
        assert new.need == old.need


async def test_one_specialty_is_shown_with_and_without_what_planners_know(
    browse: Callable[..., Any], world: World
) -> None:
    await advertise(30)
    await load(FILE.parent)
    await actions.load_factors(FILE)
    await counted()
    run = await ran(world)
    async with browse("planner.centre") as browser:
        year = int(run["data_until"][:4]) + 2
        path = f"/gaps/720201?year={year}"
        assert "With drivers" not in (await browser.get(path)).text
        await add_driver(
            world.planner_centre,
            draft(
                occupation="4-14-01-02",
                kind="monthly",
                amount=50.0,
                months=None,
                source="园区招商协议",
            ),
        )
        plain, driven = await browser.get(path), await browser.get(f"{path}&drivers=1")
        assert "Without drivers. Planners know of:" in plain.text
        assert "园区招商协议" in driven.text
        assert f"/gaps?year={year}&amp;drivers=1" in driven.text
        apart, together = [
            await queries.county(world.planner_centre, drivers=on) for on in (False, True)
        ]
        assert apart is not None
        assert together is not None
        parts = [chain(found.given, "720201", year) for found in (apart, together)]
        known = await queries.driven(world.planner_centre, apart, parts[0], year)
        added = sum(part.part for part in parts[1]) - sum(part.part for part in parts[0])
        assert known[0]["persons"] == pytest.approx(added, abs=0.2)
        # members' staff knows nothing of drivers
        ahead = await queries.yearly_of(apart)
        assert ahead == await queries.yearly_of(together)
        assert 'data-chart="yearly"' in plain.text
        exported = list(
            csv.reader(
                io.StringIO((await browser.get("/gaps/export?form=csv")).text.lstrip("\ufeff"))
            )
        )
        row = next(
            dict(zip(exported[0], line, strict=True))
            for line in exported
            if (line[0], line[2]) == (str(year), "720201")
        )
        at = ahead["720201"]["growth"].periods.index(str(year))
        assert float(row["Growth at members"]) == ahead["720201"]["growth"].mean[at]
        series = list(
            csv.reader(
                io.StringIO(
                    (await browser.get("/demand/series/occupation/4-14-01-02/export?form=csv")).text
                )
            )
        )
        assert {line[-1] for line in series if line[1] == "month"} >= {"50"} or "50.0" in {
            line[-1] for line in series
        }
        listed = (await browser.get("/demand/series/export?form=csv&level=occupation")).text
        assert any({"600", "600.0"} & set(line.split(",")) for line in listed.splitlines())


async def test_a_factors_form_tells_all_errors(browse: Callable[..., Any], world: World) -> None:
    async with browse("planner.centre") as browser:
        assert (await browser.get("/factors/new")).status_code == 200
        wrong = await browser.submit(
            "/factors",
            {"kind": "capture", "code": "x", "low": "60", "middle": "50", "high": "", "source": ""},
        )
        assert wrong.status_code == 422
        await actions.load_factors(FILE)
        row = (await factors.factors(world.planner_centre))[0]
        page = await browser.get(f"/factors/{row['id']}")
        assert page.status_code == 200
        typed = {"low": "10", "middle": "20", "high": "30", "source": "survey of 2026"}
        typed["seen"] = seen_on(page.text)
        for middle, status in (("5", 422), ("20", 303)):
            answer = await browser.submit(f"/factors/{row['id']}", typed | {"middle": middle})
            assert answer.status_code == status
        # who saves second reads both values beside each other, and may save over them
        stale = await browser.submit(f"/factors/{row['id']}", typed | {"middle": "21"})
        assert stale.status_code == 409
        assert "20.0" in stale.text
        again = typed | {"middle": "21", "seen": seen_on(stale.text)}
        assert (await browser.submit(f"/factors/{row['id']}", again)).status_code == 303
        assert (await factors.factor(world.planner_centre, row["id"]))["middle"] == 0.21
    async with browse("hr.precision") as browser:
        assert (await browser.get("/gaps")).status_code == 403


async def test_a_plant_that_hires_reaches_every_year_of_the_need_as_persons(
    browse: Callable[..., Any], world: World
) -> None:
    await load(FILE.parent)
    await advertise(30)
    await actions.load_factors(FILE)
    run = await ran(world)
    year = int(run["data_until"][:4]) + 2
    await add_driver(
        world.planner_centre,
        DriverDraft(
            title="电驱动企业投产",
            industry=None,
            skill=None,
            kind="hires",
            first_month=f"{year}-01",
            months=12,
            lasting=True,
            source="园区招商协议",
            parts=(
                PartDraft(
                    occupation="6-18-01-01", middle=300.0, low=250.0, high=350.0, turnover=0.1
                ),
                PartDraft(
                    occupation="6-18-02-04", middle=100.0, low=80.0, high=130.0, turnover=0.1
                ),
            ),
        ),
    )
    apart, together = [
        await queries.county(world.planner_centre, drivers=on) for on in (False, True)
    ]
    assert apart is not None
    assert together is not None
    before, after = [(await queries.county_gaps(one)).total for one in (apart, together)]
    level = queries.factor_of(apart, "level", "6-18-01-01").middle
    for one in (year, year + 1, year + 4):
        # the hiring's year takes on everybody; later a tenth leaves and is hired back
        persons = 400 if one == year else 40
        added = after[one].need[1] - before[one].need[1]
        assert added == pytest.approx(persons * level, abs=0.6), one
    told = await queries.driven(
        world.planner_centre, apart, chain(apart.given, "660105", year), year
    )
    assert [one["title"] for one in told] == ["电驱动企业投产"]
    assert told[0]["persons"] == pytest.approx(100 * level, abs=0.1)
    async with browse("planner.centre") as browser:
        page = (await browser.get(f"/gaps/660105?year={year}&drivers=1")).text
        assert "hires known" in page
        assert "not taught here" in page
