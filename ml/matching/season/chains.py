"""Vacancy chains: a free place goes to the best student who claims it, whose old place goes on
(Blum, Roth, Rothblum 1997).

Under nested caps a place that falls free opens the path of caps above it. The best claim below the
largest cap that was full, among those with room all the way up, takes it: deleting one element of a
greedy basis of a matroid lets exactly one element in, the best that fits. So the outcome is stable
again after every chain, and nobody is worse off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import chosen, kernel
from ml.matching.engine.crew import crew_for, shares, together
from ml.matching.engine.heaps import ask
from ml.matching.nested import NestedMarket

AHEAD = 16
"""Claims and places between asking for their cache lines and coming to them."""


def refill(
    market: NestedMarket,
    choice: NDArray[np.int32],
    room: NDArray[np.int64],
    freed: NDArray[np.int64],
    absent: NDArray[np.bool_],
    *,
    compiled: bool | None = None,
    threads: int | None = None,
) -> tuple[NDArray[np.int32], int]:
    """Pass on free places; returns ([students] new positions, chains' moves). `choice` and `room`
    stay as they are.

    `choice` [students]: a stable outcome, but for the `freed` places, whose holders are gone from
    it already. `room` [nodes]: capacity minus count *before* anybody left. `freed`: nodes, one
    entry for each place. `absent` [students] get nothing. O(claims) for the index of claims plus,
    for every move, the open nodes below the largest cap that was full and their claims. `compiled`
    and `threads` as in `solve.solve_nested`.
    """
    run_compiled = chosen(compiled, len(market.wish))
    listing, spreading, chain = (
        map(kernel, (_list, _spread, _chain)) if run_compiled else (_list, _spread, _chain)
    )
    crew = crew_for(threads, len(market.wish)) if run_compiled else 1
    parts = shares(len(choice), crew)
    rows = [market.indptr[part.start : part.stop + 1] for part in parts]
    # NumPy asks the system for huge pages where numba does not; what is never written takes no
    # memory
    lists = [
        (np.empty(row[-1] - row[0], np.int32), np.empty(row[-1] - row[0], np.uint64))
        for row in rows
    ]
    counts = np.zeros((crew, len(room)), np.int32)
    made = together(
        listing,
        [
            (row, market.wish, choice[part], absent[part], part.start, node, code, count)
            for row, part, (node, code), count in zip(rows, parts, lists, counts, strict=True)
        ],
    )
    # claims of one node stand together, those of the first thread first
    start = np.concatenate([[0], np.cumsum(counts.sum(axis=0, dtype=np.int64))])
    slots = start[:-1] + np.cumsum(counts, axis=0) - counts
    claims = np.empty(int(start[-1]), np.uint64)
    jobs = zip(lists, made, slots, strict=True)
    together(
        spreading,
        [(node[:listed], code[:listed], slot, claims) for (node, code), listed, slot in jobs],
    )
    order = np.argsort(market.parent, kind="stable")
    child = np.searchsorted(market.parent[order], np.arange(len(market.parent) + 1))
    now, free = choice.copy(), room.astype(np.int64)
    moves = chain(
        market.indptr,
        market.wish,
        market.parent.astype(np.int64),
        order,
        child,
        free,
        now,
        start,
        claims,
        freed.copy(),
    )
    return now, int(moves)


def _list(
    indptr: Any, wish: Any, choice: Any, absent: Any, first: Any, node: Any, code: Any, count: Any
) -> Any:
    """List the claims of some students, of whom `first` is the number of the first, and count them
    by node; returns how many.

    Claims are the wishes above each present student's result: key · 2³² + (2³² − 1 − student), so
    that the better is the larger.
    """
    low31, low32 = np.uint64(0x7FFFFFFF), np.uint64(0xFFFFFFFF)
    made = 0
    for student in range(len(choice)):
        ask(wish, indptr[student] + 256)
        if not absent[student]:
            end = indptr[student] + choice[student] if choice[student] >= 0 else indptr[student + 1]
            for edge in range(indptr[student], end):
                at = np.int64(wish[edge] & low31)
                node[made] = at
                code[made] = (wish[edge] & ~low32) | (low32 - np.uint64(first + student))
                count[at] += 1
                made += 1
    return made


def _spread(node: Any, code: Any, slot: Any, claims: Any) -> None:
    """Write the listed claims to where `slot` [nodes] begins for each node; `slot` moves on."""
    for i in range(len(node)):
        ask(claims, np.int64(slot[np.int64(node[min(i + AHEAD, len(node) - 1)])]))
        claims[slot[node[i]]] = code[i]
        slot[node[i]] += 1


def _chain(
    indptr: Any,
    wish: Any,
    parent: Any,
    order: Any,
    child: Any,
    room: Any,
    choice: Any,
    start: Any,
    claims: Any,
    places: Any,
) -> Any:
    """Pass on `places` (nodes, overwritten), a round of all chains at a time so that their cache
    misses overlap; returns moves."""
    low31, low32, shift = np.uint64(0x7FFFFFFF), np.uint64(0xFFFFFFFF), np.uint64(32)
    stack = np.empty(len(parent) + 1, np.int64)
    moves = 0
    moved = np.zeros(len(choice), np.bool_)
    free = len(places)
    while free > 0:
        passed = 0
        for i in range(free):
            ask(start, places[min(i + 2 * AHEAD, free - 1)])
            later = start[places[min(i + AHEAD, free - 1)]]
            ask(claims, later)
            ask(claims, later + 8)
            ask(claims, later + 16)
            top = np.int64(-1)
            v = places[i]
            while v >= 0:
                if room[v] == 0:
                    top = v
                room[v] += 1
                v = parent[v]
            if top < 0:
                continue
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
                    if claims[t] <= best:
                        continue
                    student = np.int64(low32 - (claims[t] & low32))
                    edge = np.int64(-1)
                    if moved[student]:
                        edge = indptr[student] + choice[student]
                        while edge >= indptr[student] and np.int64(wish[edge] & low31) != v:
                            edge -= 1
                    if (
                        not moved[student]
                        or indptr[student] <= edge < indptr[student] + choice[student]
                    ):
                        best = claims[t]
                        taker = student
                for t in range(child[v], child[v + 1]):
                    stack[depth] = order[t]
                    depth += 1
            if taker < 0:
                continue
            moves += 1
            # a student who has one key at several nodes below the cap takes the wish that stands
            # higher on the list
            edge = indptr[taker] - 1
            v = np.int64(-1)
            while v != top:
                edge += 1
                if wish[edge] >> shift == best >> shift:
                    v = np.int64(wish[edge] & low31)
                    while v >= 0 and v != top and room[v] > 0:
                        v = parent[v]
            if choice[taker] >= 0:
                places[passed] = np.int64(wish[indptr[taker] + choice[taker]] & low31)
                passed += 1
            choice[taker] = edge - indptr[taker]
            moved[taker] = True
            v = np.int64(wish[edge] & low31)
            while v >= 0:
                room[v] -= 1
                v = parent[v]
        free = passed
    return moves
