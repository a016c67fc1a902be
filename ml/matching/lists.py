"""From raw lists to a market: wishes that cannot count are taken out and reported, and keys are
made strict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.matching.nested import NestedMarket

UNRANKED = -1
"""Stands for "the other side does not rank this student" where a score is asked for."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A market of the wishes that count, and what became of the others."""

    market: NestedMarket
    origin: NDArray[np.int64]
    """[edges of the market] the wish's position in the raw lists."""
    indptr: NDArray[np.int64]
    """[students + 1] the raw lists' rows."""
    barred: NDArray[np.int64]
    """Raw positions excluded by a rule bit."""
    unranked: NDArray[np.int64]
    """Raw positions of one-sided wishes: the student names the node, the node does not rank the
    student."""
    repeated: NDArray[np.int64]
    """Raw positions that name a node a second time on one list; the first one counts."""


def clean(
    indptr: NDArray[np.int64],
    node: NDArray[np.int32],
    score: NDArray[np.int64],
    tie: NDArray[np.int64],
    parent: NDArray[np.int32],
    capacity: NDArray[np.int32],
    rules: NDArray[np.uint64] | None = None,
) -> Cleaned:
    """Build a market from lists of any length; O(edges log edges).

    `node`, `score` [edges]: bigger scores are better, UNRANKED takes a wish out. `tie` [students]
    is the published draw (`lottery.lottery`), 0 best. `rules` [edges]: a wish with any bit set is
    taken out. Raises ValueError as NestedMarket does.
    """
    owner = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    bits = np.zeros(len(node), np.uint64) if rules is None else rules
    _, first = np.unique(owner * np.int64(max(len(parent), 1)) + node, return_index=True)
    again = np.ones(len(node), bool)
    again[first] = False
    barred = ~again & (bits != 0)
    unranked = ~again & ~barred & (score == UNRANKED)
    kept = np.flatnonzero(~(again | barred | unranked))
    rows = np.concatenate(
        [[0], np.cumsum(np.bincount(owner[kept], minlength=len(indptr) - 1))]
    ).astype(np.int64)
    market = NestedMarket.of(
        rows, node[kept], strict_keys(score[kept], tie[owner[kept]]), parent, capacity
    )
    return Cleaned(
        market,
        kept,
        indptr,
        np.flatnonzero(barred),
        np.flatnonzero(unranked),
        np.flatnonzero(again),
    )


def strict_keys(score: NDArray[np.int64], tie: NDArray[np.int64]) -> NDArray[np.int64]:
    """[edges] dense keys, bigger is better: by score, equal scores by the draw (`tie` [edges],
    smaller is better).

    Wishes of one student with one score share a key, which is harmless: a student holds one place.
    O(edges log edges).
    """
    order = np.lexsort((-tie, score))
    change = np.ones(len(order), bool)
    change[1:] = (np.diff(score[order]) != 0) | (np.diff(tie[order]) != 0)
    key = np.empty(len(order), np.int64)
    key[order] = np.cumsum(change) - 1
    return key
