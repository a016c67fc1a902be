"""Who read whose data: told to the person and the guardian, counted in the yearly report, and the scope of a breach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar

from alliance.access import actions, queries
from alliance.kit import clock
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Refusal
from alliance.privacy import breaches, reporting
from alliance.programmes import queries as programmes
from tests.privacy.test_breaches_and_nights import draft
from tests.world import World


async def test_a_person_and_the_guardian_see_who_read_what_why_and_when(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    student = world.students[0]
    async with browse("coordinator.centre") as browser:
        await browser.get(f"/students/{student}")
        await browser.submit(
            f"/students/{student}/identity", {"purpose": "contract", "reason": "为学生投保"}
        )
    for login, path in (
        ("student0.centre", "/my-data"),
        ("guardian.centre", f"/my-data?of={student}"),
    ):
        async with browse(login) as browser:
            shown = (await browser.get(path)).text
            part = shown.split('id="who-read"')[1].split("</section>")[0]
            for word in (
                "Qingxi Model Vocational Centre",
                "Internship coordinator",
                "identity number",
                "为学生投保",
                "agreement, insurance",
            ):
                assert word.lower() in part.lower(), (login, word)
            assert "change_" not in shown
            assert "sign_in" not in shown
    async with browse("student1.centre") as browser:
        assert "为学生投保" not in (await browser.get("/my-data")).text


async def test_a_breach_by_an_account_concerns_whom_it_read_and_what_it_saw(
    db: Database, world: World, vault: Vault
) -> None:
    officer, reader = world.coordinator_centre, world.instructor_centre
    await programmes.student(world.coordinator_centre, vault, world.students[3])
    for student in world.students[:2]:
        await programmes.student(reader, vault, student)
    now = clock.now()
    span: dict[str, Any] = {
        "scope_kind": "access",
        "scope": None,
        "kinds": ("account",),
        "known": now,
    }
    span |= {"read_from": now - timedelta(hours=1), "read_until": now}
    with pytest.raises(Refusal):
        await breaches.write(officer, draft(world, **{**span, "read_until": None}))
    found = await breaches.breach_of(
        officer, await breaches.write(officer, draft(world, **span, reader=reader.person))
    )
    assert found["people"] == 2
    assert {"account", "name", "contact", "guardian", "school"} == set(found["kinds"])
    every = await breaches.breach_of(officer, await breaches.write(officer, draft(world, **span)))
    assert every["people"] == 3
    names = {letter["name"] for letter in await breaches.letters(officer, vault, found["id"])}
    assert names == {"学生centre0", "学生centre1"}
    nobody = {**span, "read_from": now - timedelta(days=9), "read_until": now - timedelta(days=8)}
    with pytest.raises(Refusal):
        await breaches.write(officer, draft(world, **nobody))


async def test_the_yearly_report_counts_readings_by_role_and_purpose_and_names_who_answers(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    vault, officer = app.state.vault, world.coordinator_centre
    await programmes.student(world.instructor_centre, vault, world.students[0])
    await programmes.student(officer, vault, world.students[0])
    await programmes.student(officer, vault, world.students[1])
    assert officer.organisation is not None
    told = await reporting.figures(officer.organisation, clock.today().year)
    assert (told["reads"], told["reads:coordinator:duty"], told["reads:instructor:duty"]) == (
        3,
        2,
        1,
    )
    assert (
        sum(value for name, value in told.items() if name.startswith(reporting.READS))
        == told["reads"]
    )
    colleague = world.colleague_centre
    assert colleague.person is not None
    async with browse("coordinator.centre") as browser:
        if await queries.officer_of(officer.organisation, vault) is None:
            assert "/access/approvals" in (await browser.get("/privacy/report")).text
        await actions.appoint(officer, colleague.person)
        for path in ("/privacy/report", "/privacy/report?sheet=1", "/privacy-notice"):
            assert "Colleague.Centre" in (await browser.get(path)).text, path
        assert "Internship coordinator: daily work" in (await browser.get("/privacy/report")).text
