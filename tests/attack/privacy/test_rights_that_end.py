"""Rights to read names and files end with their ground: before, during and after, for hosts, guardians, instructors, offices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from alliance.evidence import actions as evidence
from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import speaking
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import keyrings
from alliance.placements import queries as file_queries
from alliance.placements.interns import queries as interns_queries
from alliance.programmes import guiding
from alliance.programmes import queries as programmes
from alliance.rounds import queries
from tests.world import ENDS, STARTS, World

DAY = timedelta(days=1)
LAST = ENDS + timedelta(days=30)
PAPER = b"%PDF-1.7 consent of a student"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with speaking("en"):
        yield


def on(day: date, hour: int = 4) -> Any:
    """The clock at noon of the county, unless said otherwise."""
    return clock.frozen(datetime.combine(day, time(hour), UTC))


async def placed(
    world: World, student: UUID, state: str = "published", starts: date = STARTS, ends: date = ENDS
) -> UUID:
    """A placement of one of the centre's students at Precision, with one file in it."""
    placement = uuid4()
    async with DB.acting_for(SYSTEM) as connection:
        await connection.execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, created)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, now())",
            placement,
            world.organisations["centre"],
            student,
            world.organisations["precision"],
            world.posts["turning"],
            starts,
            ends,
            state,
        )
    return placement


async def paper(world: World, placement: UUID, student: UUID) -> UUID:
    centre = world.organisations["centre"]
    async with DB.acting_for(world.coordinator_centre):
        readers = [centre, world.organisations["precision"], student]
        return await evidence.attach(
            world.coordinator_centre,
            "placement",
            placement,
            "consents",
            "知情同意书.pdf",
            PAPER,
            readers=readers,
        )


async def sees(actor: Actor, student: UUID) -> dict[str, int]:
    """How many rows about a student each table shows."""
    found = {}
    async with DB.acting_for(actor):
        for table, column in (
            ("student", "id"),
            ("person", "id"),
            ("placement", "student"),
            ("placement_file", "student"),
            ("guardianship", "student"),
            ("preference_list", "student"),
            ("preference", "student"),
            ("unplaced", "student"),
            ("proposal", "student"),
        ):
            found[table] = await DB.fetch_value(
                f"select count(*) from {table} where {column} = $1", student
            )
    return found


def names_seen(found: dict[str, int]) -> bool:
    return any(
        found[table]
        for table in (
            "student",
            "person",
            "placement",
            "placement_file",
            "preference_list",
            "preference",
        )
    )


async def test_a_hosts_right_runs_from_publication_until_thirty_days_after_the_end(
    db: Database, world: World, vault: Vault
) -> None:
    student = world.students[0]
    for actor in (world.hr_precision, world.mentor_precision):
        with on(STARTS):
            assert not names_seen(await sees(actor, student)), "before anything is published"
    with on(date(2027, 6, 1)):
        placement = await placed(world, student)
        file = await paper(world, placement, student)
    for actor in (world.hr_precision, world.mentor_precision):
        for day in (date(2027, 6, 1), STARTS, ENDS, LAST):
            with on(day):
                assert names_seen(await sees(actor, student)), f"{actor.role} on {day}"
                assert (await evidence.content_of(actor, file))["content"] == PAPER
                assert [row["name"] for row in await interns_queries.interns(actor, vault)] == [
                    "学生centre0"
                ]
        for day, hour in (
            (LAST + DAY, 4),
            (LAST, 17),
            (date(2031, 1, 1), 4),
        ):  # 17:00 UTC is the next day in the county
            with on(day, hour):
                assert not names_seen(await sees(actor, student)), f"{actor.role} on {day} {hour}"
                assert await interns_queries.interns(actor, vault) == []
                (past,) = await interns_queries.past_interns(actor)
                assert past.pseudonym
                assert "name" not in past.__struct_fields__
                with pytest.raises(Missing, match="2028") as ended:
                    await evidence.content_of(actor, file)
                assert "ended" in ended.value.sentence
                with pytest.raises(Missing, match="ended"):
                    await file_queries.file(actor, vault, placement)
    with on(LAST + DAY):
        assert names_seen(await sees(world.coordinator_centre, student)), (
            "the school keeps its ground"
        )
        assert not names_seen(await sees(world.hr_hotel, student))
        with pytest.raises(Missing) as never:
            await evidence.content_of(world.hr_hotel, file)
        assert "ended" not in never.value.sentence


async def test_what_is_cancelled_ends_at_once_or_with_its_term(db: Database, world: World) -> None:
    hr = world.hr_precision
    with on(date(2027, 6, 1)):
        early, late = await placed(world, world.students[1]), await placed(world, world.students[2])

    async def cancel(placement: UUID) -> None:
        async with DB.acting_for(world.coordinator_centre) as connection:
            await connection.execute(
                "update placement set state = 'cancelled' where id = $1", placement
            )

    with on(date(2027, 8, 1)):
        assert names_seen(await sees(hr, world.students[1]))
        await cancel(early)
        assert not names_seen(await sees(hr, world.students[1])), (
            "cancelled before it began: at once"
        )
    with on(date(2027, 10, 1)):
        await cancel(late)
    for day, readable in ((date(2027, 10, 31), True), (date(2027, 11, 1), False)):
        with on(day):
            assert names_seen(await sees(hr, world.students[2])) is readable


async def test_a_guardian_reads_until_the_eighteenth_birthday_unless_the_student_consents(
    db: Database, world: World, vault: Vault
) -> None:
    student, guardian = world.students[0], world.actors["guardian.centre"]
    own, birthday = world.actors["student0.centre"], date(2027, 3, 1)
    with on(birthday - DAY):
        placement = await placed(world, student)
        file = await paper(world, placement, student)
        assert names_seen(await sees(guardian, student))
        assert (await evidence.content_of(guardian, file))["content"] == PAPER
        assert await guiding.lapsed(guardian) is None
        assert await consents_seen(guardian) > 0
    with on(birthday - DAY, 17):
        assert not names_seen(await sees(guardian, student)), (
            "the county's calendar, not the server's"
        )
    with on(birthday):
        assert not names_seen(await sees(guardian, student))
        assert await guiding.lapsed(guardian) == birthday
        assert await consents_seen(guardian) == 0
        with pytest.raises(Exception, match=r"row-level security"):
            await agree(guardian, student, "guardian")
        assert await queries.students_in_care(guardian, vault) == []
        with pytest.raises(Missing, match="ended"):
            await evidence.content_of(guardian, file)
        assert names_seen(await sees(own, student))
        await guiding.let_read_on(own)
        assert names_seen(await sees(guardian, student))
        with pytest.raises(Exception, match="continued_care_one_at_a_time"):
            await guiding.let_read_on(own)
        await guiding.stop_reading_on(own)
        assert not names_seen(await sees(guardian, student)), "taken back as easily as given"
        with pytest.raises(Conflict):
            await guiding.stop_reading_on(own)
    with on(date(2026, 11, 30)), pytest.raises(Refusal, match="18"):
        await guiding.let_read_on(own)
    # nobody gives it for the student: not the guardian, not the school
    for actor in (guardian, world.coordinator_centre):
        with pytest.raises(Exception, match=r"row-level security"):
            async with DB.acting_for(actor) as connection:
                await connection.execute(
                    "insert into continued_care (id, student, given) values (gen_random_uuid(), $1, now())",
                    student,
                )


async def agree(actor: Actor, student: UUID, capacity: str) -> None:
    async with DB.acting_for(actor) as connection:
        await connection.execute(
            "insert into consent (id, person, organisation, purpose, version, given_by, capacity, how, given)"
            " values (gen_random_uuid(), $1, $2, 'grade_to_host', '1', $3, $4, 'page', now())",
            student,
            actor.organisation,
            actor.person,
            capacity,
        )


async def consents_seen(actor: Actor) -> int:
    async with DB.acting_for(actor):
        return int(await DB.fetch_value("select count(*) from consent"))


async def test_a_standing_approval_comes_once_whoever_calls_for_it(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    count = "select count(*) from reading_approval where organisation = $1"
    async with DB.acting_for(actor):
        before = await DB.fetch_value(count, actor.organisation)
        await DB.fetch("select standing_approvals($1, 'secondary_school')", actor.organisation)
        assert await DB.fetch_value(count, actor.organisation) == before > 0


async def test_instructors_read_their_own_students_and_true_counts(
    db: Database, world: World, vault: Vault
) -> None:
    instructor, coordinator = world.instructor_centre, world.coordinator_centre
    group, student, other = world.classes["centre"], world.students[3], world.students[4]
    person = instructor.person
    assert person is not None
    with on(date(2027, 6, 1)):
        assert names_seen(await sees(instructor, student)), "the class is the instructor's"
        await guiding.end(coordinator, group, person)
        assert not names_seen(await sees(instructor, student))
        (row,) = await programmes.classes(instructor)
        assert (row.students, row.readable) == (12, 0), (
            "a true count, and no zero that means: not for you"
        )
        assert await programmes.students_of_class(instructor, vault, group) == []
        placement = await placed(world, student)
        async with DB.acting_for(coordinator) as connection:
            await connection.execute(
                "update placement_file set instructor = $2 where placement = $1", placement, person
            )
        assert names_seen(await sees(instructor, student))
        assert not names_seen(await sees(instructor, other))
        assert [
            row["id"] for row in await programmes.students_of_class(instructor, vault, group)
        ] == [student]
        assert not names_seen(await sees(world.instructor_health, student))
    for day, readable in ((LAST, True), (LAST + DAY, False)):
        with on(day):
            assert names_seen(await sees(instructor, student)) is readable
    with on(date(2028, 9, 1)):
        await guiding.assign(coordinator, group, person, date(2028, 9, 3))
        assert not names_seen(await sees(instructor, other)), "not before the first day"
    with on(date(2028, 9, 3)):
        assert names_seen(await sees(instructor, other))
    with pytest.raises(Refusal):
        await guiding.assign(
            coordinator, group, world.hr_precision.person or uuid4(), date(2028, 9, 3)
        )


async def test_offices_never_open_a_students_file_and_the_authority_only_with_ground_and_reason(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    student = world.students[0]
    placement = await placed(world, student, starts=date(2026, 11, 2), ends=date(2027, 5, 3))
    file = await paper(world, placement, student)
    for login in (
        "planner.centre",
        "secretary.centre",
        "authority.bureau",
        "hr.hotel",
        "instructor.health",
    ):
        assert not names_seen(await sees(world.actors[login], student)), login
        async with browse(login) as browser:
            answer = await browser.get(f"/evidence/{file}")
            assert answer.status_code == 404, login
            assert PAPER not in answer.content, login
    async with browse("authority.bureau") as browser:
        path = f"/evidence/{file}/inspect"
        assert (await browser.submit(path, {"reason": "巡查"})).status_code == 404, (
            "no ground: no finding is open"
        )
        async with DB.acting_for(SYSTEM) as connection:
            await connection.execute(
                "insert into standing_finding (transition, rule, subject_kind, subject, school, host, severity, owner, finding, first_seen,"
                " last_seen) select 'placement.start', 'C03', 'placement', $1, school, host, 'block', 'school', '{}', now(), now()"
                " from placement where id = $1",
                placement,
            )
        assert (await browser.submit(path, {"reason": ""})).status_code == 422
        answer = await browser.submit(path, {"reason": "核查知情同意"})
        assert answer.status_code == 200
        assert answer.content == PAPER
    async with DB.acting_for(SYSTEM):
        entry = await DB.fetch_one(
            "select * from access_entry where kind = 'file' and role = 'authority'"
        )
        assert entry is not None
        reason = (await keyrings([student]))[student].uncover(entry["reason"])
        assert (entry["purpose"], reason, entry["subject"]) == (
            "inspection",
            "核查知情同意",
            student,
        )
    for login in ("planner.centre", "secretary.centre", "coordinator.centre"):
        async with DB.acting_for(world.actors[login]):
            assert await DB.fetch("select * from inspect_evidence($1)", file) == [], login
