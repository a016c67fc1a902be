"""From lists to placements: what a class lives through, on the real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal, Unlawful
from alliance.kit.states import find
from alliance.posts import actions as posts
from alliance.privacy import restrictions
from alliance.regulation import blocking
from alliance.rounds import actions, deciding, publishing, queries, running
from alliance.rounds.model import ROUND_STATES, ROUND_TRANSITIONS
from alliance.rounds.students import own, preferences
from tests.privacy.restricting import restrict
from tests.rounds.rounds import as_student, draft, fewer_staff, open_round, ranked_round, run
from tests.world import ENDS, World

ALL = {index: ["turning", "milling", "wiring"] for index in range(12)}


async def test_a_class_is_placed_with_a_reason_for_every_student(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    await fewer_staff(world)
    round_id = await ranked_round(world, ALL)
    await run(coordinator, round_id)
    rows = await queries.proposals(coordinator, vault, round_id)
    assert len(rows) == 12
    # since the posts were published staff became fewer: 10 % of 118 staff are 11; 6 + 4 + 3 places would be 13, so one student goes without
    placed = [row for row in rows if row["post"] is not None]
    assert len(placed) == 11
    by_post = {
        name: [row for row in placed if row["post"] == world.posts[name]]
        for name in ("turning", "milling", "wiring")
    }
    assert [len(by_post[name]) for name in by_post] == [6, 4, 1]
    left = next(row for row in rows if row["post"] is None)
    assert left["reason"].outcome == "full"
    assert left["reason"].choices[-1].level == "host"
    assert all(choice.own < choice.cutoff or choice.tie for choice in left["reason"].choices)
    assert await deciding.accept(coordinator, round_id) == 12
    zero = as_student(world, 0)
    await restrict(world, vault, world.students[0])
    with pytest.raises(Conflict, match="限制使用"):
        await publishing.publish(coordinator, round_id)
    await restrictions.lift(zero, world.students[0])
    assert await publishing.publish(coordinator, round_id) == 11
    async with db.acting_for(coordinator):
        assert (
            await db.fetch_value(
                "select max(interns) from occupancy_day where post = $1", world.posts["turning"]
            )
            == 6
        )
        assert await db.fetch_value("select count(*) from unplaced where round = $1", round_id) == 1
    result = await own.result_of(as_student(world, 0), round_id, world.students[0])
    assert result is not None
    assert result["post"] == world.posts["turning"]


async def test_nothing_is_published_while_a_proposal_is_undecided(
    db: Database, world: World
) -> None:
    round_id = await ranked_round(world, {0: ["turning"]})
    await run(world.coordinator_centre, round_id)
    with pytest.raises(Refusal, match="12"):
        await publishing.publish(world.coordinator_centre, round_id)


async def test_an_override_needs_a_reason_and_a_lawful_free_place(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    await fewer_staff(world)
    round_id = await ranked_round(world, ALL)
    await run(coordinator, round_id)
    left = next(
        r for r in await queries.proposals(coordinator, vault, round_id) if r["post"] is None
    )
    with pytest.raises(Refusal):
        await deciding.override(coordinator, round_id, left["student"], world.posts["wiring"], " ")
    with pytest.raises(Unlawful) as refused:
        await deciding.override(
            coordinator, round_id, left["student"], world.posts["wiring"], "close to home"
        )
    assert [finding.rule for finding in blocking(refused.value.findings)] == ["C06"]
    assert refused.value.findings[0].numbers["total"] == 12
    assert refused.value.findings[0].numbers["cap"] == 11
    await deciding.override(coordinator, round_id, left["student"], None, "moves to another county")
    decided = next(
        r
        for r in await queries.proposals(coordinator, vault, round_id)
        if r["student"] == left["student"]
    )
    assert decided["decided_reason"] == "moves to another county"
    await deciding.accept(coordinator, round_id)
    assert await publishing.publish(coordinator, round_id) == 11
    result = await own.result_of(coordinator, round_id, left["student"])
    assert result is not None
    assert result["reason"].note == "moves to another county"
    # what is written about a student stands under the student's key wherever it goes
    async with db.acting_for(SYSTEM):
        for table in ("proposal", "unplaced", "placement", "audit_entry", "event"):
            assert "another county" not in str(await db.fetch(f"select t::text from {table} t")), (
                table
            )


async def test_two_coordinators_publish_one_round_and_one_is_told_so(
    db: Database, world: World
) -> None:
    await fewer_staff(world)
    round_id = await ranked_round(world, ALL)
    await run(world.coordinator_centre, round_id)
    await deciding.accept(world.coordinator_centre, round_id)
    answers = await asyncio.gather(
        publishing.publish(world.coordinator_centre, round_id),
        publishing.publish(world.colleague_centre, round_id),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "int"]
    async with db.acting_for(world.coordinator_centre):
        assert (
            await db.fetch_value("select count(*) from placement where round = $1", round_id) == 11
        )


async def test_two_schools_that_want_the_last_place_of_one_host_never_both_get_it(
    db: Database, world: World
) -> None:
    async with db.acting_for(SYSTEM):
        # nursing and machines share a hospital workshop here: one place by the 10 % cap
        await db.connection().execute(
            "update staff_count set staff = 10 where organisation = $1",
            world.organisations["hospital"],
        )
        await db.connection().execute(
            "insert into post_specialty (id, post, specialty) values (gen_random_uuid(), $1, '660103')",
            world.posts["ward"],
        )
    rounds = []
    for school, actor in (
        ("centre", world.coordinator_centre),
        ("health", world.coordinator_health),
    ):
        round_id = await open_round(world, actor, school, ["ward"])
        await preferences.save_list(as_student(world, 0, school), round_id, [world.posts["ward"]])
        await actions.move_round(actor, round_id, "close", "All lists are in")
        await run(actor, round_id)
        await deciding.accept(actor, round_id)
        rounds.append((actor, round_id))
    answers = await asyncio.gather(
        *(publishing.publish(*pair) for pair in rounds), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["RefusedByLaw", "int"]
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value(
                "select max(interns) from occupancy_day where post = $1", world.posts["ward"]
            )
            == 1
        )
        assert (
            await db.fetch_value(
                "select count(*) from evaluation where transition = 'round.publish' and not passed"
            )
            == 1
        )


async def test_fifty_saves_at_once_leave_every_list_whole(db: Database, world: World) -> None:
    round_id = await open_round(
        world, world.coordinator_centre, "centre", ["turning", "milling", "wiring"]
    )
    orders = [
        ["turning", "milling", "wiring"],
        ["wiring", "turning"],
        ["milling"],
        ["milling", "wiring", "turning"],
        ["turning"],
    ]
    saves = [
        preferences.save_list(
            as_student(world, i % 10), round_id, [world.posts[n] for n in orders[i % len(orders)]]
        )
        for i in range(50)
    ]
    versions = await asyncio.gather(*saves)
    assert sorted(versions) == sorted([1, 2, 3, 4, 5] * 10)
    for index in range(10):
        _row, posts = await queries.list_of(
            as_student(world, index), round_id, world.students[index]
        )
        assert posts == [world.posts[name] for name in orders[index % len(orders)]]


async def test_an_older_list_does_not_overwrite_a_newer_one(db: Database, world: World) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    student = as_student(world, 0)
    first = await preferences.save_list(student, round_id, [world.posts["turning"]], 0)
    await preferences.save_list(student, round_id, [world.posts["milling"]], first)
    with pytest.raises(Conflict):
        await preferences.save_list(student, round_id, [], first)


async def test_a_post_of_another_category_cannot_be_put_on_a_list(
    db: Database, world: World
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "ward"])
    with pytest.raises(Refusal, match=r"not open to you|不能"):
        await preferences.save_list(as_student(world, 0), round_id, [world.posts["ward"]])


async def test_a_closed_round_takes_no_list_and_a_strangers_round_does_not_exist(
    db: Database, world: World
) -> None:
    round_id = await ranked_round(world, {0: ["turning"]})
    with pytest.raises(Refusal):
        await preferences.save_list(as_student(world, 1), round_id, [world.posts["turning"]])
    with pytest.raises(Missing):
        await preferences.save_list(
            as_student(world, 0, "health"), round_id, [world.posts["turning"]]
        )
    with pytest.raises(Missing):
        await queries.round_of(world.coordinator_health, round_id)


async def test_a_run_of_the_same_inputs_has_the_same_outcome_and_fingerprint(
    db: Database, world: World, vault: Vault
) -> None:
    round_id = await ranked_round(world, ALL)
    outcomes = []
    for _ in range(2):
        run_id = await run(world.coordinator_centre, round_id)
        rows = await queries.proposals(world.coordinator_centre, vault, round_id)
        outcomes.append(
            (
                (await queries.run_of(world.coordinator_centre, run_id))["inputs"],
                [(r["student"], r["post"]) for r in rows],
            )
        )
    assert outcomes[0] == outcomes[1]


async def test_a_second_run_waits_until_the_first_has_ended(db: Database, world: World) -> None:
    round_id = await ranked_round(world, {0: ["turning"]})
    await running.request_run(world.coordinator_centre, round_id)
    with pytest.raises(Exception, match="matching_run_one_at_a_time"):
        await running.request_run(world.colleague_centre, round_id)


async def test_a_failed_run_says_why_and_can_be_repeated(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = await ranked_round(world, {0: ["turning"]})
    run_id = await running.request_run(world.coordinator_centre, round_id)

    async def broken(*_given: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(running, "freeze", broken)
        await running.perform(run_id)
    failed = await queries.run_of(world.coordinator_centre, run_id)
    assert (failed["state"], failed["error"]) == ("failed", "OSError: the disk is full")
    await running.repeat_run(world.coordinator_centre, run_id)
    await running.perform(run_id)
    assert (await queries.run_of(world.coordinator_centre, run_id))["state"] == "done"


async def test_two_edits_of_one_round_and_the_second_sees_the_first(
    db: Database, world: World
) -> None:
    round_id = await actions.create_round(world.coordinator_centre, draft())
    answers = await asyncio.gather(
        actions.change_round(world.coordinator_centre, round_id, 1, draft("One")),
        actions.change_round(world.colleague_centre, round_id, 1, draft("Two")),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "str"]


@pytest.mark.parametrize("state", ROUND_STATES)
@pytest.mark.parametrize("name", ["open", "close", "reopen"])
async def test_every_cell_of_the_table_of_states(
    db: Database, world: World, state: str, name: str
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update placement_round set state = $2 where id = $1", round_id, state
        )
    step = find(ROUND_TRANSITIONS, name, state)
    if step is None:
        with pytest.raises(Conflict):
            await actions.move_round(world.coordinator_centre, round_id, name)
    else:
        await actions.move_round(world.coordinator_centre, round_id, name, "All lists are in")
        assert (await queries.round_of(world.coordinator_centre, round_id))["state"] == step.target


async def test_dates_that_the_posts_do_not_cover_are_refused_and_a_post_in_a_round_stays_published(
    db: Database, world: World
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    longer = msgspec.structs.replace(draft(), ends=ENDS + timedelta(days=1))
    version = (await queries.round_of(world.coordinator_centre, round_id))["version"]
    with pytest.raises(Refusal):
        await actions.change_round(world.coordinator_centre, round_id, version, longer)
    await posts.move_post(world.hr_precision, world.posts["turning"], "close")
    with pytest.raises(Refusal):
        await posts.move_post(world.hr_precision, world.posts["turning"], "reopen")
