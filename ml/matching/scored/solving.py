"""Scored mode: the greatest total fit under the same tree of caps, with a certified bound; for
rounds without lists.

A wish's key is read as its *fit*, a whole number: what a place at that node is worth. Lists have no
order. Nothing is promised about stability or about untrue statements: who has fits to gain from may
state them untruly.

Auction with prices at nodes (`auction`): it ends with everybody within `step` of their best at
final prices, and with a price of zero wherever there is room; so the total is within students ·
step of the greatest. Fits are multiplied by a `scale` above the number of students, hence a step of
1 gives the greatest total exactly. Where places are scarce and fits coarse, small steps would climb
for very long. Then steps become smaller by FACTOR from phase to phase, and a phase begins with
reserve prices a little below the last prices. A reserve price at which room is left is a false one:
it is lowered, faster every time, and the phase runs again until there is none (or none that
matters).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import chosen, kernel
from ml.matching.engine.flat import blocks, marked, read, results
from ml.matching.engine.forest import planted
from ml.matching.engine.heaps import LOW32, NOTHING
from ml.matching.model import NO_CUTOFF
from ml.matching.nested import KEY_SHIFT, NestedMarket, capped, levels
from ml.matching.scored.auction import bidding, gains
from ml.matching.scored.bound import ScoredOutcome, own_prices, total_of, worth_of_caps

FACTOR = 8
FIRST = 64
"""The first of several step sizes is the largest fit divided by this."""
BELOW = 16
"""How many steps below the last price a reserve price is set."""
DIRECT = 24
"""Bids for each student that the finest step gets before steps of several sizes are tried."""
NO_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class _Phase:
    """How a phase ended."""

    choice: NDArray[np.int32]
    path: NDArray[np.int64]
    """[nodes] price of a place at the node, all caps above it included, times scale."""
    false: NDArray[np.bool_]
    """[nodes] whether the price is a reserve price in spite of room."""
    total: int
    bound: int
    """Times scale."""

    def certified(self, scale: int, tolerance: float) -> bool:
        """Whether the total is proved good enough."""
        return self.bound // scale - self.total <= tolerance * (self.bound // scale)


def score(
    market: NestedMarket, *, tolerance: float = 0.0, compiled: bool | None = None
) -> ScoredOutcome:
    """An outcome whose total fit is within `tolerance` (relative) of the greatest; 0 asks for the
    greatest.

    Any tree of caps, wishes at any node, fits (keys) from 0 to 2³² − 2; a fit of 0 is never placed.
    The certified gap is in the outcome; with 0 asked for it is 0 whenever (largest fit) · students
    · wishes < 2⁶⁰, else as small as 64-bit words allow. `compiled` as in `solve`: both paths give
    the same outcome. Raises ValueError for a tolerance outside 0 to below 1, and when (largest fit)
    · wishes exceeds 2⁶¹. Memory beside the market: O(students + nodes + places).
    """
    if not 0.0 <= tolerance < 1.0:
        raise ValueError("tolerance must be from 0 to below 1")
    phases = _Phases(market, chosen(compiled, len(market.wish)))
    reserve, step = np.zeros(len(market.parent), np.int64), 1
    found = phases.run(reserve, step, DIRECT * market.students + 1000)
    if found is None:
        step = max(phases.scale * phases.largest // FIRST, 1)
        found = phases.settled(reserve, step, tolerance)
        while step > 1 and not found.certified(phases.scale, tolerance):
            reserve = np.maximum(found.path - BELOW * step, 0)
            step = max(step // FACTOR, 1)
            found = phases.settled(reserve, step, tolerance)
    placed = capped(market, found.choice)
    return ScoredOutcome(
        node=placed.node,
        choice=found.choice,
        count=placed.count,
        total=found.total,
        price=own_prices(market.parent, found.path),
        scale=phases.scale,
        bound=found.bound // phases.scale,
        bids=phases.bids,
    )


class _Phases:
    """What stays the same from phase to phase."""

    def __init__(self, market: NestedMarket, compiled: bool) -> None:
        self.market, self.tree = market, levels(market.parent)
        self.bid: Any = kernel(bidding) if compiled else bidding
        self.gains: Any = kernel(gains) if compiled else gains
        self.held: Any = kernel(marked) if compiled else marked
        self.read: Any = kernel(read) if compiled else read
        self.largest = int((market.wish >> KEY_SHIFT).max()) if len(market.wish) else 0
        self.bits = max(len(market.wish).bit_length(), 1)
        room = 61 - self.bits - self.largest.bit_length()
        if room < 0:
            raise ValueError("the fits are too large for so many students")
        self.scale = 1 << min(market.students.bit_length(), room)
        self.bids = 0

    def run(self, reserve: NDArray[np.int64], step: int, most_bids: int) -> _Phase | None:
        """From nobody placed and `reserve` prices [nodes] to nobody bidding; None when `most_bids`
        did not suffice."""
        market, price = self.market, reserve.copy()
        terms = np.int64(self.scale), np.int64(step), np.uint64(self.bits), np.int64(most_bids)
        if len(self.tree) == 1:
            line, block, _ = blocks(market)
            words, ints, longs = (
                np.zeros(0, np.uint64),
                np.zeros(0, np.int32),
                np.zeros(0, np.int64),
            )
            made = self.bid(
                market.indptr,
                market.wish,
                *terms,
                price,
                line,
                block,
                ints,
                ints,
                ints,
                ints,
                words,
                longs,
                ints,
            )
            lowest = np.where(block[8 * line] & LOW32, block[8 * line + 1], NOTHING)
        else:
            forest = planted(market)
            slots, line, block = forest.slots, forest.line, forest.block
            made = self.bid(
                market.indptr,
                market.wish,
                *terms,
                price,
                line,
                block,
                slots.slot_of,
                slots.up,
                slots.child,
                forest.room,
                forest.weakest,
                forest.line_of,
                forest.cap_above,
            )
            lowest = forest.weakest[slots.slot_of]
        if made < 0:
            return None
        self.bids += int(made)
        marks = self.held(len(market.wish), block, line, np.uint64((1 << self.bits) - 1))
        _, choice, _ = results(market, [marks], self.read)
        outcome = capped(market, choice)
        full = outcome.cutoff != NO_CUTOFF
        lowest = (lowest >> np.uint64(self.bits)).astype(np.int64)
        true = np.where(full, np.minimum(lowest, self.largest * self.scale), 0)
        asked = np.where(full, true, reserve)
        for level in self.tree[1:]:
            true[level] = np.maximum(true[level], true[market.parent[level]])
            asked[level] = np.maximum(asked[level], asked[market.parent[level]])
        gain = np.empty(market.students, np.int64)
        self.gains(market.indptr, market.wish, np.int64(self.scale), asked, gain)
        return _Phase(
            choice=choice,
            path=asked,
            false=asked > true,
            total=total_of(market, choice),
            bound=int(gain.sum())
            + worth_of_caps(market.capacity, own_prices(market.parent, asked)),
        )

    def settled(self, reserve: NDArray[np.int64], step: int, tolerance: float) -> _Phase:
        """Run until no reserve price is false, lowering those that are; or until the total is
        certified."""
        reserve, less = reserve.copy(), np.full(len(reserve), step)
        while True:
            found = self.run(reserve, step, NO_LIMIT)
            assert found is not None
            if not found.false.any() or found.certified(self.scale, tolerance):
                return found
            lower = found.false & (reserve > 0)
            reserve[lower] = np.maximum(reserve[lower] - less[lower], 0)
            less[lower] *= 2
