"""Every gate that stands before a use case is passed by the one role of the one organisation that may, and by nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import asyncpg
import msgspec
import pytest

from alliance.hosts.lists import actions as host_list_actions
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.database import Database
from alliance.kit.problems import Refusal
from alliance.members.actions import record_staff
from alliance.orientation import actions as visits_actions
from alliance.orientation.model import VisitDraft
from alliance.placements import actions as file_actions
from alliance.posts import actions as posts
from alliance.posts import queries
from alliance.posts.facts import draft_of
from alliance.regulation import GATES
from alliance.rounds import deciding, publishing
from tests.placements.files import complete, placed
from tests.rounds.rounds import ranked_round, run
from tests.world import PEOPLE, World

LATER = {"week.review", "placement.close", "offer.make"}
"""Gates whose use cases come with supervision and outcomes; their rules are tested in tests/regulation."""
Try = Callable[[Actor], Awaitable[object]]
LIST_DAY = date(2027, 3, 2)


async def publish_post(world: World) -> Try:
    row = await queries.post(world.hr_precision, world.posts["turning"])
    roomy = msgspec.structs.replace(draft_of(row), staff_same_type=90, head_count=1)
    await record_staff(world.hr_precision, row["enterprise"], clock.today(), 400, "")
    await posts.count_staff(world.hr_precision, world.posts["turning"], clock.today(), 90)
    post = await posts.create_post(world.hr_precision, roomy)
    return lambda actor: posts.publish_post(actor, post)


async def use_host(world: World) -> Try:
    listed = await host_list_actions.create_list(world.coordinator_centre, "list")
    await host_list_actions.choose_hosts(
        world.coordinator_centre, listed, 1, [world.organisations["precision"]]
    )
    return lambda actor: host_list_actions.decide_list(actor, listed, LIST_DAY, "1")


async def propose(world: World) -> Try:
    round_id = await ranked_round(world, {0: ["turning"]})
    await run(world.coordinator_centre, round_id)
    return lambda actor: deciding.override(
        actor, round_id, world.students[0], world.posts["milling"], "a reason"
    )


async def publish_round(world: World) -> Try:
    round_id = await ranked_round(world, {0: ["turning"]})
    await run(world.coordinator_centre, round_id)
    await deciding.accept(world.coordinator_centre, round_id)
    return lambda actor: publishing.publish(actor, round_id)


async def agree(world: World) -> Try:
    placement = await placed(world)
    await complete(world, placement)
    return lambda actor: file_actions.move(actor, placement, "agree")


async def start(world: World) -> Try:
    placement = await placed(world)
    await complete(world, placement)
    await file_actions.move(world.coordinator_centre, placement, "agree")
    return lambda actor: file_actions.move(actor, placement, "start")


async def confirm_visit(world: World) -> Try:
    draft = VisitDraft(
        host=world.organisations["precision"],
        title="visit",
        purpose="",
        starts=date(2027, 5, 10),
        ends=date(2027, 5, 10),
        organised_by="school",
        origin="school",
        other_parties=0,
        money_per_head=Decimal(0),
        teacher=world.instructor_centre.person,
        abroad=False,
        abroad_filed_on=None,
        accompanied=True,
    )
    visit = await visits_actions.create(world.coordinator_centre, draft, [world.classes["centre"]])
    return lambda actor: visits_actions.move(actor, visit, "confirm")


PASSES: dict[str, tuple[Callable[[World], Awaitable[Try]], str]] = {
    "post.publish": (publish_post, "hr.precision"),
    "host.use": (use_host, "coordinator.centre"),
    "placement.propose": (propose, "coordinator.centre"),
    "round.publish": (publish_round, "coordinator.centre"),
    "agreement.sign": (agree, "coordinator.centre"),
    "placement.start": (start, "coordinator.centre"),
    "visit.confirm": (confirm_visit, "coordinator.centre"),
}
"""Gate → how a use case stands before it, and who may pass."""
SAME = {"hr.precision": {"second.precision"}, "coordinator.centre": {"colleague.centre"}}
"""Colleagues in the same role, who may as well."""


def test_every_gate_has_its_use_case_or_waits_for_its_room() -> None:
    assert set(PASSES) == set(GATES) - LATER


@pytest.mark.parametrize("gate", PASSES)
async def test_only_one_role_passes_a_gate(db: Database, world: World, gate: str) -> None:
    prepare, allowed = PASSES[gate]
    # a list is decided in summer, and a start is said on the first day at the earliest
    moments = {
        "host.use": datetime(2027, 6, 1, 4, tzinfo=UTC),
        "placement.start": datetime(2027, 9, 6, 4, tzinfo=UTC),
    }
    with clock.frozen(moments.get(gate, clock.now())):
        attempt = await prepare(world)
        for login in [*PEOPLE, "student0.centre", "guardian.centre"]:
            if login == allowed or login in SAME[allowed]:
                continue
            with pytest.raises((Refusal, asyncpg.InsufficientPrivilegeError)):
                await attempt(world.actors[login])
        async with db.acting_for(world.secretary_centre):
            assert not await db.fetch_value(
                "select exists (select from evaluation where transition = $1 and passed)", gate
            )
        await attempt(world.actors[allowed])
        async with db.acting_for(world.secretary_centre):
            assert await db.fetch_value(
                "select exists (select from evaluation where transition = $1 and passed)", gate
            )
