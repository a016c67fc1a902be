"""The layout of `clusters`: a tree of small caps cut into bins, each on a few cache lines of its
own.

Enterprises of some dozens of places are the usual case. A *cluster* is a top cap with all nodes
below it; a cap above it that can never refuse anybody (a county with places for all) does not
count. A cluster is cut into *bins*: subtrees (a post with its schools) that together hold hardly
more than the cluster does; the nodes above them are its *upper* nodes. Each begins on a line:

    bin      a word [bins of the cluster · 2⁴⁸ + upper node above · 2⁴⁰ + number in the cluster ·
    2³² + line of the cluster];
             halves of words [held · 2¹⁶ + places · 2⁸ + nodes] and, for every node in preorder,
             [end · 2¹⁶ + node above · 2⁸ + places left]; the held words in no order;
             for each of them a byte: the node that it is held at
    cluster  for every bin the weakest word held in it; halves: for every bin its line (the first
    has the cluster's lock in
             bit 31), for every upper node [end of its bins · 2²⁴ + first bin · 2¹⁶ + upper node
             above · 2⁸ + places left]

So the nodes below a node, and the bins below an upper node, are ranges of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import aligned, kernel
from ml.matching.engine.heaps import NOTHING
from ml.matching.nested import NestedMarket

MOST_PLACES = 255
"""Places and bins of a cluster, so that each number is one byte."""
MOST_NODES = 62
"""Nodes of a bin: numbers of six bits in `spot`, of which 63 is taken."""
NONE = 255
"""Stands for the node above where there is none."""
NOWHERE = np.uint64(0xFFFFFFFF)
"""Stands for line and number of a node that is in no bin."""
UPPER, BIN, INSIDE, OUTSIDE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Bins:
    """Clusters with nobody held; kernels change `block` and `spot`."""

    block: NDArray[np.uint64]
    spot: NDArray[np.uint64]
    """[nodes] bar · 2³² + line of the bin · 2⁶ + number in it; NOWHERE in the lower half for a node
    that is in none."""
    queue: NDArray[np.int32]
    """[nodes] parents before their children."""
    order: NDArray[np.int32]
    """Nodes bin by bin, in preorder."""
    first: NDArray[np.int64]
    """[bins] where the nodes of a bin begin in `order`."""
    line: NDArray[np.int64]
    """[bins] its first cache line in `block`."""


def bins_of(market: NestedMarket) -> Bins | None:
    """The layout of a market's tree, None when a cluster is too large for it; O(nodes · depth)."""
    nodes = len(market.parent)
    tree = (
        np.zeros(nodes + 2, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int8),
        np.empty(nodes, np.int32),
        np.zeros(nodes, np.int32),
        np.zeros(nodes, np.int32),
    )
    bins, lines = kernel(_plan)(market.parent, market.capacity, market.students, *tree)
    # caps far larger than their demand would fill the memory with empty places
    if bins < 0 or lines >= 1 << 26 or 2 * lines > len(market.wish) + 4 * nodes + 256:
        return None
    found = Bins(
        block=aligned(8 * int(lines) + 8),
        spot=np.full(nodes, NOWHERE),
        queue=tree[2],
        order=np.empty(nodes, np.int32),
        first=np.empty(bins, np.int64),
        line=np.empty(bins, np.int64),
    )
    half = found.block.view(np.uint32)
    kernel(_fill)(
        market.parent,
        market.capacity,
        *tree,
        found.block,
        half,
        found.spot,
        found.order,
        found.first,
        found.line,
    )
    return found


def _plan(
    parent: Any,
    capacity: Any,
    students: Any,
    child: Any,
    below: Any,
    queue: Any,
    most: Any,
    kind: Any,
    inside: Any,
    parts: Any,
    uppers: Any,
) -> Any:
    """(bins, cache lines); bins −1 when a cluster is too large.

    The children of v become below[child[v]:child[v + 1]]; `queue` has all nodes, parents first;
    `most` is how many a node can hold, `kind` its part in its cluster, `inside` how many nodes are
    at and below it; `parts` and `uppers` [clusters] count bins and upper nodes.
    """
    nodes = parent.size
    for v in range(nodes):
        child[parent[v] + 2] += 1
    for v in range(nodes + 1):
        child[v + 1] += child[v]
    for v in range(nodes):
        below[child[parent[v] + 1]] = v
        child[parent[v] + 1] += 1
    done = child[0]
    queue[:done] = below[:done]
    for at in range(nodes):
        v = queue[at]
        for t in range(child[v], child[v + 1]):
            queue[done] = below[t]
            done += 1
    idle = np.zeros(nodes, np.bool_)
    split = np.zeros(nodes, np.bool_)
    for at in range(nodes - 1, -1, -1):
        v = queue[at]
        total = np.int64(0)
        inside[v] = 1
        for t in range(child[v], child[v + 1]):
            total += most[below[t]]
            inside[v] += inside[below[t]]
        most[v] = min(np.int64(capacity[v]), students)
        if child[v] < child[v + 1]:
            idle[v] = capacity[v] >= min(total, students)
            most[v] = min(np.int64(most[v]), total)
            # bins take room for all that their nodes could hold: worth it up to half as much again
            split[v] = 2 * total <= 3 * np.int64(most[v]) or inside[v] > MOST_NODES
    cluster = np.empty(nodes, np.int32)
    tops = 0
    bins = 0
    lines = 0
    for at in range(nodes):
        v = queue[at]
        up = parent[v]
        if up >= 0 and kind[up] != OUTSIDE:
            cluster[v] = cluster[up]
            if kind[up] != UPPER:
                kind[v] = INSIDE
                continue
        elif idle[v]:
            kind[v] = OUTSIDE
            continue
        elif most[v] > MOST_PLACES:
            return -1, 0
        else:
            cluster[v] = tops
            tops += 1
        if split[v]:
            kind[v] = UPPER
            uppers[cluster[v]] += 1
        else:
            kind[v] = BIN
            parts[cluster[v]] += 1
            bins += 1
            lines += (8 + ((inside[v] + 2) >> 1) + most[v] + ((most[v] + 7) >> 3)) >> 3
    for c in range(tops):
        if parts[c] > MOST_PLACES or uppers[c] >= NONE:
            return -1, 0
        lines += (parts[c] + ((parts[c] + uppers[c] + 1) >> 1) + 7) >> 3
    return bins, lines


def _fill(
    parent: Any,
    capacity: Any,
    child: Any,
    below: Any,
    queue: Any,
    most: Any,
    kind: Any,
    inside: Any,
    parts: Any,
    uppers: Any,
    block: Any,
    half: Any,
    spot: Any,
    order: Any,
    first: Any,
    line: Any,
) -> None:
    """Lay the clusters out with nobody held; for what is given see `_plan`, for the rest `Bins`."""
    nodes = parent.size
    number = np.empty(nodes, np.int32)
    stack = np.empty(nodes + 1, np.int32)
    tops = 0
    free = 0
    b = 0
    made = 0
    for at in range(nodes):
        top = queue[at]
        if kind[top] > BIN or (parent[top] >= 0 and kind[parent[top]] != OUTSIDE):
            continue
        here = free
        table = 2 * ((here << 3) + parts[tops])
        free += (parts[tops] + ((parts[tops] + uppers[tops] + 1) >> 1) + 7) >> 3
        part = 0
        upper = 0
        deep = 1
        stack[0] = top
        while deep > 0:
            deep -= 1
            v = stack[deep]
            above = NONE
            if v != top:
                above = number[parent[v]]
            if kind[v] == UPPER:
                number[v] = upper
                half[table + parts[tops] + upper] = np.uint32(
                    (part << 16) | (above << 8) | min(capacity[v], MOST_PLACES)
                )
                upper += 1
                for t in range(child[v], child[v + 1]):
                    stack[deep] = below[t]
                    deep += 1
                continue
            words = free << 3
            block[words] = np.uint64((above << 40) | (part << 32) | here) | (
                np.uint64(parts[tops]) << np.uint64(48)
            )
            block[(here << 3) + part] = NOTHING
            half[table + part] = np.uint32(free)
            half[2 * words + 2] = np.uint32((most[v] << 8) | inside[v])
            line[b] = free
            first[b] = made
            begin = deep
            stack[deep] = v
            deep += 1
            while deep > begin:
                deep -= 1
                u = stack[deep]
                own = made - first[b]
                number[u] = own
                over = NONE
                if u != v:
                    over = number[parent[u]]
                half[2 * words + 3 + own] = np.uint32(
                    ((own + inside[u]) << 16) | (over << 8) | min(capacity[u], MOST_PLACES)
                )
                spot[u] = np.uint64((free << 6) | own)
                order[made] = u
                made += 1
                for t in range(child[u], child[u + 1]):
                    stack[deep] = below[t]
                    deep += 1
            free += (8 + ((inside[v] + 2) >> 1) + most[v] + ((most[v] + 7) >> 3)) >> 3
            part += 1
            b += 1
            up = v
            while up != top:
                up = parent[up]
                at_up = table + parts[tops] + number[up]
                half[at_up] = (half[at_up] & np.uint32(0xFFFFFF)) | np.uint32(part << 24)
        tops += 1
