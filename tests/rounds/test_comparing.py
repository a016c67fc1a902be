"""Two runs beside each other, also where a student took part in one of them only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.rounds import comparing, queries
from tests.placements.files import placed
from tests.rounds.rounds import ranked_round
from tests.rounds.test_seasons import _run
from tests.world import World

LISTS = {0: ["milling"], 1: ["turning"]}


async def _one_goes_and_one_comes(world: World) -> UUID:
    """Two runs: before the second, student 1 arranges a place elsewhere; student 2's own one is cancelled."""
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    elsewhere = await placed(world, 2, "wiring")
    await _run(actor, round_id)
    async with DB.acting_for(SYSTEM) as connection:
        await connection.execute(
            "update placement set state = 'cancelled' where id = $1", elsewhere
        )
    await placed(world, 1, "wiring")
    await _run(actor, round_id)
    return round_id


async def test_who_took_part_in_one_run_only_is_listed_and_counted(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    round_id = await _one_goes_and_one_comes(world)
    posts = await queries.post_names(actor, round_id)
    for first, second, went, came in ((1, 2, 1, 2), (2, 1, 2, 1)):
        found = await comparing.comparison(actor, vault, round_id, first, second, posts)
        directions = {
            world.students.index(row["student"]): row["direction"] for row in found["rows"]
        }
        assert directions == {went: "gone", came: "came"}
        assert (found["counts"]["gone"], found["counts"]["came"], found["counts"]["left"]) == (
            1,
            1,
            0,
        )
        assert found["students"] == found["second"]["figures"]["students"] + 1


async def test_the_page_says_in_which_run_a_student_was_not(
    world: World, browse: Callable[..., Any]
) -> None:
    round_id = await _one_goes_and_one_comes(world)
    async with browse("coordinator.centre") as browser:
        page = (await browser.get(f"/rounds/{round_id}/compare?from=1&to=2")).text
    assert "Not in run 2: has a placement at that time, or left the round&#39;s classes." in page
    assert "Not in run 1." in page
    assert page.count("not in this run") == 2
