"""Leavers and earlier intakes: typed, corrected, removed, by planners only, with what was typed
kept when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from alliance.kit.database import Database
from alliance.kit.problems import ChangedMeanwhile, Missing
from alliance.planning.intake import Leavers
from alliance.planning.intakes import actions, queries
from tests.planning.test_views import seen_on
from tests.world import World


async def test_a_planner_types_corrects_and_removes_a_years_leavers(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("planner.centre") as browser:
        assert "leavers are known yet." in (await browser.get("/intakes")).text
        typed = {
            "year": "2027",
            "low": "2700",
            "middle": "2600",
            "high": "2900",
            "source": "births",
        }
        refused = await browser.submit("/intakes/leavers", typed)
        assert refused.status_code == 422
        assert 'value="2600"' in refused.text
        assert "must not fall" in refused.text
        assert (
            await browser.submit("/intakes/leavers", typed | {"middle": "2800"})
        ).status_code == 303
        twice = await browser.submit("/intakes/leavers", typed | {"middle": "2800"})
        assert twice.status_code == 409
        assert "stand in the table already" in twice.text
        row = (await queries.leavers_rows(world.planner_centre))[0]
        address = f"/intakes/leavers/{row['id']}"
        shown = (await browser.get(address)).text
        assert 'value="2800"' in shown
        change = typed | {"middle": "2750", "seen": seen_on(shown)}
        assert (await browser.submit(address, change)).status_code == 303
        stale = await browser.submit(address, change | {"middle": "2740"})
        assert stale.status_code == 409
        assert "2740" in stale.text
        assert "2750" in stale.text
        over = change | {"middle": "2740", "seen": seen_on(stale.text)}
        assert (await browser.submit(address, over)).status_code == 303
        assert (await queries.leavers(world.planner_centre))[2027].middle == 2740
        assert (await browser.submit(f"{address}/remove", {})).status_code in (302, 303)
        assert await queries.leavers(world.planner_centre) == {}


async def test_an_earlier_intake_counts_until_it_is_removed(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("planner.centre") as browser:
        assert (await browser.get("/intakes/new")).status_code == 200
        typed = {
            "specialty": "720201",
            "entry_year": "2021",
            "students": "88",
            "source": "register",
        }
        for slip in ({"students": "-1"}, {"entry_year": "2062"}):
            assert (await browser.submit("/intakes", typed | slip)).status_code == 422
        assert (await browser.submit("/intakes", typed)).status_code == 303
        assert (await queries.intakes(world.planner_centre))["720201"][2021] == 88
        row = (await queries.typed_rows(world.planner_centre))[0]
        address = f"/intakes/{row['id']}"
        seen = seen_on((await browser.get(address)).text)
        change = {"students": "90", "source": "register", "seen": seen}
        assert (await browser.submit(address, change)).status_code == 303
        assert (await queries.intakes(world.planner_centre))["720201"][2021] == 90
        stale = await browser.submit(address, change | {"students": "91"})
        assert (stale.status_code, "91" in stale.text) == (409, True)
        await browser.submit(f"{address}/remove", {})
        assert 2021 not in (await queries.intakes(world.planner_centre)).get("720201", {})
        assert (await browser.get(address)).status_code == 404


async def test_nobody_but_planners_writes_what_intakes_follow_from(
    db: Database, world: World
) -> None:
    row_id: UUID = await actions.add_leavers(
        world.planner_centre, Leavers(2026, 10, 10, 10, "statistics")
    )
    with pytest.raises(ChangedMeanwhile):
        await actions.change_leavers(
            world.planner_centre, row_id, "another", Leavers(2026, 9, 9, 9, "statistics")
        )
    for stranger in (world.coordinator_centre, world.authority_bureau):
        with pytest.raises(Missing):
            await actions.remove_leavers(stranger, row_id)
    assert await queries.leavers(world.coordinator_centre) == {}
    assert list(await queries.leavers(world.authority_bureau)) == [2026]
