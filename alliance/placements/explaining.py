"""From frozen inputs to an outcome and a reason for every student: pure, between `regulation` and `ml.matching`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.placements.model import Choice, Reason
from alliance.placements.scoring import Parts, keys
from alliance.placements.wishes import Inputs, Wishes, judged_wishes, points
from alliance.regulation import rules_of_mask
from ml.matching import HIGHEST, NO_CUTOFF, Market, Refusals, audit, explain, lottery, nested, solve, solve_nested
from ml.matching import Outcome as Matching
from ml.matching.reasons import binding

MOST_CAPS = 20
"""For so many of the caps that refused most, one more seat is tried by running again."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine found, and what it was given."""

    market: Market
    matching: Matching
    refusals: Refusals
    wishes: Wishes
    parts: Parts
    """[wishes]"""
    edge: NDArray[np.int64]
    """[wishes] the wish's place in the market; -1 where a rule excludes it."""
    figures: dict[str, Any]


class UnstableError(RuntimeError):
    """The independent audit contradicts the engine: nothing of such a run may be shown."""


def match(inputs: Inputs) -> Outcome:
    """Student-proposing deferred acceptance over the lawful wishes (MATCHING.md §5), audited before it is returned.

    Raises UnstableError when the audit disagrees.
    """
    offer, wishes = inputs.offer, judged_wishes(inputs)
    parts = points(inputs, wishes)
    draw = lottery(inputs.round["seed"], [student["pseudonym"] for student in inputs.students])
    lawful = wishes.mask == 0
    edge = np.where(lawful, np.cumsum(lawful) - 1, -1)
    counts = np.bincount(wishes.student[lawful], minlength=len(inputs.students))
    market = Market(
        indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        post=wishes.post[lawful],
        key=keys(parts.tenths, draw[wishes.student], len(draw))[lawful],
        host_of=offer.host_of,
        post_capacity=offer.post_capacity,
        host_capacity=offer.host_capacity,
    )
    matching = solve(market)
    if broken := audit(market, matching):
        raise UnstableError("; ".join(broken[:5]))
    refusals = explain(market, matching)
    return Outcome(
        market=market, matching=matching, refusals=refusals, wishes=wishes, parts=parts, edge=edge,
        figures=_figures(inputs, wishes, market, matching, refusals),
    )  # fmt: skip


def proposals_of(inputs: Inputs, outcome: Outcome) -> list[dict[str, Any]]:
    """One row per student: post, rank on the student's own list, score at the host, and the reason."""
    rows = []
    tenths = outcome.parts.tenths
    for at, student in enumerate(inputs.students):
        first, last = int(outcome.wishes.indptr[at]), int(outcome.wishes.indptr[at + 1])
        choices = _choices(inputs, outcome, tenths, at)
        place = next((i for i, choice in enumerate(choices) if choice.became == "taken"), None)
        taken = None if place is None else choices[place]
        parts = {}
        if place is not None:
            parts = {
                name: round(float(getattr(outcome.parts, name)[first:last][place]), 1)
                for name in ("specialty", "grade", "distance", "host")
            }
        reason = Reason(outcome=_outcome(choices), choices=tuple(choices), parts=parts, score=taken.own if taken else None)
        rows.append(
            {
                "student": student["id"],
                "post": taken.post if taken else None,
                "rank": taken.rank if taken else None,
                "score": taken.own if taken else None,
                "reason": reason,
            }
        )
    return rows


def _choices(inputs: Inputs, outcome: Outcome, tenths: NDArray[np.int64], at: int) -> list[Choice]:
    wishes, result, places = outcome.wishes, int(outcome.matching.post[at]), len(inputs.students)
    choices, settled = [], False
    for wish in range(int(wishes.indptr[at]), int(wishes.indptr[at + 1])):
        post, rank, mask = int(wishes.post[wish]), int(wishes.rank[wish]), int(wishes.mask[wish])
        post_id, own = inputs.offer.posts[post]["id"], float(tenths[wish]) / 10
        if mask:
            choices.append(Choice(post=post_id, rank=rank, became="barred", rules=tuple(rules_of_mask(mask))))
        elif settled:
            choices.append(Choice(post=post_id, rank=rank, became="unused", own=own))
        elif post == result:
            settled = True
            choices.append(Choice(post=post_id, rank=rank, became="taken", own=own, cutoff=_cutoff_of(outcome, post, places)))
        else:
            edge = int(outcome.edge[wish])
            lowest = _score_of(int(outcome.refusals.cutoff[edge]), places)
            level: Literal["host", "post"] = "host" if outcome.refusals.level[edge] == 1 else "post"
            choices.append(Choice(post=post_id, rank=rank, became="full", own=own, cutoff=lowest, tie=lowest == own, level=level))
    return choices


def _cutoff_of(outcome: Outcome, post: int, places: int) -> float | None:
    """The lowest score that got a place where the student got one: the stricter of the full caps, if any is full."""
    host = int(outcome.market.host_of[post])
    found = max(int(outcome.matching.post_cutoff[post]), int(outcome.matching.host_cutoff[host]))
    return _score_of(found, places)


def _score_of(key: int, places: int) -> float | None:
    """The score inside a key (`scoring.keys`); None for no cutoff and for a cap of zero."""
    return None if key in (NO_CUTOFF, HIGHEST) else key // (places + 1) / 10


def _outcome(choices: list[Choice]) -> Any:
    if any(choice.became == "taken" for choice in choices):
        return "placed"
    if not choices:
        return "no_list"
    return "full" if any(choice.became == "full" for choice in choices) else "barred"


def _figures(inputs: Inputs, wishes: Wishes, market: Market, matching: Matching, refusals: Refusals) -> dict[str, Any]:
    """Counts for the workbench: pairs, ranks, how full every cap is, how many it refused, and for those that refused most what
    one more seat would do (`worth`: students placed in addition, students who are better off)."""
    offer = inputs.offer
    refused_by_post = np.zeros(len(offer.posts), np.int64)
    refused_by_host = np.zeros(len(offer.hosts), np.int64)
    np.add.at(refused_by_post, market.post[refusals.level == 0], 1)
    np.add.at(refused_by_host, offer.host_of[market.post[refusals.level == 1]], 1)
    # nodes of the tree are first the posts, then the hosts
    tree = nested(market)
    worth = {found.node: (found.more, found.better) for found in binding(tree, solve_nested(tree), MOST_CAPS)}
    ranks: dict[str, int] = {}
    placed = np.flatnonzero(matching.post >= 0)
    for at in placed:
        rank = inputs.wishes[at].index(offer.posts[matching.post[at]]["id"]) + 1
        ranks[str(rank)] = ranks.get(str(rank), 0) + 1
    return {
        "students": len(inputs.students),
        "posts": len(offer.posts),
        "pairs": len(inputs.students) * len(offer.posts),
        "lawful_pairs": wishes.lawful_pairs,
        "proposals": int(matching.proposals),
        "placed": len(placed),
        "ranks": ranks,
        "caps": [
            *(
                {
                    "level": "host", "id": str(host), "capacity": int(offer.host_capacity[i]),
                    "used": int(matching.host_count[i]), "refused": int(refused_by_host[i]),
                    "worth": worth.get(len(offer.posts) + i),
                }
                for i, host in enumerate(offer.hosts)
            ),
            *(
                {
                    "level": "post", "id": str(post["id"]), "capacity": int(offer.post_capacity[i]),
                    "used": int(matching.post_count[i]), "refused": int(refused_by_post[i]), "worth": worth.get(i),
                }
                for i, post in enumerate(offer.posts)
            ),
        ],
    }  # fmt: skip
