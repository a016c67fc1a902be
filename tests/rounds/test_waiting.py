"""Whoever a published round left without a place sees what they wait for, and may wait no longer; lists that
closed early say so."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.rounds import actions, deciding, model, publishing, queries
from alliance.rounds.leftover import placing, waiting
from tests.rounds.rounds import as_student, open_round, ranked_round, run
from tests.world import World


async def test_a_student_sees_for_which_post_they_wait_leaves_and_comes_back(
    app: Any, world: World, vault: Vault, browse: Callable[..., Any]
) -> None:
    coordinator = world.coordinator_centre
    round_id = await ranked_round(world, {index: ["turning"] for index in range(9)})
    await run(coordinator, round_id)
    proposed = await queries.proposals(coordinator, vault, round_id)
    if next(row for row in proposed if row["student"] == world.students[0])["post"] is not None:
        await deciding.override(coordinator, round_id, world.students[0], None, "moves away")
    await deciding.accept(coordinator, round_id)
    await publishing.publish(coordinator, round_id)
    row = await queries.round_of(coordinator, round_id)
    async with DB.reading(coordinator):
        every = await waiting.of_round(round_id)
    assert [one.ahead for one in every] == sorted(one.ahead for one in every)
    (mine,) = await waiting.of_student(as_student(world, 0), row, world.students[0])
    assert (mine.post, mine.waiting, mine.gone) == (world.posts["turning"], len(every), False)
    # nobody sees who else waits
    async with DB.reading(as_student(world, 0)):
        assert {one.student for one in await waiting.of_round(round_id)} == {world.students[0]}
    async with browse("student0.centre") as student, browse("guardian.centre") as guardian:
        page = (await student.get("/preferences")).text
        assert "it goes to nobody by itself" in page
        assert "Wait no longer" in page
        told = re.sub(r"\s+", " ", (await guardian.get("/preferences")).text)
        assert "Wait no longer" not in told
        assert "can leave a waiting list" in told
        # the guardian reads of the child by name, never as if they were the child
        main = told.split("<main", 1)[1].split("</main", 1)[0]
        assert "学生centre" in main
        words = re.sub(r"<[^>]+>", " ", main)
        for one in (
            "Your result",
            "My list",
            "with you",
            "You get",
            "your coordinator",
            "your score",
        ):
            assert one not in words, one
        # pressed twice, it is done once
        for _press in range(2):
            done = await student.submit(
                f"/preferences/{round_id}/waiting",
                {"post": str(world.posts["turning"]), "leave": "on"},
            )
            assert done.status_code == 303
        assert "You left this waiting list" in (await student.get("/preferences")).text
        async with DB.acting_for(SYSTEM):
            assert await DB.fetch_value("select count(*) from waiting_left") == 1
            placed = await DB.fetch_value(
                "select id from placement where round = $1 limit 1", round_id
            )
            await DB.connection().execute(
                "update placement set state = 'cancelled' where id = $1", placed
            )
        places = await placing.free_places(coordinator, vault, row)
        waits = next(one.waiting for one in places if one.post == world.posts["turning"])
        assert world.students[0] not in {one[0] for one in waits}
        await student.submit(
            f"/preferences/{round_id}/waiting", {"post": str(world.posts["turning"]), "leave": ""}
        )
        places = await placing.free_places(coordinator, vault, row)
        waits = next(one.waiting for one in places if one.post == world.posts["turning"])
        assert world.students[0] in {one[0] for one in waits}
        foreign = {"post": str(world.posts["ward"]), "leave": "on"}
        assert (
            await student.submit(f"/preferences/{round_id}/waiting", foreign)
        ).status_code == 404


async def test_lists_that_closed_before_the_announced_day_say_when_and_tell_everybody(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    coordinator = world.coordinator_centre
    round_id = await open_round(world, coordinator, "centre", ["turning", "milling"])
    async with browse("coordinator.centre") as school:
        address = f"/rounds/{round_id}/close"
        assert f'href="{address}"' in (await school.get(f"/rounds/{round_id}")).text
        refused = await school.submit(address, {"reason": ""})
        assert refused.status_code == 422
        assert "write why they close earlier" in refused.text
        done = await school.submit(address, {"reason": "All lists are in"})
        assert done.status_code == 303
    row = await queries.round_of(coordinator, round_id)
    assert abs(model.closing(row) - clock.now()) < timedelta(minutes=5)
    assert row["preferences_close"] - clock.now() > timedelta(days=4)
    async with browse("guardian.centre") as guardian:
        assert "All lists are in" in (await guardian.get("/preferences")).text
    async with browse("student0.centre") as student, browse("coordinator.centre") as school:
        assert "All lists are in" in (await student.get("/preferences")).text
        assert "earlier than announced" in (await student.get("/preferences")).text
        assert "closed earlier than announced" in (await student.get("/notices")).text
        assert "preferences closed" in (await school.get(f"/rounds/{round_id}/reopen")).text
    later = clock.now() + timedelta(days=1)
    await actions.reopen(coordinator, round_id, later, "too early")
    row = await queries.round_of(coordinator, round_id)
    assert row["closed"] is None
    assert model.closing(row) == later
