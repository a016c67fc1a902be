"""Filings and overrides: who records what, what they lift and for whom, what is late, what revoking does."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg
import pytest

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judge
from alliance.evidence import actions as evidence
from alliance.filings import actions as filing
from alliance.filings import queries
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing, Refusal
from tests.filings.filed import MADE, at_night, broken, entered, filed, new
from tests.placements.files import placed
from tests.world import ENDS, STARTS, World


async def test_a_hosts_filing_lifts_its_rule_for_every_school_and_is_kept_with_its_document(
    db: Database, world: World
) -> None:
    await at_night(db, world.posts["turning"])
    assert "F03" in await broken(db, world, "centre", world.coordinator_centre)
    filing_id = await filed(world, world.hr_precision, new(world))
    assert "F03" not in await broken(db, world, "centre", world.coordinator_centre)
    assert "F03" not in await broken(db, world, "health", world.coordinator_health)
    assert (await queries.filing(world.hr_precision, filing_id))["verdict"] == "lifts"
    async with db.acting_for(world.hr_precision):
        assert list(await evidence.evidence_of("filing", [filing_id])) == [(filing_id, "document")]
        done = await db.fetch(
            "select action from audit_entry where subject = $1 order by id", filing_id
        )
        assert [row["action"] for row in done] == ["attach_evidence", "record_filing"]


async def test_a_filing_of_one_school_does_not_lift_for_another(db: Database, world: World) -> None:
    await at_night(db, world.posts["turning"])
    await filed(world, world.coordinator_centre, new(world))
    assert "F03" not in await broken(db, world, "centre", world.coordinator_centre)
    assert "F03" in await broken(db, world, "health", world.coordinator_health)


async def test_an_override_of_the_authority_lifts_for_all_and_only_what_it_names(
    db: Database, world: World
) -> None:
    await at_night(db, world.posts["turning"])
    await filed(world, world.authority_bureau, new(world, lift="C06"))
    assert "F03" in await broken(db, world, "centre", world.coordinator_centre)
    await filed(world, world.authority_bureau, new(world, lift="F03.nights"))
    assert "F03" not in await broken(db, world, "health", world.coordinator_health)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"ends": date(2028, 3, 2)}, "short"),
        ({"starts": date(2027, 9, 7)}, "short"),
        ({}, "lifts"),
        ({"starts": date(2027, 1, 1), "ends": date(2028, 12, 31)}, "lifts"),
    ],
)
async def test_a_filing_that_leaves_out_a_day_lifts_nothing(
    db: Database, world: World, changes: dict[str, Any], verdict: str
) -> None:
    await at_night(db, world.posts["turning"])
    filing_id = await filed(world, world.hr_precision, new(world, **changes))
    assert (await queries.filing(world.hr_precision, filing_id))["verdict"] == verdict
    assert ("F03" in await broken(db, world, "centre", world.coordinator_centre)) == (
        verdict != "lifts"
    )


async def test_a_filing_made_on_the_first_day_is_late(db: Database, world: World) -> None:
    await at_night(db, world.posts["turning"])
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update post set starts = $2 where id = $1", world.posts["turning"], clock.today()
        )
    filing_id = await filed(
        world, world.hr_precision, new(world, filed_on=clock.today(), starts=clock.today())
    )
    row = await queries.filing(world.hr_precision, filing_id)
    assert row["verdict"] == "late"
    assert [each["verdict"] for each in await queries.touched(world.hr_precision, row)] == ["late"]


@pytest.mark.parametrize("rule", ["C06", "C07", "G01"])
async def test_caps_and_the_floor_of_pay_are_lifted_by_the_authority_alone(
    db: Database, world: World, rule: str
) -> None:
    for actor in (world.hr_precision, world.coordinator_centre):
        filing_id = await entered(actor, new(world, lift=rule))
        assert (await queries.filing(actor, filing_id))["kind"] == "override"
        for other in (actor, world.second_precision, world.coordinator_health):
            with pytest.raises((Refusal, Missing)):
                await filing.confirm(other, filing_id)
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.acting_for(world.hr_precision) as connection:
            await connection.execute(
                "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason, filed_on,"
                " starts, ends) values (gen_random_uuid(), $1, 'filing', $2, 'post', $3, 'x', '1', 'x', $4, $5, $6)",
                world.hr_precision.organisation,
                [rule],
                world.posts["turning"],
                MADE,
                STARTS,
                ENDS,
            )
    await filed(world, world.authority_bureau, new(world, lift=rule))


async def test_nights_that_were_filed_do_not_lift_hours(db: Database, world: World) -> None:
    await at_night(db, world.posts["turning"])
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update post set hours_per_day = 11 where id = $1", world.posts["turning"]
        )
    await filed(world, world.hr_precision, new(world))
    assert "F03" in await broken(db, world, "centre", world.coordinator_centre)
    await filed(world, world.hr_precision, new(world, lift="F03.hours"))
    assert "F03" not in await broken(db, world, "centre", world.coordinator_centre)


async def test_a_host_files_for_its_work_and_not_for_students(world: World, db: Database) -> None:
    with pytest.raises(Refusal):
        await filed(world, world.hr_precision, new(world, lift="C02"))
    await filed(world, world.coordinator_centre, new(world, lift="C02"))


async def test_a_filing_of_another_season_is_not_said_to_be_short(
    db: Database, world: World
) -> None:
    subject = Subject(
        host=world.organisations["precision"], post=world.posts["turning"], starts=STARTS, ends=ENDS
    )
    for days, short in (
        ({"starts": date(2026, 11, 3), "ends": date(2027, 1, 31)}, 0),
        ({"ends": date(2027, 12, 31)}, 1),
    ):
        await filed(world, world.hr_precision, new(world, **days))
        async with db.acting_for(world.hr_precision):
            judgement = await judge("post.publish", [subject], clock.today())
        told = judgement.facts[0].arrangement
        assert len(told.filings_not_covering or () if told else ()) == short


async def test_revoking_puts_the_rule_back_and_a_revoked_filing_stays(
    db: Database, world: World
) -> None:
    await at_night(db, world.posts["turning"])
    filing_id = await filed(world, world.hr_precision, new(world))
    for stranger in (world.hr_hotel, world.coordinator_centre):
        with pytest.raises(Missing):
            await filing.revoke(stranger, filing_id, "not mine")
    await filing.revoke(world.second_precision, filing_id, "班次已取消")
    assert "F03" in await broken(db, world, "centre", world.coordinator_centre)
    row = await queries.filing(world.hr_precision, filing_id)
    assert (row["verdict"], row["revoked_reason"]) == ("revoked", "班次已取消")
    with pytest.raises(Conflict):
        await filing.revoke(world.hr_precision, filing_id, "again")
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.acting_for(world.hr_precision):
            await db.connection().execute(
                "update filing set revoked = null, revoked_reason = '' where id = $1", filing_id
            )


async def test_the_authority_revokes_what_it_did_not_record(db: Database, world: World) -> None:
    filing_id = await filed(world, world.coordinator_centre, new(world))
    await filing.revoke(world.authority_bureau, filing_id, "材料不实")
    assert (await queries.filing(world.coordinator_centre, filing_id))["revoked"] is not None


@pytest.mark.parametrize(
    ("login", "changes", "field"),
    [
        ("hr.precision", {"subject_kind": "student"}, "subject"),
        ("hr.precision", {"lift": "E06"}, "rule"),
        ("hr.precision", {"lift": "F03"}, "rule"),
        ("hr.precision", {"filed_on": date(2099, 1, 1)}, "filed_on"),
        ("hr.precision", {"ends": date(2027, 9, 1)}, "ends"),
        ("hr.hotel", {}, "subject"),
        ("mentor.precision", {}, "subject"),
    ],
)
async def test_what_does_not_fit_is_refused_at_its_field(
    db: Database, world: World, login: str, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await filed(world, world.actors[login], new(world, **changes))
    assert list(refused.value.fields) == [field]
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select count(*) from filing") == 0


async def test_a_school_files_for_its_own_students_only_and_others_do_not_see_it(
    db: Database, world: World
) -> None:
    with pytest.raises(Refusal):
        await filed(
            world,
            world.coordinator_centre,
            new(world, subject_kind="student", subject=world.nurses[0], lift="C02"),
        )
    filing_id = await filed(
        world,
        world.coordinator_centre,
        new(world, subject_kind="student", subject=world.students[0], lift="C02"),
    )
    for stranger in (world.coordinator_health, world.hr_hotel):
        with pytest.raises(Missing):
            await queries.filing(stranger, filing_id)
        assert await queries.filings(stranger, queries.Filter(), limit=9) == ([], 0)


@pytest.mark.parametrize("kind", ["student", "placement"])
async def test_whoever_opens_the_document_of_a_filing_about_a_student_is_logged(
    db: Database, world: World, kind: str
) -> None:
    subject = world.students[0] if kind == "student" else await placed(world)
    filing_id = await filed(
        world,
        world.coordinator_centre,
        new(world, subject_kind=kind, subject=subject, lift="C02"),
    )
    async with db.acting_for(world.coordinator_centre):
        papers = await evidence.evidence_of("filing", [filing_id])
    (paper,) = papers[filing_id, filing.SLOT]
    await evidence.content_of(world.coordinator_centre, paper.id)
    async with db.acting_for(SYSTEM):
        logged = await db.fetch_value("select subject from access_entry where kind = 'file'")
    assert logged == world.students[0]


async def test_row_security_refuses_what_the_action_would(db: Database, world: World) -> None:
    values = (
        "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason, filed_on, starts, ends,"
        " recorded) values (gen_random_uuid(), $1, $2, '{F03.nights}', 'post', $3, 'a', 'd', 'r', '2026-11-02', '2027-09-06', '2028-03-03', now())"
    )
    for actor, kind in (
        (world.hr_hotel, "filing"),
        (world.instructor_centre, "filing"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.acting_for(actor):
                await db.connection().execute(
                    values, actor.organisation, kind, world.posts["turning"]
                )
