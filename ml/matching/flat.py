"""Deferred acceptance under plain caps (no cap inside another), compiled and laid out for the memory system.

Wishes are taken up a batch at a time. A first sweep walks each list past the bars, which fit in the cache, and asks for the
cache lines of the post that comes into question; a second sweep finds them there. Whoever leaves joins the next batch. So
misses overlap instead of following each other (MATCHING.md §2c); the outcome does not depend on the order.

A post's block, from a cache line on: [capacity · 2³² + held] and a heap of held wishes, weakest first. A held wish is
key · 2³² + (2³² − 1 − edge): of equal keys the lower row counts as better. `meta` [posts] is bar · 2³² + line of the block.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.compiled import aligned, kernel
from ml.matching.heaps import ask, sift_down, sift_up
from ml.matching.nested import NestedMarket, NestedOutcome, cutoffs_from, proposals_of, wishes_by_node

BATCH = 256


def solve_flat(market: NestedMarket, begin: NDArray[np.int32] | None = None) -> NestedOutcome:
    """The outcome of a market whose nodes are all roots; guarantees and `begin` as `solve.solve_nested`."""
    first, block, meta = blocks(market)
    start = np.zeros(0, np.int32) if begin is None else begin.astype(np.int32)
    propose_kernel()(market.indptr, market.wish, start, block, meta)
    node, choice = read_kernel()(market.indptr, market.wish, block, meta)
    count = (block[8 * first] & np.uint64(0xFFFFFFFF)).astype(np.int32)
    return NestedOutcome(
        node=node,
        choice=choice,
        cutoff=cutoffs_from(block[8 * first + 1], count, market.capacity),
        count=count,
        proposals=proposals_of(market, choice),
    )


def blocks(market: NestedMarket) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint64]]:
    """(first line of each block, blocks, meta) with nobody held."""
    most = np.minimum(market.capacity, market.students).astype(np.int64)
    lines = (most + 8) >> 3
    if 8 * int(lines.sum()) > 8 * len(market.wish) + 16 * len(most) + 1024:
        most = np.minimum(most, wishes_by_node(market))
        lines = (most + 8) >> 3
    first = np.cumsum(lines) - lines
    block = aligned(8 * int(lines.sum()) + 8)
    block[8 * first] = most.astype(np.uint64) << np.uint64(32)
    meta = first.astype(np.uint64)
    meta[most == 0] |= np.uint64(0xFFFFFFFF00000000)
    return first, block, meta


def _propose(indptr: Any, wish: Any, start: Any, block: Any, meta: Any) -> Any:
    """Fill the blocks; returns how many were displaced."""
    low31, last, low32 = np.uint64(0x7FFFFFFF), np.uint64(0x80000000), np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    students = indptr.size - 1
    batch = np.empty(BATCH, np.int64)
    ready = np.empty(BATCH, np.int64)
    waiting = 0
    student = 0
    displaced = 0
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
        waiting = 0
        for i in range(count):
            edge = ready[i]
            w = wish[edge]
            node = np.int64(w & low31)
            line = meta[node] & low32
            at = np.int64(line) << 3
            x = (w & ~low32) | (low32 - np.uint64(edge))
            head = block[at]
            size = np.int64(head & low32)
            if size < np.int64(head >> shift):
                sift_up(block, at + 1, size, x)
                block[at] = head + np.uint64(1)
                if size + 1 == np.int64(head >> shift):
                    meta[node] = (block[at + 1] & ~low32) | line
                continue
            out = edge
            if size > 0 and x > block[at + 1]:
                out = np.int64(low32 - (block[at + 1] & low32))
                displaced += 1
                sift_down(block, at + 1, size, x)
                meta[node] = (block[at + 1] & ~low32) | line
            ask(wish, out + 1)
            batch[waiting] = out
            waiting += 1
        # whoever must go on is moved one wish further; the last flag is read only now, when the line has come
        still = 0
        for i in range(waiting):
            edge = batch[i]
            if not wish[edge] & last:
                batch[still] = edge + 1
                still += 1
        waiting = still
    return displaced


def _read(indptr: Any, wish: Any, block: Any, meta: Any) -> tuple[Any, Any]:
    """(node, choice) [students]: every held edge marks one bit, then each list looks for its bit."""
    low31, low32 = np.uint64(0x7FFFFFFF), np.uint64(0xFFFFFFFF)
    one, six, mask = np.uint64(1), np.uint64(6), np.uint64(63)
    marks = np.zeros((wish.size >> 6) + 2, np.uint64)
    for post in range(meta.size):
        at = np.int64(meta[post] & low32) << 3
        for i in range(np.int64(block[at] & low32)):
            edge = low32 - (block[at + 1 + i] & low32)
            marks[np.int64(edge >> six)] |= one << (edge & mask)
    students = indptr.size - 1
    node = np.full(students, -1, np.int32)
    choice = np.full(students, -1, np.int32)
    for student in range(students):
        for edge in range(indptr[student], indptr[student + 1]):
            if (marks[edge >> 6] >> np.uint64(edge & 63)) & one:
                choice[student] = edge - indptr[student]
                node[student] = np.int32(wish[edge] & low31)
                break
    return node, choice


@cache
def propose_kernel() -> Any:
    """The kernel, compiled."""
    return kernel(_propose)


@cache
def read_kernel() -> Any:
    """Reading the blocks, compiled."""
    return kernel(_read)
