"""Who moves between two outcomes and why: shown before anything is published."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.matching.nested import NODE, NestedMarket, NestedOutcome
from ml.matching.reasons import smallest_full

LEFT, REFUSED, SHUT, OUTRANKED, OPENED, CHANGED = range(6)
"""Why: the student left; the place was refused for the student or is not on the list any more; a
cap above it closed; a full cap took stronger ones; a cap that refused the student before has room
or a lower cutoff now; the list itself changed."""


@dataclass(frozen=True, slots=True)
class Moves:
    """One row per student whose place differs, by row number."""

    student: NDArray[np.int64]
    before: NDArray[np.int32]
    """The node held before, −1 for none."""
    after: NDArray[np.int32]
    why: NDArray[np.int8]
    """LEFT … CHANGED."""
    cap: NDArray[np.int32]
    """The cap behind it: closed, or full and stronger now, or full before; −1 where no cap is
    behind it."""


def moves(
    market: NestedMarket,
    before: NestedOutcome,
    changed: NestedMarket,
    after: NestedOutcome,
    left: Collection[int] = (),
) -> Moves:
    """Compare two outcomes under one tree; students past the first market's rows are newcomers.
    O(students + moves · list)."""
    was = np.concatenate([before.node, np.full(changed.students - market.students, -1, np.int32)])
    moved = np.flatnonzero(was != after.node)
    why, cap = np.full(len(moved), CHANGED, np.int8), np.full(len(moved), -1, np.int32)
    full_before, full_after = smallest_full(market, before), smallest_full(changed, after)
    gone = set(left)
    for row, student in enumerate(moved.tolist()):
        old, new = int(was[student]), int(after.node[student])
        lists = changed.wish[changed.indptr[student] : changed.indptr[student + 1]] & NODE
        own = lists.tolist()
        if student in gone:
            why[row] = LEFT
        elif new >= 0 and (old < 0 or (old in own and own.index(new) < own.index(old))):
            why[row], cap[row] = OPENED, full_before[new]
        elif old >= 0 and old not in own:
            why[row] = REFUSED
        elif old >= 0:
            shut = _closed(changed, old)
            why[row], cap[row] = (SHUT, shut) if shut >= 0 else (OUTRANKED, full_after[old])
    return Moves(moved, was[moved], after.node[moved], why, cap)


def _closed(market: NestedMarket, node: int) -> int:
    while node >= 0:
        if market.capacity[node] == 0:
            return node
        node = int(market.parent[node])
    return -1
