"""What waits for whom: counts are those of the rows they link to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from alliance.desk import queries, tasks
from alliance.kit.actors import Actor
from alliance.kit.database import Database
from alliance.kit.room import Task
from alliance.rounds import actions, deciding, publishing
from alliance.rounds.students import preferences
from tests.rounds.rounds import as_student, draft, open_round, ranked_round, run
from tests.world import PEOPLE, World


async def _counts(actor: Any) -> list[tuple[int, str]]:
    return [(task.count, task.href) for task in await tasks.tasks(actor)]


async def test_a_coordinators_tasks_follow_the_round(db: Database, world: World) -> None:
    actor = world.coordinator_centre
    prepared = await actions.create_round(actor, draft())
    assert await _counts(actor) == [(1, f"/rounds/{prepared}")]
    round_id = await open_round(world, actor, "centre", ["turning"])
    await preferences.save_list(as_student(world, 0), round_id, [world.posts["turning"]])
    assert (11, f"/rounds/{round_id}") in await _counts(actor)
    await actions.move_round(actor, round_id, "close", "All lists are in")
    assert (1, f"/rounds/{round_id}") in await _counts(actor)
    await run(actor, round_id)
    assert (12, f"/rounds/{round_id}?show=pending") in await _counts(actor)
    await deciding.accept(actor, round_id)
    await publishing.publish(actor, round_id)
    assert (11, f"/rounds/{round_id}/leftover") in await _counts(actor)
    assert (1, "/interns") in await _counts(world.hr_precision)


async def test_the_nearest_due_comes_first_and_each_days_tasks_by_their_places(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def telling(*places: int, due: date | None = None) -> Callable[[Any], Awaitable[list[Task]]]:
        async def told(_actor: Any) -> list[Task]:
            return [
                Task(place=at, count=at, what="", why="", verb="", href="", due=due)
                for at in places
            ]

        return told

    rooms = [
        {"*": [telling(0, 30)]},
        {"hr": [telling(10), telling(20, due=date(2027, 1, 2))], "mentor": [telling(1)]},
        {"hr": [telling(40, due=date(2027, 1, 1)), telling(5, due=date(2027, 1, 2))]},
    ]
    monkeypatch.setattr(tasks, "_waiting", rooms)
    assert [task.count for task in await tasks.tasks(Actor(role="hr"))] == [40, 5, 20, 10, 30]


async def test_changes_tell_the_organisations_own_doings_only(db: Database, world: World) -> None:
    await ranked_round(world, {0: ["turning"]})
    assert [row["action"] for row in await queries.changes(world.coordinator_centre)] == [
        "close_round",
        "open_round",
        "create_round",
    ]
    assert await queries.changes(world.coordinator_health) == []


@pytest.mark.parametrize("login", [*PEOPLE, "student0.centre", "guardian.centre"])
async def test_every_role_has_a_home_and_a_menu_whose_items_open(
    browse: Callable[..., Any], login: str, world: World
) -> None:
    from alliance.desk.menu import menu_of

    async with browse(login) as browser:
        assert (await browser.get("/")).status_code in (200, 303)
        groups = menu_of(world.actors[login], "/")
        heads = [group.head for group in groups]
        assert len(set(heads)) == len(heads), "a group's items stand together"
        for group in groups:
            for item in group.items:
                assert (await browser.get(item.href, follow_redirects=True)).status_code == 200, (
                    item.href
                )


async def test_search_finds_posts_and_organisations_but_no_drafts_of_others(
    browse: Callable[..., Any],
) -> None:
    async with browse("coordinator.centre") as browser:
        found = (await browser.get("/search?q=清溪湖")).text
        assert "清溪湖宾馆" in found
        assert "Nothing found" in (await browser.get("/search?q=%25%25%25zzz")).text
