"""What a scored outcome proves: prices of caps bound every total, and anybody can compute the bound
again.

Let every cap have a price, not negative. A student who is placed somewhere within the caps gains at
most the fit less the prices on the way up, and the caps earn at most capacity times price. So no
total exceeds
    sum over students of max(0, best fit − prices on the way up) + sum over caps of capacity ·
    price,
whatever the prices are (weak duality of linear programming). NumPy alone; shares no code with the
auction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.matching.nested import CHUNK, KEY_SHIFT, NODE, NestedMarket

MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class ScoredOutcome:
    """What everybody gets, and prices which prove how much larger a total could be at most."""

    node: NDArray[np.int32]
    """[students] −1 for unplaced."""
    choice: NDArray[np.int32]
    """[students] position of that wish on the student's own row, −1 for unplaced."""
    count: NDArray[np.int32]
    """[nodes] students placed under a cap."""
    total: int
    """Sum of the fits of all who are placed."""
    price: NDArray[np.int64]
    """[nodes] the cap's own price, times `scale`."""
    scale: int
    bound: int
    """No outcome within the caps has a larger total."""
    bids: int

    @property
    def gap(self) -> float:
        """(bound − total) / bound; 0 when the total is proved to be the greatest."""
        return (self.bound - self.total) / self.bound if self.bound else 0.0


def audit_scored(market: NestedMarket, outcome: ScoredOutcome) -> list[str]:
    """Everything that is wrong, as sentences (at most MOST_TOLD of each kind); an empty list is a
    clean bill.

    Checks: every place is on its student's row; no cap is overfull and the counts are right; the
    total is the sum of the fits; no price is negative; the bound follows from the prices and is not
    below the total. O(edges · depth) time.
    """
    n, nodes = market.students, len(market.parent)
    if (
        len(outcome.choice) != n
        or len(outcome.node) != n
        or len(outcome.count) != nodes
        or len(outcome.price) != nodes
    ):
        return ["the outcome is not of this market's size"]
    lengths = np.diff(market.indptr)
    if ((outcome.choice < -1) | (outcome.choice >= lengths)).any():
        return [
            f"student {s}: no such position"
            for s in np.flatnonzero(~((outcome.choice >= -1) & (outcome.choice < lengths)))[:50]
        ]
    own = np.full(n, -1, np.int64)
    placed = np.flatnonzero(outcome.choice >= 0)
    own[placed] = (market.wish[market.indptr[placed] + outcome.choice[placed]] & NODE).astype(
        np.int64
    )
    found = [
        f"student {s}: the place is not at that position of the row"
        for s in np.flatnonzero(own != outcome.node)[:MOST_TOLD]
    ]
    count, at = np.zeros(nodes, np.int64), own[placed]
    while len(at):
        count += np.bincount(at, minlength=nodes)
        at = market.parent[at].astype(np.int64)
        at = at[at >= 0]
    found += [
        f"node {v}: {count[v]} of {market.capacity[v]} places"
        for v in np.flatnonzero(count > market.capacity)[:MOST_TOLD]
    ]
    found += [
        f"node {v}: count {outcome.count[v]}, not {count[v]}"
        for v in np.flatnonzero(count != outcome.count)[:MOST_TOLD]
    ]
    if (total := total_of(market, outcome.choice)) != outcome.total:
        found.append(f"the total is {total}, not {outcome.total}")
    if (outcome.price < 0).any() or outcome.scale < 1:
        return [*found, "a price is negative, or the scale is not positive"]
    if (bound := bound_of(market, outcome.price, outcome.scale)) != outcome.bound:
        found.append(f"the prices give the bound {bound}, not {outcome.bound}")
    if outcome.total > outcome.bound:
        found.append(f"the total {outcome.total} exceeds the bound {outcome.bound}")
    return found


def bound_of(market: NestedMarket, price: NDArray[np.int64], scale: int) -> int:
    """The bound that prices [nodes] (times `scale`, not negative) give, rounded down; O(edges +
    nodes · depth)."""
    path = price.copy()
    above = market.parent.astype(np.int64)
    while (going := above >= 0).any():
        path[going] += price[above[going]]
        above[going] = market.parent[above[going]]
    gained, rows = 0, np.flatnonzero(np.diff(market.indptr))
    for at in range(0, len(rows), CHUNK // 16):
        part = rows[at : at + CHUNK // 16]
        begin, end = int(market.indptr[part[0]]), int(market.indptr[part[-1] + 1])
        wish = market.wish[begin:end]
        worth = (wish >> KEY_SHIFT).astype(np.int64) * scale - path[(wish & NODE).astype(np.int64)]
        gained += int(np.maximum(np.maximum.reduceat(worth, market.indptr[part] - begin), 0).sum())
    return (gained + worth_of_caps(market.capacity, price)) // scale


def worth_of_caps(capacity: NDArray[np.int32], price: NDArray[np.int64]) -> int:
    """Sum of capacity · price, in whole numbers of any size."""
    priced = np.flatnonzero(price)
    return sum(
        c * p for c, p in zip(capacity[priced].tolist(), price[priced].tolist(), strict=True)
    )


def own_prices(parent: NDArray[np.int32], path: NDArray[np.int64]) -> NDArray[np.int64]:
    """[nodes] what a cap adds to the price on the way up."""
    return np.where(parent >= 0, path - path[parent], path) if len(parent) else path


def total_of(market: NestedMarket, choice: NDArray[np.int32]) -> int:
    """Sum of the fits of the wishes that come true."""
    placed = np.flatnonzero(choice >= 0)
    return int((market.wish[market.indptr[placed] + choice[placed]] >> KEY_SHIFT).sum())
