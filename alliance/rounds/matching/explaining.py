"""From frozen inputs to an outcome and a reason for every student: pure, between `regulation` and
`ml.matching`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.kit.asking.ids import PostId, StudentId
from alliance.regulation import rules_of_mask
from alliance.rounds.matching.seasons import Changes
from alliance.rounds.matching.solving import KEPT, OPEN, REFUSED, WITHDRAWN, Outcome
from alliance.rounds.matching.wishes import Inputs
from alliance.rounds.model import Choice, Reason
from ml.matching import HIGHEST, NO_CUTOFF


def proposals_of(inputs: Inputs, outcome: Outcome) -> list[dict[str, Any]]:
    """One row per student: post, rank on the student's own list, score at the host, and the
    reason."""
    rows = []
    tenths = outcome.parts.tenths
    for at, student in enumerate(inputs.students):
        first, last = int(outcome.wishes.indptr[at]), int(outcome.wishes.indptr[at + 1])
        kept = inputs.changes.locked.get(student["id"])
        choices = _choices(inputs, outcome, tenths, at, kept)
        place = next((i for i, choice in enumerate(choices) if choice.became == "taken"), None)
        taken = None if place is None else choices[place]
        parts = {}
        if place is not None:
            parts = {
                name: round(float(getattr(outcome.parts, name)[first:last][place]), 1)
                for name in ("specialty", "grade", "distance", "host")
            }
        score = taken.own if taken else None
        told = _outcome(inputs.changes, student["id"], choices)
        rows.append(
            {
                "student": student["id"],
                "post": taken.post if taken else kept,
                "rank": taken.rank if taken else None,
                "score": score,
                "reason": Reason(outcome=told, choices=tuple(choices), parts=parts, score=score),
            }
        )
    return rows


def _choices(
    inputs: Inputs, outcome: Outcome, tenths: NDArray[np.int64], at: int, kept: UUID | None
) -> list[Choice]:
    wishes, result, places = outcome.wishes, int(outcome.matching.post[at]), len(inputs.students)
    if kept is not None:
        result = inputs.offer.position.get(kept, -1)
    choices, settled = [], False
    for wish in range(int(wishes.indptr[at]), int(wishes.indptr[at + 1])):
        post, rank, mask, change = (
            int(wishes.post[wish]),
            int(wishes.rank[wish]),
            int(wishes.mask[wish]),
            int(outcome.change[wish]),
        )
        post_id, own = inputs.offer.posts[post]["id"], float(tenths[wish]) / 10
        if mask:
            choices.append(
                Choice(post=post_id, rank=rank, became="barred", rules=tuple(rules_of_mask(mask)))
            )
        elif change == REFUSED:
            choices.append(Choice(post=post_id, rank=rank, became="refused", own=own))
        elif post == result and change != WITHDRAWN:
            settled = True
            cutoff = None if change == KEPT else _cutoff_of(outcome, post, places)
            choices.append(Choice(post=post_id, rank=rank, became="taken", own=own, cutoff=cutoff))
        elif settled or change != OPEN:
            choices.append(
                Choice(post=post_id, rank=rank, became="unused", own=own, untried=not settled)
            )
        elif (
            (closed := inputs.offer.posts[post]["state"] != "published")
            or post in outcome.shut
            or inputs.changes.limits.get(post_id) == 0
        ):
            limited = not closed and inputs.changes.limits.get(post_id) == 0
            choices.append(
                Choice(
                    post=post_id,
                    rank=rank,
                    became="shut",
                    own=own,
                    limited=limited,
                    closed=closed,
                )
            )
        else:
            choices.append(_full(outcome, int(outcome.edge[wish]), post_id, rank, own, places))
    return choices


def _full(outcome: Outcome, edge: int, post: PostId, rank: int, own: float, places: int) -> Choice:
    lowest = score_of(int(outcome.refusals.cutoff[edge]), places)
    return Choice(
        post=post,
        rank=rank,
        became="full",
        own=own,
        cutoff=lowest,
        tie=lowest == own,
        level=_level(outcome, edge),
        floor=lowest is not None and lowest < own,
    )


def _level(outcome: Outcome, edge: int) -> Literal["post", "host", "kind"]:
    """Whose cap refused a wish; of a kind of work where the post itself has room (as `figures`
    counts it)."""
    if outcome.refusals.level[edge] == 1:
        return "host"
    post = int(outcome.market.post[edge])
    room = outcome.matching.post_count[post] < outcome.market.post_capacity[post]
    return "kind" if room else "post"


def _cutoff_of(outcome: Outcome, post: int, places: int) -> float | None:
    """The lowest score that got a place where the student got one: the stricter of the full caps,
    if any is full."""
    host = int(outcome.market.host_of[post])
    found = max(int(outcome.matching.post_cutoff[post]), int(outcome.matching.host_cutoff[host]))
    return score_of(found, places)


class Settled(msgspec.Struct, frozen=True):
    """What became of a post's places between the run and today."""

    then: int
    """Places for this round when the run was made, after limits and places kept."""
    now: int
    """As many of them as are left: fewer where the enterprise or other schools took some since."""
    cut: bool
    """The enterprise offers fewer places than then."""
    held: int
    """Students who come there by what is decided."""
    given: int
    """Those of them whom a decision brought there instead of the run."""


def after_decisions(reason: Reason, settled: Mapping[UUID, Settled]) -> Reason:
    """The reason with what decisions and the enterprise did to the full posts since the run."""
    choices = tuple(
        choice
        if choice.became != "full"
        or choice.level != "post"
        or (post := settled.get(choice.post)) is None
        else msgspec.structs.replace(
            choice,
            given=post.given,
            freed=not post.given and post.held < post.now,
            cut=not post.given and post.now <= post.held < post.then and post.cut,
            others=not post.given and post.now <= post.held < post.then and not post.cut,
        )
        for choice in reason.choices
    )
    return msgspec.structs.replace(reason, choices=choices)


class Left(msgspec.Struct, frozen=True):
    """What a post has today for whoever comes new."""

    places: int
    """As the enterprise offers."""
    free: int
    """Less the interns of other schools and rounds on the fullest day."""


def settle(
    decided: Sequence[tuple[UUID | None, UUID | None]],
    caps: Sequence[Mapping[str, Any]],
    left: Mapping[UUID, Left],
) -> dict[UUID, Settled]:
    """What became of each post: from (proposed, decided) posts of all students, the caps of the run
    (`figures`) and what is left today.

    Free places are compared with free places; a run of before kept no places of the enterprise, so
    that only fewer of them than were free then are known to be its doing.
    """
    then = {UUID(cap["id"]): cap for cap in caps if cap["level"] == "post"}
    held = Counter(post for _proposed, post in decided if post is not None)
    given = Counter(post for proposed, post in decided if post is not None and post != proposed)
    found = {}
    for post, today in left.items():
        if post not in then:
            continue
        capacity = int(then[post]["capacity"])
        lawful = int(then[post].get("lawful", capacity))
        found[post] = Settled(
            then=capacity,
            now=max(0, capacity - max(0, lawful - today.free)),
            cut=today.places < int(then[post].get("places", lawful)),
            held=held[post],
            given=given[post],
        )
    return found


def score_of(key: int, places: int) -> float | None:
    """The score inside a key (`scoring.keys`); None for no cutoff and for a cap of zero."""
    return None if key in (NO_CUTOFF, HIGHEST) else key // (places + 1) / 10


def _outcome(changes: Changes, student: StudentId, choices: list[Choice]) -> Any:
    settled = {"withdrawn": changes.withdrawn, "decided": changes.without, "kept": changes.locked}
    if told := next((told for told, students in settled.items() if student in students), None):
        return told
    if any(choice.became == "taken" for choice in choices):
        return "placed"
    if not choices:
        return "no_list"
    # of several reasons the one that is nearest to a place is told; the others stand post by post
    return next(
        (
            told
            for told in ("full", "shut", "refused")
            if any(choice.became == told for choice in choices)
        ),
        "barred",
    )
