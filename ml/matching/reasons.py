"""Why each student got this and not what stands above it; what would have been enough; which caps
bind.

Everything here is a fact of the run or of a re-run, never an estimate.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import chosen
from ml.matching.lists import Cleaned
from ml.matching.model import NO_CUTOFF
from ml.matching.nested import NODE, NestedMarket, NestedOutcome
from ml.matching.solve import solve_nested

TAKEN, UNUSED, FULL, BARRED, UNLISTED, SHUT = range(6)
"""What became of a wish: it came true; a better one did; a cap was full; a rule excludes it; the
other side does not rank the student (or the wish is a repetition); its node was closed for its
minimum group size."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """One row per raw wish."""

    became: NDArray[np.int8]
    """[raw edges] TAKEN … SHUT."""
    full: NDArray[np.int32]
    """[raw edges] the smallest full cap for FULL, the closed node for SHUT, else −1."""
    cutoff: NDArray[np.int64]
    """[raw edges] the weakest key held under `full`; HIGHEST under a cap of zero; NO_CUTOFF where
    there is none."""
    own: NDArray[np.int64]
    """[raw edges] the student's own key there, −1 for a wish that did not count."""
    rules: NDArray[np.uint64]
    """[raw edges] the rule bits that exclude the pair."""


def smallest_full(market: NestedMarket, outcome: NestedOutcome) -> NDArray[np.int32]:
    """[nodes] the smallest full cap from a node upwards, −1 for none."""
    found = np.where(outcome.cutoff != NO_CUTOFF, np.arange(len(market.parent)), -1)
    above = market.parent.astype(np.int64)
    while (going := (found < 0) & (above >= 0)).any():
        at = above[going]
        found[going] = np.where(outcome.cutoff[at] != NO_CUTOFF, at, -1)
        above[going] = market.parent[at]
    return found.astype(np.int32)


def reasons(
    cleaned: Cleaned,
    outcome: NestedOutcome,
    rules: NDArray[np.uint64] | None = None,
    closed: Collection[int] = (),
) -> Reasons:
    """Reasons of every wish of the raw lists; O(edges). `closed`: nodes shut for their minimum
    group size (`groups`)."""
    market, size = cleaned.market, int(cleaned.indptr[-1])
    became = np.full(size, UNLISTED, np.int8)
    became[cleaned.barred] = BARRED
    full, own = np.full(size, -1, np.int32), np.full(size, -1, np.int64)
    cutoff = np.full(size, NO_CUTOFF, np.int64)
    choice = outcome.choice[market.student_of_edge()]
    place = np.arange(len(market.wish)) - np.repeat(market.indptr[:-1], np.diff(market.indptr))
    node = market.node
    shut = _under(market, closed)[node]
    cap = np.where(shut >= 0, shut, smallest_full(market, outcome)[node])
    above = (choice < 0) | (place < choice)
    became[cleaned.origin] = np.where(
        above, np.where(shut >= 0, SHUT, FULL), np.where(place == choice, TAKEN, UNUSED)
    )
    full[cleaned.origin] = np.where(above, cap, -1)
    cutoff[cleaned.origin] = np.where(above & (cap >= 0), outcome.cutoff[cap], NO_CUTOFF)
    own[cleaned.origin] = market.key
    bits = (
        np.zeros(size, np.uint64)
        if rules is None
        else np.where(became == BARRED, rules, np.uint64(0))
    )
    return Reasons(became, full, cutoff, own, bits)


def _under(market: NestedMarket, closed: Collection[int]) -> NDArray[np.int64]:
    """[nodes] the closed node that a node is or lies under, −1 for none."""
    found = np.full(len(market.parent), -1, np.int64)
    found[list(closed)] = list(closed)
    above = market.parent.astype(np.int64)
    while (going := (found < 0) & (above >= 0)).any():
        found[going] = found[above[going]]
        above[going] = market.parent[above[going]]
    return found


@dataclass(frozen=True, slots=True)
class Enough:
    """What would have been enough, in a re-run."""

    key: int
    """The key above which (strictly) the wish or a better one came true; keys are whole numbers, so
    "above" means ahead of the student who holds that key."""
    others: int
    """How many other students' results differ in that re-run."""


def enough(
    market: NestedMarket,
    outcome: NestedOutcome,
    student: int,
    place: int,
    *,
    compiled: bool | None = None,
) -> Enough | None:
    """The least standing with which `student` would have got wish `place` or better, by re-running;
    None if none suffices.

    Only the student's own keys under that wish's root are raised, all to the same standing at least
    (a host knows one standing of a student). Just above the lowest cutoff in question is tried
    first and nearly always right; else the least is found by bisection over the keys under that
    root (a higher standing never hurts). O(log edges) runs. Raises ValueError when the wish is not
    above the student's result.
    """
    now = outcome.choice[student]
    if not 0 <= place < market.indptr[student + 1] - market.indptr[student] or (0 <= now <= place):
        raise ValueError("the wish must stand above the student's result")
    root = roots(market)
    here = root[int(market.wish[market.indptr[student] + place] & NODE)]
    edge_root = root[market.node]
    rivals = np.unique(market.key[edge_root == here])
    own = np.arange(market.indptr[student], market.indptr[student + 1])
    own = own[edge_root[own] == here]
    dense = np.unique(market.key, return_inverse=True)[1].astype(np.int64)
    codes = np.unique(dense[edge_root == here])

    def run(rank: int) -> NestedOutcome:
        key = 2 * dense
        key[own] = np.maximum(key[own], 2 * codes[rank] + 1)
        return solve_nested(
            NestedMarket.of(market.indptr, market.node, key, market.parent, market.capacity),
            compiled=compiled,
        )

    def suffices(found: NestedOutcome) -> bool:
        return 0 <= int(found.choice[student]) <= place

    wished = (market.wish[own[own <= market.indptr[student] + place]] & NODE).astype(np.int64)
    bar = int(outcome.cutoff[smallest_full(market, outcome)[wished]].min())
    guess = int(np.searchsorted(rivals, bar))
    low, high, found = -1, len(rivals), outcome
    for rank in (guess, guess - 1, len(rivals) - 1):
        if low < rank < high:
            attempt = run(rank)
            low, high, found = (low, rank, attempt) if suffices(attempt) else (rank, high, found)
    if high == len(rivals):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        attempt = run(middle)
        low, high, found = (low, middle, attempt) if suffices(attempt) else (middle, high, found)
    others = int((found.choice != outcome.choice).sum()) - 1
    return Enough(key=int(rivals[high]), others=others)


def roots(market: NestedMarket) -> NDArray[np.int64]:
    """[nodes] the largest cap over a node."""
    root = np.arange(len(market.parent))
    while ((above := market.parent[root]) >= 0).any():
        root = np.where(above < 0, root, above)
    return root


@dataclass(frozen=True, slots=True)
class Binding:
    """One full cap that refused students."""

    node: int
    refused: int
    """Wishes refused by this cap as the smallest full one."""
    more: int
    """How many more students one more seat here would place, by re-run."""
    better: int
    """How many students would be better off in that re-run."""


def binding(
    market: NestedMarket, outcome: NestedOutcome, most: int = 50, *, compiled: bool | None = None
) -> list[Binding]:
    """The caps that refused most wishes, and what one more seat at each is worth; most refused
    first, then by node.

    One run for each of at most `most` caps.
    """
    upto = np.where(outcome.choice >= 0, outcome.choice, np.diff(market.indptr))
    place = np.arange(len(market.wish)) - np.repeat(market.indptr[:-1], np.diff(market.indptr))
    above = place < np.repeat(upto, np.diff(market.indptr))
    refused = np.bincount(
        smallest_full(market, outcome)[market.node[above]], minlength=len(market.parent)
    )
    caps = [
        node
        for node in np.lexsort((np.arange(len(refused)), -refused))[:most].tolist()
        if refused[node]
    ]
    # so many runs are worth loading numba for, where one would not be
    compiled = chosen(compiled, len(market.wish) * len(caps))
    found = []
    for node in caps:
        capacity = market.capacity.copy()
        capacity[node] += 1
        again = solve_nested(
            NestedMarket(market.indptr, market.wish, market.parent, capacity), compiled=compiled
        )
        was = np.where(outcome.choice < 0, 1 << 30, outcome.choice)
        now = np.where(again.choice < 0, 1 << 30, again.choice)
        placed = int((again.choice >= 0).sum() - (outcome.choice >= 0).sum())
        found.append(Binding(node, int(refused[node]), placed, int((now < was).sum())))
    return found
