"""Erasing people of every kind: what goes, who goes along, who may ask for it, and a process that dies in between."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.model import KeyStore
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Missing, Refusal
from alliance.members import erasing
from alliance.members.erasing import erase_person
from alliance.privacy import retention
from alliance.programmes import actions, queries
from tests.world import World


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


async def test_an_erased_student_keeps_counts_and_loses_everything_that_tells_who_it_was(
    db: Database, world: World, vault: Vault
) -> None:
    actor, student = world.coordinator_centre, world.students[0]
    guardian = world.actors["guardian.centre"].person
    async with db.acting_for(SYSTEM):
        before = await db.fetch_one(
            "select s.*, p.key from student s join person p on p.id = s.id where s.id = $1", student
        )
        guardians_key = await db.fetch_value("select key from person where id = $1", guardian)
    assert before is not None
    await erase_person(actor, vault, student, "asked")
    row = await queries.student(actor, vault, student)
    assert (row["name"], row["identity_number"], row["phone"], row["erased"]) == ("", "", "", True)
    assert row["number"] == row["pseudonym"] == before["pseudonym"]
    assert row["identity_mark"] != before["identity_mark"]
    assert (row["born"].month, row["born"].day, row["town"], row["grade"]) == (1, 1, None, None)
    assert (row["school_class"], row["sex"]) == (before["school_class"], before["sex"])
    assert vault.keys.get(before["key"]) is None
    assert vault.keys.get(guardians_key) is None, "the guardian of no other child goes along"
    async with db.acting_for(SYSTEM):
        accounts = await db.fetch(
            "select active, login, name, mail, password_hash from account where person = any($1)",
            [student, guardian],
        )
        assert len(accounts) == 2
        for account in accounts:
            assert (
                account["active"],
                account["name"],
                account["mail"],
                account["password_hash"],
            ) == (False, None, None, None)
            assert account["login"].startswith("erased-")
        assert (
            await db.fetch_value("select count(*) from guardianship where student = $1", student)
            == 0
        )
        assert (
            await db.fetch_value(
                "select count(*) from audit_entry where action = 'erase_person' and subject = $1",
                student,
            )
            == 1
        )
    assert {student, guardian} <= {one.person for one in vault.keys.erased()}
    with pytest.raises(Refusal):
        await erase_person(actor, vault, student, "asked")


async def test_whoever_dies_between_the_commit_and_the_key_leaves_a_job_that_destroys_it(
    db: Database, world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = world.students[3]
    async with db.acting_for(SYSTEM):
        handle = await db.fetch_value("select key from person where id = $1", student)

    def killed(_store: KeyStore, _erased: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(KeyStore, "destroy", killed)
        with pytest.raises(KeyboardInterrupt):
            await erase_person(world.coordinator_centre, vault, student, "asked")
    assert vault.keys.get(handle) is not None
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select key from person where id = $1", student) is None
        payload = await db.fetch_value(
            "select payload from pgqueuer where entrypoint = $1", erasing.DESTROY
        )
    await erasing.destroy_keys(json.loads(payload))
    assert vault.keys.get(handle) is None


async def test_a_key_outlives_a_caller_whose_transaction_fails(
    db: Database, world: World, vault: Vault
) -> None:
    student = world.students[4]
    async with db.acting_for(SYSTEM):
        handle = await db.fetch_value("select key from person where id = $1", student)
    with pytest.raises(ZeroDivisionError):
        async with db.acting_for(world.coordinator_centre):
            await erase_person(world.coordinator_centre, vault, student, "asked")
            raise ZeroDivisionError
    assert vault.keys.get(handle) is not None
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select key from person where id = $1", student) == handle


async def test_the_trail_of_a_change_falls_with_the_key(
    db: Database, world: World, vault: Vault
) -> None:
    student = world.students[5]
    await actions.change_student(
        world.coordinator_centre, vault, student, {"born": date(2009, 3, 14)}
    )
    async with db.acting_for(SYSTEM):
        entry = await db.fetch_one(
            "select before::text, after::text from audit_entry where action = 'change_student'"
        )
    assert entry is not None
    assert "2009" not in entry["before"] + entry["after"]


async def test_only_who_manages_a_person_erases_them_and_nobody_themself(
    db: Database, world: World, vault: Vault
) -> None:
    erasable = {
        "hr.precision": {"second.precision", "secretary.centre"},
        "mentor.hotel": {"hr.hotel", "secretary.centre"},
        "student1.centre": {"coordinator.centre", "colleague.centre"},
        "guardian.health": {"coordinator.health"},
        "colleague.centre": {"coordinator.centre"},
    }
    for login, managers in erasable.items():
        person = world.actors[login].person
        assert person is not None
        for other in sorted(set(world.actors) - managers):
            with pytest.raises(Missing):
                await erase_person(world.actors[other], vault, person, "asked")
        await erase_person(world.actors[max(managers)], vault, person, "asked")


async def test_whom_the_law_keeps_is_locked_until_the_day_and_erased_then(
    db: Database, world: World, vault: Vault
) -> None:
    actor, student, ended = world.coordinator_centre, world.students[4], date(2026, 6, 30)
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, reason, arranged_by, origin, created)"
            " values (gen_random_uuid(), $1, $2, $3, $4, '2026-01-05', $5, 'ended', '{}', 'school', 'school', now())",
            actor.organisation,
            student,
            world.organisations["precision"],
            world.posts["turning"],
            ended,
        )
    with clock.frozen(_noon(date(2026, 11, 30))):
        kept = await erase_person(actor, vault, student, "asked")
    assert kept == erasing.Kept(date(2028, 6, 29), "internship_file")
    row = await queries.student(actor, vault, student)
    assert (row["erased"], row["restricted_until"]) == (False, kept.until)
    with pytest.raises(Refusal):
        await actions.change_student(actor, vault, student, {"name": "改"})
    for other in ("instructor.centre", "hr.precision", "mentor.precision"):
        async with db.acting_for(world.actors[other]):
            assert (
                await db.fetch_value("select count(*) from person where id = $1", student) == 0
            ), other
    with clock.frozen(_noon(kept.until)):
        await retention.retain()
    assert not (await queries.student(actor, vault, student))["erased"]
    with clock.frozen(_noon(kept.until + timedelta(days=1))):
        await retention.retain()
    assert (await queries.student(actor, vault, student))["erased"]


async def test_a_guardian_leaves_nothing_of_theirs_with_the_child_and_an_intern_is_not_erased(
    db: Database, world: World, vault: Vault
) -> None:
    actor, guardian, child = (
        world.coordinator_centre,
        world.actors["guardian.centre"].person,
        world.students[0],
    )
    assert guardian is not None
    await actions.change_student(
        actor, vault, child, {"guardian_name": "Guardian.Centre", "guardian_phone": "13900000000"}
    )
    await erase_person(actor, vault, guardian, "asked")
    row = await queries.student(actor, vault, child)
    assert (row["guardian_name"], row["guardian_phone"], row["guardians"], row["erased"]) == (
        "",
        "",
        0,
        False,
    )
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, reason, arranged_by, origin, created)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, 'active', '{}', 'school', 'school', now())",
            actor.organisation,
            child,
            world.organisations["precision"],
            world.posts["turning"],
            clock.today() - timedelta(days=9),
            clock.today(),
        )
    with pytest.raises(Refusal):
        await erase_person(actor, vault, child, "asked")
