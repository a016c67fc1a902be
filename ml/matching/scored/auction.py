"""One phase of the auction, a kernel over the layout of `forest`; `scored` says what it is for.

Every student without a place bids for the node that is worth most to them at present prices, as
much as makes it worth `step` less than the next best (Bertsekas 1988; several equal places:
Bertsekas, Castañon 1989). A bid is a word that is offered up the tree as in `tree`: the smallest
full cap lets its lowest bid go. A node's price is the lowest bid under its smallest full cap. It
never falls, so a price that is read too early is only too low: the bid stays within `step` of the
best, or is refused and comes again. Hence bids are made a batch at a time, and cache misses
overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.matching.engine.heaps import LOW32, NOTHING, ask, offer, place

BATCH = 64
UNREACHED = np.int64(1 << 62)
"""The price of a node under a cap of zero."""


def bidding(
    indptr: Any,
    wish: Any,
    scale: Any,
    step: Any,
    bits: Any,
    most_bids: Any,
    price: Any,
    line: Any,
    block: Any,
    slot_of: Any,
    up: Any,
    child: Any,
    room: Any,
    weakest: Any,
    line_of: Any,
    cap_above: Any,
) -> Any:
    """Run until nobody wants to bid; returns the number of bids, −1 when `most_bids` did not
    suffice.

    `price` [nodes] holds the reserve prices and then the prices. A word is bid · 2^bits + (2^bits −
    1 − edge). Without slots every cap stands alone, and the heaps are those of `flat`. The row of
    an edge ends where the last flags are.
    """
    low31, last, shift = np.uint64(0x7FFFFFFF), np.uint64(0x80000000), np.uint64(32)
    low = (np.uint64(1) << bits) - np.uint64(1)
    alone = slot_of.size == 0
    students = indptr.size - 1
    waiting = np.empty(BATCH, np.int64)
    ready = np.empty(BATCH, np.int64)
    word = np.empty(BATCH, np.uint64)
    queued = 0
    newcomer = 0
    bids = 0
    while queued > 0 or newcomer < students:
        while queued < BATCH and newcomer < students:
            waiting[queued] = indptr[newcomer]
            queued += int(indptr[newcomer] < indptr[newcomer + 1])
            newcomer += 1
        count = 0
        for i in range(queued):
            edge = waiting[i]
            while edge > 0 and not wish[edge - 1] & last:
                edge -= 1
            best = np.int64(0)
            second = np.int64(0)
            chosen = np.int64(-1)
            more = True
            while more:
                w = wish[edge]
                worth = np.int64(w >> shift) * scale - price[np.int64(w & low31)]
                second = max(second, min(best, worth))
                if worth > best:
                    best = worth
                    chosen = edge
                edge += 1
                more = not w & last
            if chosen >= 0:
                node = np.int64(wish[chosen] & low31)
                word[count] = (np.uint64(price[node] + best - second + step) << bits) | (
                    low - np.uint64(chosen)
                )
                ready[count] = chosen
                count += 1
                at = line[node] << 3
                ask(block, at)
                ask(block, at + 8)
                if not alone:
                    ask(room, np.int64(slot_of[node]))
                    ask(weakest, np.int64(slot_of[node]))
        bids += count
        if bids > most_bids:
            return -1
        queued = 0
        for i in range(count):
            edge = ready[i]
            node = np.int64(wish[edge] & low31)
            x = word[i]
            at = line[node] << 3
            lowest = NOTHING
            if alone:
                held, y = place(x, x & ~low, at, block)
                if np.int64(block[at] & LOW32) == np.int64(block[at] >> shift):
                    lowest = block[at + 1]
            else:
                full = np.int64(slot_of[node])
                held, y = offer(
                    x, x & ~low, at, full, block, up, child, room, weakest, line_of, cap_above
                )
                while full >= 0 and room[full] > 0:
                    full = np.int64(cap_above[full])
                if full >= 0:
                    lowest = weakest[full]
            if not held and y == NOTHING:
                price[node] = UNREACHED
            elif lowest != NOTHING:
                price[node] = max(price[node], np.int64(lowest >> bits))
            if held and y != NOTHING:
                edge = np.int64(low - (y & low))
                ask(wish, edge - 8)
                ask(wish, edge)
                ask(wish, edge + 8)
            if not held or y != NOTHING:
                waiting[queued] = edge
                queued += 1
    return bids


def gains(indptr: Any, wish: Any, scale: Any, price: Any, gain: Any) -> None:
    """`gain` [students] gets what the best wish is worth above its price, 0 when none is."""
    low31, shift = np.uint64(0x7FFFFFFF), np.uint64(32)
    for student in range(indptr.size - 1):
        best = np.int64(0)
        for edge in range(indptr[student], indptr[student + 1]):
            w = wish[edge]
            best = max(best, np.int64(w >> shift) * scale - price[np.int64(w & low31)])
        gain[student] = best
