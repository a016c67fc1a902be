"""A breach counts whom a search or an uploaded list showed; who answers is reached; years are the county's; two agree for a child."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from alliance.access import actions as access
from alliance.access import sealing
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.sheets.writing import write_xlsx
from alliance.placements import lists as file_lists
from alliance.privacy import breaches, consents, holds, reporting, retention
from alliance.privacy.model import CONSENT_VERSION
from alliance.privacy.subjects import subject_for
from alliance.programmes import importing, queries
from tests.placements.files import placed
from tests.privacy.test_breaches_and_nights import draft
from tests.privacy.test_retention import _at
from tests.programmes.test_importing import HEAD, people
from tests.rounds.rounds import as_student
from tests.world import World


async def _concerned(world: World, reader: Any = None) -> dict[str, Any]:
    now = clock.now()
    span: dict[str, Any] = {
        "scope_kind": "access",
        "scope": None,
        "kinds": ("account",),
        "known": now,
    }
    span |= {"read_from": now - timedelta(hours=1), "read_until": now, "reader": reader}
    return await breaches.breach_of(
        world.coordinator_centre,
        await breaches.write(world.coordinator_centre, draft(world, **span)),
    )


async def test_a_breach_counts_whom_a_search_compared_and_an_uploaded_list_named(
    app: Litestar, world: World
) -> None:
    officer, vault = world.coordinator_centre, app.state.vault
    for index in (0, 1, 2):
        await placed(world, index)
    wanted = file_lists.Wanted(search="centre1")
    await file_lists.found(officer, vault, wanted, limit=10, offset=0)
    found = await _concerned(world, officer.person)
    assert found["people"] == 3, "all whose names were opened to compare them"
    assert set(found["kinds"]) == {"account", "name"}
    # a host's search says of nobody whose school it is
    await file_lists.found(world.hr_precision, vault, wanted, limit=10, offset=0)
    assert (await _concerned(world, world.hr_precision.person))["people"] == 3
    # a list was read by a colleague before anybody on it was a student
    colleague = world.colleague_centre
    uploaded = await importing.import_roster(
        officer, vault, "名单.xlsx", write_xlsx(HEAD, people())
    )
    await importing.plan_of(colleague, vault, await queries.import_of(colleague, uploaded))
    await importing.confirm_import(officer, vault, uploaded)
    found = await _concerned(world, colleague.person)
    assert found["people"] == 3
    assert set(found["kinds"]) == {"account", "name", "identity", "contact", "guardian", "school"}
    # what is kept about it stands under the seals
    await sealing.seal(vault)
    assert await sealing.broken(vault) is None


async def test_a_hold_keeps_lists_and_entries_that_know_somebody_by_a_mark_only(
    app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, vault = world.coordinator_centre, app.state.vault
    rows = people()

    async def uploaded(name: str, several: Any) -> UUID:
        listed = await importing.import_roster(officer, vault, name, write_xlsx(HEAD, several))
        await importing.plan_of(officer, vault, await queries.import_of(officer, listed))
        return listed

    # the people of the first list become students by a list that is taken over at once
    await importing.confirm_import(officer, vault, await uploaded("名单.xlsx", rows[:2]))
    again = await uploaded("再来.xlsx", rows[:2])
    others = await uploaded("另一份.xlsx", rows[2:3])
    unread = await importing.upload_roster(officer, "未读.xlsx", write_xlsx(HEAD, rows[2:3]))
    async with DB.acting_for(SYSTEM):
        assert not await DB.fetch(
            "select from roster_import where state = 'confirmed' and marks is not null"
        ), "a list that was taken over is known by nothing"
        number = await DB.fetch_value(
            "select number from student where identity_mark = $1", vault.mark(rows[0][2])
        )
    later = clock.today() + timedelta(days=1200)
    until = later + timedelta(days=30)
    await _at(monkeypatch, later)
    await holds.begin(officer, number, "dispute", "家长对成绩提出异议", until)

    async def kept() -> set[UUID]:
        async with DB.acting_for(SYSTEM):
            return {
                row["id"]
                for row in await DB.fetch(
                    "select id from roster_import where content is not null or parsed is not null"
                )
            }

    assert await kept() == {again, others, unread}
    await retention.retain()
    assert await kept() == {again, unread}, "whoever is not held is kept no longer"
    async with DB.acting_for(SYSTEM):
        before = await DB.fetch_value("select count(*) from access_entry where kind = 'import'")
        assert before == 3
        await DB.fetch_value("select drop_old_access()")
        left = await DB.fetch("select marks from access_entry where kind = 'import'")
    assert [vault.mark(rows[0][2]) in row["marks"] for row in left] == [True, True]
    await _at(monkeypatch, until + timedelta(days=1))
    await retention.retain()
    assert await kept() == set()
    async with DB.acting_for(SYSTEM):
        await DB.fetch_value("select drop_old_access()")
        assert not await DB.fetch("select from access_entry where kind = 'import'")


async def test_who_answers_is_reached_from_the_notice_the_own_page_and_letters(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    officer, colleague = world.coordinator_centre, world.colleague_centre
    assert colleague.person is not None
    async with browse("coordinator.centre") as browser:
        await access.appoint(officer, colleague.person)
        wrong = await browser.submit(
            "/access/officer/contact", {"phone": "打学校电话", "mail": "office@example.cn"}
        )
        assert wrong.status_code == 422
        assert "打学校电话" in wrong.text
        done = await browser.submit(
            "/access/officer/contact", {"phone": "023-68880001", "mail": "privacy@example.cn"}
        )
        assert done.status_code == 303
        breach = await breaches.write(officer, draft(world))
        for path in (
            "/access/approvals",
            "/my-data",
            "/privacy-notice",
            f"/privacy/breaches/{breach}/letters",
            f"/privacy/breaches/{breach}/report",
            "/privacy/report",
        ):
            shown = (await browser.get(path)).text
            assert "023-68880001" in shown, path
            assert "privacy@example.cn" in shown, path
    async with browse("student0.centre") as browser:
        for path in ("/my-data", "/privacy-notice"):
            assert "023-68880001" in (await browser.get(path)).text, path
        assert (await browser.submit("/access/officer/contact", {"phone": "1"})).status_code == 403
    async with DB.acting_for(SYSTEM):
        assert (
            await DB.fetch_value(
                "select count(*) from data_officer d where d::text like '%68880001%'"
            )
            == 0
        )
    # a new officer is not reached at the old one's phone
    assert officer.person is not None
    await access.appoint(officer, officer.person)
    async with browse("student0.centre") as browser:
        assert "023-68880001" not in (await browser.get("/my-data")).text


async def test_a_year_of_the_report_begins_at_midnight_in_the_county(
    db: object, world: World
) -> None:
    school = world.organisations["centre"]
    async with DB.acting_for(SYSTEM) as connection:
        # half past midnight on New Year's Day in the county, and a minute before midnight a year later
        for at in (
            datetime(2024, 12, 31, 16, 30, tzinfo=UTC),
            datetime(2025, 12, 31, 15, 59, tzinfo=UTC),
            datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
        ):
            await connection.execute(
                "insert into consent (id, person, organisation, purpose, version, given_by, capacity, how, given, withdrawn, withdrawn_by)"
                " values (gen_random_uuid(), $1, $2, 'phone_to_host', 'x', $1, 'self', 'page', $3, $3, $1)",
                world.students[5],
                school,
                at,
            )
    before = await reporting.figures(school, 2024)
    assert before["consents"] == 0
    assert (await reporting.figures(school, 2025))["consents"] == 2


async def test_the_page_says_who_must_agree_and_who_has(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    vault, student = app.state.vault, as_student(world, 0)
    own = await subject_for(student, vault)
    async with DB.acting_for(SYSTEM):
        await DB.sweep(
            "update consent set withdrawn = now(), withdrawn_by = given_by where person = $1",
            world.students[0],
        )
    await consents.give(student, own, "phone_to_host")
    assert await consents.in_force("phone_to_host", [world.students[0]]) == set()
    for login, path in (
        ("student0.centre", "/my-data"),
        ("guardian.centre", f"/my-data?of={world.students[0]}"),
    ):
        async with browse(login) as browser:
            shown = (await browser.get(path)).text
            for words in (
                "waits for a guardian",
                "student: agreed",
                "guardian: not yet",
                "Until both have agreed nothing is passed on.",
            ):
                assert words in shown, (login, words)
    async with browse("guardian.centre") as browser:
        given = await browser.submit(
            "/my-data/consents/phone_to_host", {"step": "give", "of": str(world.students[0])}
        )
        assert given.status_code == 303
    assert await consents.in_force("phone_to_host", [world.students[0]]) == {world.students[0]}
    # under 14 nobody's own consent is enough, also where no guardian has an account
    alone = world.students[4]
    async with DB.acting_for(SYSTEM) as connection:
        born = clock.today() - timedelta(days=13 * 365)
        await DB.fetch_value("update student set born = $2 where id = $1 returning id", alone, born)
        await connection.execute(
            "insert into consent (id, person, organisation, purpose, version, given_by, capacity) values (gen_random_uuid(), $1, $2,"
            " 'phone_to_host', $3, $1, 'self') on conflict do nothing",
            alone,
            world.organisations["centre"],
            CONSENT_VERSION,
        )
    assert await consents.in_force("phone_to_host", [alone]) == set()
    told = {
        one.purpose: one
        for one in await consents.standing(await subject_for(as_student(world, 4), vault))
    }
    assert (
        told["phone_to_host"].needs_guardian,
        told["phone_to_host"].guarded,
        told["phone_to_host"].holds,
    ) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(("days", "expected"), [(-1, False), (0, True)])
def test_somebody_is_of_age_on_the_birthday(days: int, expected: bool) -> None:
    today = clock.today()
    born = today.replace(year=today.year - 18) - timedelta(days=days)
    assert (
        consents.holds(own=True, guardian=False, guarded=True, born=born, today=today) is expected
    )
