"""Pages of gaps and factors: numbers that agree, edits that are kept and seen, two editors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing
from alliance.planning import actions, queries
from alliance.planning.gap import Factor
from tests.demand.test_runs import advertise, ran
from tests.world import World

FILE = Path(__file__).parents[2] / "fixtures" / "reference" / "planning_factors.csv"


async def test_defaults_come_in_once_and_never_over_what_a_planner_changed(db: Database, world: World) -> None:
    assert await actions.load_factors(FILE) > 5
    row = next(row for row in await queries.factors(world.planner_centre) if (row["kind"], row["code"]) == ("capture", ""))
    await actions.change_factor(world.planner_centre, row["id"], 1, Factor("capture", "", 0.2, 0.3, 0.4, "our own survey"))
    assert await actions.load_factors(FILE) == 0
    again = await queries.factor(world.planner_centre, row["id"])
    assert (again["middle"], again["source"], again["version"]) == (0.3, "our own survey", 2)
    with pytest.raises(Conflict):
        await actions.change_factor(world.planner_centre, row["id"], 1, Factor("capture", "", 0.2, 0.3, 0.4, "too late"))
    assert (await queries.factor_history(world.planner_centre, row["id"]))[0]["before"]["middle"] == row["middle"]


async def test_nobody_but_planners_changes_a_factor(db: Database, world: World) -> None:
    await actions.load_factors(FILE)
    row = (await queries.factors(world.planner_centre))[0]
    with pytest.raises(Missing):
        await actions.change_factor(world.coordinator_centre, row["id"], 1, Factor("capture", "", 0.2, 0.3, 0.4, "not mine"))


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
        specialty = before.rows[0].specialty
        assert f"/gaps/{specialty}" in page.text
        drill = await browser.get(f"/gaps/{specialty}")
        assert drill.status_code == 200
        assert (await browser.get("/gaps/export")).content[:2] == b"PK"
        assert (await browser.get("/gaps/000000")).status_code == 404
        added = await browser.submit(
            "/factors", {"kind": "staying", "code": specialty, "low": "90", "middle": "95", "high": "97", "source": "alumni survey"}
        )
        assert added.status_code == 303
        changed = await queries.county(world.planner_centre)
        assert changed is not None
        after = await queries.county_gaps(changed)
        assert after.rows[0].entering[1] > before.rows[0].entering[1]
        assert after.rows[0].need == before.rows[0].need


async def test_a_factors_form_tells_all_errors(browse: Callable[..., Any], world: World) -> None:
    async with browse("planner.centre") as browser:
        assert (await browser.get("/factors/new")).status_code == 200
        wrong = await browser.submit(
            "/factors", {"kind": "capture", "code": "x", "low": "60", "middle": "50", "high": "", "source": ""}
        )
        assert wrong.status_code == 422
        await actions.load_factors(FILE)
        row = (await queries.factors(world.planner_centre))[0]
        page = await browser.get(f"/factors/{row['id']}")
        assert page.status_code == 200
        for middle, status in (("5", 422), ("20", 303)):
            answer = await browser.submit(
                f"/factors/{row['id']}", {"low": "10", "middle": middle, "high": "30", "source": "survey of 2026", "version": "1"}
            )
            assert answer.status_code == status
        stale = await browser.submit(
            f"/factors/{row['id']}", {"low": "10", "middle": "20", "high": "30", "source": "survey of 2026", "version": "1"}
        )
        assert stale.status_code == 409
    async with browse("hr.precision") as browser:
        assert (await browser.get("/gaps")).status_code == 403
