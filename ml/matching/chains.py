"""Vacancy chains: a free place goes to the best student who claims it, whose old place goes on (Blum, Roth, Rothblum 1997).

Under nested caps a place that falls free opens the path of caps above it. The best claim below the largest cap that was full,
among those with room all the way up, takes it: deleting one element of a greedy basis of a matroid lets exactly one element in,
the best that fits. So the outcome is stable again after every chain, and nobody is worse off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.compiled import chosen, kernel
from ml.matching.heaps import ask
from ml.matching.nested import NestedMarket

AHEAD = 8
"""Students between asking for the cache lines of claims and writing them."""


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
    O(claims) for the index of claims plus, for every move, the open nodes below the largest cap that was full and their claims.
    """
    run_compiled = chosen(compiled, len(market.wish))
    count, index, chain = map(kernel, (_count, _index, _chain)) if run_compiled else (_count, _index, _chain)
    start = np.zeros(len(market.parent) + 2, np.int32 if len(market.wish) < 2**31 else np.int64)
    count(market.indptr, market.wish, choice, absent, start)
    # NumPy asks the system for huge pages where numba does not; claims are written all over them
    claims = np.empty(start[-1], np.uint64)
    index(market.indptr, market.wish, choice, absent, start, claims)
    order = np.argsort(market.parent, kind="stable")
    child = np.searchsorted(market.parent[order], np.arange(len(market.parent) + 1))
    now, free = choice.copy(), room.astype(np.int64)
    moves = chain(market.indptr, market.wish, market.parent.astype(np.int64), order, child, free, now, start, claims, freed)
    return now, int(moves)


def _count(indptr: Any, wish: Any, choice: Any, absent: Any, start: Any) -> None:
    """Prepare `start` [nodes + 2], zeros, for `_index`; claims are the wishes above each present student's result."""
    low31 = np.uint64(0x7FFFFFFF)
    for student in range(len(choice)):
        ask(wish, indptr[student] + 256)
        if not absent[student]:
            end = indptr[student] + choice[student] if choice[student] >= 0 else indptr[student + 1]
            for edge in range(indptr[student], end):
                start[np.int64(wish[edge] & low31) + 2] += 1
    for node in range(start.size - 1):
        start[node + 1] += start[node]


def _index(indptr: Any, wish: Any, choice: Any, absent: Any, start: Any, claims: Any) -> None:
    """Write the claims by node, in no order; `start` gets the first of every node.

    A claim is key · 2³² + (2³² − 1 − student), so that the better one is the larger one.
    """
    low31, low32 = np.uint64(0x7FFFFFFF), np.uint64(0xFFFFFFFF)
    for student in range(len(choice)):
        ask(wish, indptr[student] + 256)
        later = min(student + AHEAD, len(choice) - 1)
        for edge in range(indptr[later], indptr[later] + choice[later]):
            ask(claims, np.int64(start[np.int64(wish[edge] & low31) + 1]))
        if not absent[student]:
            end = indptr[student] + choice[student] if choice[student] >= 0 else indptr[student + 1]
            for edge in range(indptr[student], end):
                slot = np.int64(wish[edge] & low31) + 1
                claims[start[slot]] = (wish[edge] & ~low32) | (low32 - np.uint64(student))
                start[slot] += 1


def _chain(
    indptr: Any, wish: Any, parent: Any, order: Any, child: Any, room: Any, choice: Any,
    start: Any, claims: Any, freed: Any,
) -> Any:  # fmt: skip
    low31, low32 = np.uint64(0x7FFFFFFF), np.uint64(0xFFFFFFFF)
    stack = np.empty(len(parent) + 1, np.int64)
    moves = 0
    moved = np.zeros(len(choice), np.bool_)
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
            aim = np.int64(-1)
            depth = 1
            stack[0] = top
            while depth > 0:
                depth -= 1
                v = stack[depth]
                if room[v] <= 0:
                    continue
                for t in range(start[v], start[v + 1]):
                    if claims[t] <= best:
                        continue
                    student = np.int64(low32 - (claims[t] & low32))
                    edge = np.int64(-1)
                    if moved[student]:
                        edge = indptr[student] + choice[student]
                        while edge >= indptr[student] and np.int64(wish[edge] & low31) != v:
                            edge -= 1
                    if not moved[student] or indptr[student] <= edge < indptr[student] + choice[student]:
                        best = claims[t]
                        taker = student
                        aim = v
                for t in range(child[v], child[v + 1]):
                    stack[depth] = order[t]
                    depth += 1
            if taker < 0:
                break
            moves += 1
            edge = indptr[taker]
            while np.int64(wish[edge] & low31) != aim:
                edge += 1
            if choice[taker] >= 0:
                node = np.int64(wish[indptr[taker] + choice[taker]] & low31)
            choice[taker] = edge - indptr[taker]
            moved[taker] = True
            v = np.int64(wish[edge] & low31)
            while v >= 0:
                room[v] -= 1
                v = parent[v]
    return moves
