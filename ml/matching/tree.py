"""Deferred acceptance under a tree of caps, compiled: MATCHING.md §5 with batches as in `flat`.

The nodes are renumbered into *slots* so that siblings lie side by side, roots first; a cap with more than FAN children gets
layers of unlimited slots in between, so that the weakest held under any cap is found again after a change by looking at no more
than FAN words a layer (a tournament). Of each slot the kernel keeps `room` (places left) and `weakest` (the weakest wish held
below it). A wish offered to a node goes up to the smallest full cap; there it displaces the weakest or is refused. Refusals
leave a bar behind at the node; bars only rise, so most later refusals cost one look.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.compiled import aligned, kernel
from ml.matching.flat import BATCH, read_kernel, wishes_by_node
from ml.matching.nested import NestedMarket, NestedOutcome, cutoffs_from, levels, proposals_of
from ml.matching.prefetch import prefetch, sift_down, sift_up

FAN = 16
UNLIMITED = 2**31 - 1
EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Slots:
    """The tree as the kernel walks it."""

    slot_of: NDArray[np.int32]
    """[nodes]"""
    up: NDArray[np.int32]
    """[slots] −1 for a root."""
    child: NDArray[np.int32]
    """[slots + 1] the children of slot v are the slots child[v] to child[v + 1] − 1."""
    room: NDArray[np.int32]
    """[slots] the cap."""


def slots_of(parent: NDArray[np.int32], capacity: NDArray[np.int32]) -> Slots:
    """Renumber a tree layer by layer; O(nodes · log nodes / log FAN)."""
    nodes = len(parent)
    order = np.argsort(parent, kind="stable").astype(np.int64)
    start = np.searchsorted(parent[order], np.arange(nodes + 1)).astype(np.int64)
    slot_of = np.full(nodes, -1, np.int32)
    # a layer is a list of tasks: (slot above, first and last position in `order` of the nodes to hang below it)
    roots = int(start[0]) if nodes else 0
    layer_nodes = order[:roots]
    ups, rooms, fans = [np.full(roots, -1, np.int64)], [capacity[layer_nodes].astype(np.int64)], []
    slot_of[layer_nodes] = np.arange(roots)
    low, high = start[layer_nodes], start[layer_nodes + 1]
    made = roots
    while len(low):
        width = high - low
        direct = width <= FAN
        step = np.ones_like(width)
        while (step * FAN < width).any():
            step = np.where(step * FAN < width, step * FAN, step)
        children = np.where(direct, width, -(-width // step))
        fans.append(children)
        owner = np.repeat(np.arange(len(low)), children)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(children) - children, children)
        first = low[owner] + place * step[owner]
        end = np.minimum(first + step[owner], high[owner])
        real = direct[owner]
        node = np.where(real, order[np.minimum(first, nodes - 1)], -1)
        above = made - len(low)
        ups.append(above + owner)
        rooms.append(np.where(real, capacity[node], UNLIMITED))
        slots = made + np.arange(len(owner))
        slot_of[node[real]] = slots[real]
        low = np.where(real, start[node], first)
        high = np.where(real, start[node + 1], end)
        made += len(owner)
    fan = np.concatenate(fans) if fans else np.zeros(0, np.int64)
    child = np.concatenate([[0], np.cumsum(fan)]) + roots
    return Slots(
        slot_of=slot_of,
        up=np.concatenate(ups).astype(np.int32),
        child=child.astype(np.int32),
        room=np.concatenate(rooms).astype(np.int32),
    )


def solve_tree(market: NestedMarket, begin: NDArray[np.int32] | None = None) -> NestedOutcome:
    """The outcome under any tree of caps; guarantees and `begin` as `solve.solve_nested`."""
    slots = slots_of(market.parent, market.capacity)
    most = np.minimum(_least_above(market), market.students).astype(np.int64)
    lines = (most + 8) >> 3
    if int(lines.sum()) > len(market.wish) + 2 * len(most) + 128:
        most = np.minimum(most, wishes_by_node(market))
        lines = (most + 8) >> 3
    first = np.cumsum(lines) - lines
    block = aligned(8 * int(lines.sum()) + 8)
    block[8 * first] = slots.slot_of.astype(np.uint64) << np.uint64(32)
    meta = first.astype(np.uint64)
    meta[most == 0] |= np.uint64(0xFFFFFFFF00000000)
    room = slots.room.copy()
    weakest = np.full(len(room), EMPTY, np.uint64)
    line_of = np.zeros(len(room), np.int64)
    line_of[slots.slot_of] = first
    cap_above, idle = _caps_above(market, slots)
    start = np.zeros(0, np.int32) if begin is None else begin.astype(np.int32)
    propose_kernel()(market.indptr, market.wish, start, block, meta, slots.up, slots.child, room, weakest, line_of, cap_above)
    node, choice = read_kernel()(market.indptr, market.wish, block, meta)
    count = market.capacity - room[slots.slot_of]
    for level in reversed(levels(market.parent)) if idle.any() else []:
        inner = level[(market.parent[level] >= 0) & idle[market.parent[level]]]
        np.add.at(count, market.parent[inner], count[inner])
    return NestedOutcome(
        node=node,
        choice=choice,
        cutoff=cutoffs_from(weakest[slots.slot_of], count, market.capacity),
        count=count,
        proposals=proposals_of(market, choice),
    )


def _caps_above(market: NestedMarket, slots: Slots) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """([slots] the next cap above that can refuse anybody, −1 for none; [nodes] whether a cap holds as many as there are)."""
    idle = market.capacity >= market.students
    passed = np.ones(len(slots.up), bool)
    passed[slots.slot_of] = idle
    above = slots.up.copy()
    while (going := (above >= 0) & passed[above]).any():
        above[going] = slots.up[above[going]]
    return above, idle


def _least_above(market: NestedMarket) -> NDArray[np.int32]:
    """[nodes] the smallest cap on the way up."""
    least = market.capacity.copy()
    above = market.parent
    while (above >= 0).any():
        least = np.where(above >= 0, np.minimum(least, market.capacity[above]), least)
        above = np.where(above >= 0, market.parent[above], -1)
    return least


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
                    prefetch(block, at)
                    prefetch(block, at + 8)
                    ready[count] = edge
                    count += 1
                    break
                if w & last:
                    break
                edge += 1
        for i in range(count):
            w = wish[ready[i]]
            slot = np.int64(block[np.int64(meta[np.int64(w & low31)] & low32) << 3] >> shift)
            prefetch(room, slot)
            above = np.int64(up[slot])
            if above >= 0:
                prefetch(room, above)
                prefetch(weakest, np.int64(child[above]))
                prefetch(weakest, above)
        waiting = 0
        for i in range(count):
            edge = ready[i]
            w = wish[edge]
            node = np.int64(w & low31)
            line = meta[node] & low32
            at = np.int64(line) << 3
            x = (w & ~low32) | (low32 - np.uint64(edge))
            slot = np.int64(block[at] >> shift)
            full = slot
            while full >= 0 and room[full] > 0:
                full = np.int64(cap_above[full])
            out = np.int64(-1)
            if full >= 0:
                y = weakest[full]
                if y == nothing or x < y:
                    # a cap of zero bars everybody, any other full cap whoever is below its weakest
                    meta[node] = (y & ~low32) | line
                    batch[waiting] = edge
                    waiting += 1
                    prefetch(wish, edge + 1)
                    continue
                out = np.int64(low32 - (y & low32))
                # take the weakest out: it is the root of the heap at the end of the path of equal words
                gone = full
                down = True
                while down:
                    down = False
                    for t in range(child[gone], child[gone + 1]):
                        if weakest[t] == y:
                            gone = np.int64(t)
                            down = True
                            break
                there = np.int64(line_of[gone]) << 3
                size = np.int64(block[there] & low32)
                block[there] -= np.uint64(1)
                if size > 1:
                    sift_down(block, there + 1, size - 1, block[there + size])
                v = gone
                while v != full:
                    room[v] += 1
                    v = np.int64(cap_above[v])
                v = gone
                while True:
                    least = nothing
                    if v == gone and size > 1:
                        least = block[there + 1]
                    for t in range(child[v], child[v + 1]):
                        least = min(least, weakest[t])
                    if weakest[v] == least:
                        break
                    weakest[v] = least
                    v = np.int64(up[v])
                    if v < 0:
                        break
                prefetch(wish, out + 1)
                batch[waiting] = out
                waiting += 1
            sift_up(block, at + 1, np.int64(block[at] & low32), x)
            block[at] += np.uint64(1)
            v = slot
            while v != full:
                room[v] -= 1
                v = np.int64(cap_above[v])
            v = slot
            while v >= 0 and x < weakest[v]:
                weakest[v] = x
                v = np.int64(up[v])
            if room[slot] == 0:
                meta[node] = (weakest[slot] & ~low32) | line
        still = 0
        for i in range(waiting):
            edge = batch[i]
            if not wish[edge] & last:
                batch[still] = edge + 1
                still += 1
        waiting = still


@cache
def propose_kernel() -> Any:
    """The kernel, compiled."""
    return kernel(_propose)
