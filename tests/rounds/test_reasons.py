"""What a student reads as the reason is what happened: decisions, places taken back, scores that came too late."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import speaking
from alliance.kit.problems import Conflict
from alliance.rounds import blind, deciding, publishing, queries, tasks, workbench
from alliance.rounds.matching.explaining import Left, after_decisions, settle
from alliance.rounds.model import Choice, Reason
from alliance.rounds.students import own
from tests.rounds.rounds import ranked_round, run
from tests.world import World


async def wanted_by_nine(world: World) -> UUID:
    """Nine students want the six places of one post only; it was run."""
    round_id = await ranked_round(world, {index: ["turning"] for index in range(9)})
    await run(world.coordinator_centre, round_id)
    return round_id


async def read(world: World, round_id: UUID, student: int) -> tuple[Any, str]:
    """The first choice and its sentence as the student reads them after publishing."""
    who = world.students[student]
    result = await own.result_of(world.coordinator_centre, round_id, who)
    assert result is not None
    choice = result["reason"].choices[0]
    posts = await queries.post_names(world.coordinator_centre, round_id)
    with speaking("en"):
        return choice, workbench.choice_sentence(choice, posts)


async def test_a_place_that_went_by_decision_is_not_said_to_have_gone_to_a_better_rank(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await wanted_by_nine(world)
    rows = await queries.proposals(coordinator, vault, round_id)
    placed = [world.students.index(row["student"]) for row in rows if row["post"] is not None]
    full = [index for index in range(9) if index not in placed]
    await deciding.override(
        coordinator, round_id, world.students[placed[0]], world.posts["milling"], "asked for it"
    )
    await deciding.override(
        coordinator, round_id, world.students[full[0]], world.posts["turning"], "close to home"
    )
    row = await queries.round_of(coordinator, round_id)
    bench = await workbench.workbench(coordinator, vault, row)
    other = next(p for p in bench["proposals"] if p["student"] == world.students[full[1]])
    assert other["reason"].choices[0].given == 1
    await deciding.accept(coordinator, round_id)
    await publishing.publish(coordinator, round_id)
    choice, words = await read(world, round_id, full[1])
    assert choice.given == 1
    assert "1 was given by the coordinator's decision" in words
    assert "points were missing" not in words


async def test_places_that_the_host_took_back_are_named_as_the_reason(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await wanted_by_nine(world)
    rows = await queries.proposals(coordinator, vault, round_id)
    placed = next(row["student"] for row in rows if row["post"] is not None)
    full = next(
        index
        for index in range(9)
        if next(row for row in rows if row["student"] == world.students[index])["post"] is None
    )
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update post set head_count = 5 where id = $1", world.posts["turning"]
        )
    await deciding.override(coordinator, round_id, placed, None, "the host has five places only")
    await deciding.accept(coordinator, round_id)
    await publishing.publish(coordinator, round_id)
    choice, words = await read(world, round_id, full)
    assert (choice.cut, choice.given) == (True, 0)
    assert "The enterprise took back places" in words


def _full(level: str = "post") -> Reason:
    post = UUID(int=1)
    choice = Choice(post=post, rank=1, became="full", own=60.0, cutoff=70.0, level=level)  # type: ignore[arg-type]  # of the cases
    return Reason(outcome="full", choices=(choice,))


@pytest.mark.parametrize(
    ("case", "then", "left", "decided", "told"),
    [
        # six places of the enterprise, two of them filled by another school before the run
        ("nothing happened", (4, 4, 6), (6, 4), [(True, True)] * 4, "standing"),
        ("cut before the run", (3, 3, 5), (5, 3), [(True, True)] * 3, "standing"),
        ("cut after the run", (4, 4, 6), (5, 3), [(True, True)] * 3 + [(True, False)], "cut"),
        ("others came after the run", (4, 4, 6), (6, 3), [(True, True)] * 3 + [(True, False)], "others"),
        ("one was decided away", (4, 4, 6), (6, 4), [(True, True)] * 3 + [(True, False)], "freed"),
        ("given to another", (4, 4, 6), (6, 4), [(True, True)] * 3 + [(True, False), (False, True)], "given"),
        ("limited by the school to two", (2, 4, 6), (6, 4), [(True, True)] * 2, "standing"),
        ("cut, and still one free", (4, 4, 6), (5, 3), [(True, True)] * 2 + [(True, False)] * 2, "freed"),
    ],
)  # fmt: skip
def test_a_full_post_has_the_reason_that_happened(
    case: str,
    then: tuple[int, int, int],
    left: tuple[int, int],
    decided: list[tuple[bool, bool]],
    told: str,
) -> None:
    post = UUID(int=1)
    names = ("capacity", "lawful", "places")
    cap = {"level": "post", "id": str(post), **dict(zip(names, then, strict=True))}
    moves = [(post if was else None, post if now else None) for was, now in decided]
    settled = settle(moves, [cap], {post: Left(*left)})
    (choice,) = after_decisions(_full(), settled).choices
    assert workbench.cause(choice) == told, case
    # what an enterprise or a kind of work refused, no place of the post explains
    for level in ("host", "kind"):
        (choice,) = after_decisions(_full(level), settled).choices
        assert workbench.cause(choice) == "standing", case
        with speaking("en"):
            assert "cap)" in workbench.choice_sentence(choice, {})


async def test_scores_count_until_the_matching_runs_and_are_refused_afterwards(
    db: Database, world: World
) -> None:
    hr, coordinator = world.hr_precision, world.coordinator_centre
    round_id = await ranked_round(world, {0: ["turning"], 1: ["turning"]})
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "update placement_round set weight_host = 20, weight_distance = 0 where id = $1",
            round_id,
        )
    assert await blind.give_scores(hr, round_id, {world.students[0]: Decimal(80)}) == 1
    async with db.reading(hr):
        assert [task.count for task in await tasks.for_hr(hr)] == [1]
    await run(coordinator, round_id)
    with pytest.raises(Conflict, match=r"do not count|不计入"):
        await blind.give_scores(hr, round_id, {world.students[1]: Decimal(90)})
    async with db.reading(hr):
        assert [task.count for task in await tasks.for_hr(hr)] == [0]
    assert [row["counts"] for row in await queries.scoring_rounds(hr)] == [False]
