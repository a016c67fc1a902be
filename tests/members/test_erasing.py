"""Erasing people of every kind: what goes, who goes along, who may ask for it, and a process that dies in between."""

from __future__ import annotations

import json

import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.model import KeyStore
from alliance.kit.problems import Missing, Refusal
from alliance.kit.secrets import Vault
from alliance.members import erasing
from alliance.members.erasing import erase_person
from alliance.programmes import queries
from tests.world import World


async def test_an_erased_student_keeps_counts_and_loses_everything_that_tells_who_it_was(
    db: Database, world: World, vault: Vault
) -> None:
    actor, student = world.coordinator_centre, world.students[0]
    guardian = world.actors["guardian.centre"].person
    async with db.acting_for(SYSTEM):
        before = await db.fetch_one("select s.*, p.key from student s join person p on p.id = s.id where s.id = $1", student)
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
            "select active, login, name, mail, password_hash from account where person = any($1)", [student, guardian]
        )
        assert len(accounts) == 2
        for account in accounts:
            assert (account["active"], account["name"], account["mail"], account["password_hash"]) == (False, None, None, None)
            assert account["login"].startswith("erased-")
        assert await db.fetch_value("select count(*) from guardianship where student = $1", student) == 0
        assert await db.fetch_value("select count(*) from audit_entry where action = 'erase_person' and subject = $1", student) == 1
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
        payload = await db.fetch_value("select payload from pgqueuer where entrypoint = $1", erasing.DESTROY)
    await erasing.destroy_keys(json.loads(payload))
    assert vault.keys.get(handle) is None


async def test_only_who_manages_a_person_erases_them_and_nobody_themself(db: Database, world: World, vault: Vault) -> None:
    erasable = {
        "hr.precision": {"second.precision", "secretary.centre"}, "mentor.hotel": {"hr.hotel", "secretary.centre"},
        "student1.centre": {"coordinator.centre", "colleague.centre"}, "guardian.health": {"coordinator.health"},
        "colleague.centre": {"coordinator.centre", "secretary.centre"},
    }  # fmt: skip
    for login, managers in erasable.items():
        person = world.actors[login].person
        assert person is not None
        for other in sorted(set(world.actors) - managers):
            with pytest.raises(Missing):
                await erase_person(world.actors[other], vault, person, "asked")
        await erase_person(world.actors[max(managers)], vault, person, "asked")
