"""The pages between two runs: record a change, run on, see who moves and why, and what would have been enough."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args, get_type_hints
from uuid import UUID

import msgspec
import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.rounds import deciding, publishing, running
from alliance.rounds.model import Choice, Reason
from tests.rounds.rounds import ranked_round
from tests.world import World

LISTS = {index: ["turning", "milling", "wiring"] for index in range(10)}


async def test_the_coordinator_records_a_change_runs_on_and_sees_who_moves(
    world: World, browse: Callable[..., Any]
) -> None:
    round_id = await ranked_round(world, LISTS)
    run_id = await running.request_run(world.coordinator_centre, round_id)
    await running.perform(run_id)
    async with DB.acting_for(world.coordinator_centre):
        holder = await DB.fetch_value(
            "select student from proposal where run = $1 and post = $2 order by student limit 1",
            run_id,
            world.posts["turning"],
        )
    async with browse("coordinator.centre") as browser:
        base = f"/rounds/{round_id}"
        assert "nothing to compare" in (await browser.get(f"{base}/compare")).text
        refused = await browser.submit(
            f"{base}/changes", {"kind": "withdraw", "student": str(holder), "reason": ""}
        )
        assert refused.status_code == 422
        assert "Give the reason" in refused.text
        done = await browser.submit(
            f"{base}/changes", {"kind": "withdraw", "student": str(holder), "reason": "moves away"}
        )
        assert done.status_code == 303
        page = await browser.get(f"{base}/changes")
        assert "moves away" in page.text
        assert (await browser.submit(f"{base}/run-on", {"mode": "gentle"})).status_code == 303
        async with DB.acting_for(world.coordinator_centre):
            second = await DB.fetch_value(
                "select id from matching_run where round = $1 and number = 2", round_id
            )
        await running.perform(second)
        compared = (await browser.get(f"{base}/compare?from=1&to=2")).text
        assert "Left the round." in compared
        assert "A place fell free" in compared
        async with DB.acting_for(world.coordinator_centre):
            unplaced = await DB.fetch_value(
                "select student from proposal where run = $1 and post = $2 order by score limit 1",
                second,
                world.posts["milling"],
            )
        why = (await browser.get(f"{base}/students/{unplaced}/why")).text
        assert "above " in why
        # somebody who is not in the round has no decision to change
        assert (await browser.get(f"{base}/students/{unplaced}/override")).status_code == 200
        nobody = f"{base}/students/{world.nurses[0]}/override"
        assert (await browser.get(nobody)).status_code == 404
        assert (
            await browser.submit(nobody, {"post": "none", "reason": "of another school"})
        ).status_code == 404


async def test_another_school_sees_nothing_of_it(world: World, browse: Callable[..., Any]) -> None:
    round_id = await ranked_round(world, LISTS)
    async with browse("coordinator.health") as browser:
        for path in ("changes", "compare", f"students/{world.students[0]}/why"):
            assert (await browser.get(f"/rounds/{round_id}/{path}")).status_code == 404
        assert (
            await browser.submit(f"/rounds/{round_id}/run-on", {"mode": "cold"})
        ).status_code == 404
    async with browse("hr.precision") as browser:
        assert (await browser.get(f"/rounds/{round_id}/changes")).status_code == 403


PILLS = {
    "taken": "reached", "full": "full", "barred": "not lawful", "unused": "not needed", "refused": "refused", "shut": "post closed",
}  # fmt: skip
"""What stands beside a post on the student's page."""


@pytest.mark.parametrize("placed", [True, False])
async def test_student_guardian_and_coordinator_read_whatever_became_of_a_list(
    world: World, browse: Callable[..., Any], placed: bool
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, {0: ["milling"]} if placed else {1: ["milling"]})
    run_id = await running.request_run(actor, round_id)
    await running.perform(run_id)
    await deciding.accept(actor, round_id)
    await publishing.publish(actor, round_id)
    outcomes, fates = (
        get_args(get_type_hints(Reason)["outcome"]),
        get_args(get_type_hints(Choice)["became"]),
    )
    assert set(PILLS) == set(fates)
    async with (
        browse("student0.centre") as student,
        browse("guardian.centre") as guardian,
        browse("coordinator.centre") as school,
    ):
        for outcome, became in [
            *((outcome, "full") for outcome in outcomes),
            *(("placed", became) for became in fates),
        ]:
            reason = Reason(
                outcome=outcome,
                choices=(
                    Choice(post=world.posts["milling"], rank=1, became=became, rules=("A01",)),
                ),
            )
            await _tell(world, run_id, "placement" if placed else "unplaced", reason)
            for browser, path, wanted in (
                (student, "/preferences", f"{PILLS[became]}</span>"),
                (guardian, "/preferences", f"{PILLS[became]}</span>"),
                (school, f"/rounds/{round_id}?student={world.students[0]}", 'class="cuts"'),
            ):
                page = await browser.get(path)
                assert page.status_code == 200, (path, outcome, became)
                assert wanted in page.text, (path, outcome, became)
                # the guardian reads it of the child by name
                none = re.search(r"No post (for 学生centre\S* )?in this round\.", page.text)
                assert (none is not None) is (path == "/preferences" and not placed)
                assert none is None or (none[1] is None) is (browser is student)


async def _tell(world: World, run_id: UUID, table: str, reason: Reason) -> None:
    """The first student's reason, in the proposal, which the school reads, and as published."""
    told = msgspec.json.encode(reason).decode()
    async with DB.acting_for(SYSTEM) as connection:
        for sql in (
            "update proposal set reason = $1 where student = $2 and run = $3",
            f"update {table} set reason = $1 where student = $2 and round = (select round from matching_run where id = $3)",
        ):
            assert await connection.execute(sql, told, world.students[0], run_id) == "UPDATE 1"
