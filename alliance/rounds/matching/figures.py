"""What a run tells of its caps: how full each is, how many it refused, what one more seat would do.
Pure."""

from __future__ import annotations

from typing import Any

import numpy as np

from alliance.rounds.matching.feasibility import Kind
from alliance.rounds.matching.seasons import Solved
from alliance.rounds.matching.wishes import Inputs, Wishes
from ml.matching import Market, Refusals, solve_nested
from ml.matching import Outcome as Matching
from ml.matching.reasons import binding


def worth_of(
    inputs: Inputs, solved: Solved, shut: frozenset[int]
) -> tuple[dict[int, tuple[int, int]], bool]:
    """By node what one more seat would do (students placed in addition, students who are better
    off), for the caps that refused most; and whether the outcome that it was added to is the one
    that is shown.

    A seat is tried by running from the lists, so it is compared with what those give: after vacancy
    chains a few students hold other places than that. Closed posts are left out: a seat there would
    open them again, below their group or against a limit.
    """
    tree = solved.tree
    plain = solve_nested(tree)
    closed = shut | {
        inputs.offer.position[post]
        for post, seats in inputs.changes.limits.items()
        if seats == 0 and post in inputs.offer.position
    }
    # nodes of the tree are first the posts, then the hosts
    found = {
        one.node: (one.more, one.better)
        for one in binding(tree, plain, MOST_CAPS)
        if one.node not in closed
    }
    return found, bool(np.array_equal(plain.choice, solved.outcome.choice))


def figures_of(
    inputs: Inputs,
    wishes: Wishes,
    market: Market,
    matching: Matching,
    refusals: Refusals,
    worth: dict[int, tuple[int, int]],
) -> dict[str, Any]:
    """Counts for the workbench: pairs, ranks, how full every cap is, how many it refused and what a
    seat there is worth.

    `capacity` is what the run was solved with, after limits, kept places and closed groups, so that
    a later run can go on from it; `lawful` is what the law and the enterprise allow.
    """
    offer = inputs.offer
    refused_by_post = np.zeros(len(offer.posts), np.int64)
    refused_by_host = np.zeros(len(offer.hosts), np.int64)
    at_posts = market.post[refusals.level == 0]
    full = matching.group_count >= market.group_capacity
    at_kind = offer.kind_of[at_posts]
    # full together where the post itself has room
    by_kind = (at_kind >= 0) & (matching.post_count < market.post_capacity)[at_posts]
    by_kind[by_kind] = full[at_kind[by_kind]]
    np.add.at(refused_by_post, at_posts[~by_kind], 1)
    refused_by_kind = np.bincount(at_kind[by_kind], minlength=len(offer.kinds))
    np.add.at(refused_by_host, offer.host_of[market.post[refusals.level == 1]], 1)
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
                    "level": "host",
                    "id": str(host),
                    "capacity": int(market.host_capacity[i]),
                    "lawful": int(offer.host_capacity[i]),
                    "used": int(matching.host_count[i]),
                    "refused": int(refused_by_host[i]),
                    "worth": worth.get(len(offer.posts) + i),
                }
                for i, host in enumerate(offer.hosts)
            ),
            *(
                {
                    "level": "kind",
                    "id": kind_id(kind),
                    "capacity": int(market.group_capacity[i]),
                    "lawful": int(offer.kind_capacity[i]),
                    "used": int(matching.group_count[i]),
                    "refused": int(refused_by_kind[i]),
                    "worth": worth.get(len(offer.posts) + len(offer.hosts) + i),
                }
                for i, kind in enumerate(offer.kinds)
            ),
            *(
                {
                    "level": "post",
                    "id": str(post["id"]),
                    "capacity": int(market.post_capacity[i]),
                    "lawful": int(offer.post_capacity[i]),
                    "places": int(post["head_count"]),
                    "used": int(matching.post_count[i]),
                    "refused": int(refused_by_post[i]),
                    "worth": worth.get(i),
                }
                for i, post in enumerate(offer.posts)
            ),
        ],
    }


UNBOUND = 2**30
"""The cap of a kind of work in a run that was made before it was narrower than its posts."""


def kind_id(kind: Kind) -> str:
    """A kind of work in what is kept of a run: "host occupation"."""
    return f"{kind[0]} {kind[1]}"


MOST_CAPS = 20
"""For so many of the caps that refused most, one more seat is tried by running again."""
