"""One phase of the auction, a kernel over the layout of `forest`; `scored` says what it is for.

Every student without a place bids for the node that is worth most to them at present prices, as much as makes it worth `step`
less than the next best (Bertsekas 1988; several equal places: Bertsekas, Castañon 1989). A bid is a word that is offered up the
tree as in `tree`: the smallest full cap lets its lowest bid go. A node's price is the lowest bid under its smallest full cap. It
never falls, so a price that is read too early is only too low: the bid stays within `step` of the best, or is refused and
comes again. Hence bids are made a batch at a time, and cache misses overlap.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ml.matching.compiled import kernel
from ml.matching.heaps import NOTHING, ask, offer

BATCH = 256
UNREACHED = np.int64(1 << 62)
"""The price of a node under a cap of zero."""


def bidding(
    indptr: Any, wish: Any, scale: Any, step: Any, bits: Any, most_bids: Any, price: Any, choice: Any,
    line: Any, block: Any, slot_of: Any, up: Any, child: Any, room: Any, weakest: Any, line_of: Any, cap_above: Any,
) -> Any:  # fmt: skip
    """Run until nobody wants to bid; returns the number of bids, −1 when `most_bids` did not suffice.

    `price` [nodes] holds the reserve prices and then the prices, `choice` [students] gets the places. A word is
    bid · 2^bits + student.
    """
    low31, shift, low = np.uint64(0x7FFFFFFF), np.uint64(32), (np.uint64(1) << bits) - np.uint64(1)
    students = indptr.size - 1
    waiting = np.empty(BATCH, np.int64)
    ready = np.empty(BATCH, np.int64)
    word = np.empty(BATCH, np.uint64)
    queued = 0
    newcomer = 0
    bids = 0
    while queued > 0 or newcomer < students:
        while queued < BATCH and newcomer < students:
            waiting[queued] = newcomer
            queued += 1
            newcomer += 1
        count = 0
        for i in range(queued):
            student = np.int64(waiting[i])
            best = np.int64(0)
            second = np.int64(0)
            chosen = np.int64(-1)
            for edge in range(indptr[student], indptr[student + 1]):
                w = wish[edge]
                worth = np.int64(w >> shift) * scale - price[np.int64(w & low31)]
                if worth > best:
                    second = best
                    best = worth
                    chosen = edge
                elif worth > second:
                    second = worth
            choice[student] = -1
            if chosen >= 0:
                node = np.int64(wish[chosen] & low31)
                word[count] = (np.uint64(price[node] + best - second + step) << bits) | np.uint64(student)
                ready[count] = chosen
                count += 1
                at = line[node] << 3
                ask(block, at)
                ask(block, at + 8)
                slot = np.int64(slot_of[node])
                ask(room, slot)
                ask(weakest, slot)
        bids += count
        if bids > most_bids:
            return -1
        queued = 0
        for i in range(count):
            edge = ready[i]
            node = np.int64(wish[edge] & low31)
            x = word[i]
            student = np.int64(x & low)
            slot = np.int64(slot_of[node])
            held, y = offer(x, x & ~low, line[node] << 3, slot, block, up, child, room, weakest, line_of, cap_above)
            if not held:
                price[node] = np.int64(y >> bits) if y != NOTHING else UNREACHED
                waiting[queued] = student
                queued += 1
                continue
            choice[student] = edge - indptr[student]
            full = slot
            while full >= 0 and room[full] > 0:
                full = np.int64(cap_above[full])
            if full >= 0:
                price[node] = max(price[node], np.int64(weakest[full] >> bits))
            if y != NOTHING:
                out = np.int64(y & low)
                choice[out] = -1
                waiting[queued] = out
                queued += 1
                ask(indptr, out)
        for i in range(queued):
            ask(wish, indptr[waiting[i]])
            ask(wish, indptr[waiting[i]] + 8)
    return bids


@cache
def bidding_kernel() -> Any:
    """The kernel, compiled."""
    return kernel(bidding)


def gains(indptr: Any, wish: Any, scale: Any, price: Any, gain: Any) -> None:
    """`gain` [students] gets what the best wish is worth above its price, 0 when none is."""
    low31, shift = np.uint64(0x7FFFFFFF), np.uint64(32)
    for student in range(indptr.size - 1):
        best = np.int64(0)
        for edge in range(indptr[student], indptr[student + 1]):
            w = wish[edge]
            best = max(best, np.int64(w >> shift) * scale - price[np.int64(w & low31)])
        gain[student] = best


@cache
def gains_kernel() -> Any:
    """The kernel, compiled."""
    return kernel(gains)
