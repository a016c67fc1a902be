"""The same thing is counted the same on every page, and overseers read true counts without names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.placements import actions as placements
from alliance.rounds import deciding, publishing, queries, tasks, workbench
from alliance.rounds.students import preferences
from tests.rounds.rounds import as_student, open_round, ranked_round, run
from tests.world import World


async def settle(world: World, student: int, post: str) -> None:
    """Place a student of the centre elsewhere over the world's window, as found by themself."""
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, arranged_by, origin, created)"
            " select gen_random_uuid(), $1, $2, enterprise, id, starts, ends, 'published', 'self', 'student', now()"
            " from post where id = $3",
            world.organisations["centre"],
            world.students[student],
            world.posts[post],
        )


async def test_who_lacks_a_list_is_counted_once_and_reaches_none(
    db: Database, world: World
) -> None:
    coordinator = world.coordinator_centre
    round_id = await open_round(world, coordinator, "centre", ["turning", "milling"])
    await settle(world, 11, "ward")
    for index in range(10):
        await preferences.save_list(as_student(world, index), round_id, [world.posts["turning"]])
    row = await queries.round_of(coordinator, round_id)
    told = (row["students"], row["elsewhere"], row["lists"], row["without_list"])
    assert told == (11, 1, 10, 1)
    async with db.reading(coordinator):
        assert [task.count for task in await tasks.for_coordinator(coordinator)] == [1]
    async with db.reading(world.instructor_centre):
        assert [task.count for task in await tasks.for_instructor(world.instructor_centre)] == [1]
    await preferences.save_list(as_student(world, 10), round_id, [world.posts["turning"]])
    async with db.reading(coordinator):
        assert [task.count for task in await tasks.for_coordinator(coordinator)] == [0]
    async with db.reading(world.instructor_centre):
        assert [task.count for task in await tasks.for_instructor(world.instructor_centre)] == [0]


async def test_overseers_read_the_counts_that_the_school_reads(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await ranked_round(world, {index: ["turning"] for index in range(9)})
    await run(coordinator, round_id)
    await deciding.accept(coordinator, round_id)
    await publishing.publish(coordinator, round_id)
    names = ("students", "lists", "without_list", "placements", "unplaced", "posts", "classes")
    own = await queries.round_of(coordinator, round_id)
    assert [own[name] for name in names] == [12, 9, 3, 6, 6, 3, 1]
    for login in ("authority.bureau", "secretary.centre", "planner.centre", "instructor.centre"):
        seen = await queries.round_of(world.actors[login], round_id)
        assert [seen[name] for name in names] == [own[name] for name in names], login


async def test_pages_of_a_published_round_count_the_placed_alike_and_its_task_reaches_none(
    app: Any, world: World, vault: Vault, browse: Callable[..., Any]
) -> None:
    coordinator = world.coordinator_centre
    round_id = await ranked_round(world, {index: ["turning"] for index in range(9)})
    await run(coordinator, round_id)
    await deciding.accept(coordinator, round_id)
    await publishing.publish(coordinator, round_id)
    async with DB.acting_for(SYSTEM):
        placed = await DB.fetch(
            "select id, student from placement where round = $1 order by student", round_id
        )
    await placements.move(coordinator, placed[0]["id"], "cancel", "the line stopped")
    row = await queries.round_of(coordinator, round_id)
    assert (row["placements"], row["cancelled"], row["unplaced"]) == (5, 1, 7)
    bench = await workbench.workbench(coordinator, vault, row)
    assert bench["counts"]["unplaced"] == row["unplaced"]
    assert sum(bench["reached"].values()) == row["placements"]
    assert sum(bench["unplaced"].values()) == row["unplaced"]
    assert len(workbench.filtered(bench["proposals"], "unplaced", "")) == row["unplaced"]
    async with browse("coordinator.centre") as browser:
        text = (await browser.get(f"/rounds/{round_id}")).text
        assert "5 of 12 students have a post" in text
        assert re.search(r"Without a post: 7", text)
    async with browse("authority.bureau") as browser:
        text = (await browser.get(f"/rounds/{round_id}")).text
        assert "学生centre" not in text
        assert re.search(r"7 without a post", text)
    for index, student in enumerate(world.students):
        async with DB.acting_for(SYSTEM):
            has = await DB.fetch_value(
                "select exists (select from placement where student = $1 and state <> 'cancelled')",
                student,
            )
        if not has:
            await settle(world, index, "ward")
    async with DB.reading(coordinator):
        assert await tasks.for_coordinator(coordinator) == []
