"""Cognitive visits: prepared, confirmed through the lighter gate, held with a report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.problems import Conflict, Missing, Refusal, Unlawful
from alliance.kit.secrets import Vault
from alliance.placements import visits
from alliance.placements.visits import STATES, TRANSITIONS, VisitDraft
from tests.world import World

DAY = date(2027, 5, 10)


def draft(world: World, **changes: Any) -> VisitDraft:
    """A lawful visit of the centre's class."""
    wanted = VisitDraft(
        host=world.organisations["precision"], title="参观", purpose="", starts=DAY, ends=DAY, classes=(world.classes["centre"],),
    )  # fmt: skip
    return msgspec.structs.replace(wanted, **changes)


async def moved(db: Database, world: World, state: str) -> UUID:
    visit_id = await visits.create_visit(
        world.coordinator_centre, draft(world, ends=clock.today(), starts=clock.today() - timedelta(1))
    )
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute("update visit set state = $2 where id = $1", visit_id, state)
    return visit_id


async def test_a_visit_is_confirmed_and_held(db: Database, world: World, vault: Vault) -> None:
    visit_id = await visits.create_visit(world.coordinator_centre, draft(world))
    await visits.move_visit(world.coordinator_centre, visit_id, "confirm")
    with pytest.raises(Refusal):
        await visits.move_visit(world.coordinator_centre, visit_id, "hold")
    await visits.move_visit(world.coordinator_centre, visit_id, "hold", "Twelve students saw the line.")
    row = await visits.visit(world.hr_precision, visit_id, vault)
    assert (row["state"], row["students"], row["report"]) == ("held", 12, "Twelve students saw the line.")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"organised_by": "self"}, "A03"), ({"origin": "directed"}, "C08"), ({"money_per_head": 5}, "C08"), ({"other_parties": 1}, "B06"),
        ({"abroad": True}, "C15"),
    ],
)  # fmt: skip
async def test_the_lighter_gate_still_closes(db: Database, world: World, changes: dict[str, Any], rule: str) -> None:
    visit_id = await visits.create_visit(world.coordinator_centre, draft(world, **changes))
    with pytest.raises(Unlawful) as refused:
        await visits.move_visit(world.coordinator_centre, visit_id, "confirm")
    assert rule in {finding.rule for finding in refused.value.findings}
    async with db.acting_for(world.coordinator_centre):
        assert await db.fetch_value("select passed from evaluation where subject = $1", visit_id) is False


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", sorted({step.name for step in TRANSITIONS}))
async def test_every_cell_of_the_table_of_states(db: Database, world: World, state: str, name: str) -> None:
    visit_id = await moved(db, world, state)
    step = next((row for row in TRANSITIONS if (row.name, row.source) == (name, state)), None)
    if step is None:
        with pytest.raises(Conflict):
            await visits.move_visit(world.coordinator_centre, visit_id, name, "report")
    else:
        await visits.move_visit(world.coordinator_centre, visit_id, name, "report")
        async with db.acting_for(SYSTEM):
            assert await db.fetch_value("select state from visit where id = $1", visit_id) == step.target


async def test_others_neither_see_a_draft_nor_move_it(db: Database, world: World, vault: Vault) -> None:
    visit_id = await visits.create_visit(world.coordinator_centre, draft(world))
    for login in ("coordinator.health", "hr.precision", "student0.centre"):
        with pytest.raises(Missing):
            await visits.visit(world.actors[login], visit_id, vault)
        with pytest.raises(Missing):
            await visits.move_visit(world.actors[login], visit_id, "confirm")
    with pytest.raises(Missing):
        await visits.create_visit(world.coordinator_centre, draft(world, classes=(world.classes["health"],)))
    await visits.move_visit(world.coordinator_centre, visit_id, "confirm")
    assert (await visits.visit(world.actors["student0.centre"], visit_id, vault))["title"] == "参观"


async def test_the_pages_of_a_visit(world: World, browse: Callable[..., Any]) -> None:
    sent = {
        "title": "参观车间", "host": str(world.organisations["precision"]), "starts": "2027-05-10", "ends": "2027-05-09", "organised_by": "school",
        "origin": "school", "other_parties": "0", "money_per_head": "0", "classes": str(world.classes["centre"]),
    }  # fmt: skip
    async with browse("coordinator.centre") as browser:
        wrong = await browser.submit("/visits/new", sent)
        assert wrong.status_code == 422
        made = await browser.submit("/visits/new", {**sent, "ends": "2027-05-11"})
        assert made.status_code == 303
        where = made.headers["location"]
        assert (await browser.get(where)).status_code == 200
        assert (await browser.get(f"{where}/edit")).status_code == 200
        assert (await browser.submit(f"{where}/move/confirm")).status_code == 303
        assert "参观车间" in (await browser.get("/visits")).text
    async with DB.acting_for(SYSTEM):
        assert await DB.fetch_value("select state from visit") == "confirmed"
