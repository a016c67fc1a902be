"""Time passes, facts change: findings open, the right people hear of them once, and what is mended is closed again."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec

from alliance.app import TIMES, work
from alliance.compliance.review import review, review_named
from alliance.compliance.watch import Scope
from alliance.kit import clock, events, jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.members.actions import record_staff
from tests.compliance.passing import as_hub, at, place, standing, told
from tests.world import CHECKED, ENDS, STARTS, World

UNDER_WAY = STARTS + timedelta(days=30)


async def test_all_that_goes_on_is_judged_and_what_is_lawful_stands(
    db: Database, world: World
) -> None:
    await place(world, 0, "turning")
    with clock.frozen(at(UNDER_WAY)):
        outcome = await review()
    found = await standing()
    blocking = [
        row
        for row in found
        if row["severity"] != "warn" and row["subject"] != world.posts["reception"]
    ]
    assert {(row["rule"], row["host"]) for row in blocking} == {
        ("B06", world.organisations["dispatch"])
    }
    assert outcome.judged == {"post": len(world.posts), "use": 8, "placement": 1}


async def test_a_birthday_mends_what_the_law_forbids_to_minors(db: Database, world: World) -> None:
    placement = await place(world, 0, "turning")
    await as_hub("update student set born = '2009-10-20' where id = $1", world.students[0])
    await as_hub("update post set hazards = '{HEAT3}' where id = $1", world.posts["turning"])
    with clock.frozen(at(date(2027, 10, 19))):
        await review(Scope("placement", (placement,)))
        (found,) = await standing("E03")
        assert (found["subject_kind"], found["subject"], found["transition"]) == (
            "placement",
            placement,
            "round.publish",
        )
        assert (found["school"], found["host"]) == (
            world.organisations["centre"],
            world.organisations["precision"],
        )
    with clock.frozen(at(date(2027, 10, 20))):
        await review(Scope("placement", (placement,)))
    assert await standing("E03") == []
    async with db.acting_for(SYSTEM):
        mended = await db.fetch_value(
            "select mended from standing_finding where id = $1", found["id"]
        )
    assert mended == at(date(2027, 10, 20))


async def test_a_staff_count_that_drops_is_told_to_hr_once_and_mended_by_the_next(
    db: Database, world: World
) -> None:
    for student in range(5):
        await place(world, student, "turning")
    host = world.organisations["precision"]
    with clock.frozen(at(UNDER_WAY)):
        await review()
        await record_staff(world.hr_precision, host, date(2027, 10, 1), 49, "")
        await deliver(db)
        (post_one, *rest) = await standing("C06")
        assert {row["host"] for row in (post_one, *rest)} == {host}
        assert {row["severity"] for row in (post_one, *rest)} == {"block_unless_filed"}
        (notice,) = await told(world.hr_precision, "C06")
        assert notice["kind"] == "findings_opened"
        assert msgspec.json.decode(notice["params"]) == {"what": "清溪精密制造", "rules": ["C06"]}
        assert notice["href"] == f"/hosts/{host}"
        assert len(await told(world.second_precision, "C06")) == 1
        for other in (
            world.coordinator_centre,
            world.hr_hotel,
            world.mentor_precision,
            world.authority_bureau,
        ):
            assert await told(other, "C06") == []
        await review()
        assert len(await told(world.hr_precision, "C06")) == 1
        await record_staff(world.hr_precision, host, date(2027, 10, 2), 138, "")
        await deliver(db)
        assert await standing("C06") == []
        assert len(await told(world.hr_precision, "C06")) == 1


async def test_an_extension_beyond_the_cap_is_found_by_what_the_event_names(
    db: Database, world: World
) -> None:
    early = date(2027, 9, 30)
    await as_hub(
        "update staff_count set staff = 118 where organisation = $1",
        world.organisations["precision"],
    )
    # what is placed alone is to be over the cap, not what is published
    await as_hub(
        "update post set state = 'closed' where enterprise = $1", world.organisations["precision"]
    )
    placements = [await place(world, student, "turning", ends=early) for student in range(6)]
    later = [
        await place(world, student, "milling", starts=early + timedelta(days=1))
        for student in range(6, 12)
    ]
    with clock.frozen(at(STARTS)):
        await review()
        assert await standing("C06") == []
        for placement in placements:
            await as_hub("update placement set ends = '2027-10-31' where id = $1", placement)
        await review_named({"placements": [str(placements[0])]})
        (found,) = await standing("C06")
        assert found["subject"] == placements[0], "the others were not named"
        numbers = msgspec.json.decode(found["finding"])["numbers"]
        assert (numbers["host_peak"], numbers["staff"]) == (12, 118)
        for placement in later:
            await as_hub("update placement set state = 'cancelled' where id = $1", placement)
        await review_named({"placement": str(placements[0])})
        assert await standing("C06") == []


async def test_a_revoked_filing_lifts_nothing_any_more(db: Database, world: World) -> None:
    placement, filing = await place(world, 0, "turning"), uuid4()
    await as_hub("update post set shift = 'night' where id = $1", world.posts["turning"])
    await as_hub(
        "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason, filed_on, starts,"
        " ends, confirmed, confirmed_by, confirmed_for) values ($1, $2, 'filing', '{F03.nights}', 'post', $3, 'x', '1', 'x', '2027-05-01',"
        " '2027-06-01', $4, now(), $1, jsonb_build_object('nights', array['night'], 'occupation',"
        " (select array[occupation] from post where id = $3)))",
        filing,
        world.organisations["precision"],
        world.posts["turning"],
        ENDS,
    )
    with clock.frozen(at(UNDER_WAY)):
        await review()
        assert await standing("F03") == []
        await as_hub(
            "update filing set revoked = now(), revoked_reason = 'x' where id = $1", filing
        )
        await review_named({"filing": str(filing)})
        assert {row["subject"] for row in await standing("F03")} == {
            placement,
            world.posts["turning"],
        }
        (notice,) = await told(world.hr_precision, "F03")
        assert notice["href"] == f"/posts/{world.posts['turning']}", (
            "the post is told of, not everyone who works there"
        )


async def test_a_check_grows_old_and_a_host_is_used_by_each_school_on_its_own(
    db: Database, world: World
) -> None:
    with clock.frozen(at(CHECKED + timedelta(days=365))):
        await review()
        assert await standing("B01") == []
    with clock.frozen(at(CHECKED + timedelta(days=367))):
        await review()
        found = [row for row in await standing("B01") if row["subject_kind"] == "use"]
    assert len(found) == len({(row["school"], row["host"]) for row in found}) == 8


async def test_a_school_without_its_report_hears_of_it_and_the_other_does_not(
    db: Database, world: World
) -> None:
    await as_hub(
        "update inspection set withdrawn = now() where school = $1 and host = $2",
        world.organisations["centre"],
        world.organisations["hotel"],
    )
    with clock.frozen(at(UNDER_WAY)):
        await review_named({"host": str(world.organisations["hotel"])})
    (found,) = await standing("B04")
    assert (found["school"], found["owner"]) == (world.organisations["centre"], "school")
    assert [
        len(await told(each, "B04")) for each in (world.coordinator_centre, world.colleague_centre)
    ] == [1, 1]
    assert [
        len(await told(each, "B04")) for each in (world.coordinator_health, world.hr_hotel)
    ] == [0, 0]


async def test_many_things_become_one_notice(db: Database, world: World) -> None:
    placements = [await place(world, student, "turning") for student in range(8)]
    await as_hub("update school_class set entry_year = 2027")
    with clock.frozen(at(UNDER_WAY)):
        await review()
    assert {row["subject"] for row in await standing("E01")} == set(placements)
    (notice,) = await told(world.coordinator_centre, "E01")
    assert (notice["kind"], msgspec.json.decode(notice["params"])["things"]) == (
        "findings_found_many",
        8,
    )


async def test_what_is_over_is_mended_even_when_nothing_else_changed(
    db: Database, world: World
) -> None:
    await place(world, 0, "turning")
    await as_hub("update school_class set entry_year = 2027")
    with clock.frozen(at(UNDER_WAY)):
        await review()
        assert len(await standing("E01")) == 1
    with clock.frozen(at(ENDS + timedelta(days=1))):
        await review()
    assert await standing("E01") == []


async def test_two_reviews_at_once_open_a_finding_once(db: Database, world: World) -> None:
    await place(world, 0, "turning")
    await as_hub("update school_class set entry_year = 2027")
    with clock.frozen(at(UNDER_WAY)):
        await asyncio.gather(review(), review(), review())
    assert len(await standing("E01")) == 1
    assert len(await told(world.coordinator_centre, "E01")) == 1


async def test_the_law_of_a_first_day_applies_and_ages_are_counted_from_today(
    db: Database, world: World
) -> None:
    await place(world, 0, "turning", starts=date(2021, 12, 1), ends=date(2028, 3, 1))
    await as_hub("update post set shift = 'night' where id = $1", world.posts["turning"])
    with clock.frozen(at(UNDER_WAY)):
        await review()
    assert {row["subject_kind"] for row in await standing("F03")} == {"post"}, (
        "the Provisions came after the first day"
    )


async def test_every_day_one_of_several_workers_queues_the_review_and_a_missed_day_is_made_up_for(
    db: Database, dsn: str
) -> None:
    managers = []
    for _worker in range(2):
        connection = await asyncpg.connect(dsn)
        managers.append((connection, jobs.queue_of(connection, work(), TIMES)))

    async def run_both() -> None:
        tasks = [asyncio.create_task(queue.sm.run()) for _connection, queue in managers]
        await asyncio.sleep(1.5)
        for _connection, queue in managers:
            queue.sm.shutdown.set()
        await asyncio.gather(*tasks)
        for _connection, queue in managers:
            queue.sm.shutdown.clear()

    async def queued() -> Any:
        async with db.acting_for(SYSTEM):
            return await db.fetch_value(
                "select count(*) from pgqueuer where entrypoint = 'compliance.review'"
            )

    await run_both()
    assert await queued() == 0, "not due yet"
    # no worker ran when it fell due
    await as_hub("update pgqueuer_schedules set next_run = now() - interval '3 days'")
    await run_both()
    assert await queued() == 1
    for connection, _queue in managers:
        await connection.close()


async def deliver(db: Database) -> None:
    """What the worker does with the events that wait."""
    async with db.acting_for(SYSTEM):
        waiting = await db.fetch(
            "select distinct event from event_delivery where acknowledged is null order by event"
        )
    for row in waiting:
        await events.deliver(row["event"])


async def test_a_filing_made_while_interns_are_there_lifts_nothing_on_any_later_day(
    db: Database, world: World
) -> None:
    await place(world, 0, "turning")
    await as_hub("update post set shift = 'night' where id = $1", world.posts["turning"])
    await as_hub(
        "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason, filed_on, starts,"
        " ends, confirmed, confirmed_by, confirmed_for) values (gen_random_uuid(), $1, 'filing', '{F03.nights}', 'host', $1, 'x', '1', 'x',"
        " $2, $3, $4, now(), $1, jsonb_build_object('nights', array['night'], 'occupation',"
        " (select array_agg(occupation) from post where enterprise = $1)))",
        world.organisations["precision"],
        STARTS + timedelta(days=20),
        STARTS,
        ENDS,
    )
    for day in (20, 21, 60):
        with clock.frozen(at(STARTS + timedelta(days=day))):
            await review()
        assert {row["subject_kind"] for row in await standing("F03")} == {"post", "placement"}, day


async def test_a_file_that_is_emptied_under_way_is_found(db: Database, world: World) -> None:
    placement = await place(world, 0, "turning")
    with clock.frozen(at(UNDER_WAY)):
        await review()
        assert [
            row
            for row in await standing()
            if row["subject"] == placement and row["severity"] != "warn"
        ] == []
        await as_hub(
            "update placement_file set policy = '', insured_to = null, instructor = null, agreement_student_on = null"
            " where placement = $1",
            placement,
        )
        await review_named({"placement": str(placement)})
        assert {row["rule"] for row in await standing() if row["subject"] == placement} >= {
            "D01",
            "H01",
            "H06",
        }


async def test_a_list_published_today_is_no_alarm(db: Database, world: World) -> None:
    today = date(2027, 6, 1)
    await as_hub(
        "update inspection set inspected_on = $1 where school = $2",
        today,
        world.organisations["centre"],
    )
    await as_hub(
        "update host_list set decided_on = $1, published_on = $1 where school = $2",
        today,
        world.organisations["centre"],
    )
    with clock.frozen(at(today)):
        await review()
    assert [
        row
        for row in [*await standing("B04"), *await standing("B05")]
        if row["subject_kind"] == "use"
    ] == []
