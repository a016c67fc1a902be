"""The tree of caps laid out for the kernels: siblings side by side, heaps on cache lines.

The nodes are renumbered into *slots*, roots first; a cap with more than FAN children gets layers of
unlimited slots in between, so that the weakest held under any cap is found again after a change by
looking at no more than FAN words a layer (a tournament).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import aligned
from ml.matching.nested import NestedMarket, levels, wishes_by_node

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
    # a layer is a list of tasks: (slot above, first and last position in `order` of the nodes to
    # hang below it)
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


@dataclass(frozen=True, slots=True)
class Forest:
    """What the kernels change while they run; nobody is held yet."""

    slots: Slots
    line: NDArray[np.int64]
    """[nodes] first cache line (of eight words) of the node's heap in `block`."""
    block: NDArray[np.uint64]
    """A heap is [slot · 2³² + held] and the held words, weakest first."""
    room: NDArray[np.int32]
    """[slots] places left."""
    weakest: NDArray[np.uint64]
    """[slots] the weakest word held below, EMPTY for nobody."""
    line_of: NDArray[np.int64]
    """[slots] as `line`."""
    cap_above: NDArray[np.int32]
    """[slots] the next cap above that can refuse anybody, −1 for none."""
    idle: NDArray[np.bool_]
    """[nodes] whether a cap holds as many as there are."""
    shut: NDArray[np.bool_]
    """[nodes] whether a cap of zero is on the way up."""


def planted(market: NestedMarket) -> Forest:
    """The layout of a market's tree; O(nodes · depth)."""
    slots = slots_of(market.parent, market.capacity)
    most = np.minimum(_least_above(market), market.students).astype(np.int64)
    lines = (most + 8) >> 3
    if int(lines.sum()) > len(market.wish) + 2 * len(most) + 128:
        most = np.minimum(most, wishes_by_node(market))
        lines = (most + 8) >> 3
    first = np.cumsum(lines) - lines
    block = aligned(8 * int(lines.sum()) + 8)
    block[8 * first] = slots.slot_of.astype(np.uint64) << np.uint64(32)
    line_of = np.zeros(len(slots.room), np.int64)
    line_of[slots.slot_of] = first
    cap_above, idle = _caps_above(market, slots)
    return Forest(
        slots=slots,
        line=first,
        block=block,
        room=slots.room.copy(),
        weakest=np.full(len(slots.room), EMPTY, np.uint64),
        line_of=line_of,
        cap_above=cap_above,
        idle=idle,
        shut=most == 0,
    )


def counts(market: NestedMarket, forest: Forest) -> NDArray[np.int32]:
    """[nodes] held under each cap, after a kernel has run."""
    count: NDArray[np.int32] = market.capacity - forest.room[forest.slots.slot_of]
    for level in reversed(levels(market.parent)) if forest.idle.any() else []:
        inner = level[(market.parent[level] >= 0) & forest.idle[market.parent[level]]]
        np.add.at(count, market.parent[inner], count[inner])
    return count


def _caps_above(market: NestedMarket, slots: Slots) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """([slots] the next cap above that can refuse anybody, −1 for none; [nodes] whether a cap holds
    as many as there are)."""
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
