"""Holds: neither a night nor a wish to be erased reaches past one, the others go on, and who stays is named with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import ERASED, Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.erasing import erase_person
from alliance.privacy import breaches, holds, queries, requests, retention
from alliance.privacy.subjects import subject_for
from tests.privacy.test_breaches_and_nights import draft
from tests.privacy.test_retention import _at
from tests.rounds.rounds import as_student
from tests.world import World

WHY = "家长对成绩提出异议，仲裁未结"


async def _hold(
    world: World, index: int, ground: str = "dispute", until: date | None = None
) -> UUID:
    async with DB.acting_for(SYSTEM):
        number = await DB.fetch_value(
            "select number from student where id = $1", world.students[index]
        )
    return await holds.begin(
        world.coordinator_centre, number, ground, WHY, until or clock.today() + timedelta(days=90)
    )


async def test_an_asked_erasure_stops_at_a_hold_and_the_person_reads_until_when_and_why(
    app: Litestar, browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    officer, student, own = world.coordinator_centre, world.students[0], as_student(world, 0)
    hold = await _hold(world, 0)
    with pytest.raises(asyncpg.UniqueViolationError):
        await _hold(world, 0)
    asked = await requests.ask(own, await subject_for(own, vault), "erase", reason="不想留")
    for ground in ("asked", "mistake", "over"):
        with pytest.raises(Refusal, match="争议"):
            await erase_person(officer, vault, student, ground)
    with pytest.raises(Refusal):
        await requests.finish(officer, vault, asked)
    async with DB.acting_for(officer):
        assert (
            await DB.fetch_value("select state from data_request where id = $1", asked) == "asked"
        )
    for stranger in (
        world.coordinator_health,
        world.hr_precision,
        own,
        world.guardian_centre,
        world.authority_bureau,
    ):
        with pytest.raises((Missing, Refusal)):
            await holds.lift(stranger, hold, "x")
        with pytest.raises(Refusal):
            await holds.begin(stranger, "student0.centre", "incident", "x", clock.today())
    async with browse("student0.centre") as browser:
        shown = (await browser.get("/my-data")).text
        assert WHY in shown
        assert "Not erased before" in shown
    async with browse("coordinator.centre") as browser:
        listed = (await browser.get("/privacy/retention/holds")).text
        assert WHY in listed
        refused = await browser.submit(
            "/privacy/retention/holds",
            {"whom": "nobody", "ground": "dispute", "reason": "留着的话"},
        )
        assert refused.status_code == 422
        assert "留着的话" in refused.text
        assert "Held until" in (await browser.get(f"/privacy/requests/{asked}")).text
        path = f"/privacy/retention/holds/{hold}/lift"
        unsaid = await browser.submit(path, {"reason": ""})
        assert unsaid.status_code == 422
        assert unsaid.text.count("Write why; the person reads it.") == 1, (
            "at the field of the hold that is lifted, and at no other form's"
        )
        assert (await browser.submit(path, {"reason": "已和解"})).status_code == 303
    with pytest.raises(Conflict):
        await holds.lift(officer, hold, "again")
    await requests.finish(officer, vault, asked)
    with pytest.raises(Refusal):
        await _hold(world, 0)


async def test_a_night_erases_the_others_and_names_who_is_held(
    app: Litestar,
    browse: Callable[..., Any],
    world: World,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hold = await _hold(world, 0, until=clock.today() + timedelta(days=1000))
    async with DB.acting_for(SYSTEM):
        # another one is locked by a law until a day that is past, and held as well; a third is locked only
        for index in (1, 2):
            await DB.fetch_value(
                "update person set restricted_until = $2, restricted_ground = 'internship_file' where id = $1 returning id",
                world.students[index],
                clock.today() - timedelta(days=1),
            )
        left = await DB.fetch_value(
            "select c.entry_year + g.years from school_class c join programme g on g.id = c.programme where c.id = $1",
            world.classes["centre"],
        )
    await _hold(world, 1, "incident", clock.today() + timedelta(days=1000))
    assert len(await queries.held(world.coordinator_centre, vault)) == 2, "and both were read"
    async with DB.acting_for(SYSTEM):
        why = await DB.fetch_value("select distinct purpose from access_entry where kind = 'name'")
    assert why == "keeping", "nobody asked to be looked at"
    await retention.retain()
    runs = {row["kind"]: row for row in await retention.last_runs(world.coordinator_centre)}
    assert (runs["locked"]["items"], runs["locked"]["refused"], runs["student"]["refused"]) == (
        1,
        1,
        0,
    )
    async with DB.acting_for(SYSTEM):
        keys = {
            row["id"]: row["key"]
            for row in await DB.fetch(
                "select id, key from person where id = any($1)", world.students
            )
        }
    assert keys[world.students[1]] is not None
    assert keys[world.students[2]] is None
    named = await queries.refusals(world.coordinator_centre, vault)
    assert [(row["kind"], row["name"]) for row in named] == [("locked", "学生centre1")]
    assert "incident" in named[0]["why_en"]
    assert "事故" in named[0]["why_zh"]
    assert await queries.refusals(world.coordinator_health, vault) == []
    async with browse("coordinator.centre") as browser:
        page = (await browser.get("/privacy/retention")).text
        assert "学生centre1" in page
        assert named[0]["why_en"] in page
    async with browse("authority.bureau") as browser:
        assert "学生centre1" not in (await browser.get("/privacy/retention")).text
    # five years after leaving: whoever is held stays, all others of the class go
    night = date(left, 8, 31) + timedelta(days=1826)
    curious = as_student(world, 4)
    asked = await requests.ask(
        curious, await subject_for(curious, vault), "explain", reason="为什么是这个岗位"
    )
    await _at(monkeypatch, night)
    await holds.lift(world.coordinator_centre, hold, "重设")
    await _hold(world, 0, until=night + timedelta(days=30))
    assert (await retention.kept_back(night, await retention.due(night)))["student"] == 1
    await retention.retain()
    run = next(
        row
        for row in await retention.last_runs(world.coordinator_centre)
        if row["kind"] == "student"
    )
    assert run["refused"] == 2, "one is held, the question of one is not answered"
    assert run["items"] >= 8
    assert {
        "not answered" in row["why_en"]
        for row in await queries.refusals(world.coordinator_centre, vault)
    } == {True, False}
    await requests.finish(world.coordinator_centre, vault, asked, "按志愿和专业安排")
    await _at(monkeypatch, night + timedelta(days=1))
    await retention.retain()
    assert [row["name"] for row in await queries.refusals(world.coordinator_centre, vault)] == [
        "学生centre0"
    ]
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select s.name, p.key from student s join person p on p.id = s.id where s.id = $1",
            world.students[0],
        )
    assert row is not None
    assert vault.keyring(row["key"]).decrypt(row["name"]) not in ("", ERASED)
    # the log of whoever is held stays beyond its term, that of others goes
    async with DB.acting_for(SYSTEM):
        assert await DB.fetch_value("select drop_old_access()") > 0
        old = await DB.fetch(
            "select distinct subject from access_entry where at < $1", night - timedelta(days=1200)
        )
    assert [row["subject"] for row in old] == [world.students[0]]
    for sql in ("update retention_refusal set why_en = 'x'", "delete from retention_refusal"):
        async with DB.acting_for(SYSTEM) as connection:
            assert await connection.execute(sql) in ("UPDATE 0", "DELETE 0")


async def test_a_breach_under_way_holds_whom_it_concerns_until_it_is_closed_and_a_race_has_one_winner(
    db: Database, world: World, vault: Vault
) -> None:
    officer, other = world.coordinator_centre, world.colleague_centre
    exercise = await breaches.write(officer, draft(world))
    await breaches.confirm(other, exercise)
    assert await queries.held(officer, vault) == []
    # nobody holds for a breach by hand, and what ended by its day stands in no breach's way
    with pytest.raises(Refusal):
        await _hold(world, 0, "breach")
    sql = (
        "insert into legal_hold (id, person, organisation, ground, until, begun, begun_by)"
        " values (gen_random_uuid(), $1, $2, 'breach', $3, now(), $4)"
    )
    values = (
        world.students[0],
        officer.organisation,
        clock.today() - timedelta(days=1),
        officer.person,
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with DB.acting_for(officer) as connection:
            await connection.execute(sql, *values)
    async with DB.acting_for(SYSTEM) as connection:
        await connection.execute(sql, *values)
    real = await breaches.write(officer, draft(world, drill=False))
    assert {(row["ground"], row["breach"]) for row in await queries.held(officer, vault)} == {
        ("breach", real)
    }
    assert len(await queries.held(officer, vault)) == 12, "a draft holds from its writing on"
    with pytest.raises(Refusal):
        await breaches.drop(other, real)
    await breaches.drop(officer, real)
    assert await queries.held(officer, vault) == [], "one written by mistake holds nobody"
    with pytest.raises(Missing):
        await breaches.breach_of(officer, real)
    real = await breaches.write(officer, draft(world, drill=False))
    await breaches.confirm(other, real)
    with pytest.raises(Conflict):
        await breaches.drop(officer, real)
    assert len(await queries.held(officer, vault)) == 12
    with pytest.raises(Refusal, match="泄露"):
        await erase_person(officer, vault, world.students[0], "asked")
    await breaches.tell_authority(officer, real, "1")
    await breaches.tell_persons(officer, real)
    # two breaches concern the same people: the other one holds them on, but nobody who was released by hand
    second = await breaches.write(officer, draft(world, drill=False))
    await holds.lift(
        officer, (freed := (await queries.held(officer, vault))[0])["id"], "已单独处理"
    )
    await breaches.close(officer, real, "复核收件人")
    still = await queries.held(officer, vault)
    assert ({row["breach"] for row in still}, len(still)) == ({second}, 11)
    assert freed["person"] not in {row["person"] for row in still}
    await breaches.confirm(other, second)
    await holds.lift(officer, still[0]["id"], "已单独处理")
    await breaches.tell_authority(officer, second, "2")
    await breaches.tell_persons(officer, second)
    await breaches.close(officer, second, "复核收件人")
    assert await queries.held(officer, vault) == []
    # at once: either the hold stands and nobody is erased, or the person is gone and nothing is held
    done = await asyncio.gather(
        erase_person(officer, vault, world.students[3], "asked"),
        _hold(world, 3),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Exception) for one in done) == 1, done


async def test_whoever_stays_for_the_sake_of_a_guardian_is_told_so_in_both_languages(
    db: Database, world: World, vault: Vault
) -> None:
    await holds.begin(
        world.coordinator_centre,
        "guardian.centre",
        "incident",
        WHY,
        clock.today() + timedelta(days=90),
    )
    async with DB.acting_for(SYSTEM):
        await DB.fetch_value(
            "update person set restricted_until = $2, restricted_ground = 'internship_file' where id = $1 returning id",
            world.students[0],
            clock.today() - timedelta(days=1),
        )
    await retention.retain()
    (row,) = await queries.refusals(world.coordinator_centre, vault)
    assert row["name"] == "学生centre0"
    assert "事故" in row["why_zh"]
    assert "incident" in row["why_en"]
