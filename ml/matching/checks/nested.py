"""An independent look at an outcome under any tree of caps; NumPy alone, shares no code with the
kernels.

Every count is taken per row and compared, never reduced inside a compiled loop: numba 0.68 was seen
to return 0 from a scalar reduction in a parallel loop, and an auditor that always says "none" is
worse than none.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml.matching.model import HIGHEST, NO_CUTOFF
from ml.matching.nested import KEY_SHIFT, NODE, NestedMarket, NestedOutcome

MOST_TOLD = 50


def audit_nested(market: NestedMarket, outcome: NestedOutcome) -> list[str]:
    """Everything that is wrong, as sentences (at most MOST_TOLD of each kind); an empty list is a
    clean bill.

    Checks: every place is on its student's list; no cap is overfull and the counts are right; the
    cutoffs are the weakest keys held; nobody and no node would rather have each other (no blocking
    pair); the cutoffs alone give the result; no two students share a key under a root among those
    that matter. O(edges · depth) time.
    """
    found = _places(market, outcome)
    if found:
        return found
    count, weakest, ties = _held(market, outcome)
    return [
        *_say(
            count > market.capacity,
            lambda v: f"node {v}: {count[v]} of {market.capacity[v]} places",
        ),
        *_say(
            count != outcome.count,
            lambda v: f"node {v}: count {outcome.count[v]} instead of {count[v]}",
        ),
        *_cutoffs(market, outcome, count, weakest),
        *_say(ties, lambda v: f"node {v}: two students hold the same key under this root"),
        *_blocking(market, outcome, count, weakest),
        *_recomputed(market, outcome),
    ]


def _say(wrong: NDArray[np.bool_], sentence: Callable[[int], str]) -> list[str]:
    return [sentence(int(at)) for at in np.flatnonzero(wrong)[:MOST_TOLD]]


def _places(market: NestedMarket, outcome: NestedOutcome) -> list[str]:
    n = market.students
    if (
        len(outcome.choice) != n
        or len(outcome.node) != n
        or len(outcome.count) != len(market.parent)
    ):
        return ["the outcome is not of this market's size"]
    if len(outcome.cutoff) != len(market.parent):
        return ["the outcome is not of this market's size"]
    lengths = np.diff(market.indptr)
    inside = (outcome.choice >= 0) & (outcome.choice < lengths)
    own = np.full(n, -1, np.int64)
    at = np.flatnonzero(inside)
    own[at] = (market.wish[market.indptr[at] + outcome.choice[at]] & NODE).astype(np.int64)
    wrong = (own != outcome.node) | (~inside & (outcome.choice != -1))
    said = _say(wrong, lambda s: f"student {s}: the place is not at that position of the list")
    looked = int(np.where(inside, outcome.choice + 1, lengths).sum())
    return said + (
        [f"{outcome.proposals} proposals instead of {looked}"]
        if looked != outcome.proposals and not said
        else []
    )


def _held(
    market: NestedMarket, outcome: NestedOutcome
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """(count, weakest key, whether two share a key) of every node, by walking every placed
    student's path up."""
    placed = np.flatnonzero(outcome.choice >= 0)
    key = (market.wish[market.indptr[placed] + outcome.choice[placed]] >> KEY_SHIFT).astype(
        np.int64
    )
    node = outcome.node[placed].astype(np.int64)
    count = np.zeros(len(market.parent), np.int64)
    weakest = np.full(len(market.parent), HIGHEST, np.int64)
    going = key
    while len(node):
        count += np.bincount(node, minlength=len(count))
        np.minimum.at(weakest, node, going)
        above = market.parent[node].astype(np.int64)
        node, going = above[above >= 0], going[above >= 0]
    ties = np.zeros(len(market.parent), bool)
    root = _root(market)[outcome.node[placed]]
    order = np.lexsort((key, root))
    same = (np.diff(root[order]) == 0) & (np.diff(key[order]) == 0)
    ties[root[order][1:][same]] = True
    return count, weakest, ties


def _root(market: NestedMarket) -> NDArray[np.int64]:
    root = np.arange(len(market.parent))
    while True:
        above = market.parent[root]
        if (above < 0).all():
            return root
        root = np.where(above < 0, root, above)


def _cutoffs(
    market: NestedMarket,
    outcome: NestedOutcome,
    count: NDArray[np.int64],
    weakest: NDArray[np.int64],
) -> list[str]:
    expected = np.where(count >= market.capacity, weakest, NO_CUTOFF)
    return _say(
        expected != outcome.cutoff,
        lambda v: f"node {v}: cutoff {outcome.cutoff[v]} instead of {expected[v]}",
    )


def preferred(market: NestedMarket, choice: NDArray[np.int32]) -> NDArray[np.int64]:
    """Edges that their students like better than what `choice` [students] gives them; all edges of
    the unplaced."""
    upto = np.where(choice >= 0, choice, np.diff(market.indptr)).astype(np.int64)
    first = np.repeat(market.indptr[:-1] - (np.cumsum(upto) - upto), upto)
    return first + np.arange(len(first))


def _blocking(
    market: NestedMarket,
    outcome: NestedOutcome,
    count: NDArray[np.int64],
    weakest: NDArray[np.int64],
) -> list[str]:
    edges = preferred(market, outcome.choice)
    wish = market.wish[edges]
    node = (wish & NODE).astype(np.int64)
    key = (wish >> KEY_SHIFT).astype(np.int64)
    blocks = np.ones(len(edges), bool)
    looking = np.arange(len(edges))
    while len(looking):
        full = count[node] >= market.capacity[node]
        here = looking[full]
        blocks[here] = (market.capacity[node[full]] > 0) & (key[here] > weakest[node[full]])
        looking, node = looking[~full], market.parent[node[~full]].astype(np.int64)
        looking, node = looking[node >= 0], node[node >= 0]
    blocking = edges[blocks][:MOST_TOLD]
    owner = np.searchsorted(market.indptr, blocking, side="right") - 1
    return [
        f"student {s} and node {v} block"
        for s, v in zip(owner.tolist(), (market.wish[blocking] & NODE).tolist(), strict=True)
    ]


def _recomputed(market: NestedMarket, outcome: NestedOutcome) -> list[str]:
    """The first wish whose key reaches the cutoff of its smallest full cap is the result."""
    bar = outcome.cutoff.copy()
    node = market.parent.astype(np.int64)
    while (open_ := (bar == NO_CUTOFF) & (node >= 0)).any():
        bar[open_] = outcome.cutoff[node[open_]]
        node[open_] = market.parent[node[open_]]
    choice = first_reached(market, bar)
    wrong = choice != outcome.choice
    return _say(
        wrong,
        lambda s: (
            f"student {s}: the cutoffs give choice {choice[s]}, the outcome {outcome.choice[s]}"
        ),
    )


def first_reached(market: NestedMarket, bar: NDArray[np.int64]) -> NDArray[np.int32]:
    """[students] the first position of each list whose key reaches the node's bar, −1 for none."""
    at, ends = market.indptr[:-1].copy(), market.indptr[1:]
    choice = np.full(market.students, -1, np.int32)
    going = np.flatnonzero(at < ends)
    while len(going):
        wish = market.wish[at[going]]
        reached = (wish >> KEY_SHIFT).astype(np.int64) >= bar[(wish & NODE).astype(np.int64)]
        done = going[reached]
        choice[done] = at[done] - market.indptr[done]
        going = going[~reached]
        at[going] += 1
        going = going[at[going] < ends[going]]
    return choice
