"""Deferred acceptance under trees whose top caps hold few, compiled: everything below such a cap is one run of memory.

Enterprises of some dozens of places are the usual case. A *cluster* is a top cap with all nodes below it; a cap above it that
can never refuse anybody (a county with places for all) does not count. A cluster's run of words is
    [held], one word for every node in preorder (end · 2⁴⁸ + node above · 2³² + places left), the held words in no order, and
    for each of them one byte: the node that it is held at.
So the nodes below a node are a range of numbers, and the weakest wish under a full cap is found by looking at all that are held,
a few cache lines in sequence without a branch. That is faster than a heap at every node, as long as a cluster is small. Words, bars
and batches are as in `flat`. A held word is replaced by the one that displaces it, in its place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.compiled import aligned, kernel
from ml.matching.flat import read
from ml.matching.heaps import NOTHING, ask
from ml.matching.nested import NestedMarket, NestedOutcome, cutoffs_from

BATCH = 32
MOST_NODES = 255
MOST_PLACES = 256
TOP = 0xFFFF
OUTSIDE = np.uint64(0xFFFFFFFF)
"""Stands for cluster and node of a cap that belongs to no cluster."""


def solve_clusters(market: NestedMarket, begin: NDArray[np.int32] | None = None) -> NestedOutcome | None:
    """The outcome; None for a market that is not made of small clusters, or with wishes at nodes that have nodes below them.

    Guarantees and `begin` as `solve.solve_nested`.
    """
    nodes = len(market.parent)
    spot, order, first, places = (
        np.empty(nodes, np.uint64), np.empty(nodes, np.int32), np.empty(nodes + 1, np.int64), np.empty(nodes, np.int32),
    )  # fmt: skip
    above, end = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    clusters = kernel(_plan)(market.parent, market.capacity, market.students, spot, order, first, places, above, end)
    if clusters < 0:
        return None
    first, places = first[: clusters + 1], places[:clusters].astype(np.int64)
    words = 1 + np.diff(first) + places + ((places + 7) >> 3)
    base = np.concatenate([[0], np.cumsum((words + 7) >> 3 << 3)])
    if int(base[-1]) > 4 * len(market.wish) + 1024:
        return None
    block = aligned(int(base[-1]) + 8)
    kernel(_fill)(market.capacity, order, first, places, above, end, base, block)
    start = np.zeros(0, np.int32) if begin is None else begin.astype(np.int32)
    if not kernel(_propose)(market.indptr, market.wish, start, spot, base, first, places, block, block.view(np.uint8)):
        return None
    count, weakest = np.zeros(nodes, np.int32), np.full(nodes, NOTHING)
    marks = kernel(_held)(len(market.wish), order, first, places, above, base, block, block.view(np.uint8), count, weakest)
    del block
    kernel(_rise)(market.parent, spot, count, weakest)
    node, choice, proposals = kernel(read)(market.indptr, market.wish, marks)
    return NestedOutcome(node, choice, cutoffs_from(weakest, count, market.capacity), count, int(proposals))


def _plan(
    parent: Any, capacity: Any, students: Any, spot: Any, order: Any, first: Any, places: Any, above: Any, end: Any
) -> Any:  # fmt: skip
    """Number of clusters, −1 when one is too large.

    Cluster c has the nodes order[first[c]:first[c + 1]] in preorder, and `places`. `above` and `end` [positions in order] are
    preorder numbers inside the cluster. `spot` [nodes] is cluster · 2⁸ + preorder number.
    """
    nodes = parent.size
    child = np.zeros(nodes + 2, np.int64)
    for v in range(nodes):
        child[parent[v] + 2] += 1
    for v in range(nodes + 1):
        child[v + 1] += child[v]
    below = np.empty(nodes, np.int32)
    for v in range(nodes):
        below[child[parent[v] + 1]] = v
        child[parent[v] + 1] += 1
    # now the children of v are below[child[v]:child[v + 1]], the roots those before child[0]
    queue = np.empty(nodes, np.int32)
    done = child[0]
    queue[:done] = below[:done]
    for at in range(nodes):
        v = queue[at]
        for t in range(child[v], child[v + 1]):
            queue[done] = below[t]
            done += 1
    most = np.empty(nodes, np.int64)
    idle = np.zeros(nodes, np.bool_)
    for at in range(nodes - 1, -1, -1):
        v = queue[at]
        total = np.int64(0)
        for t in range(child[v], child[v + 1]):
            total += most[below[t]]
        inner = child[v] < child[v + 1]
        idle[v] = inner and capacity[v] >= min(total, students)
        most[v] = min(np.int64(capacity[v]), students)
        if inner:
            most[v] = min(most[v], total)
    outside = np.zeros(nodes, np.bool_)
    stack = np.empty(nodes + 1, np.int32)
    clusters = 0
    made = 0
    first[0] = 0
    for at in range(nodes):
        top = queue[at]
        up = parent[top]
        if up >= 0 and not outside[up]:
            continue
        if idle[top]:
            outside[top] = True
            spot[top] = OUTSIDE
            continue
        if most[top] > MOST_PLACES:
            return -1
        places[clusters] = most[top]
        start = made
        deep = 1
        stack[0] = top
        while deep > 0:
            deep -= 1
            v = stack[deep]
            order[made] = v
            above[made] = TOP
            if v != top:
                above[made] = np.int32(spot[parent[v]] & np.uint64(255))
            if made - start >= MOST_NODES:
                return -1
            spot[v] = (np.uint64(clusters) << np.uint64(8)) | np.uint64(made - start)
            made += 1
            for t in range(child[v], child[v + 1]):
                stack[deep] = below[t]
                deep += 1
        for t in range(start, made):
            end[t] = t + 1 - start
        for t in range(made - 1, start, -1):
            u = start + above[t]
            end[u] = max(end[u], end[t])
        clusters += 1
        first[clusters] = made
    return clusters


def _fill(capacity: Any, order: Any, first: Any, places: Any, above: Any, end: Any, base: Any, block: Any) -> None:
    for c in range(first.size - 1):
        at = base[c] + 1
        for t in range(first[c], first[c + 1]):
            room = min(np.int64(capacity[order[t]]), places[c])
            block[at] = np.uint64((np.int64(end[t]) << 48) | (np.int64(above[t]) << 32) | room)
            at += 1


def _propose(
    indptr: Any, wish: Any, start: Any, spot: Any, base: Any, first: Any, places: Any, block: Any, byte: Any
) -> Any:  # fmt: skip
    """Fill the clusters; False when a wish is at a node that has nodes below it. `spot` [nodes] gets bars in its upper half."""
    low31, last, low32 = np.uint64(0x7FFFFFFF), np.uint64(0x80000000), np.uint64(0xFFFFFFFF)
    shift, eight, low8, low16, s48, one = (
        np.uint64(32), np.uint64(8), np.uint64(255), np.uint64(0xFFFF), np.uint64(48), np.uint64(1),
    )  # fmt: skip
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
                    if m == OUTSIDE:
                        return False
                    cluster = np.int64((m & low32) >> eight)
                    for at in range(base[cluster], base[cluster + 1], 8):
                        ask(block, at)
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
            m = spot[np.int64(w & low31)]
            cluster = np.int64((m & low32) >> eight)
            own = np.int64(m & low8)
            at = base[cluster]
            nodes = at + 1
            held = nodes + first[cluster + 1] - first[cluster]
            codes = (held + places[cluster]) << 3
            x = (w & ~low32) | (low32 - np.uint64(edge))
            if np.int64(block[nodes + own] >> s48) != own + 1:
                return False
            full = own
            while full != TOP and block[nodes + full] & low32 != np.uint64(0):
                full = np.int64((block[nodes + full] >> shift) & low16)
            size = np.int64(block[at])
            if full == TOP:
                block[held + size] = x
                byte[codes + size] = own
                block[at] = np.uint64(size + 1)
                v = own
                while v != TOP:
                    block[nodes + v] -= one
                    v = np.int64((block[nodes + v] >> shift) & low16)
                continue
            # unsigned places, because signed ones could be negative and would keep the loop from running on vectors
            begin, beyond = np.uint8(full), np.uint8(np.int64(block[nodes + full] >> s48) - full)
            word_at, code_at = np.uint64(held), np.uint64(codes)
            weakest = NOTHING
            for t in range(np.uint64(size)):
                inside = np.uint8(byte[code_at + t] - begin) < beyond
                weakest = min(weakest, block[word_at + t] if inside else NOTHING)
            place = np.uint64(0)
            while weakest != NOTHING and block[word_at + place] != weakest:
                place += one
            if weakest == NOTHING or x < weakest:
                spot[np.int64(w & low31)] = (weakest & ~low32) | (m & low32)
                batch[waiting] = edge
                waiting += 1
                continue
            v = np.int64(byte[code_at + place])
            block[word_at + place] = x
            byte[code_at + place] = own
            if v != own:
                while v != full:
                    block[nodes + v] += one
                    v = np.int64((block[nodes + v] >> shift) & low16)
                v = own
                while v != full:
                    block[nodes + v] -= one
                    v = np.int64((block[nodes + v] >> shift) & low16)
            out = np.int64(low32 - (weakest & low32))
            ask(wish, out + 1)
            batch[waiting] = out
            waiting += 1
        still = 0
        for i in range(waiting):
            edge = batch[i]
            batch[still] = edge + 1
            still += int((wish[edge] & last) == 0)
        waiting = still
    return True


def _held(
    wishes: Any, order: Any, first: Any, places: Any, above: Any, base: Any, block: Any, byte: Any, count: Any, weakest: Any
) -> Any:  # fmt: skip
    """One bit for every held edge; `count` and `weakest` [nodes] get what is held inside the clusters."""
    low32, six, mask, one = np.uint64(0xFFFFFFFF), np.uint64(6), np.uint64(63), np.uint64(1)
    marks = np.zeros((wishes >> 6) + 2, np.uint64)
    for c in range(first.size - 1):
        held = base[c] + 1 + first[c + 1] - first[c]
        codes = (held + places[c]) << 3
        for t in range(np.int64(block[base[c]])):
            word = block[held + t]
            edge = low32 - (word & low32)
            marks[np.int64(edge >> six)] |= one << (edge & mask)
            v = np.int64(byte[codes + t])
            while v != TOP:
                node = order[first[c] + v]
                count[node] += 1
                weakest[node] = min(weakest[node], word)
                v = np.int64(above[first[c] + v])
    return marks


def _rise(parent: Any, spot: Any, count: Any, weakest: Any) -> None:
    """Bring the counts of top caps to the idle caps above them."""
    for node in range(parent.size):
        if spot[node] & np.uint64(0xFFFFFFFF) != OUTSIDE:
            v = parent[node]
            if v >= 0 and spot[v] == OUTSIDE:
                while v >= 0:
                    count[v] += count[node]
                    weakest[v] = min(weakest[v], weakest[node])
                    v = parent[v]
