"""A granted restriction holds: not matched, not shown, not exported, not changed, until it ends or is lifted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from python_calamine import CalamineWorkbook

from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Missing, Refusal
from alliance.placements import queries as file_queries
from alliance.privacy import queries as waiting
from alliance.privacy import requests, restrictions
from alliance.privacy.subjects import subject_for
from alliance.programmes import actions, queries
from alliance.rounds import queries as placements
from alliance.rounds.inputs import freeze
from alliance.rounds.students import preferences
from tests.placements.files import placed
from tests.rounds.rounds import as_student, open_round
from tests.world import World

TABLES = (
    "person",
    "student",
    "preference_list",
    "preference",
    "host_score",
    "proposal",
    "placement",
    "placement_file",
    "unplaced",
)


async def restricted(world: World, vault: Vault, index: int = 0, days: int = 60) -> UUID:
    """A student whose wish to restrict was granted; returns the student."""
    student = as_student(world, index)
    request = await requests.ask(
        student, await subject_for(student, vault), "restrict", reason="核对中"
    )
    with pytest.raises(Refusal):
        await requests.accept(world.coordinator_centre, request, clock.today() - timedelta(days=1))
    await requests.accept(world.coordinator_centre, request, clock.today() + timedelta(days=days))
    await requests.finish(
        world.coordinator_centre, vault, request, until=clock.today() + timedelta(days=days + 9)
    )
    assert student.person is not None
    return student.person


async def _seen(db: Database, actor: Actor, student: UUID) -> set[str]:
    found = set()
    async with db.acting_for(actor):
        for table in TABLES:
            column = "id" if table in ("person", "student") else "student"
            if await db.fetch_value(
                f"select exists (select from {table} where {column} = $1)", student
            ):
                found.add(table)
    return found


async def test_a_restricted_student_is_not_matched_shown_or_changed_until_it_is_lifted(
    db: Database, world: World, vault: Vault
) -> None:
    row = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    for index in (0, 1):
        await preferences.save_list(as_student(world, index), row, [world.posts["milling"]])
    student = world.students[0]
    before = {
        actor.role: await _seen(db, actor, student)
        for actor in (world.hr_precision, world.instructor_centre)
    }
    assert before["hr"] >= {"preference"}
    await restricted(world, vault)
    others = [
        world.actors[login]
        for login in world.actors
        if world.actors[login].person != student
        and login not in ("coordinator.centre", "colleague.centre", "guardian.centre")
    ]
    assert {actor.role: seen for actor in others if (seen := await _seen(db, actor, student))} == {}
    assert [one["student"] for one in await placements.candidates(world.hr_precision, row)] == [
        world.students[1]
    ]
    async with db.acting_for(SYSTEM):
        inputs = await freeze(row, {"mode": "cold", "base": None})
    assert student not in {one["id"] for one in inputs.students}
    assert world.students[1] in {one["id"] for one in inputs.students}
    for actor in (world.coordinator_centre, world.guardian_centre, as_student(world, 0)):
        assert {"student", "preference"} <= await _seen(db, actor, student), actor.role
    with pytest.raises(Exception, match="restricted"):
        await actions.change_student(
            world.coordinator_centre, vault, student, {"phone": "13900000000"}
        )
    with pytest.raises(Exception, match="restricted"):
        await preferences.save_list(as_student(world, 0), row, [])
    # what the person asks to be corrected is corrected all the same
    subject = await subject_for(as_student(world, 0), vault)
    correction = await requests.ask(
        as_student(world, 0), subject, "correct", field="name", wanted="林小满", reason="错字"
    )
    await requests.finish(world.coordinator_centre, vault, correction, apply=True)
    assert (await queries.student(world.coordinator_centre, vault, student))["name"] == "林小满"
    for stranger in (world.coordinator_health, world.hr_precision, world.student1_centre):
        with pytest.raises(Missing):
            await restrictions.lift(stranger, student, "x")
    with pytest.raises(Refusal):
        await restrictions.lift(world.coordinator_centre, student)
    await restrictions.lift(world.guardian_centre, student)
    assert await _seen(db, world.hr_precision, student) == before["hr"]
    await preferences.save_list(as_student(world, 0), row, [world.posts["turning"]])
    assert len(await placements.candidates(world.hr_precision, row)) == 2


async def test_whoever_performs_an_agreement_goes_on_and_the_day_ends_a_restriction(
    db: Database, world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    placement = await placed(world)
    student = await restricted(world, vault)
    for actor in (world.hr_precision, world.coordinator_centre):
        assert (await file_queries.file(actor, vault, placement))["name"], actor.role
    async with db.acting_for(SYSTEM):
        await db.fetch_value(
            "update placement set state = 'ended', ends = starts where id = $1 returning id",
            placement,
        )
    with pytest.raises(Missing):
        await file_queries.file(world.hr_precision, vault, placement)
    held = await restrictions.of_person(world.coordinator_centre, student)
    assert held is not None
    assert held["holds"]
    assert held["until"] == clock.today() + timedelta(days=60), (
        "finishing does not move a day that was granted"
    )
    after = held["until"] + timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: after)
    held = await restrictions.of_person(world.coordinator_centre, student)
    assert held is not None
    assert not held["holds"]
    assert await waiting.restricted(world.coordinator_centre, vault) == []
    own = as_student(world, 0)
    asked = await requests.ask(own, await subject_for(own, vault), "restrict")
    await requests.accept(world.coordinator_centre, asked, after)
    await requests.withdraw(own, asked)
    assert await waiting.restricted(world.coordinator_centre, vault) == []
    await restricted(world, vault)
    assert [row["person"] for row in await waiting.restricted(world.coordinator_centre, vault)] == [
        student
    ]


async def test_what_a_person_lifted_is_not_restricted_again_by_finishing_the_request(
    db: Database, world: World, vault: Vault
) -> None:
    own = as_student(world, 0)
    asked = await requests.ask(own, await subject_for(own, vault), "restrict")
    await requests.accept(world.coordinator_centre, asked, clock.today() + timedelta(days=9))
    assert own.person is not None
    await restrictions.lift(own, own.person)
    await requests.finish(
        world.coordinator_centre, vault, asked, until=clock.today() + timedelta(days=9)
    )
    assert await waiting.restricted(world.coordinator_centre, vault) == []


async def test_exports_leave_a_restricted_student_out_and_pages_say_until_when(
    app: Litestar, browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    student, group = await restricted(world, vault), world.classes["centre"]
    until = str(clock.today() + timedelta(days=60))
    async with browse("coordinator.centre") as browser:
        await browser.say_why()
        page, sheet = (
            (await browser.get(f"/classes/{group}")).text,
            await browser.get(f"/classes/{group}/export"),
        )
        assert "学生centre0" in page
        names = {
            str(cell)
            for row in CalamineWorkbook.from_filelike(BytesIO(sheet.content))
            .get_sheet_by_index(0)
            .to_python()
            for cell in row
        }
        assert "学生centre1" in names
        assert "学生centre0" not in names
        assert any("1 more is on the page" in name for name in names), "and it says so"
        assert until in (await browser.get(f"/students/{student}")).text
        assert (
            f"/privacy/restrictions/{student}/lift"
            in (await browser.get("/privacy/restrictions")).text
        )
        refused = await browser.submit(f"/privacy/restrictions/{student}/lift", {"reason": ""})
        assert refused.status_code == 422
    async with browse("student0.centre") as browser:
        assert until in (await browser.get("/my-data")).text
        assert (await browser.submit("/my-data/restriction/lift", {})).status_code == 303
        assert 'action="/my-data/restriction/lift"' not in (await browser.get("/my-data")).text
