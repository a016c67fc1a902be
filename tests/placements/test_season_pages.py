"""The pages between two runs: record a change, run on, see who moves and why, and what would have been enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alliance.kit.engine import DB
from alliance.placements import running
from tests.placements.rounds import ranked_round
from tests.world import World

LISTS = {index: ["turning", "milling", "wiring"] for index in range(10)}


async def test_the_coordinator_records_a_change_runs_on_and_sees_who_moves(world: World, browse: Callable[..., Any]) -> None:
    round_id = await ranked_round(world, LISTS)
    run_id = await running.request_run(world.coordinator_centre, round_id)
    await running.perform(run_id)
    async with DB.acting_for(world.coordinator_centre):
        holder = await DB.fetch_value(
            "select student from proposal where run = $1 and post = $2 order by student limit 1", run_id, world.posts["turning"]
        )
    async with browse("coordinator.centre") as browser:
        base = f"/rounds/{round_id}"
        assert "nothing to compare" in (await browser.get(f"{base}/compare")).text
        refused = await browser.submit(f"{base}/changes", {"kind": "withdraw", "student": str(holder), "reason": ""})
        assert refused.status_code == 422
        assert "Give the reason" in refused.text
        done = await browser.submit(f"{base}/changes", {"kind": "withdraw", "student": str(holder), "reason": "moves away"})
        assert done.status_code == 303
        page = await browser.get(f"{base}/changes")
        assert "moves away" in page.text
        assert (await browser.submit(f"{base}/run-on", {"mode": "gentle"})).status_code == 303
        async with DB.acting_for(world.coordinator_centre):
            second = await DB.fetch_value("select id from matching_run where round = $1 and number = 2", round_id)
        await running.perform(second)
        compared = (await browser.get(f"{base}/compare?from=1&to=2")).text
        assert "Left the round." in compared
        assert "A place fell free" in compared
        async with DB.acting_for(world.coordinator_centre):
            unplaced = await DB.fetch_value(
                "select student from proposal where run = $1 and post = $2 order by score limit 1", second, world.posts["milling"]
            )
        why = (await browser.get(f"{base}/students/{unplaced}/why")).text
        assert "above " in why


async def test_another_school_sees_nothing_of_it(world: World, browse: Callable[..., Any]) -> None:
    round_id = await ranked_round(world, LISTS)
    async with browse("coordinator.health") as browser:
        for path in ("changes", "compare", f"students/{world.students[0]}/why"):
            assert (await browser.get(f"/rounds/{round_id}/{path}")).status_code == 404
        assert (await browser.submit(f"/rounds/{round_id}/run-on", {"mode": "cold"})).status_code == 404
    async with browse("hr.precision") as browser:
        assert (await browser.get(f"/rounds/{round_id}/changes")).status_code == 403
