"""Deferred acceptance under a tree of caps (docs/matching.md#nested-caps), compiled: batches as in
`flat`, layout of `forest`.

A wish offered to a node goes up to the smallest full cap; there it displaces the weakest or is
refused. Refusals leave a bar behind at the node; bars only rise, so most later refusals cost one
look.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import kernel
from ml.matching.engine.flat import BATCH, marked, read, results
from ml.matching.engine.forest import counts, planted
from ml.matching.engine.heaps import LOW32, ask, offer
from ml.matching.nested import NestedMarket, NestedOutcome, cutoffs_from


def solve_tree(market: NestedMarket, begin: NDArray[np.int32] | None = None) -> NestedOutcome:
    """The outcome under any tree of caps; guarantees and `begin` as `solve.solve_nested`."""
    forest = planted(market)
    slots, block, weakest = forest.slots, forest.block, forest.weakest
    meta = forest.line.astype(np.uint64)
    meta[forest.shut] |= np.uint64(0xFFFFFFFF00000000)
    start = np.zeros(0, np.int32) if begin is None else begin.astype(np.int32)
    kernel(_propose)(
        market.indptr,
        market.wish,
        start,
        block,
        meta,
        slots.up,
        slots.child,
        forest.room,
        weakest,
        forest.line_of,
        forest.cap_above,
    )
    node, choice, proposals = results(
        market, [kernel(marked)(len(market.wish), block, forest.line, LOW32)], kernel(read)
    )
    count = counts(market, forest)
    return NestedOutcome(
        node=node,
        choice=choice,
        cutoff=cutoffs_from(weakest[slots.slot_of], count, market.capacity),
        count=count,
        proposals=proposals,
    )


def _propose(
    indptr: Any,
    wish: Any,
    start: Any,
    block: Any,
    meta: Any,
    up: Any,
    child: Any,
    room: Any,
    weakest: Any,
    line_of: Any,
    cap_above: Any,
) -> None:
    low31, last, low32 = np.uint64(0x7FFFFFFF), np.uint64(0x80000000), np.uint64(0xFFFFFFFF)
    shift, nothing = np.uint64(32), np.uint64(0xFFFFFFFFFFFFFFFF)
    students = indptr.size - 1
    batch = np.empty(BATCH, np.int64)
    ready = np.empty(BATCH, np.int64)
    waiting = 0
    student = 0
    while waiting > 0 or student < students:
        while waiting < BATCH and student < students:
            edge = indptr[student]
            if start.size:
                edge += start[student]
            if edge < indptr[student + 1]:
                batch[waiting] = edge
                waiting += 1
            student += 1
        count = 0
        for i in range(waiting):
            edge = batch[i]
            while True:
                w = wish[edge]
                m = meta[np.int64(w & low31)]
                if (w >> shift) >= (m >> shift):
                    at = np.int64(m & low32) << 3
                    ask(block, at)
                    ask(block, at + 8)
                    ready[count] = edge
                    count += 1
                    break
                if w & last:
                    break
                edge += 1
        for i in range(count):
            w = wish[ready[i]]
            slot = np.int64(block[np.int64(meta[np.int64(w & low31)] & low32) << 3] >> shift)
            ask(room, slot)
            above = np.int64(up[slot])
            if above >= 0:
                ask(room, above)
                ask(weakest, np.int64(child[above]))
                ask(weakest, above)
        waiting = 0
        for i in range(count):
            edge = ready[i]
            w = wish[edge]
            node = np.int64(w & low31)
            line = meta[node] & low32
            at = np.int64(line) << 3
            x = (w & ~low32) | (low32 - np.uint64(edge))
            slot = np.int64(block[at] >> shift)
            held, y = offer(x, x, at, slot, block, up, child, room, weakest, line_of, cap_above)
            if not held:
                # a cap of zero bars everybody, any other full cap whoever is below its weakest
                meta[node] = (y & ~low32) | line
                batch[waiting] = edge
                waiting += 1
                ask(wish, edge + 1)
                continue
            if y != nothing:
                out = np.int64(low32 - (y & low32))
                ask(wish, out + 1)
                batch[waiting] = out
                waiting += 1
            if room[slot] == 0:
                meta[node] = (weakest[slot] & ~low32) | line
        still = 0
        for i in range(waiting):
            edge = batch[i]
            if not wish[edge] & last:
                batch[still] = edge + 1
                still += 1
        waiting = still
