"""Whoever's data are restricted stays out of sight: filings, checks, findings, files, counts; and a correction opens one field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import asyncpg
import pytest
from litestar import Litestar
from python_calamine import CalamineWorkbook

from alliance.compliance import queries as queries_board
from alliance.desk import tasks
from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Missing, Refusal
from alliance.placements import actions as file_actions
from alliance.placements.interns import queries as interns_queries
from alliance.privacy import queries as privacy_queries
from alliance.privacy import requests, restrictions
from alliance.privacy.subjects import subject_for
from alliance.programmes import actions
from alliance.rounds import queries as placements
from alliance.rounds.students import preferences
from tests.placements.files import placed
from tests.privacy.restricting import restrict
from tests.rounds.rounds import as_student, open_round, ranked_round, run
from tests.world import World

FACTS = '{"groups": {"student": [{"student": "%s", "born": "2009-03-04"}]}, "rows": []}'


async def _told(db: Database, actor: Actor, subjects: list[object], student: object) -> set[str]:
    """The tables that tell an actor of these subjects, or of a student in their facts."""
    found = set()
    async with db.acting_for(actor):
        for table in ("filing", "evaluation", "standing_finding"):
            if await db.fetch_value(
                f"select exists (select from {table} where subject = any($1))", subjects
            ):
                found.add(table)
        if await db.fetch_value(
            "select exists (select from evaluation where facts::text like $1)", f"%{student}%"
        ):
            found.add("facts")
    return found


async def test_rows_that_name_a_restricted_student_are_withheld_and_still_counted(
    db: Database, world: World, vault: Vault
) -> None:
    placement = await placed(world)
    student, centre = world.students[0], world.organisations["centre"]
    kept = await file_actions.attach(
        world.coordinator_centre, placement, "training", "a.pdf", b"%PDF-1.4 x"
    )
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute(
            "insert into standing_finding (transition, rule, subject_kind, subject, school, host, severity, owner, finding, first_seen,"
            " last_seen) select 'placement.start', 'C03', 'placement', $1, school, host, 'block', 'school',"
            " jsonb_build_object('subject', student::text, 'numbers', jsonb_build_object('born', '2009-03-04')), now(), now()"
            " from placement where id = $1",
            placement,
        )
        for kind, subject in (("placement", placement), ("round", world.posts["turning"])):
            await connection.execute(
                "insert into evaluation (organisation, transition, subject_kind, subject, on_day, rule_pack, passed, facts)"
                " values ($1, 'round.publish', $2, $3, current_date, 'x', true, $4::jsonb)",
                centre,
                kind,
                subject,
                FACTS % student,
            )
        for kind, subject in (("placement", placement), ("student", student)):
            await connection.execute(
                "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason, filed_on, starts,"
                " ends) values (gen_random_uuid(), $1, 'filing', '{C01}', $2, $3, '区教委', '7', 'sealed:x', $4, $4, $4::date + 99)",
                centre,
                kind,
                subject,
                clock.today(),
            )
    bureau, secretary, planner, hr = (
        world.authority_bureau,
        world.secretary_centre,
        world.planner_centre,
        world.hr_precision,
    )
    subjects: list[object] = [placement, student]
    assert await _told(db, bureau, subjects, student) == {
        "filing",
        "evaluation",
        "standing_finding",
        "facts",
    }
    assert (await privacy_queries.inspect(bureau, kept, "核查"))["content"]
    offices = (bureau, secretary, planner, world.instructor_centre)
    counted = [await queries_board.open_matters(actor) for actor in offices]
    before = (
        await queries_board.atoms(bureau),
        await queries_board.filings(bureau),
        await queries_board.coverage(bureau),
    )
    await restrict(world, vault, student)
    for actor in offices:
        assert await _told(db, actor, subjects, student) == set(), actor.role
        async with db.acting_for(actor):
            blank = await db.fetch_value(
                "select count(*) from counted_findings(true) w where w::text like $1",
                f"%{student}%",
            )
            assert blank == 0, actor.role
    # the agreement goes on: host and school read on
    assert "standing_finding" in await _told(db, hr, subjects, student)
    assert await _told(db, world.coordinator_centre, subjects, student) == {
        "filing",
        "evaluation",
        "standing_finding",
        "facts",
    }
    with pytest.raises(Missing, match=str(clock.today().year)):
        await privacy_queries.inspect(bureau, kept, "核查")
    assert [await queries_board.open_matters(actor) for actor in offices] == counted, (
        "counts stay true"
    )
    assert len(await queries_board.atoms(bureau)) == len(before[0])
    assert (await queries_board.filings(bureau), await queries_board.coverage(bureau)) == before[1:]
    assert (
        await queries_board.withheld(bureau),
        await queries_board.withheld(world.coordinator_centre),
    ) == (1, 0)
    assert (await queries_board.matters(bureau, queries_board.Wanted(rule="C03"), limit=9))[1] == 0
    # when the placement is over the host keeps the fact alone
    async with db.acting_for(SYSTEM):
        await db.fetch_value(
            "update placement set state = 'ended', starts = $2, ends = $2 where id = $1 returning id",
            placement,
            clock.today(),
        )
    assert [row.pseudonym for row in await interns_queries.past_interns(hr)] == [""]
    await restrictions.lift(world.guardian_centre, student)
    assert await _told(db, bureau, subjects, student) == {
        "filing",
        "evaluation",
        "standing_finding",
        "facts",
    }


async def test_whoever_is_left_out_at_their_own_wish_is_not_counted_as_lacking_a_list(
    db: Database, world: World, vault: Vault
) -> None:
    row = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    await preferences.save_list(as_student(world, 1), row, [world.posts["turning"]])
    await preferences.save_list(as_student(world, 0), row, [world.posts["turning"]])
    await restrict(world, vault, world.students[0])
    told = await placements.round_of(world.planner_centre, row)
    assert (told["students"], told["lists"], told["left_out"]) == (12, 1, 1)
    waiting = next(
        one for one in await tasks.tasks(world.coordinator_centre) if one.href == f"/rounds/{row}"
    )
    assert waiting.count == 10
    async with DB.acting_for(SYSTEM):
        await DB.fetch_value(
            "update restriction set lifted = now(), lifted_by = granted_by returning id"
        )
    assert (await placements.round_of(world.coordinator_centre, row))["left_out"] == 0


async def test_a_correction_opens_the_field_that_was_granted_and_no_other(
    db: Database, world: World, vault: Vault
) -> None:
    student, own, officer = world.students[0], as_student(world, 0), world.coordinator_centre
    await restrict(world, vault, student)
    asked = await requests.ask(
        own, await subject_for(own, vault), "correct", field="grade", wanted="88", reason="算错了"
    )

    async def change(**values: object) -> None:
        await actions.change_student(officer, vault, student, values)

    with pytest.raises(asyncpg.CheckViolationError, match="restricted"):
        await change(grade=88)
    await requests.accept(officer, asked)
    for values in ({"sex": "M"}, {"grade": 88, "phone": "13900000000"}, {"town": None}):
        with pytest.raises(asyncpg.CheckViolationError, match="restricted"):
            await change(**values)
    await requests.finish(officer, vault, asked, apply=True)
    with pytest.raises(asyncpg.CheckViolationError, match="restricted"):
        await change(grade=89)
    async with db.acting_for(officer):
        assert await db.fetch_value("select grade from student where id = $1", student) == 88
    unreadable = await requests.ask(
        own, await subject_for(own, vault), "correct", field="born", wanted="不知道", reason="错了"
    )
    with pytest.raises(Refusal):
        await requests.finish(officer, vault, unreadable, apply=True)
    # what a person and the guardian change themselves is how they are reached
    await requests.correct_own(own, await subject_for(own, vault), "phone", "13900000001")


async def test_exports_of_accounts_and_requests_leave_restricted_people_out_and_say_how_many(
    app: Litestar, browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    instructor = world.instructor_centre
    asked = await requests.ask(
        instructor, await subject_for(instructor, vault), "restrict", reason="核对中"
    )
    await requests.accept(world.coordinator_centre, asked, clock.today() + timedelta(days=9))
    await restrict(world, vault, world.students[0])
    other = as_student(world, 1)
    await requests.ask(other, await subject_for(other, vault), "access", reason="想知道")

    def lines(content: bytes) -> list[list[str]]:
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        return [[str(cell) for cell in row if cell] for row in sheet.to_python()[1:]]

    for login in ("coordinator.centre", "secretary.centre"):
        async with browse(login) as browser:
            assert (
                "instructor.centre"
                in (await browser.get("/accounts?search=instructor.centre")).text
            )
            *others, last = lines((await browser.get("/accounts/export")).content)
            assert len(others) > 1
            assert "instructor.centre" not in str(others), login
            assert last == [
                "1 more is on the page and not in this file: the use of a person's data is restricted."
            ], login
            assert "not in this file" not in str(
                lines((await browser.get("/accounts/export?search=coordinator")).content)
            )
    async with browse("coordinator.centre") as browser:
        assert "学生centre0" in (await browser.get("/privacy")).text
        await browser.say_why()
        (named, last) = lines((await browser.get("/privacy/requests/export")).content)
        assert named[0] == "学生centre1"
        assert last == [
            "2 more are on the page and not in this file: the use of people's data is restricted."
        ]
        (last,) = lines((await browser.get("/privacy/requests/export?search=centre0")).content)
        assert last[0].startswith("1 more")


async def test_exports_of_a_round_and_its_checklist_say_how_many_they_leave_out(
    app: Litestar, browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    row = await ranked_round(world, {0: ["turning"], 1: ["turning"]})
    await run(world.coordinator_centre, row)
    async with DB.acting_for(SYSTEM):
        for index in (2, 3):
            placement = await placed(world, index, state="ended")
            await DB.change("update placement set round = $2 where id = $1", placement, row)

    def last(content: bytes) -> str:
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        return str(sheet.to_python()[-1][0])

    async with browse("coordinator.centre") as browser:
        await browser.say_why()
        exports = {
            f"/rounds/{row}/export": (0, 1),
            f"/rounds/{row}/checklist/export": (2, 3),
            f"/rounds/{row}/checklist/export?school_class={world.classes['centre']}": (2, 3),
        }
        for path in exports:
            assert "not in this file" not in last((await browser.get(path)).content), path
        for index in (0, 2):
            await restrict(world, vault, world.students[index])
        for path, (withheld, _shown) in exports.items():
            assert last((await browser.get(path)).content) == (
                "2 more are on the page and not in this file: the use of people's data is restricted."
                if withheld == 0
                else "1 more is on the page and not in this file: the use of a person's data is restricted."
            ), path
        elsewhere = f"/rounds/{row}/checklist/export?host={row}"
        assert "not in this file" not in last((await browser.get(elsewhere)).content)
