"""Deferred acceptance under plain caps (no cap inside another), compiled and laid out for the
memory system.

Wishes are taken up a batch at a time. A first sweep walks each list past the bars, which fit in the
cache, and asks for the cache lines of the post that comes into question; a second sweep finds them
there. Whoever leaves joins the next batch. So misses overlap instead of following each other
(docs/matching.md#batches). Threads share the work (`crew`); bars that another thread is about to
raise are at worst too low, and then the block decides. The outcome does not depend on the order.

A post's block, from a cache line on: [capacity · 2³² + lock · 2³¹ + held] and a heap of held
wishes, weakest first. A held wish is key · 2³² + (2³² − 1 − edge): of equal keys the lower row
counts as better. `meta` [posts] is bar · 2³² + line of the block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import aligned, kernel
from ml.matching.engine.crew import shares, together
from ml.matching.engine.heaps import LOW32, NOTHING, ask, lock, lowest_bit, place, take, unlock
from ml.matching.nested import NestedMarket, NestedOutcome, cutoffs_from, wishes_by_node

BATCH = 256
PORTION = 1024
"""Students that a thread takes at once."""


def solve_flat(
    market: NestedMarket, begin: NDArray[np.int32] | None = None, crew: int = 1
) -> NestedOutcome:
    """The outcome of a market whose nodes are all roots; guarantees and `begin` as
    `solve.solve_nested`, `crew` threads."""
    first, block, meta = blocks(market)
    start = np.zeros(0, np.int32) if begin is None else begin.astype(np.int32)
    together(
        kernel(propose),
        crew * [(market.indptr, market.wish, start, block, meta, np.zeros(1, np.int64))],
    )
    marks = together(
        kernel(marked),
        [(len(market.wish), block, first[part], LOW32) for part in shares(len(first), crew)],
    )
    count, weakest = (block[8 * first] & LOW32).astype(np.int32), block[8 * first + 1]
    del block, meta, first
    node, choice, proposals = results(market, marks, kernel(read))
    return NestedOutcome(
        node=node,
        choice=choice,
        cutoff=cutoffs_from(weakest, count, market.capacity),
        count=count,
        proposals=proposals,
    )


def blocks(
    market: NestedMarket,
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint64]]:
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


def propose(indptr: Any, wish: Any, start: Any, block: Any, meta: Any, counter: Any) -> Any:
    """Fill the blocks for the students that `counter` [1] hands out; returns how many were
    displaced."""
    low31, last, low32 = np.uint64(0x7FFFFFFF), np.uint64(0x80000000), np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    students = indptr.size - 1
    batch = np.empty(BATCH, np.int64)
    ready = np.empty(BATCH, np.int64)
    waiting = 0
    student = 0
    until = 0
    displaced = 0
    while waiting > 0 or student < students:
        while waiting < BATCH and student < students:
            if student == until:
                student = take(counter, PORTION)
                until = min(student + PORTION, students)
                continue
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
            lock(block, at)
            held, y = place(x, x, at, block)
            if held and np.int64(block[at] & low31) == np.int64(block[at] >> shift):
                meta[node] = (block[at + 1] & ~low32) | line
            unlock(block, at)
            if held and y == NOTHING:
                continue
            out = edge
            if held:
                out = np.int64(low32 - (y & low32))
                displaced += 1
            ask(wish, out + 1)
            batch[waiting] = out
            waiting += 1
        # whoever must go on is moved one wish further; the last flag is read only now, when the
        # line has come
        still = 0
        for i in range(waiting):
            edge = batch[i]
            if not wish[edge] & last:
                batch[still] = edge + 1
                still += 1
        waiting = still
    return displaced


def marked(wishes: Any, block: Any, line: Any, low: Any) -> Any:
    """One bit for every edge that a heap holds; `line` [nodes] is where the heaps begin, `low` the
    bits of a word with the edge."""
    low32, six, mask, one = np.uint64(0xFFFFFFFF), np.uint64(6), np.uint64(63), np.uint64(1)
    marks = np.zeros((wishes >> 6) + 2, np.uint64)
    for node in range(line.size):
        at = line[node] << 3
        for i in range(np.int64(block[at] & low32)):
            edge = low - (block[at + 1 + i] & low)
            marks[np.int64(edge >> six)] |= one << (edge & mask)
    return marks


def results(
    market: NestedMarket, marks: list[NDArray[np.uint64]], reading: Callable[..., Any]
) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """(node, choice) [students] and the number of wishes looked at, from the bits of as many
    threads; `reading` is `read`."""
    held = marks[0]
    for more in marks[1:]:
        held |= more
    node, choice = np.empty(market.students, np.int32), np.empty(market.students, np.int32)
    parts = shares(market.students, len(marks))
    looked = together(
        reading,
        [
            (market.indptr[p.start : p.stop + 1], market.wish, held, node[p], choice[p])
            for p in parts
        ],
    )
    return node, choice, int(sum(looked))


def read(indptr: Any, wish: Any, marks: Any, node: Any, choice: Any) -> Any:
    """Fill `node` and `choice` [students]: each list looks for its bit. Returns the number of
    wishes looked at."""
    one, low31 = np.uint64(1), np.uint64(0x7FFFFFFF)
    students = indptr.size - 1
    looked = 0
    for student in range(students):
        edge = indptr[student]
        end = indptr[student + 1]
        ask(wish, edge + 256)
        node[student] = -1
        choice[student] = -1
        looked += end - edge
        while edge < end:
            inside = np.uint64(edge & 63)
            bits = marks[edge >> 6] >> inside
            size = min(end - edge, 64 - np.int64(inside))
            if size < 64:
                bits &= (one << np.uint64(size)) - one
            if bits != np.uint64(0):
                edge += lowest_bit(bits)
                choice[student] = edge - indptr[student]
                node[student] = np.int32(wish[edge] & low31)
                looked += edge + 1 - end
                break
            edge += size
    return looked
