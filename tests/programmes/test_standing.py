"""A student's state from day to day and what follows; classes that cannot be placed; one identity at two schools; hosts struck off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar

from alliance.compliance.passing import RefusedByLaw
from alliance.compliance.review import review
from alliance.compliance.watch import Scope
from alliance.kit import clock
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Missing, Refusal
from alliance.orientation import queries as orientation
from alliance.placements import actions as placements
from alliance.placements import queries as file_queries
from alliance.placements.life.arranging import arrange
from alliance.posts import queries as posts
from alliance.programmes import queries as programmes
from alliance.programmes.actions import change_student
from alliance.programmes.standing.actions import record_state
from alliance.programmes.standing.queries import history
from alliance.rounds import actions as rounds
from alliance.rounds import queries
from alliance.rounds.inputs import read_students
from tests.compliance.passing import as_hub, standing, told
from tests.placements.files import placed
from tests.placements.test_file import application
from tests.rounds.rounds import draft, open_round
from tests.world import STARTS, World


async def class_of(world: World) -> UUID:
    async with DB.acting_for(world.coordinator_centre):
        found: UUID = await DB.fetch_value(
            "select school_class from student where id = $1", world.students[0]
        )
    return found


async def test_only_who_is_enrolled_is_offered_counted_and_placed(
    db: Database, world: World, vault: Vault
) -> None:
    actor, student, group = world.coordinator_centre, world.students[0], await class_of(world)
    round_id = await open_round(world, actor, "centre", ["turning"])
    before = (await programmes.class_of(actor, group)).students
    in_round = (await queries.round_of(actor, round_id))["students"]
    with pytest.raises(Missing):
        await record_state(world.coordinator_health, student, "left", clock.today(), "x")
    placement = await placed(world)
    await record_state(actor, student, "suspended", clock.today(), "生病休养一年")
    with pytest.raises(Refusal):
        await record_state(actor, student, "suspended", clock.today(), "again")
    assert (await programmes.class_of(actor, group)).students == before - 1
    assert (await queries.round_of(actor, round_id))["students"] == in_round - 1
    async with db.acting_for(actor):
        assert student not in {row["id"] for row in await read_students(round_id)}
    assert str(student) not in dict(await file_queries.students_without(actor, vault))
    with pytest.raises(RefusedByLaw) as refused:
        await arrange(actor, application(world, post="milling"))
    assert "E07" in {finding.rule for finding in refused.value.findings}
    with pytest.raises(RefusedByLaw) as refused:
        await placements.move(actor, placement, "agree")
    assert "E07" in {finding.rule for finding in refused.value.findings}
    await review(Scope("student", (student,)))
    assert {row["subject"] for row in await standing("E07")} == {placement}
    assert await told(actor, "E07")

    await record_state(actor, student, "enrolled", clock.today(), "提前复学")
    assert (await programmes.class_of(actor, group)).students == before
    entries = await history(actor, student)
    assert [(one.state, one.reason) for one in entries] == [
        ("enrolled", "提前复学"),
        ("suspended", "生病休养一年"),
    ]
    assert (await programmes.student(actor, vault, student))["state"] == "enrolled"


async def test_a_state_that_begins_later_counts_from_its_day(db: Database, world: World) -> None:
    actor, student = world.coordinator_centre, world.students[0]
    await record_state(actor, student, "graduated", STARTS, "毕业")
    async with db.acting_for(actor):
        states = [
            await db.fetch_value("select student_state_on($1, $2)", student, day)
            for day in (STARTS - timedelta(days=1), STARTS)
        ]
        # asked for all students at once: whoever is not enrolled, and nobody else; of two entries
        # of a day the later counts
        counts = "select sum(students)::int from class_counts()"
        before = await db.fetch_value(counts)
    await record_state(actor, world.students[1], "suspended", clock.today(), "生病休养一年")
    await record_state(actor, world.students[2], "suspended", clock.today(), "生病休养一年")
    await record_state(actor, world.students[2], "enrolled", clock.today(), "提前复学")
    async with db.acting_for(actor):
        for day in (clock.today(), STARTS):
            away = await db.fetch("select not_enrolled_on($1) as student", day)
            each = await db.fetch(
                "select id as student from student where student_state_on(id, $1) <> 'enrolled'",
                day,
            )
            assert {row["student"] for row in away} == {row["student"] for row in each}
            assert world.students[1] in {row["student"] for row in away}
        assert await db.fetch_value(counts) == before - 1
    assert states == ["enrolled", "graduated"]


async def test_the_page_keeps_what_was_typed_and_shows_the_history(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    path = f"/students/{world.students[0]}/state"
    async with browse("coordinator.centre") as browser:
        await browser.get(path)
        answer = await browser.submit(path, {"state": "left", "since": "", "reason": "随父母迁居"})
        assert answer.status_code == 422
        assert "随父母迁居" in answer.text
        answer = await browser.submit(
            path, {"state": "left", "since": "2026-11-02", "reason": "随父母迁居"}
        )
        page = (await browser.get(path)).text
        assert "has left school" in page
        assert "随父母迁居" in page
        # one to come may have been mistyped: the state of today can be recorded for that day
        assert '<option value="left"' in page
    async with browse("coordinator.health") as browser:
        assert (await browser.get(path)).status_code == 404


async def test_first_years_and_graduates_are_said_when_the_class_is_chosen(
    db: Database, world: World
) -> None:
    actor, group = world.coordinator_centre, await class_of(world)
    round_id = await open_round(world, actor, "centre", ["turning"])
    for entry, said in ((2027, "一年级"), (2020, "毕业")):
        await as_hub("update school_class set entry_year = $2 where id = $1", group, entry)
        with pytest.raises(Refusal, match=said) as refused:
            await rounds.choose_classes(actor, round_id, [group])
        assert set(refused.value.fields) == {"class"}
    await as_hub("update school_class set entry_year = 2025 where id = $1", group)
    assert await rounds.choose_classes(actor, round_id, [group]) == ""
    # its three years end on 30 June 2028
    longer = msgspec.structs.replace(draft(), ends=date(2028, 7, 31))
    await rounds.choose_posts(actor, round_id, [])
    row = await queries.round_of(actor, round_id)
    for said in (
        await rounds.change_round(actor, round_id, row["version"], longer, "延长"),
        await rounds.choose_classes(actor, round_id, [group]),
    ):
        assert "2028-06-30毕业，早于本批次结束日2028-07-31" in said


async def test_one_identity_at_two_schools_is_told_to_both(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    ours = world.students[0]
    async with db.acting_for(world.coordinator_health):
        theirs = await db.fetch_value("select id from student order by number limit 1")
    number = "500000201003050126"
    await change_student(actor, vault, ours, {"identity_number": number})
    await change_student(world.coordinator_health, vault, theirs, {"identity_number": number})
    for coordinator, student in ((actor, ours), (world.coordinator_health, theirs)):
        async with db.acting_for(coordinator):
            rows = await db.fetch("select kind, href from notice where kind = 'student_elsewhere'")
        assert [row["href"] for row in rows] == [f"/students/{student}"]
        row = await programmes.student(coordinator, vault, student)
        assert len(row["elsewhere"]) == 1
    await record_state(world.coordinator_health, theirs, "transferred", date(2026, 11, 2), "转学")
    assert (await programmes.student(actor, vault, ours))["elsewhere"] == []


async def test_a_host_that_is_struck_off_is_marked_and_not_offered(
    db: Database, world: World
) -> None:
    actor, host = world.coordinator_centre, world.organisations["precision"]
    round_id = await open_round(world, actor, "centre", ["milling"])
    assert str(host) in dict(await orientation.hosts(actor))
    await as_hub(
        "update host_check set good = false where host = $1 and kind = 'registration'", host
    )
    await review(Scope("host", (host,)))
    assert (await posts.post(actor, world.posts["turning"]))["struck_off"]
    assert str(world.posts["turning"]) not in dict(await file_queries.open_posts(actor))
    assert str(host) not in dict(await orientation.hosts(actor))
    row = await queries.round_of(actor, round_id)
    offered = {each["id"]: each["struck_off"] for each in await queries.posts_for(actor, row)}
    assert offered[world.posts["turning"]]
    with pytest.raises(Refusal):
        await rounds.choose_posts(actor, round_id, [world.posts["milling"], world.posts["turning"]])
    await rounds.choose_posts(actor, round_id, [world.posts["milling"]])
