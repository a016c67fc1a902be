"""From frozen inputs to an outcome and a reason for every student: pure, between `regulation` and `ml.matching`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.placements.feasibility import Offer
from alliance.placements.model import Choice, Reason
from alliance.placements.scoring import Parts, Weights, keys, kilometres, specialty_fit, weigh
from alliance.regulation import rules_of_mask
from ml.matching import HIGHEST, NO_CUTOFF, Market, Refusals, audit, explain, lottery, nested, solve, solve_nested
from ml.matching import Outcome as Matching
from ml.matching.reasons import binding

MOST_CAPS = 20
"""For so many of the caps that refused most, one more seat is tried by running again."""


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run depends on, read in one transaction."""

    round: dict[str, Any]
    students: tuple[dict[str, Any], ...]
    offer: Offer
    wishes: tuple[list[UUID], ...]
    """[students] post ids, best first."""
    links: Mapping[tuple[str, str], float]
    lifted: tuple[frozenset[str], ...]
    """[students] rules that filings for the student lift."""
    host_scores: Mapping[tuple[UUID, UUID], float]
    """(student, host) → 0 to 100."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine found, and what it was given."""

    market: Market
    matching: Matching
    refusals: Refusals
    parts: Parts
    figures: dict[str, Any]


class UnstableError(RuntimeError):
    """The independent audit contradicts the engine: nothing of such a run may be shown."""


def score_parts(inputs: Inputs) -> Parts:
    """Points of every student at every host of the round, by criterion."""
    students, offer, row = inputs.students, inputs.offer, inputs.round
    fit = np.zeros((len(students), len(offer.hosts)))
    distance = np.full_like(fit, np.nan)
    given = np.full_like(fit, np.nan)
    specialties = sorted({student["specialty"] for student in students})
    by_specialty = {code: np.zeros(len(offer.hosts)) for code in specialties}
    sites: list[tuple[float, float] | None] = [None] * len(offer.hosts)
    for index, post in enumerate(offer.posts):
        host = int(offer.host_of[index])
        sites[host] = (post["longitude"], post["latitude"])
        for code, best in by_specialty.items():
            best[host] = max(best[host], specialty_fit(code, post["occupation"], frozenset(post["wanted"]), inputs.links))
    ways: dict[tuple[float, float], list[float]] = {}
    for at, student in enumerate(students):
        fit[at] = by_specialty[student["specialty"]]
        if student["longitude"] is not None:
            home = (student["longitude"], student["latitude"])
            if home not in ways:
                ways[home] = [np.nan if (km := kilometres(home, site)) is None else km for site in sites]
            distance[at] = ways[home]
        for host, host_id in enumerate(offer.hosts):
            if (score := inputs.host_scores.get((student["id"], host_id))) is not None:
                given[at, host] = score
    grades = np.array([np.nan if s["grade"] is None else float(s["grade"]) for s in students])
    weights = Weights(row["weight_specialty"], row["weight_grade"], row["weight_distance"], row["weight_host"])
    return weigh(weights, fit, grades, distance, given)


def match(inputs: Inputs, masks: NDArray[np.uint64]) -> Outcome:
    """Student-proposing deferred acceptance over the lawful pairs (MATCHING.md §5), audited before it is returned.

    `masks` [students × posts]: a pair with any bit set is left out. Raises UnstableError when the audit disagrees.
    """
    offer = inputs.offer
    parts = score_parts(inputs)
    standing = keys(parts.tenths, lottery(inputs.round["seed"], [student["pseudonym"] for student in inputs.students]))
    indptr, posts, key = [0], [], []
    for at, wishes in enumerate(inputs.wishes):
        for post_id in wishes:
            post = offer.position.get(post_id)
            if post is not None and masks[at, post] == 0:
                posts.append(post)
                key.append(standing[at, offer.host_of[post]])
        indptr.append(len(posts))
    market = Market(
        indptr=np.array(indptr, np.int64),
        post=np.array(posts, np.int32),
        key=np.array(key, np.int64),
        host_of=offer.host_of,
        post_capacity=offer.post_capacity,
        host_capacity=offer.host_capacity,
    )
    matching = solve(market)
    if broken := audit(market, matching):
        raise UnstableError("; ".join(broken[:5]))
    refusals = explain(market, matching)
    return Outcome(
        market=market, matching=matching, refusals=refusals, parts=parts,
        figures=_figures(inputs, masks, market, matching, refusals),
    )  # fmt: skip


def proposals_of(inputs: Inputs, masks: NDArray[np.uint64], outcome: Outcome) -> list[dict[str, Any]]:
    """One row per student: post, rank on the student's own list, score at the host, and the reason."""
    places = len(inputs.students)
    rows = []
    for at, student in enumerate(inputs.students):
        choices = _choices(inputs, masks, outcome, at, places)
        taken = next((choice for choice in choices if choice.became == "taken"), None)
        parts = {}
        if taken is not None:
            host = int(inputs.offer.host_of[inputs.offer.position[taken.post]])
            parts = {
                name: round(float(getattr(outcome.parts, name)[at, host]), 1) for name in ("specialty", "grade", "distance", "host")
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


def _choices(inputs: Inputs, masks: NDArray[np.uint64], outcome: Outcome, at: int, places: int) -> list[Choice]:
    market, matching = outcome.market, outcome.matching
    edge, result = int(market.indptr[at]), int(matching.post[at])
    choices, settled = [], False
    for rank, post_id in enumerate(inputs.wishes[at], 1):
        if (post := inputs.offer.position.get(post_id)) is None:
            continue
        if masks[at, post]:
            choices.append(Choice(post=post_id, rank=rank, became="barred", rules=tuple(rules_of_mask(int(masks[at, post])))))
            continue
        own = float(outcome.parts.tenths[at, inputs.offer.host_of[post]]) / 10
        if settled:
            choices.append(Choice(post=post_id, rank=rank, became="unused", own=own))
        elif post == result:
            settled = True
            choices.append(Choice(post=post_id, rank=rank, became="taken", own=own, cutoff=_cutoff_of(outcome, post, places)))
        else:
            cutoff = int(outcome.refusals.cutoff[edge])
            lowest = _score_of(cutoff, places)
            choices.append(
                Choice(
                    post=post_id,
                    rank=rank,
                    became="full",
                    own=own,
                    cutoff=lowest,
                    tie=lowest == own,
                    level="host" if outcome.refusals.level[edge] == 1 else "post",
                )
            )
        edge += 1
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


def _figures(inputs: Inputs, masks: NDArray[np.uint64], market: Market, matching: Matching, refusals: Refusals) -> dict[str, Any]:
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
        "pairs": int(masks.size),
        "lawful_pairs": int((masks == 0).sum()),
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
