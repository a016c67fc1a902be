"""Cognitive visits: the lighter gate, every cell of their life, whose eyes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from alliance.compliance.passing import RefusedByLaw
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.states import find
from alliance.orientation import actions as visits_actions
from alliance.orientation import queries as visits_queries
from alliance.orientation.model import VISIT_STATES, VISIT_TRANSITIONS, VisitDraft
from tests.world import World

FORM = {
    "title": "数控车间认识实习", "starts": "2026-11-09", "ends": "2026-11-10", "purpose": "了解岗位", "organised_by": "school",
    "origin": "school", "other_parties": "0", "money_per_head": "0", "accompanied": "on",
}  # fmt: skip


def draft(world: World, host: str = "precision", **changes: Any) -> VisitDraft:
    values = {
        "host": world.organisations[host],
        "title": "认识实习",
        "purpose": "了解岗位",
        "starts": date(2026, 11, 9),
        "ends": date(2026, 11, 10),
        "organised_by": "school",
        "origin": "school",
        "other_parties": 0,
        "money_per_head": Decimal(0),
        "teacher": world.instructor_centre.person,
        "abroad": False,
        "abroad_filed_on": None,
        "accompanied": True,
        **changes,
    }
    return VisitDraft(**values)


async def prepared(world: World, host: str = "precision", **changes: Any) -> UUID:
    return await visits_actions.create(
        world.coordinator_centre, draft(world, host, **changes), [world.classes["centre"]]
    )


@pytest.mark.parametrize("state", VISIT_STATES)
@pytest.mark.parametrize("name", sorted({row.name for row in VISIT_TRANSITIONS}))
async def test_every_cell_of_state_action_and_role(
    db: Database, world: World, state: str, name: str
) -> None:
    visit = await prepared(world)
    async with db.acting_for(SYSTEM):
        await db.connection().execute("update visit set state = $2 where id = $1", visit, state)
    for actor in (
        world.instructor_centre,
        world.coordinator_health,
        world.hr_precision,
        world.secretary_centre,
    ):
        with pytest.raises((Missing, Conflict)):
            await visits_actions.move(actor, visit, name, "说明")
    step = find(VISIT_TRANSITIONS, name, state)
    if step is None:
        with pytest.raises(Conflict):
            await visits_actions.move(world.coordinator_centre, visit, name, "说明")
    else:
        await visits_actions.move(world.coordinator_centre, visit, name, "说明")
    row = await visits_queries.visit(world.coordinator_centre, visit)
    assert row["state"] == (step.target if step else state)


@pytest.mark.parametrize(
    ("host", "changes", "rule"),
    [
        ("precision", {"organised_by": "self"}, "A03"),
        ("dispatch", {}, "B06"),
        ("precision", {"other_parties": 1}, "B06"),
        ("precision", {"money_per_head": Decimal(5)}, "C08"),
        ("precision", {"origin": "directed"}, "C08"),
        ("precision", {"abroad": True}, "C15"),
    ],
)
async def test_the_lighter_gate_refuses_what_the_law_forbids(
    db: Database, world: World, host: str, changes: dict[str, Any], rule: str
) -> None:
    visit = await prepared(world, host, **changes)
    with pytest.raises(RefusedByLaw) as refused:
        await visits_actions.move(world.coordinator_centre, visit, "confirm")
    assert rule in {finding.rule for finding in refused.value.findings}
    assert (await visits_queries.visit(world.coordinator_centre, visit))["state"] == "draft"


async def test_going_abroad_is_lawful_with_filing_and_teacher(db: Database, world: World) -> None:
    visit = await prepared(world, abroad=True, abroad_filed_on=date(2026, 10, 1))
    assert await visits_actions.move(world.coordinator_centre, visit, "confirm") == ()


async def test_of_two_who_confirm_at_once_one_is_told(db: Database, world: World) -> None:
    visit = await prepared(world)
    answers = await asyncio.gather(
        visits_actions.move(world.coordinator_centre, visit, "confirm"),
        visits_actions.move(world.colleague_centre, visit, "confirm"),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "tuple"]


async def test_holding_needs_a_report_and_a_day_that_has_come(db: Database, world: World) -> None:
    visit = await prepared(world, starts=date(2099, 1, 1), ends=date(2099, 1, 2))
    async with db.acting_for(SYSTEM):
        await db.connection().execute("update visit set state = 'confirmed' where id = $1", visit)
    for report in (" ", "都去了"):
        with pytest.raises(Refusal):
            await visits_actions.move(world.coordinator_centre, visit, "hold", report)


async def test_a_stale_form_is_told_and_classes_are_ones_own(db: Database, world: World) -> None:
    visit = await prepared(world)
    own = [world.classes["centre"]]
    await visits_actions.change(world.coordinator_centre, visit, 1, draft(world, title="改"), own)
    with pytest.raises(Conflict):
        await visits_actions.change(world.colleague_centre, visit, 1, draft(world), own)
    with pytest.raises(Missing):
        await visits_actions.create(
            world.coordinator_centre, draft(world), [world.classes["health"]]
        )


async def test_pages_from_the_form_to_the_sheet(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    sent = {
        **FORM,
        "host": str(world.organisations["precision"]),
        "class": str(world.classes["centre"]),
    }
    async with browse("coordinator.centre") as browser:
        assert (await browser.get("/visits")).status_code == 200
        assert (await browser.submit("/visits/new", {**sent, "title": ""})).status_code == 422
        made = await browser.submit("/visits/new", sent)
        address = made.headers["location"]
        assert "Nothing stands against" in (await browser.get(address)).text
        assert (await browser.get(f"{address}/edit")).status_code == 200
        async with browse("hr.precision") as other:
            assert (await other.get(address)).status_code == 404
        assert (await browser.submit(f"{address}/move/confirm")).status_code == 303
        assert "Signature of the teacher" in (await browser.get(f"{address}?view=print")).text
        assert (await browser.submit(f"{address}/move/hold", {"report": ""})).status_code == 422
        assert (
            await browser.submit(f"{address}/move/hold", {"report": "42 人参加"})
        ).status_code == 303
    for login, status in (
        ("student0.centre", 200),
        ("guardian.centre", 200),
        ("guardian.health", 404),
        ("hr.precision", 200),
        ("student0.health", 404),
        ("hr.hotel", 404),
    ):
        async with browse(login) as browser:
            assert (await browser.get(address)).status_code == status, login
            if login.startswith(("student", "guardian")):
                # the page of the student's file asks this room for its part
                told = address in (await browser.get("/placement")).text
                assert told == (status == 200), login


async def test_a_visit_in_preparation_is_deleted_by_its_school_and_a_confirmed_one_is_not(
    db: Database, world: World
) -> None:
    visit, confirmed = await prepared(world), await prepared(world)
    await visits_actions.move(world.coordinator_centre, confirmed, "confirm")
    with pytest.raises(Missing):
        await visits_actions.delete(world.coordinator_health, visit)
    with pytest.raises(Conflict):
        await visits_actions.delete(world.coordinator_centre, confirmed)
    await visits_actions.delete(world.coordinator_centre, visit)
    with pytest.raises(Missing):
        await visits_queries.visit(world.coordinator_centre, visit)


@pytest.mark.parametrize("teacher", ["hr_precision", "instructor_health"])
async def test_the_teacher_of_a_visit_is_of_the_school(
    db: Database, world: World, teacher: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await prepared(world, teacher=getattr(world, teacher).person)
    assert set(refused.value.fields) == {"teacher"}
