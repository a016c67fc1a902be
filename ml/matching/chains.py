"""Vacancy chains: a free place goes to the best student who claims it, whose old place goes on (Blum, Roth, Rothblum 1997).

Under nested caps a place that falls free opens the path of caps above it. The best claim below the largest cap that was full,
among those with room all the way up, takes it: deleting one element of a greedy basis of a matroid lets exactly one element in,
the best that fits. So the outcome is stable again after every chain, and nobody is worse off.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.compiled import chosen, kernel
from ml.matching.nested import NestedMarket


def refill(
    market: NestedMarket,
    choice: NDArray[np.int32],
    room: NDArray[np.int64],
    freed: NDArray[np.int64],
    absent: NDArray[np.bool_],
    *,
    compiled: bool | None = None,
) -> tuple[NDArray[np.int32], int]:
    """Pass on free places; returns ([students] new positions, chains' moves). `choice` and `room` stay as they are.

    `choice` [students]: a stable outcome, but for the `freed` places, whose holders are gone from it already. `room` [nodes]:
    capacity minus count *before* anybody left. `freed`: nodes, one entry for each place. `absent` [students] get nothing.
    O(claims) for the index of claims plus, for every move, the open nodes below the largest cap that was full.
    """
    run_compiled = chosen(compiled, len(market.wish))
    index, chain = kernels() if run_compiled else (_index, _chain)
    start, claim, owner = index(market.indptr, market.wish, choice, absent, len(market.parent))
    order = np.argsort(market.parent, kind="stable")
    child = np.searchsorted(market.parent[order], np.arange(len(market.parent) + 1))
    now, free = choice.copy(), room.astype(np.int64)
    moves = chain(market.indptr, market.wish, market.parent.astype(np.int64), order, child, free, now, start, claim, owner, freed)
    return now, int(moves)


def _index(indptr: Any, wish: Any, choice: Any, absent: Any, nodes: Any) -> Any:
    """(start [nodes + 1], claim, owner): the wishes above each present student's result, by node, in no order.

    A claim is key · 2³² + (2³² − 1 − edge), so that the better one is the larger one.
    """
    low31, low32 = np.uint64(0x7FFFFFFF), np.uint64(0xFFFFFFFF)
    start = np.zeros(nodes + 2, np.int64)
    for student in range(len(choice)):
        if not absent[student]:
            end = indptr[student] + choice[student] if choice[student] >= 0 else indptr[student + 1]
            for edge in range(indptr[student], end):
                start[np.int64(wish[edge] & low31) + 2] += 1
    for node in range(nodes + 1):
        start[node + 1] += start[node]
    claim = np.empty(start[nodes + 1], np.uint64)
    owner = np.empty(start[nodes + 1], np.int32)
    for student in range(len(choice)):
        if not absent[student]:
            end = indptr[student] + choice[student] if choice[student] >= 0 else indptr[student + 1]
            for edge in range(indptr[student], end):
                slot = np.int64(wish[edge] & low31) + 1
                claim[start[slot]] = (wish[edge] & ~low32) | (low32 - np.uint64(edge))
                owner[start[slot]] = student
                start[slot] += 1
    return start[:-1], claim, owner


def _chain(
    indptr: Any, wish: Any, parent: Any, order: Any, child: Any, room: Any, choice: Any,
    start: Any, claim: Any, owner: Any, freed: Any,
) -> Any:  # fmt: skip
    low31, low32 = np.uint64(0x7FFFFFFF), np.uint64(0xFFFFFFFF)
    stack = np.empty(len(parent) + 1, np.int64)
    moves = 0
    for place in freed:
        node = np.int64(place)
        while node >= 0:
            top = np.int64(-1)
            v = node
            while v >= 0:
                if room[v] == 0:
                    top = v
                room[v] += 1
                v = parent[v]
            node = np.int64(-1)
            if top < 0:
                break
            best = np.uint64(0)
            taker = np.int64(-1)
            depth = 1
            stack[0] = top
            while depth > 0:
                depth -= 1
                v = stack[depth]
                if room[v] <= 0:
                    continue
                for t in range(start[v], start[v + 1]):
                    if claim[t] <= best:
                        continue
                    edge = np.int64(low32 - (claim[t] & low32))
                    student = np.int64(owner[t])
                    if choice[student] < 0 or indptr[student] + choice[student] > edge:
                        best = claim[t]
                        taker = student
                for t in range(child[v], child[v + 1]):
                    stack[depth] = order[t]
                    depth += 1
            if taker < 0:
                break
            moves += 1
            edge = np.int64(low32 - (best & low32))
            if choice[taker] >= 0:
                node = np.int64(wish[indptr[taker] + choice[taker]] & low31)
            choice[taker] = edge - indptr[taker]
            v = np.int64(wish[edge] & low31)
            while v >= 0:
                room[v] -= 1
                v = parent[v]
    return moves


@cache
def kernels() -> tuple[Any, Any]:
    """(index, chain), compiled."""
    return kernel(_index), kernel(_chain)
