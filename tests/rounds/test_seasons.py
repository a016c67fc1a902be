"""What happens between two runs: people leave, places are refused, kept and limited; who is not touched loses nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from alliance.kit.actors import Actor
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.rounds import changes, deciding, publishing, running
from alliance.rounds.matching.certifying import opened
from ml.matching.checks.package import disagreements
from tests.rounds.rounds import ranked_round
from tests.world import World

LISTS = {index: ["turning", "milling", "wiring"] for index in range(10)}
"""Ten students with one list: six get turning, three milling (the host's cap is 11), the rest wiring."""


async def _run(actor: Actor, round_id: UUID, mode: Any = "cold") -> UUID:
    run_id = await running.request_run(actor, round_id, mode)
    await running.perform(run_id)
    return run_id


async def _places(db: Database, world: World, run_id: UUID) -> dict[int, str | None]:
    """Number of the student → name of the post."""
    names = {post: name for name, post in world.posts.items()}
    async with db.acting_for(world.coordinator_centre):
        state = await db.fetch_one("select state, error from matching_run where id = $1", run_id)
        rows = await db.fetch("select student, post from proposal where run = $1", run_id)
    assert state is not None
    assert state["state"] == "done", state["error"]
    return {world.students.index(row["student"]): names.get(row["post"]) for row in rows}


async def _reason(db: Database, world: World, run_id: UUID, student: int) -> dict[str, Any]:
    async with db.acting_for(world.coordinator_centre):
        found = await db.fetch_value(
            "select reason from proposal where run = $1 and student = $2",
            run_id,
            world.students[student],
        )
    decoded: dict[str, Any] = msgspec.json.decode(found)
    return decoded


async def _figures(db: Database, world: World, run_id: UUID) -> dict[str, Any]:
    async with db.acting_for(world.coordinator_centre):
        decoded: dict[str, Any] = msgspec.json.decode(
            await db.fetch_value("select figures from matching_run where id = $1", run_id)
        )
    return decoded


async def test_a_place_that_falls_free_goes_on_and_nobody_is_worse_off(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    before = await _places(db, world, await _run(actor, round_id))
    leaves = next(one for one, place in before.items() if place == "turning")
    await changes.make(
        actor, round_id, "withdraw", student=world.students[leaves], reason="moves away"
    )
    run_id = await _run(actor, round_id, "gentle")
    after = await _places(db, world, run_id)
    assert after[leaves] is None
    order = ["turning", "milling", "wiring", None]
    assert all(
        order.index(after[one]) <= order.index(before[one]) for one in after if one != leaves
    )
    assert list(after.values()).count("turning") == 6
    assert (await _figures(db, world, run_id))["way"] == "chains"
    assert (await _reason(db, world, run_id, leaves))["outcome"] == "withdrawn"


async def test_a_place_that_a_guardian_refuses_never_comes_back(db: Database, world: World) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    before = await _places(db, world, await _run(actor, round_id))
    refuses = next(one for one, place in before.items() if place == "turning")
    await changes.make(
        actor,
        round_id,
        "refuse",
        student=world.students[refuses],
        post=world.posts["turning"],
        reason="too far",
    )
    for mode in ("gentle", "cold", "gentle"):
        run_id = await _run(actor, round_id, mode)
        places = await _places(db, world, run_id)
        assert places[refuses] == "milling"
        assert list(places.values()).count("turning") == 6
        assert [one["became"] for one in (await _reason(db, world, run_id, refuses))["choices"]][
            :2
        ] == ["refused", "taken"]


async def test_a_kept_place_stays_and_counts_in_the_caps(db: Database, world: World) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    await _run(actor, round_id)
    await changes.make(
        actor, round_id, "lock", student=world.students[9], post=world.posts["milling"]
    )
    await changes.make(
        actor, round_id, "limit", post=world.posts["milling"], seats=1, reason="one machine broke"
    )
    for mode in ("cold", "gentle"):
        run_id = await _run(actor, round_id, mode)
        places = await _places(db, world, run_id)
        assert places[9] == "milling"
        assert [one for one, place in places.items() if place == "milling"] == [9]
        assert (await _reason(db, world, run_id, 9))["outcome"] == "kept"


async def test_a_closed_post_says_so_and_its_students_go_on(db: Database, world: World) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    await _run(actor, round_id)
    await changes.make(
        actor, round_id, "limit", post=world.posts["turning"], seats=0, reason="closed"
    )
    run_id = await _run(actor, round_id, "gentle")
    places = await _places(db, world, run_id)
    assert "turning" not in places.values()
    assert (await _reason(db, world, run_id, 0))["choices"][0]["became"] == "shut"


async def test_with_floors_nobody_gets_less_though_a_stronger_one_comes_back(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    first = await _places(db, world, await _run(actor, round_id))
    leaves = next(one for one, place in first.items() if place == "turning")
    left = await changes.make(
        actor, round_id, "withdraw", student=world.students[leaves], reason="ill"
    )
    before = await _places(db, world, await _run(actor, round_id, "gentle"))
    await changes.take_back(actor, round_id, left)
    kept = await _run(actor, round_id, "floors")
    after = await _places(db, world, kept)
    assert {one: place for one, place in after.items() if one != leaves} == {
        one: place for one, place in before.items() if one != leaves
    }
    assert after[leaves] not in (None, "turning")
    assert (await _reason(db, world, kept, leaves))["choices"][0]["floor"] is True
    cold = await _places(db, world, await _run(actor, round_id))
    assert cold == first


async def test_groups_that_are_too_small_are_closed_and_told(db: Database, world: World) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(
        world, {**{index: ["turning"] for index in range(5)}, 5: ["wiring", "turning"]}
    )
    async with db.acting_for(actor) as connection:
        await connection.execute(
            "update placement_round set least_group = 2 where id = $1", round_id
        )
    run_id = await _run(actor, round_id)
    places = await _places(db, world, run_id)
    assert places[5] == "turning"
    assert (await _reason(db, world, run_id, 5))["choices"][0]["became"] == "shut"
    assert (await _figures(db, world, run_id))["shut"] == [str(world.posts["wiring"])]


@pytest.mark.parametrize("mode", ["cold", "gentle", "floors"])
async def test_the_certificate_of_every_way_is_confirmed(
    db: Database, world: World, mode: str
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    await _run(actor, round_id)
    await changes.make(actor, round_id, "withdraw", student=world.students[1], reason="left")
    run_id = await _run(actor, round_id, mode)
    async with db.acting_for(actor):
        content = await db.fetch_value("select content from run_certificate where run = $1", run_id)
    assert disagreements(msgspec.json.decode(opened(content))) == []


async def test_who_has_a_placement_at_that_time_takes_no_part_in_another_round(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    first = await ranked_round(world, {index: ["turning"] for index in range(4)})
    await _run(actor, first)
    await deciding.accept(actor, first)
    await publishing.publish(actor, first)
    second = await ranked_round(world, {index: ["milling"] for index in range(4, 7)})
    places = await _places(db, world, await _run(actor, second))
    assert set(places) == set(range(4, 12))


async def test_changes_are_refused_where_they_mean_nothing(db: Database, world: World) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, LISTS)
    with pytest.raises(Refusal):
        await changes.make(actor, round_id, "withdraw", student=world.students[0])
    with pytest.raises(Refusal):
        await changes.make(
            actor,
            round_id,
            "refuse",
            student=world.students[0],
            post=world.posts["ward"],
            reason="x",
        )
    with pytest.raises(Missing):
        await changes.make(actor, round_id, "withdraw", student=world.nurses[0], reason="x")
    with pytest.raises(Missing):
        await changes.make(
            world.coordinator_health, round_id, "withdraw", student=world.students[0], reason="x"
        )
    with pytest.raises(Refusal):
        await running.request_run(actor, round_id, "gentle")
    made = await changes.make(actor, round_id, "withdraw", student=world.students[0], reason="x")
    with pytest.raises(Conflict):
        await changes.make(actor, round_id, "withdraw", student=world.students[0], reason="again")
    with pytest.raises(Missing):
        await changes.take_back(world.coordinator_health, round_id, made)


@pytest.mark.parametrize("kind", ["limit", "lock", "group"])
async def test_a_gentle_run_goes_on_from_one_with_a_limit_a_kept_place_or_a_closed_group(
    db: Database, world: World, kind: str
) -> None:
    actor = world.coordinator_centre
    lists = {**{index: ["turning", "milling"] for index in range(8)}, 8: ["wiring", "turning"]}
    round_id = await ranked_round(world, lists)
    first = await _places(db, world, await _run(actor, round_id))
    if kind == "limit":
        await changes.make(
            actor, round_id, "limit", post=world.posts["turning"], seats=4, reason="one guide less"
        )
    elif kind == "lock":
        keeps = next(one for one, place in first.items() if place == "turning")
        await changes.make(
            actor, round_id, "lock", student=world.students[keeps], post=world.posts["turning"]
        )
    else:
        async with db.acting_for(actor) as connection:
            await connection.execute(
                "update placement_round set least_group = 2 where id = $1", round_id
            )
    before = await _places(db, world, await _run(actor, round_id))
    leaves = next(
        one
        for one, place in before.items()
        if place == "turning" and (kind != "lock" or one != keeps)
    )
    await changes.make(
        actor, round_id, "withdraw", student=world.students[leaves], reason="moves away"
    )
    run_id = await _run(actor, round_id, "gentle")
    figures, after = await _figures(db, world, run_id), await _places(db, world, run_id)
    assert (figures["way"], figures["note"]) == ("chains", "")
    worth = ["turning", "milling", "wiring", None]
    stay = [one for one in before if one not in (leaves, 8)]
    assert all(worth.index(after[one]) <= worth.index(before[one]) for one in stay)
    cap = next(cap for cap in figures["caps"] if cap["id"] == str(world.posts["turning"]))
    assert cap["used"] <= cap["capacity"] <= cap["lawful"]
    if kind == "limit":
        assert cap["capacity"] == 4


async def test_a_student_without_a_post_is_told_what_became_of_the_list(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(
        world, {0: ["turning"], 1: ["milling"], 2: ["wiring"], 3: ["wiring"]}
    )
    await _run(actor, round_id)
    await changes.make(
        actor,
        round_id,
        "refuse",
        student=world.students[0],
        post=world.posts["turning"],
        reason="far",
    )
    await changes.make(
        actor, round_id, "limit", post=world.posts["milling"], seats=0, reason="machine broke"
    )
    await changes.make(
        actor, round_id, "lock", student=world.students[2], post=world.posts["wiring"]
    )
    await changes.make(
        actor, round_id, "limit", post=world.posts["wiring"], seats=1, reason="one place"
    )
    run_id = await _run(actor, round_id)
    told = {student: await _reason(db, world, run_id, student) for student in (0, 1, 3)}
    assert {student: reason["outcome"] for student, reason in told.items()} == {
        0: "refused",
        1: "shut",
        3: "full",
    }
    assert told[1]["choices"][0]["limited"] is True
    assert [told[student]["choices"][0]["became"] for student in (0, 1, 3)] == [
        "refused",
        "shut",
        "full",
    ]


async def test_what_the_coordinator_decided_otherwise_outlives_the_next_run(
    db: Database, world: World
) -> None:
    actor = world.coordinator_centre
    round_id = await ranked_round(world, {0: ["milling"], 1: ["turning"]})
    first = await _places(db, world, await _run(actor, round_id))
    assert first[5] is None
    await deciding.override(
        actor, round_id, world.students[5], world.posts["wiring"], "agreed with the host"
    )
    await changes.make(actor, round_id, "withdraw", student=world.students[1], reason="ill")
    run_id = await _run(actor, round_id, "gentle")
    assert (await _places(db, world, run_id))[5] == "wiring"
    assert (await _reason(db, world, run_id, 5))["outcome"] == "kept"
