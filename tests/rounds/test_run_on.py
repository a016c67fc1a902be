"""Going on from a run whose groups were closed, whose places were kept, and in which something was decided otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.members.keyrings import keyrings
from alliance.rounds import changes, deciding, publishing
from tests.rounds.rounds import ranked_round
from tests.rounds.test_seasons import LISTS, _figures, _places, _reason, _run
from tests.world import World

GROUPS = {**{index: ["turning"] for index in range(5)}, 5: ["wiring", "turning"]}
"""With groups of two at least wiring closes and its only student goes on to turning."""


async def _groups_of_two(db: Database, world: World) -> UUID:
    round_id = await ranked_round(world, GROUPS)
    async with db.acting_for(world.coordinator_centre) as connection:
        await connection.execute(
            "update placement_round set least_group = 2 where id = $1", round_id
        )
    return round_id


async def _decisions(world: World, run_id: UUID) -> dict[int, tuple[str, str]]:
    async with DB.acting_for(world.coordinator_centre):
        rows = await DB.fetch(
            "select student, decision, decided_reason from proposal where run = $1 and decision <> 'pending'",
            run_id,
        )
        rings = await keyrings([row["student"] for row in rows])
    return {
        world.students.index(row["student"]): (
            row["decision"],
            rings[row["student"]].uncover(row["decided_reason"]),
        )
        for row in rows
    }


async def test_a_group_that_was_closed_stays_closed_through_all_gentle_runs_and_says_why(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    round_id = await _groups_of_two(db, world)
    await _run(actor, round_id)
    for leaves in (0, 1, 2):
        await changes.make(
            actor, round_id, "withdraw", student=world.students[leaves], reason="moves away"
        )
        run_id = await _run(actor, round_id, "gentle")
        figures = await _figures(db, world, run_id)
        assert (figures["way"], figures["shut"]) == ("chains", [str(world.posts["wiring"])])
        assert (await _places(db, world, run_id))[5] == "turning"
        first = (await _reason(db, world, run_id, 5))["choices"][0]
        assert (first["became"], first.get("limited", False)) == ("shut", False)


async def test_a_gentle_run_that_ends_from_the_lists_judges_groups_anew(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    round_id = await _groups_of_two(db, world)
    left = await changes.make(actor, round_id, "withdraw", student=world.students[0], reason="ill")
    await _run(actor, round_id)
    async with db.acting_for(actor) as connection:
        await connection.execute(
            "update placement_round set least_group = 1 where id = $1", round_id
        )
    await changes.take_back(actor, round_id, left)
    run_id = await _run(actor, round_id, "gentle")
    figures = await _figures(db, world, run_id)
    assert (figures["note"], figures["shut"]) == ("lists", [])
    assert (await _places(db, world, run_id))[5] == "wiring"


async def test_a_kept_place_is_counted_once_in_every_later_run(db: Database, world: World) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    first = await _places(db, world, await _run(actor, round_id))
    keeps = next(one for one, place in first.items() if place == "turning")
    await changes.make(
        actor, round_id, "lock", student=world.students[keeps], post=world.posts["turning"]
    )
    leaving = [one for one, place in first.items() if place == "turning" and one != keeps][:2]
    for leaves in leaving:
        await changes.make(
            actor, round_id, "withdraw", student=world.students[leaves], reason="ill"
        )
        run_id = await _run(actor, round_id, "gentle")
        assert (await _figures(db, world, run_id))["way"] == "chains"
        assert list((await _places(db, world, run_id)).values()).count("turning") == 6


@pytest.mark.parametrize("mode", ["gentle", "floors"])
async def test_decisions_otherwise_are_carried_from_run_to_run_with_their_reason(
    db: Database, world: World, mode: str
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(
        world,
        {0: ["milling"], 1: ["turning"], 2: ["milling", "turning"], 3: ["turning"], 4: ["turning"]},
    )
    first = await _run(actor, round_id)
    await deciding.override(
        actor, round_id, world.students[5], world.posts["wiring"], "agreed with the host"
    )
    await deciding.override(
        actor, round_id, world.students[2], world.posts["turning"], "asked for it"
    )
    await deciding.override(actor, round_id, world.students[3], None, "stays at school")
    decided = {
        5: ("overridden", "agreed with the host"),
        2: ("overridden", "asked for it"),
        3: ("overridden", "stays at school"),
    }
    assert await _decisions(world, first) == decided
    for leaves in (0, 1):
        await changes.make(
            actor, round_id, "withdraw", student=world.students[leaves], reason="ill"
        )
        run_id = await _run(actor, round_id, mode)
        places = await _places(db, world, run_id)
        assert {one: places[one] for one in (2, 3, 4, 5)} == {
            2: "turning",
            3: None,
            4: "turning",
            5: "wiring",
        }
        assert await _decisions(world, run_id) == decided
        assert (await _figures(db, world, run_id))["note"] == ""
        if mode == "gentle":
            assert (await _figures(db, world, run_id))["way"] == "chains"
    await deciding.accept(actor, round_id)
    await publishing.publish(actor, round_id)


async def test_a_decision_that_is_opened_again_or_refused_is_not_carried(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, {0: ["milling"], 1: ["turning"]})
    await _run(actor, round_id)
    await deciding.override(actor, round_id, world.students[5], world.posts["wiring"], "agreed")
    await deciding.override(actor, round_id, world.students[1], None, "stays at school")
    second = await _run(actor, round_id, "gentle")
    assert set(await _decisions(world, second)) == {1, 5}
    await changes.make(
        actor,
        round_id,
        "refuse",
        student=world.students[5],
        post=world.posts["wiring"],
        reason="too far",
    )
    await deciding.undo(actor, round_id, world.students[1])
    third = await _run(actor, round_id, "gentle")
    assert await _decisions(world, third) == {}
    places = await _places(db, world, third)
    assert (places[5], places[1]) == (None, "turning")


async def test_who_leaves_or_keeps_a_place_does_not_read_that_something_better_was_reached(
    world: World, browse: Callable[..., Any]
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    await _run(actor, round_id)
    await changes.make(actor, round_id, "withdraw", student=world.students[0], reason="ill")
    await changes.make(
        actor, round_id, "lock", student=world.students[1], post=world.posts["wiring"]
    )
    run_id = await _run(actor, round_id, "gentle")
    for student, outcome, untried in (
        (0, "withdrawn", [True] * 3),
        (1, "kept", [True] * 2 + [False]),
    ):
        reason = await _reason(DB, world, run_id, student)
        assert reason["outcome"] == outcome
        assert [choice.get("untried", False) for choice in reason["choices"]] == untried
    async with browse("coordinator.centre") as browser:
        page = (await browser.get(f"/rounds/{round_id}?student={world.students[0]}")).text
        assert "Not asked for: this was settled without the list." in page
        assert "a post ranked higher was reached" not in page


async def test_the_pages_say_what_a_run_from_the_lists_drops(
    world: World, browse: Callable[..., Any]
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, {0: ["milling"], 1: ["turning"]})
    await _run(actor, round_id)
    async with browse("coordinator.centre") as browser:
        assert "decided otherwise" not in (await browser.get(f"/rounds/{round_id}/changes")).text
        await deciding.override(actor, round_id, world.students[5], world.posts["wiring"], "agreed")
        told = (await browser.get(f"/rounds/{round_id}/changes")).text
        assert "1 student was decided otherwise" in told
        assert "would be dropped" in (await browser.get(f"/rounds/{round_id}")).text


async def test_one_more_seat_is_told_of_open_posts_only_and_against_what_is_shown(
    world: World, browse: Callable[..., Any]
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, {**LISTS, 10: ["wiring", "turning"]})
    await changes.make(
        actor, round_id, "limit", post=world.posts["turning"], seats=2, reason="one guide less"
    )
    await changes.make(
        actor, round_id, "limit", post=world.posts["milling"], seats=0, reason="machine broke"
    )
    cold = await _run(actor, round_id)
    figures = await _figures(DB, world, cold)
    assert figures["worth_alike"] is True
    worth = {cap["id"]: cap["worth"] for cap in figures["caps"] if cap["level"] == "post"}
    assert worth[str(world.posts["turning"])] is not None
    assert worth[str(world.posts["milling"])] is None
    async with browse("coordinator.centre") as browser:
        page = (await browser.get(f"/rounds/{round_id}")).text
        assert "2 / 2" in page
        assert "of 6; the rest is limited, kept or closed" in page
        assert "counted from the lists alone" not in page
        await _differs(cold)
        assert "counted from the lists alone" in (await browser.get(f"/rounds/{round_id}")).text


async def _differs(run_id: UUID) -> None:
    """As if chains had led elsewhere than the lists alone do."""
    async with DB.acting_for(SYSTEM) as connection:
        await connection.execute(
            "update matching_run set figures = figures || '{\"worth_alike\": false}' where id = $1",
            run_id,
        )


@pytest.mark.parametrize("wished", [["wiring", "turning"], ["wiring"]])
async def test_no_closed_group_is_blamed_on_the_law_nor_a_kept_place_on_a_group(
    db: Database, world: World, wished: list[str]
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(
        world,
        {**{index: ["turning"] for index in range(5)}, 5: wished, 6: ["milling"], 7: ["milling"]},
    )
    async with db.acting_for(actor) as connection:
        await connection.execute(
            "update placement_round set least_group = 2 where id = $1", round_id
        )
    await _run(actor, round_id)
    # a limit after chains makes the engine run cold, with the group still closed
    await changes.make(actor, round_id, "withdraw", student=world.students[0], reason="ill")
    await changes.make(
        actor, round_id, "limit", post=world.posts["turning"], seats=2, reason="one guide less"
    )
    await changes.make(
        actor, round_id, "lock", student=world.students[6], post=world.posts["milling"]
    )
    await changes.make(
        actor, round_id, "limit", post=world.posts["milling"], seats=1, reason="one machine"
    )
    run_id = await _run(actor, round_id, "gentle")
    assert (await _figures(db, world, run_id))["way"] == "cold"
    closed = (await _reason(db, world, run_id, 5))["choices"][0]
    assert (closed["became"], closed.get("limited", False)) == ("shut", False)
    kept = await _reason(db, world, run_id, 7)
    assert (kept["outcome"], kept["choices"][0]["became"], kept["choices"][0].get("cutoff")) == (
        "full",
        "full",
        None,
    )
