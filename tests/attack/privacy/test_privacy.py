"""Other people's requests, consents, exports and letters: by id, by a changed form, by the database behind the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from alliance.evidence import actions as evidence
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.placements import actions as file_actions
from alliance.privacy import breaches, requests
from alliance.privacy.subjects import subject_for
from tests.placements.files import placed
from tests.privacy.test_breaches_and_nights import draft
from tests.rounds.rounds import as_student
from tests.world import World


async def test_nobody_reaches_anothers_requests_exports_and_letters(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    student, officer, victim = (
        as_student(world, 0),
        world.coordinator_centre,
        str(world.students[0]),
    )
    request = await requests.ask(
        student, await subject_for(student, app.state.vault), "restrict", reason="别人不该看到"
    )
    breach = await breaches.write(officer, draft(world))
    await breaches.confirm(world.colleague_centre, breach)
    for login in (
        "student1.centre",
        "guardian.health",
        "instructor.centre",
        "coordinator.health",
        "hr.precision",
        "mentor.precision",
        "secretary.centre",
        "authority.bureau",
        "planner.centre",
    ):
        async with browse(login) as browser:
            for path in (
                f"/my-data?of={victim}",
                f"/my-data/export?of={victim}",
                f"/my-data/print?of={victim}",
                f"/privacy/requests/{request}",
                f"/privacy/breaches/{breach}/letters",
            ):
                answer = await browser.get(path)
                assert answer.status_code in (403, 404), f"{login} {path}: {answer.status_code}"
                assert "别人不该看到" not in answer.text, f"{login} {path}"
            for path, data in (
                (f"/my-data/requests/{request}/withdraw", {}),
                (f"/my-data/requests/{request}/withdraw", {"of": victim}),
                ("/my-data/requests", {"kind": "erase", "of": victim}),
                ("/my-data/consents/phone_to_host", {"step": "give", "of": victim}),
                ("/my-data/contact", {"own_field": "phone", "value": "13900000000", "of": victim}),
                (f"/privacy/requests/{request}/finish", {"answer": "x"}),
                (f"/privacy/requests/{request}/refuse", {"answer": "x"}),
                (f"/privacy/breaches/{breach}/close", {"lesson": "x"}),
                (f"/privacy/breaches/{breach}/authority", {"receipt": "x"}),
            ):
                answer = await browser.submit(path, data)
                assert answer.status_code in (403, 404), f"{login} {path}: {answer.status_code}"
    async with browse("student0.centre") as browser:
        for back in ("//evil.test", "https://evil.test", "/\\evil.test"):
            assert (await browser.submit("/privacy-notice", {"back": back})).headers[
                "location"
            ] == "/", back
    async with DB.acting_for(officer):
        assert (
            await DB.fetch_value("select state from data_request where id = $1", request) == "asked"
        )


async def test_the_database_refuses_what_a_forged_statement_tries(app: Any, world: World) -> None:
    student, other = as_student(world, 0), as_student(world, 1)
    request = await requests.ask(student, await subject_for(student, app.state.vault), "restrict")
    values = (world.students[0], world.organisations["centre"], other.person)
    for actor, sql, given in (
        (
            other,
            "insert into data_request (id, person, organisation, made_by, kind, state, due, deadline)"
            " values (gen_random_uuid(), $1, $2, $3, 'erase', 'asked', current_date, 'x')",
            values,
        ),
        (
            other,
            "insert into consent (id, person, organisation, purpose, version, given_by, capacity)"
            " values (gen_random_uuid(), $1, $2, 'phone_to_host', 'x', $3, 'self')",
            values,
        ),
        (
            other,
            "insert into notice_shown (id, person, audience, version, language, sha256)"
            " values (gen_random_uuid(), $1, 'student', 'x', 'zh', 'x')",
            values[:1],
        ),
        (other, "select correct_contact($1, 'phone', null)", values[:1]),
        (student, "select correct_contact($1, 'name', null)", values[:1]),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with DB.acting_for(actor) as connection:
                await connection.execute(sql, *given)
    for actor in (other, world.coordinator_health, world.hr_precision, world.secretary_centre):
        async with DB.acting_for(actor) as connection:
            assert (
                await connection.execute(
                    "update data_request set state = 'withdrawn', withdrawn = now() where id = $1",
                    request,
                )
                == "UPDATE 0"
            )
    with pytest.raises(asyncpg.CheckViolationError):
        async with DB.acting_for(student) as connection:
            await connection.execute(
                "update data_request set state = 'done', decided = now() where id = $1", request
            )


async def test_functions_that_look_beyond_rows_answer_nobody_who_does_not_act_and_name_no_student(
    db: Database, world: World, vault: Vault
) -> None:
    placement = await placed(world)
    kept = await file_actions.attach(
        world.coordinator_centre, placement, "training", "a.pdf", b"%PDF-1.4 x"
    )
    assert db.pool is not None
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.pool.fetchval(
            "select publish_event('x', '{}'::jsonb, array['members.person_erased'])"
        )
    await evidence.content_of(world.coordinator_centre, kept)
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value("select subject from access_entry where kind = 'file'")
            == world.students[0]
        )
