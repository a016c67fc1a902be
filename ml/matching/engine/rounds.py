"""Deferred acceptance in rounds over arrays: the plain path, without numba, with identical results.

In every round all students without a place offer themselves to the next wish of their list; every
cap, from the smallest to the largest, keeps its best. Keeping the best at every node from the
leaves upwards is the greedy choice of a laminar matroid, so the rounds end in the same outcome as
proposals one by one (Hatfield, Milgrom 2005; order independence).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.matching.nested import KEY_SHIFT, MOST_KEY, NODE, NestedMarket, levels


def choices_by_rounds(
    market: NestedMarket, begin: NDArray[np.int32] | None = None
) -> NDArray[np.int32]:
    """[students] position of the wish that comes true, −1 for none. `begin` [students] is where
    each list is taken up.

    O(rounds · students log students); the rounds are a few dozen in markets of any size seen so
    far.
    """
    ends = market.indptr[1:]
    at = market.indptr[:-1].copy() if begin is None else market.indptr[:-1] + begin
    holds = np.zeros(market.students, bool)
    tree = levels(market.parent)
    above = ancestors(market.parent, tree)
    bar = np.where(market.capacity == 0, MOST_KEY + 1, 0).astype(np.int64)
    waiting = np.flatnonzero(at < ends)
    while len(waiting):
        waiting = _pass_by(market, at, ends, waiting, _barred(market.parent, tree, bar))
        holds[waiting] = True
        kept = np.flatnonzero(holds)
        refused = []
        for depth in reversed(range(len(tree))):
            kept, out = _keep_best(market, at, kept, above[depth], bar)
            refused.append(out)
        waiting = np.concatenate(refused) if refused else kept[:0]
        holds[waiting] = False
        at[waiting] += 1
        waiting = np.sort(waiting[at[waiting] < ends[waiting]])
    return np.where(holds, at - market.indptr[:-1], -1).astype(np.int32)


def ancestors(parent: NDArray[np.int32], tree: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """By depth: [nodes] the cap of that depth which a node is or lies under, −1 for nodes above
    it."""
    found = []
    for depth, level in enumerate(tree):
        here = np.full(len(parent), -1, np.int64)
        here[level] = level
        for below in tree[depth + 1 :]:
            here[below] = here[parent[below]]
        found.append(here)
    return found


def _barred(
    parent: NDArray[np.int32], tree: list[NDArray[np.int64]], bar: NDArray[np.int64]
) -> NDArray[np.int64]:
    """[nodes] the highest bar on the way up."""
    highest = bar.copy()
    for level in tree[1:]:
        highest[level] = np.maximum(highest[level], highest[parent[level]])
    return highest


def _pass_by(
    market: NestedMarket,
    at: NDArray[np.int64],
    ends: NDArray[np.int64],
    waiting: NDArray[np.int64],
    bar: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Move `at` past wishes below the bar; returns who still has a wish to offer for."""
    ready = [waiting[:0]]
    while len(waiting):
        wish = market.wish[at[waiting]]
        low = (wish >> KEY_SHIFT).astype(np.int64) < bar[(wish & NODE).astype(np.int64)]
        ready.append(waiting[~low])
        waiting = waiting[low]
        at[waiting] += 1
        waiting = waiting[at[waiting] < ends[waiting]]
    return np.sort(np.concatenate(ready))


def _keep_best(
    market: NestedMarket,
    at: NDArray[np.int64],
    kept: NDArray[np.int64],
    above: NDArray[np.int64],
    bar: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(kept, refused) students after the caps of one depth have chosen; raises the bars of those
    that refused somebody."""
    wish = market.wish[at[kept]]
    cap = above[(wish & NODE).astype(np.int64)]
    count = np.bincount(cap[cap >= 0], minlength=len(bar))
    over = np.flatnonzero((cap >= 0) & (count > market.capacity)[cap])
    if not len(over):
        return kept, kept[:0]
    cap, key = cap[over], (wish[over] >> KEY_SHIFT).astype(np.int64)
    order = np.lexsort((kept[over], -key, cap))
    over, cap, key = over[order], cap[order], key[order]
    first = np.flatnonzero(np.concatenate([[True], cap[1:] != cap[:-1]]))
    place = np.arange(len(cap)) - np.repeat(first, np.diff(np.append(first, len(cap))))
    last = place == market.capacity[cap] - 1
    bar[cap[last]] = key[last]
    out = np.zeros(len(kept), bool)
    out[over[place >= market.capacity[cap]]] = True
    return kept[~out], kept[out]
