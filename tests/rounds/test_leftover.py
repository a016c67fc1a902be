"""Students without a post are no dead end: a second round, a place from the list, who waits; two change places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.placements import actions as placements
from alliance.programmes.standing.actions import record_state
from alliance.rounds import actions, deciding, publishing, queries
from alliance.rounds.leftover import placing, swapping
from alliance.rounds.students import own, preferences
from tests.privacy.restricting import restrict
from tests.rounds.rounds import as_student, ranked_round, run
from tests.world import World


async def published(world: World) -> UUID:
    """Nine want the six places of one post; three listed nothing: six are without a post."""
    round_id = await ranked_round(world, {index: ["turning"] for index in range(9)})
    await run(world.coordinator_centre, round_id)
    await deciding.accept(world.coordinator_centre, round_id)
    await publishing.publish(world.coordinator_centre, round_id)
    return round_id


async def test_a_second_round_is_for_those_without_a_place_alone(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    left = [row["student"] for row in await placing.lacking(coordinator, vault, round_id)]
    assert len(left) == 6
    second = await placing.second_round(coordinator, round_id, left[:2])
    row = await queries.round_of(coordinator, second)
    # the full post is left out, the two that have room are offered
    assert (row["state"], row["students"], row["posts"]) == ("draft", 2, 2)
    await actions.move_round(coordinator, second, "open")
    chosen = world.students.index(left[0])
    await preferences.save_list(as_student(world, chosen), second, [world.posts["milling"]])
    other = world.students.index(left[2])
    with pytest.raises(Missing):
        await preferences.save_list(as_student(world, other), second, [world.posts["milling"]])
    assert [one["id"] for one in await own.rounds_of(as_student(world, other), left[2])] == [
        round_id
    ]
    mine = await own.rounds_of(as_student(world, chosen), left[0])
    begun = own.begins_with(mine)
    assert begun is not None
    assert begun["id"] == second
    await actions.move_round(coordinator, second, "close", "All lists are in")
    await run(coordinator, second)
    assert len(await queries.proposals(coordinator, vault, second)) == 2
    await deciding.accept(coordinator, second)
    assert await publishing.publish(coordinator, second) == 1
    assert (await queries.round_of(coordinator, round_id))["unplaced"] == 5


async def test_a_place_from_the_list_goes_through_the_gate_with_its_reason_and_is_told(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    row = await queries.round_of(coordinator, round_id)
    places = await placing.free_places(coordinator, vault, row)
    assert {place.title: place.free for place in places} == {"加工中心操作": 4, "产线设备点检": 3}
    left = [one["student"] for one in await placing.lacking(coordinator, vault, round_id)]
    with pytest.raises(Refusal):
        await placing.place(coordinator, round_id, left[0], world.posts["turning"], "x")
    with pytest.raises(Refusal):
        await placing.place(coordinator, round_id, left[0], world.posts["milling"], " ")
    await placing.place(coordinator, round_id, left[0], world.posts["milling"], "it is near home")
    with pytest.raises(Missing):
        await placing.place(coordinator, round_id, left[0], world.posts["wiring"], "again")
    row = await queries.round_of(coordinator, round_id)
    assert (row["placements"], row["unplaced"]) == (7, 5)
    student = as_student(world, world.students.index(left[0]))
    result = await own.result_of(student, round_id, left[0])
    assert result is not None
    assert result["post"] == world.posts["milling"]
    assert result["reason"].note == "it is near home"
    async with db.acting_for(SYSTEM):
        assert "near home" not in str(await db.fetch("select reason from placement"))


async def test_who_waits_for_a_place_that_falls_free_stands_by_score(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    async with db.acting_for(SYSTEM):
        first = await db.fetch_value("select id from placement where round = $1 limit 1", round_id)
    await placements.move(coordinator, first, "cancel", "moved away")
    row = await queries.round_of(coordinator, round_id)
    freed = next(
        place
        for place in await placing.free_places(coordinator, vault, row)
        if place.post == world.posts["turning"]
    )
    scores = [one[4] for one in freed.waiting]
    assert freed.free == 1
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)


async def test_a_place_after_a_cancelled_one_is_the_result_from_then_on(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    before = await queries.round_of(coordinator, round_id)
    async with db.acting_for(SYSTEM):
        first = await db.fetch_one(
            "select id, student from placement where round = $1 limit 1", round_id
        )
    assert first is not None
    who = first["student"]
    student = as_student(world, world.students.index(who))
    await placements.move(coordinator, first["id"], "cancel", "moved away")
    (lost,) = await own.rounds_of(student, who)
    assert not lost["stands"]
    await placing.place(coordinator, round_id, who, world.posts["milling"], "a place nearer home")
    result = await own.result_of(student, round_id, who)
    assert result is not None
    assert (result["post"], result["state"]) == (world.posts["milling"], "published")
    assert result["reason"].note == "a place nearer home"
    row = await queries.round_of(coordinator, round_id)
    assert (row["placements"], row["unplaced"]) == (before["placements"], before["unplaced"])
    # a round of the same days without a place for the student does not hide the one that stands
    async with db.acting_for(SYSTEM):
        other = await DB.fetch_value(
            "insert into placement_round (id, school, title, starts, ends, preferences_close, seed,"
            " state, published) select gen_random_uuid(), school, 'Again', starts, ends,"
            " preferences_close, 1, 'published', published + interval '1 day' from placement_round"
            " where id = $1 returning id",
            round_id,
        )
        await DB.connection().execute(
            "insert into unplaced (id, round, school, student, reason)"
            " select gen_random_uuid(), $1, p.school, p.student, p.reason from placement p"
            " where p.id = $2",
            other,
            first["id"],
        )
    begun = own.begins_with(await own.rounds_of(student, who))
    assert begun is not None
    assert begun["id"] == round_id


async def test_who_left_or_is_restricted_waits_for_no_place_and_is_given_none(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    left = [one["student"] for one in await placing.lacking(coordinator, vault, round_id)]
    await record_state(coordinator, left[0], "left", clock.today(), "moved to another county")
    await restrict(world, vault, left[1])
    lacking = await placing.lacking(coordinator, vault, round_id)
    assert [one["student"] for one in lacking] == left[2:]
    for gone in left[:2]:
        with pytest.raises(Missing):
            await placing.place(coordinator, round_id, gone, world.posts["milling"], "near home")
        with pytest.raises(Refusal):
            await placing.second_round(coordinator, round_id, [gone])
    assert (await queries.round_of(coordinator, round_id))["unplaced"] == 4
    shown = await queries.proposals(coordinator, vault, round_id)
    assert queries.decision_counts(shown)["unplaced"] == 4


async def test_a_second_round_is_made_once_and_starts_after_its_lists_have_closed(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    left = [one["student"] for one in await placing.lacking(coordinator, vault, round_id)]
    async with db.acting_for(SYSTEM):
        await DB.connection().execute(
            "update placement_round set starts = $2 where id = $1",
            round_id,
            clock.today() + timedelta(days=2),
        )
    part = await placing.second_round(coordinator, round_id, left[:2])
    row = await queries.round_of(coordinator, part)
    assert row["starts"] == clock.today() + timedelta(days=8)
    with pytest.raises(Conflict):
        await placing.second_round(coordinator, round_id, left[1:3])
    rest = await placing.second_round(coordinator, round_id)
    with pytest.raises(Conflict):
        await placing.second_round(coordinator, round_id)
    async with db.acting_for(coordinator):
        picked = await DB.fetch("select student from round_pick where round = $1", rest)
    assert {one["student"] for one in picked} == set(left[2:])


async def test_a_kind_of_work_that_is_full_has_no_free_place(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    row = await queries.round_of(coordinator, round_id)
    async with db.acting_for(SYSTEM):
        # one of staff leaves no place in this kind of work, while the post itself has room
        await DB.connection().execute(
            "update post set staff_same_type = 1 where id = $1", world.posts["milling"]
        )
    places = await placing.free_places(coordinator, vault, row)
    assert "加工中心操作" not in {place.title for place in places}


async def test_a_swap_shows_its_effect_first_and_moves_both_or_none(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await ranked_round(
        world, {0: ["turning", "milling"], 1: ["milling", "turning"], 2: ["turning"]}
    )
    await run(coordinator, round_id)
    zero, one, two = world.students[:3]
    first, second = await swapping.effect(coordinator, round_id, zero, one)
    assert (first.after, first.better) == (world.posts["milling"], False)
    assert (second.after, second.better) == (world.posts["turning"], False)
    with pytest.raises(Refusal):
        await swapping.effect(coordinator, round_id, zero, two)
    with pytest.raises(Refusal):
        await swapping.swap(coordinator, round_id, zero, one, "")
    await swapping.swap(coordinator, round_id, zero, one, "both asked for it")
    rows = {row["student"]: row for row in await queries.proposals(coordinator, vault, round_id)}
    assert rows[zero]["post"] == world.posts["milling"]
    assert rows[one]["post"] == world.posts["turning"]
    assert rows[one]["decided_reason"] == "both asked for it"


async def test_pages_lead_from_the_task_to_a_place_and_to_a_second_round(
    app: Any, world: World, vault: Vault, browse: Callable[..., Any]
) -> None:
    round_id = await published(world)
    async with browse("coordinator.centre") as browser:
        assert f"/rounds/{round_id}/leftover" in (await browser.get("/")).text
        page = (await browser.get(f"/rounds/{round_id}/leftover")).text
        assert "Free places and who waits for them" in page
        left = [
            one["student"]
            for one in await placing.lacking(world.coordinator_centre, vault, round_id)
        ]
        refused = await browser.submit(
            f"/rounds/{round_id}/leftover",
            {"student": str(left[0]), "post": str(world.posts["wiring"]), "reason": ""},
        )
        assert refused.status_code == 422
        placed = await browser.submit(
            f"/rounds/{round_id}/leftover",
            {"student": str(left[0]), "post": str(world.posts["wiring"]), "reason": "near home"},
        )
        assert placed.status_code == 303
        second = await browser.submit(f"/rounds/{round_id}/second-round")
        assert second.status_code == 303
        assert "5" in (await browser.get(second.headers["location"])).text


async def test_the_page_of_a_swap_shows_what_it_would_mean_before_anything_changes(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    round_id = await ranked_round(world, {0: ["turning"], 1: ["milling"]})
    await run(world.coordinator_centre, round_id)
    zero, one = world.students[:2]
    async with browse("coordinator.centre") as browser:
        address = f"/rounds/{round_id}/swap?first={zero}"
        assert "Show the effect" in (await browser.get(address)).text
        shown = (await browser.get(f"{address}&second={one}")).text
        assert "What it would mean" in shown
        assert "worse for the student" in shown
        given = {"first": str(zero), "second": str(one)}
        assert (await browser.submit(f"/rounds/{round_id}/swap", given)).status_code == 422
        # three impatient presses of the same page are one swap
        seen = {
            "first_post": str(world.posts["turning"]),
            "second_post": str(world.posts["milling"]),
        }
        for _press in range(3):
            done = await browser.submit(
                f"/rounds/{round_id}/swap", {**given, **seen, "reason": "both asked"}
            )
            assert done.status_code == 303
        shown = (await browser.get(f"{address}&second={one}")).text
        assert f'name="first_post" value="{world.posts["milling"]}"' in shown
