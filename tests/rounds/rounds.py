"""Rounds for tests, brought to a state through the product's own use cases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.members.actions import record_staff
from alliance.rounds import actions, running
from alliance.rounds.matching.scoring import Weights
from alliance.rounds.students import preferences
from tests.world import ENDS, STARTS, World


def draft(title: str = "Autumn 2027") -> actions.RoundDraft:
    """A round over the world's window, with the usual weights."""
    return actions.RoundDraft(
        title=title,
        starts=STARTS,
        ends=ENDS,
        preferences_close=clock.now() + timedelta(days=5),
        most_preferences=8,
        weights=Weights(40, 40, 20, 0),
    )


async def open_round(world: World, actor: Actor, school: str, posts: list[str]) -> UUID:
    """A round of one class with these posts, open for preferences."""
    round_id = await actions.create_round(actor, draft(), seed=7)
    await actions.choose_classes(actor, round_id, [world.classes[school]])
    await actions.choose_posts(actor, round_id, [world.posts[name] for name in posts])
    await actions.move_round(actor, round_id, "open")
    return round_id


def as_student(world: World, index: int, school: str = "centre") -> Actor:
    """The actor that a student of the world is, with or without an account."""
    people = world.students if school == "centre" else world.nurses
    return Actor(role="student", person=people[index], organisation=world.organisations[school])


async def ranked_round(world: World, wishes: dict[int, list[str]]) -> UUID:
    """The centre's round with these students' lists, closed."""
    round_id = await open_round(
        world, world.coordinator_centre, "centre", ["turning", "milling", "wiring"]
    )
    for index, names in wishes.items():
        await preferences.save_list(
            as_student(world, index), round_id, [world.posts[name] for name in names]
        )
    await actions.move_round(world.coordinator_centre, round_id, "close", "All lists are in")
    return round_id


async def run(actor: Actor, round_id: UUID) -> UUID:
    """Request a run and do the worker's part at once."""
    run_id = await running.request_run(actor, round_id)
    await running.perform(run_id)
    async with DB.acting_for(actor):
        assert (
            await DB.fetch_value("select state from matching_run where id = $1", run_id) == "done"
        ), await DB.fetch_value("select error from matching_run where id = $1", run_id)
    return run_id


async def fewer_staff(world: World) -> None:
    """The enterprise counts 118 staff since its posts were published: 11 interns for 13 places."""
    host = world.organisations["precision"]
    await record_staff(world.hr_precision, host, clock.today(), 118, "季度用工变动")
