"""A student's start page: the result stays, a round that is not theirs is explained, nothing is "not found"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.placements import actions as placements
from alliance.rounds import deciding, publishing
from tests.rounds.rounds import open_round, ranked_round, run
from tests.world import World


async def published(world: World, wishes: dict[int, list[str]]) -> UUID:
    """The centre's round with these lists, run, accepted and published."""
    round_id = await ranked_round(world, wishes)
    await run(world.coordinator_centre, round_id)
    await deciding.accept(world.coordinator_centre, round_id)
    await publishing.publish(world.coordinator_centre, round_id)
    return round_id


async def placement_of(student: UUID) -> UUID:
    async with DB.acting_for(SYSTEM):
        found: UUID = await DB.fetch_value("select id from placement where student = $1", student)
    return found


async def test_a_result_stays_the_start_page_when_a_second_round_opens(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    await published(world, {0: ["turning"]})
    second = await open_round(world, world.coordinator_centre, "centre", ["milling", "wiring"])
    for login in ("student0.centre", "guardian.centre"):
        async with browse(login) as browser:
            page = await browser.get("/", follow_redirects=True)
            assert page.status_code == 200, login
            assert "数控车削操作" in page.text
            assert "This round is for students without one" in page.text
            assert (await browser.get(f"/preferences?round={second}")).status_code == 200
    async with browse("student1.centre") as browser:
        # whom the first round left without a post begins with the list of the second
        page = await browser.get("/", follow_redirects=True)
        assert "加工中心操作" in page.text
        assert f'href="/preferences?student={world.students[1]}&amp;round=' in page.text
    async with browse("student0.centre") as browser:
        answer = await browser.submit(
            f"/preferences/{second}", {"move": "add", "post": str(world.posts["milling"])}
        )
        assert answer.status_code == 303
        assert "already" in (await browser.get(answer.headers["location"])).text


async def test_whoever_left_the_round_for_a_place_of_their_own_is_told_so(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    await open_round(world, world.coordinator_centre, "centre", ["turning"])
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, arranged_by, origin, created)"
            " select gen_random_uuid(), $1, $2, enterprise, id, starts, ends, 'published', 'self', 'student', now()"
            " from post where id = $3",
            world.organisations["centre"],
            world.students[0],
            world.posts["wiring"],
        )
    async with browse("student0.centre") as browser:
        page = await browser.get("/", follow_redirects=True)
    assert page.status_code == 200
    assert "产线设备点检" in page.text
    assert "There is no list to make at present" in page.text


async def test_a_cancelled_place_is_no_result_any_more_and_its_reason_is_read(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    await published(world, {0: ["turning"]})
    placement = await placement_of(world.students[0])
    await placements.move(
        world.coordinator_centre, placement, "cancel", "the line moves to another plant"
    )
    for login in ("student0.centre", "guardian.centre"):
        async with browse(login) as browser:
            page = await browser.get("/", follow_redirects=True)
            assert "the line moves to another plant" in page.text
            assert "Your result" not in page.text
            assert "the line moves to another plant" in (await browser.get("/placement")).text


async def test_a_result_is_read_after_the_student_has_changed_class(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    round_id = await published(world, {0: ["turning"]})
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "insert into school_class (id, school, programme, name, entry_year)"
            " select gen_random_uuid(), school, programme, '另一班', entry_year from school_class where id = $1",
            world.classes["centre"],
        )
        await DB.connection().execute(
            "update student set school_class = (select id from school_class where name = '另一班') where id = $1",
            world.students[0],
        )
    async with browse("student0.centre") as browser:
        page = await browser.get(f"/preferences?round={round_id}")
    assert page.status_code == 200
    assert "数控车削操作" in page.text


async def test_everybody_of_a_published_round_is_told_that_the_result_is_out(
    db: Database, world: World
) -> None:
    # the first has a place, the third has none; the first's guardian is told as well
    round_id = await ranked_round(world, {0: ["turning"], 1: ["milling"]})
    await run(world.coordinator_centre, round_id)
    await deciding.accept(world.coordinator_centre, round_id)
    await publishing.publish(world.coordinator_centre, round_id)
    async with db.acting_for(SYSTEM):
        for _twice in range(2):
            await publishing.tell_results({"round": str(round_id)})
        told = await db.fetch("select person, href from notice where kind = 'round_result'")
    assert len(told) == len({row["person"] for row in told})
    assert {row["href"] for row in told} == {"/preferences"}
    async with db.acting_for(SYSTEM):
        # whoever of the round signs in: placed and not, and the first one's guardian
        able = await db.fetch(
            "select a.person, p.id is not null as placed from account a join student s on s.id = a.person"
            " left join placement p on p.student = s.id and p.round = $1 where a.active and s.school = $2",
            round_id,
            world.organisations["centre"],
        )
    assert {row["person"] for row in told} == {
        world.guardian_centre.person,
        *(row["person"] for row in able),
    }
    assert any(row["placed"] for row in able)
