"""The matching engine beside its peers and beside what the memory allows; read ratios, not seconds.

    make bench-matching            # sizes 1e3 … 1e6
    FULL=1 make bench-matching     # also 1e7 (some minutes, 1.6 GiB)

Markets: docs/matching.md#generated-markets.
"""

from __future__ import annotations

import heapq
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from benchmarks.markets import nested_market, plain_market
from ml.matching import NestedMarket, solve_nested
from ml.matching.checks.nested import audit_nested
from ml.matching.dictionaries import match_dictionaries
from ml.matching.engine.compiled import kernel
from ml.matching.engine.crew import WORTH_SHARING, crew_for, shares, together
from ml.matching.engine.flat import blocks, propose
from ml.matching.scored.bound import audit_scored
from ml.matching.scored.solving import score
from ml.matching.season.chains import refill
from ml.matching.season.steps import withdraw

ROOT = Path(__file__).parents[1]
clock = time.perf_counter
"""Wall time, since ours uses every core: run this on a machine that does nothing else."""
CORES = crew_for(None, WORTH_SHARING)


def best(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Least seconds of some calls, and the last result."""
    least, result = float("inf"), None
    for _ in range(times):
        begin = clock()
        result = work()
        least = min(least, clock() - begin)
    return least, result


def by_heapq(market: NestedMarket) -> list[int]:
    """The same in plain Python with heapq, from lists."""
    post, key, start, places = (
        market.node.tolist(),
        market.key.tolist(),
        market.indptr.tolist(),
        market.capacity.tolist(),
    )
    begin = clock()
    held: list[list[tuple[int, int]]] = [[] for _ in places]
    at = start[:-1].copy()
    for first in range(market.students):
        s = first
        while at[s] < start[s + 1]:
            j = at[s]
            heap, offer = held[post[j]], (key[j], -s)
            if len(heap) < places[post[j]]:
                heapq.heappush(heap, offer)
                break
            if heap and offer > heap[0]:
                s = -heapq.heapreplace(heap, offer)[1]
            at[s] += 1
    by_heapq.seconds = clock() - begin  # type: ignore[attr-defined]
    return [a - b if a < c else -1 for a, b, c in zip(at, start, start[1:], strict=False)]


@njit(cache=True, nogil=True)
def _gather(words: Any, where: Any) -> Any:
    total = np.uint64(0)
    for i in where:
        total += words[i]
    return total


@njit(cache=True, fastmath=True)
def _stream(words: Any) -> Any:
    total = np.uint64(0)
    for word in words:
        total += word
    return total


def nanoseconds_of_load(size: int, cores: int) -> float:
    """Nanoseconds of one independent random load from `size` bytes, when so many cores load at once."""
    words = np.ones(max(size // 8, 64), np.uint64)
    where = np.random.default_rng(5).integers(0, len(words), 4_000_000)
    _gather(words, where[:10])
    return (
        best(
            lambda: together(_gather, [(words, where[part]) for part in shares(len(where), cores)]),
            5,
        )[0]
        / len(where)
        * 1e9
    )


def memory_bounds(market: NestedMarket) -> tuple[float, float, float]:
    """Seconds: (random-access bound of one core's loads, docs/matching.md#batches; of all cores'; streaming the lists)."""
    _, block, meta = blocks(market)
    displaced = int(
        kernel(propose)(
            market.indptr, market.wish, np.zeros(0, np.int32), block, meta, np.zeros(1, np.int64)
        )
    )
    outcome = solve_nested(market, compiled=True)
    offers = int((outcome.node >= 0).sum()) + displaced
    stream = best(lambda: _stream(market.wish), 5)[0] if _stream(market.wish) else 0.0

    def bound(cores: int) -> float:
        loads = (
            outcome.proposals * nanoseconds_of_load(meta.nbytes, cores)
            + offers * 2 * nanoseconds_of_load(block.nbytes, cores)
            + displaced * nanoseconds_of_load(market.wish.nbytes, cores)
        )
        return loads * 1e-9 + 1.5 * 64 * market.students / (market.wish.nbytes / stream)

    return bound(1), bound(CORES), stream


def beside_matching(students: int) -> None:
    """`matching` (PyPI) from dictionaries, ours from the same dictionaries and from arrays."""
    from matching.games import HospitalResident

    market = plain_market(students)
    post, start = market.node, market.indptr
    owner, order = market.student_of_edge(), np.lexsort((-market.key, market.node))
    lists = {
        f"s{s}": [f"p{p}" for p in post[start[s] : start[s + 1]].tolist()] for s in range(students)
    }
    rows = np.split(owner[order], np.cumsum(np.bincount(post, minlength=len(market.parent)))[:-1])
    rankings = {f"p{p}": [f"s{s}" for s in row.tolist()] for p, row in enumerate(rows) if len(row)}
    places = {post: int(market.capacity[int(post[1:])]) for post in rankings}
    theirs: dict[str, Any] = {}

    def work() -> None:
        begin = clock()
        game = HospitalResident.create_from_dictionaries(lists, rankings, places)
        made = clock()
        solved = game.solve(optimal="resident")
        theirs.update(total=clock() - begin, solve=clock() - made)
        theirs["found"] = {
            hospital.name: {resident.name for resident in held} for hospital, held in solved.items()
        }

    names, (found, _) = best(lambda: match_dictionaries(lists, rankings, places), 5)
    sys.setrecursionlimit(10**7)
    threading.stack_size(2**30)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    threading.stack_size(0)
    arrays, _ = best(lambda: solve_nested(market, compiled=True), 15)
    assert {post: set(held) for post, held in found.items()} == theirs["found"]
    print(
        f"{students:>9,} students  `matching` create + solve {theirs['total']:.2f} s (solve {theirs['solve']:.2f}); ours from arrays "
        f"{arrays * 1e3:.2f} ms = {theirs['total'] / arrays:,.0f} x (solve alone {theirs['solve'] / arrays:,.0f} x); dictionaries in and out "
        f"{names * 1e3:.0f} ms = {theirs['total'] / names:,.0f} x"
    )
    if students == 10_000:
        told("`matching` / ours from arrays", theirs["total"] / arrays, 10_000, False)
        told("`matching` / ours from dictionaries", theirs["total"] / names, 500, False)


def scored_beside_flow(students: int, scarce: float = 1.0, most: int = 1000) -> None:
    """Greatest total of whole fits 1 … `most`: ours and OR-tools' min-cost flow (solving alone), which must agree.

    `scarce` is the share of places that is left: below 0.85 there are fewer places than students, and prices climb.
    """
    from ortools.graph.python import min_cost_flow

    plain = plain_market(students)
    capacity = np.maximum(1, plain.capacity * scarce).astype(np.int32)
    market = NestedMarket.of(
        plain.indptr, plain.node, 1 + plain.key * most // 2**32, plain.parent, capacity
    )
    score(market, tolerance=0.5, compiled=True)
    ours, found = best(
        lambda: score(market, tolerance=1e-6, compiled=True), 3 if students < 10**6 else 2
    )
    assert audit_scored(market, found) == []
    edges, posts = len(market.wish), len(market.parent)
    flow = min_cost_flow.SimpleMinCostFlow()
    source, sink = students + posts, students + posts + 1
    tail = np.concatenate(
        [np.full(students, source), market.student_of_edge(), students + np.arange(posts), [source]]
    )
    head = np.concatenate(
        [np.arange(students), students + market.node, np.full(posts, sink), [sink]]
    )
    cost = np.concatenate([np.zeros(students), -market.key, np.zeros(posts + 1)]).astype(np.int64)
    room = np.concatenate([np.ones(students + edges), market.capacity, [students]]).astype(np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, room, cost)
    flow.set_nodes_supplies(np.array([source, sink]), np.array([students, -students]))
    seconds, _ = best(flow.solve, 1)
    assert found.total <= -flow.optimal_cost() <= found.bound
    print(
        f"{students:>9,} students, {capacity.sum() / students:.2f} places each, fits to {most:<5} OR-tools min-cost flow {seconds:.2f} s; "
        f"auction {ours:.3f} s = {seconds / ours:.0f} x faster, {found.bids / students:.1f} bids each, certified gap {found.gap:.1e}, "
        f"{-flow.optimal_cost() - found.total} below the optimum",
        flush=True,
    )
    if scarce < 1.0:
        told("scored / min-cost flow where places are scarce", ours / seconds, 1.2, True)
    if students == 10**6:
        told("min-cost flow / scored", seconds / ours, 25, False)
        told("certified gap in millionths", found.gap * 1e6, 1, True)


def told(target: str, value: float, limit: float, most: bool) -> None:
    """A target beside what this run measured."""
    kept = value <= limit if most else value >= limit
    print(
        f"    {target}: {value:,.2f}, wanted {'at most' if most else 'at least'} {limit:,g}: {'kept' if kept else 'missed'}"
    )


def growth(sizes: list[int]) -> None:
    """A row for every size: plain and three nested levels, with what the peers take."""
    print(f"wall time, {CORES} cores")
    print(
        f"{'students':>10}{'solve ms':>10}{'1 thread':>10}{'ns/look':>9}{'/ bound':>9}{'all cores':>11}{'/ stream':>9}{'audit ms':>10}{'4 levels':>10}"
        f"{'/ plain':>9}{'1 % gone':>10}{'/ cold':>8}{'heapq':>9}{'numpy':>8}"
    )
    for size in sizes:
        market = plain_market(size)
        times = 15 if size < 10**6 else 9
        seconds, outcome = best(lambda m=market: solve_nested(m, compiled=True), times)
        alone, _ = best(lambda m=market: solve_nested(m, compiled=True, threads=1), times)
        bound, shared_bound, stream = memory_bounds(market)
        auditing, broken = (
            best(lambda m=market, o=outcome: audit_nested(m, o), 1) if size <= 10**6 else (0.0, [])
        )
        assert broken == []
        peers = ""
        if size <= 10**6:
            assert by_heapq(market) == outcome.choice.tolist()
            rounds, plain = best(lambda m=market: solve_nested(m, compiled=False), 1)
            assert np.array_equal(plain.choice, outcome.choice)
            peers = f"{by_heapq.seconds / seconds:>8.0f}x{rounds / seconds:>7.0f}x"  # type: ignore[attr-defined]
        gone = np.random.default_rng(5).choice(
            np.flatnonzero(outcome.choice >= 0), size // 100, replace=False
        )
        absent = np.zeros(size, bool)
        absent[gone] = True
        left = np.where(absent, -1, outcome.choice).astype(np.int32)
        room = market.capacity.astype(np.int64) - outcome.count
        freed = outcome.node[gone].astype(np.int64)
        chains, _ = best(lambda a=(market, left, room, freed, absent): refill(*a, compiled=True), 5)
        if size <= 10**5:
            step = withdraw(market, outcome, gone.tolist())
            assert audit_nested(step.market, step.outcome) == []
        row = (
            f"{size:>10,}{seconds * 1e3:>10.2f}{alone * 1e3:>10.2f}{seconds / outcome.proposals * 1e9:>9.1f}{seconds / bound:>9.2f}"
            f"{seconds / shared_bound:>11.2f}{seconds / stream:>9.1f}{auditing * 1e3:>10.1f}"
        )
        if size <= 10**6:
            tree = nested_market(market)
            deep, found = best(lambda m=tree: solve_nested(m, compiled=True), times)
            assert audit_nested(tree, found) == []
            row += f"{deep * 1e3:>10.1f}{deep / seconds:>9.2f}"
        else:
            row += f"{'':>19}"
        print(f"{row}{chains * 1e3:>10.1f}{chains / seconds:>8.2f}{peers}", flush=True)
        if size == 10**6:
            told(
                "plain caps, all cores / random-access bound of one core",
                seconds / bound,
                1.5,
                True,
            )
            told(
                f"plain caps, all cores / random-access bound of {CORES} cores",
                seconds / shared_bound,
                1.5,
                True,
            )
            told(
                "plain caps, one thread / random-access bound of one core", alone / bound, 1.5, True
            )
            told("heapq / plain caps", by_heapq.seconds / seconds, 100, False)  # type: ignore[attr-defined]
            told("nested / plain caps", deep / seconds, 3, True)
            told("1 % withdrawn / cold", chains / seconds, 0.5, True)


COLD = """
import time; begin = time.perf_counter()
import numpy as np
from ml.matching import NestedMarket, solve_nested
from ml.matching.auditing import audit_nested
random = np.random.default_rng(1); n, m = %d, %d
indptr = np.arange(n + 1) * 10
node = np.concatenate([random.choice(m, 10, replace=False) for _ in range(n)]).astype(np.int32)
key = np.repeat(random.permutation(n), 10)
parent = np.concatenate([m + np.arange(m) // 4, np.full((m + 3) // 4, -1)]).astype(np.int32)
market = NestedMarket.of(indptr, node, key, parent, np.concatenate([np.full(m, 6), np.full((m + 3) // 4, 20)]).astype(np.int32))
ready = time.perf_counter(); outcome = solve_nested(market%s); print(f"{ready - begin:.3f} {time.perf_counter() - ready:.3f}")
"""


def cold_processes() -> None:
    """A county's round from a new process; and what compilation costs the first time and from the cache."""

    def run(arguments: tuple[Any, ...], **environment: str) -> list[float]:
        done = subprocess.run(
            [sys.executable, "-c", COLD % arguments],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        return [float(part) for part in done.stdout.split()]

    loading, solving = run((900, 180, ""))
    print(
        f"new process, 900 students, 180 posts: load {loading * 1e3:.0f} ms, solve {solving * 1e3:.0f} ms"
    )
    with tempfile.TemporaryDirectory() as folder:
        first = run((900, 180, ", compiled=True"), NUMBA_CACHE_DIR=folder)[1]
        again = run((900, 180, ", compiled=True"), NUMBA_CACHE_DIR=folder)[1]
    print(
        f"compilation (tree kernels): {first:.1f} s the first time on a machine, {again:.2f} s from the cache (numba's import included)"
    )


def memory_of(students: int) -> None:
    """Peak resident memory of a process that holds a market of this size and solves it."""
    code = f"from benchmarks.bench_matching import peak; peak({students})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    print(done.stdout.strip())


def peak(students: int) -> None:
    """Print the peak of this process while it solves."""
    market = plain_market(students)
    Path("/proc/self/clear_refs").write_text("5")
    solve_nested(market, compiled=True)
    kib = next(
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    print(
        f"{students:,} students: peak of the whole process while solving {kib / 2**20:.2f} GiB, of it {market.wish.nbytes / 2**30:.2f} lists"
    )
    if students == 10**7:
        told("GiB at ten million", kib / 2**20, 1.6, True)


def main() -> None:
    """Print everything."""
    full = bool(os.environ.get("FULL"))
    plain_market(100)
    solve_nested(nested_market(plain_market(300)), compiled=True)
    growth([10**3, 10**4, 10**5, 10**6] + ([10**7] if full else []))
    print()
    for students in (1_000, 10_000):
        beside_matching(students)
    print("\nscored mode")
    for size in (10_000, 100_000):
        scored_beside_flow(size)
    scored_beside_flow(20_000, 0.6)
    scored_beside_flow(20_000, 0.6, 10)
    scored_beside_flow(1_000_000)
    print()
    cold_processes()
    memory_of(10**7 if full else 10**6)


if __name__ == "__main__":
    main()
