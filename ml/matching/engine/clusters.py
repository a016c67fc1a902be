"""Deferred acceptance under trees whose top caps hold few, compiled, over the layout of `bins`: a
proposal touches three or four cache lines.

A full post is judged by its own bin, a full enterprise by one line of minima; the weakest wish of a
bin is found by looking at the dozen that it holds, in sequence and without a branch, which beats
heaps at that size. Words, bars and batches are as in `flat`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.bins import NONE, NOWHERE, bins_of
from ml.matching.engine.compiled import kernel
from ml.matching.engine.crew import shares, together
from ml.matching.engine.flat import PORTION, read, results
from ml.matching.engine.heaps import NOTHING, ask, lock, take, unlock
from ml.matching.nested import NestedMarket, NestedOutcome, cutoffs_from

BATCH = 64


def solve_clusters(
    market: NestedMarket, begin: NDArray[np.int32] | None = None, crew: int = 1
) -> NestedOutcome | None:
    """The outcome; None for a market that is not made of small clusters, or with wishes at nodes
    that have nodes below them.

    Guarantees and `begin` as `solve.solve_nested`, `crew` threads. At worst
    O(edges · (depth + places of a bin + bins of a cluster)).
    """
    bins = bins_of(market)
    if bins is None:
        return None
    start = np.zeros(0, np.int32) if begin is None else begin.astype(np.int32)
    views = (bins.block, bins.block.view(np.uint32), bins.block.view(np.uint8))
    suited = together(
        kernel(_propose),
        crew * [(market.indptr, market.wish, start, bins.spot, *views, np.zeros(1, np.int64))],
    )
    if not all(suited):
        return None
    count, weakest = np.zeros(len(market.parent), np.int32), np.full(len(market.parent), NOTHING)
    parts = shares(len(bins.line), crew)
    jobs = [
        (len(market.wish), bins.order, bins.first[part], bins.line[part], *views, count, weakest)
        for part in parts
    ]
    marks = together(kernel(_held), jobs)
    kernel(_climb)(market.parent, bins.queue, count, weakest)
    del bins, views, jobs
    node, choice, proposals = results(market, marks, kernel(read))
    return NestedOutcome(
        node, choice, cutoffs_from(weakest, count, market.capacity), count, proposals
    )


def _propose(
    indptr: Any, wish: Any, start: Any, spot: Any, block: Any, half: Any, byte: Any, counter: Any
) -> Any:
    """Fill the clusters for the students that `counter` [1] hands out; `spot` [nodes] gets bars in
    its upper half.

    False when a wish is at a node that has nodes below it.
    """
    low31, last, low32 = np.uint64(0x7FFFFFFF), np.uint64(0x80000000), np.uint64(0xFFFFFFFF)
    shift, three, six, low6, one = (
        np.uint64(32),
        np.uint64(3),
        np.uint64(6),
        np.uint64(63),
        np.uint64(1),
    )
    unlocked = np.uint32(0x7FFFFFFF)
    students = indptr.size - 1
    batch = np.empty(BATCH, np.int64)
    ready = np.empty(BATCH, np.int64)
    waiting = 0
    student = 0
    until = 0
    while waiting > 0 or student < students:
        while waiting < BATCH and student < students:
            if student == until:
                student = take(counter, PORTION)
                until = min(student + PORTION, students)
                continue
            edge = indptr[student]
            if start.size:
                edge += start[student]
            batch[waiting] = edge
            waiting += int(edge < indptr[student + 1])
            student += 1
        count = 0
        for i in range(waiting):
            edge = batch[i]
            while True:
                w = wish[edge]
                m = spot[np.int64(w & low31)]
                if (w >> shift) >= (m >> shift):
                    if m & low32 == NOWHERE:
                        return False
                    at = np.int64((m & low32) >> six) << 3
                    ask(block, at)
                    ask(block, at + 8)
                    ask(block, at + 16)
                    ready[count] = edge
                    count += 1
                    break
                if w & last:
                    break
                edge += 1
        for i in range(count):
            at = np.int64((spot[np.int64(wish[ready[i]] & low31)] & low32) >> six) << 3
            ask(block, np.int64(block[at] & low32) << 3)
        waiting = 0
        for i in range(count):
            edge = ready[i]
            w = wish[edge]
            m = spot[np.int64(w & low31)]
            own = np.int64(m & low6)
            at = np.int64((m & low32) >> six) << 3
            x = (w & ~low32) | (low32 - np.uint64(edge))
            head = np.int64(block[at])
            minima = (head & 0xFFFFFFFF) << 3
            part, above, parts = (head >> 32) & 255, (head >> 40) & 255, (head >> 48) & 255
            lines = 2 * (minima + parts)
            upper = lines + parts
            nodes = 2 * at + 3
            if np.int64(half[nodes + own] >> 16) != own + 1:
                return False
            lock(half, lines)
            # the smallest full cap: `full` in the bin, else `crowd` above it; `victim` is the bin
            # that must let somebody go
            full, crowd, victim = own, np.int64(NONE), part
            while full != NONE and half[nodes + full] & 255 != 0:
                full = np.int64((half[nodes + full] >> 8) & 255)
            weakest = block[minima + part]
            if full == NONE:
                crowd = above
                while crowd != NONE and half[upper + crowd] & 255 != 0:
                    crowd = np.int64((half[upper + crowd] >> 8) & 255)
                if crowd != NONE:
                    for t in range((half[upper + crowd] >> 16) & 255, half[upper + crowd] >> 24):
                        if block[minima + t] < weakest:
                            weakest = block[minima + t]
                            victim = np.int64(t)
            there = at if victim == part else np.int64(half[lines + victim] & unlocked) << 3
            shape = np.int64(half[2 * there + 2])
            size = np.uint64(shape >> 16)
            # unsigned places, because signed ones could be negative and would keep the loops from
            # running on vectors
            held = np.uint64(there + 1 + (((shape & 255) + 2) >> 1))
            codes = (held + np.uint64((shape >> 8) & 255)) << three
            if full != NONE or crowd != NONE:
                if full != NONE and full > 0:
                    begin, beyond = (
                        np.uint8(full),
                        np.uint8(np.int64(half[nodes + full] >> 16) - full),
                    )
                    weakest = NOTHING
                    for t in range(size):
                        inside = np.uint8(byte[codes + t] - begin) < beyond
                        weakest = min(weakest, block[held + t] if inside else NOTHING)
                if weakest == NOTHING or x < weakest:
                    spot[np.int64(w & low31)] = (weakest & ~low32) | (m & low32)
                    unlock(half, lines)
                    batch[waiting] = edge
                    waiting += 1
                    continue
                place = np.uint64(0)
                while block[held + place] != weakest:
                    place += one
                v = np.int64(byte[codes + place])
                out = np.int64(low32 - (weakest & low32))
                ask(wish, out + 1)
                batch[waiting] = out
                waiting += 1
                if victim != part:
                    size -= one
                    block[held + place] = block[held + size]
                    byte[codes + place] = byte[codes + size]
                    half[2 * there + 2] = np.uint32(shape - (1 << 16))
                    while v != NONE:
                        half[2 * there + 3 + v] += np.uint32(1)
                        v = np.int64((half[2 * there + 3 + v] >> 8) & 255)
                    v = np.int64((block[there] >> np.uint64(40)) & np.uint64(255))
                    while v != crowd:
                        half[upper + v] += np.uint32(1)
                        v = np.int64((half[upper + v] >> 8) & 255)
                    least = NOTHING
                    for t in range(size):
                        least = min(least, block[held + t])
                    block[minima + victim] = least
                else:
                    block[held + place] = x
                    byte[codes + place] = own
                    if v != own:
                        while v != full:
                            half[nodes + v] += np.uint32(1)
                            v = np.int64((half[nodes + v] >> 8) & 255)
                        v = own
                        while v != full:
                            half[nodes + v] -= np.uint32(1)
                            v = np.int64((half[nodes + v] >> 8) & 255)
                    if weakest == block[minima + part]:
                        least = NOTHING
                        for t in range(size):
                            least = min(least, block[held + t])
                        block[minima + part] = least
                        if full == 0:
                            spot[np.int64(w & low31)] = (least & ~low32) | (m & low32)
                    unlock(half, lines)
                    continue
            shape = np.int64(half[2 * at + 2])
            held = np.uint64(at + 1 + (((shape & 255) + 2) >> 1))
            size = np.uint64(shape >> 16)
            block[held + size] = x
            byte[((held + np.uint64((shape >> 8) & 255)) << three) + size] = own
            half[2 * at + 2] = np.uint32(shape + (1 << 16))
            block[minima + part] = min(block[minima + part], x)
            v = own
            while v != NONE:
                half[nodes + v] -= np.uint32(1)
                v = np.int64((half[nodes + v] >> 8) & 255)
            v = above
            while v != crowd:
                half[upper + v] -= np.uint32(1)
                v = np.int64((half[upper + v] >> 8) & 255)
            unlock(half, lines)
        still = 0
        for i in range(waiting):
            edge = batch[i]
            batch[still] = edge + 1
            still += int((wish[edge] & last) == 0)
        waiting = still
    return True


def _held(
    wishes: Any,
    order: Any,
    first: Any,
    line: Any,
    block: Any,
    half: Any,
    byte: Any,
    count: Any,
    weakest: Any,
) -> Any:
    """One bit for every edge that these bins hold; `count` and `weakest` [nodes] get what their
    nodes hold themselves."""
    low32, six, mask, one = np.uint64(0xFFFFFFFF), np.uint64(6), np.uint64(63), np.uint64(1)
    marks = np.zeros((wishes >> 6) + 2, np.uint64)
    for b in range(line.size):
        at = line[b] << 3
        shape = np.int64(half[2 * at + 2])
        held = at + 1 + (((shape & 255) + 2) >> 1)
        codes = (held + ((shape >> 8) & 255)) << 3
        for t in range(shape >> 16):
            word = block[held + t]
            edge = low32 - (word & low32)
            marks[np.int64(edge >> six)] |= one << (edge & mask)
            node = order[first[b] + np.int64(byte[codes + t])]
            count[node] += 1
            weakest[node] = min(weakest[node], word)
    return marks


def _climb(parent: Any, queue: Any, count: Any, weakest: Any) -> None:
    """Add what is held below to `count` and `weakest` of every node; `queue` has parents before
    their children."""
    for at in range(parent.size - 1, -1, -1):
        v = queue[at]
        up = parent[v]
        if up >= 0:
            count[up] += count[v]
            weakest[up] = min(weakest[up], weakest[v])
