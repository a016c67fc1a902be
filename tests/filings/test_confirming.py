"""Who makes a filing take effect, and what it is worth before that."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import msgspec
import pytest

from alliance.evidence import actions as evidence
from alliance.filings import actions as filing
from alliance.filings import queries
from alliance.filings.tasks import TASKS
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Refusal
from alliance.kit.room import Task
from alliance.regulation import LIFTS, confirmer_of
from tests.filings.filed import at_night, broken, entered, filed, new
from tests.world import World


async def test_a_filing_lifts_nothing_before_the_authority_has_confirmed_it(
    db: Database, world: World
) -> None:
    await at_night(db, world.posts["turning"])
    filing_id = await entered(world.hr_precision, new(world))
    assert (await queries.filing(world.hr_precision, filing_id))["verdict"] == "waiting"
    assert "F03" in await broken(db, world, "centre", world.coordinator_centre)
    assert [task.count for task in await waiting(db, world.authority_bureau)] == [1]
    for other in (world.hr_precision, world.second_precision, world.coordinator_centre):
        with pytest.raises(Refusal):
            await filing.confirm(other, filing_id)
    await filing.confirm(world.authority_bureau, filing_id)
    assert "F03" not in await broken(db, world, "centre", world.coordinator_centre)
    assert [task.count for task in await waiting(db, world.authority_bureau)] == [0]
    with pytest.raises(Conflict):
        await filing.confirm(world.authority_bureau, filing_id)
    async with db.acting_for(world.hr_precision):
        assert await db.fetch_value("select kind from notice where href like '/filings/%'") == (
            "filing_confirmed"
        )


async def waiting(db: Database, actor: Actor) -> list[Task]:
    async with db.acting_for(actor):
        (told,) = TASKS[actor.role]
        return await told(actor)


async def test_the_authority_reads_the_draft_that_it_is_asked_about_and_no_other(
    db: Database, world: World
) -> None:
    async with db.acting_for(SYSTEM):
        await db.fetch_value(
            "update post set state = 'draft' where id = $1 returning id", world.posts["turning"]
        )
    seen = "select count(*) from post where state = 'draft'"
    async with db.acting_for(world.authority_bureau):
        assert await db.fetch_value(seen) == 0
    filing_id = await entered(world.hr_precision, new(world))
    asked = await queries.filing(world.authority_bureau, filing_id)
    assert asked["about"].title
    assert len(await queries.touched(world.authority_bureau, asked)) == 1
    async with db.acting_for(world.authority_bureau):
        assert await db.fetch_value(seen) == 1
    for other in (world.coordinator_centre, world.planner_centre, world.hr_hotel):
        async with db.acting_for(other):
            assert await db.fetch_value(seen) == 0


async def test_a_second_coordinator_confirms_what_the_rule_leaves_to_the_school(
    db: Database, world: World
) -> None:
    filing_id = await entered(world.coordinator_centre, new(world, lift="C02"))
    second = await another_coordinator(db, world)
    with pytest.raises(Refusal):
        await filing.confirm(world.coordinator_centre, filing_id)
    assert [task.count for task in await waiting(db, world.coordinator_centre)] == [0]
    assert [task.count for task in await waiting(db, second)] == [1]
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.acting_for(world.coordinator_centre) as connection:
            await connection.execute(
                "update filing set confirmed = now(), confirmed_by = $2 where id = $1",
                filing_id,
                world.coordinator_centre.person,
            )
    await filing.confirm(second, filing_id)
    nights = await entered(world.coordinator_centre, new(world))
    with pytest.raises(Refusal):
        await filing.confirm(second, nights)


async def another_coordinator(db: Database, world: World) -> Actor:
    return msgspec.structs.replace(world.coordinator_centre, person=world.instructor_centre.person)


def test_the_database_knows_which_rules_a_school_confirms() -> None:
    said = Path(filing.__file__).with_name("schema.sql").read_text(encoding="utf-8")
    for lift in (lift for lift in LIFTS if confirmer_of(lift) == "school"):
        assert f"array['{lift}']" in said
    assert [lift for lift in LIFTS if confirmer_of(lift) == "school"] == ["C02"]


async def test_nothing_is_lifted_without_a_document_and_that_of_one_in_force_stays(
    db: Database, world: World
) -> None:
    with pytest.raises(Refusal) as refused:
        await filing.record(world.hr_precision, new(world), None)
    assert list(refused.value.fields) == ["file"]
    filing_id = await entered(world.hr_precision, new(world))
    async with db.acting_for(world.hr_precision):
        ((paper,),) = (await evidence.evidence_of("filing", [filing_id])).values()
    await evidence.withdraw(world.hr_precision, paper.id)
    with pytest.raises(asyncpg.CheckViolationError):
        await filing.confirm(world.authority_bureau, filing_id)
    other = await filed(world, world.hr_precision, new(world))
    async with db.acting_for(world.hr_precision):
        ((paper,),) = (await evidence.evidence_of("filing", [other])).values()
    with pytest.raises(asyncpg.CheckViolationError):
        await evidence.withdraw(world.hr_precision, paper.id)


async def test_what_the_secretary_enters_waits_for_the_authority(
    db: Database, world: World
) -> None:
    await at_night(db, world.posts["turning"])
    filing_id = await entered(world.actors["secretary.centre"], new(world))
    assert "F03" in await broken(db, world, "centre", world.coordinator_centre)
    await filing.revoke(world.authority_bureau, filing_id, "材料不全")
    async with db.acting_for(world.actors["secretary.centre"]):
        assert await db.fetch_value("select kind from notice where href like '/filings/%'") == (
            "filing_refused"
        )
