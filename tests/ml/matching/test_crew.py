"""Threads share a market: whatever they do at once, the outcome is that of one thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml.matching import NestedMarket, solve_nested
from ml.matching.checks.nested import audit_nested
from ml.matching.engine import crew
from ml.matching.engine.clusters import solve_clusters
from ml.matching.engine.crew import MOST, WORTH_SHARING, crew_for, shares, together
from ml.matching.lists import strict_keys
from ml.matching.nested import capped
from ml.matching.season.chains import refill
from ml.matching.season.steps import without


def _crowded(seed: int, nested: bool) -> NestedMarket:
    """60,000 students at 200 posts: enough work for threads to meet at the same caps, as they do when locks are left out."""
    random = np.random.default_rng(seed)
    students, posts, hosts = 60_000, 200, 100
    node = (
        np.repeat(random.integers(0, posts, students), 6) + np.tile(np.arange(6) * 31, students)
    ) % posts
    owner = np.repeat(np.arange(students), 6)
    key = strict_keys(random.integers(0, 1000, len(node)), random.permutation(students)[owner])
    parent, capacity = np.full(posts, -1), random.integers(100, 200, posts)
    if nested:
        parent = np.concatenate([posts + np.arange(posts) % hosts, np.full(hosts, -1)])
        capacity = np.concatenate([capacity, random.integers(150, 255, hosts)])
    indptr = np.arange(students + 1) * 6
    return NestedMarket.of(
        indptr, node.astype(np.int32), key, parent.astype(np.int32), capacity.astype(np.int32)
    )


@pytest.mark.parametrize("nested", [False, True])
def test_any_number_of_threads_gives_the_same_outcome(nested: bool) -> None:
    for seed in range(2):
        market = _crowded(seed, nested)
        if nested:
            assert solve_clusters(market) is not None
        alone = solve_nested(market, compiled=False)
        for threads in (1, 2, 3, 5):
            shared = solve_nested(market, compiled=True, threads=threads)
            for field in alone.__slots__:
                assert np.array_equal(getattr(alone, field), getattr(shared, field)), (
                    field,
                    threads,
                )


@pytest.mark.parametrize("nested", [False, True])
def test_places_are_passed_on_alike_by_any_number_of_threads(nested: bool) -> None:
    market = _crowded(4, nested)
    outcome = solve_nested(market)
    gone = np.zeros(market.students, bool)
    gone[np.flatnonzero(outcome.choice >= 0)[::7]] = True
    left = np.where(gone, -1, outcome.choice).astype(np.int32)
    room, freed = (
        market.capacity.astype(np.int64) - outcome.count,
        outcome.node[gone].astype(np.int64),
    )
    alone, moves = refill(market, left, room, freed, gone, compiled=False)
    assert moves > len(freed)
    for threads in (1, 2, 3):
        shared, as_many = refill(market, left, room, freed, gone, compiled=True, threads=threads)
        assert np.array_equal(shared, alone)
        assert as_many == moves
    backwards, _ = refill(market, left, room, freed[::-1], gone, compiled=True)
    assert np.array_equal(backwards, alone)
    present = without(market, gone)
    assert audit_nested(present, capped(present, alone)) == []


def test_a_small_market_takes_one_thread_and_a_large_one_no_more_than_there_are_cores(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert crew_for(None, WORTH_SHARING - 1) == 1
    assert 1 <= crew_for(None, WORTH_SHARING) <= MOST
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(crew, "QUOTA", quota)
    for told in ("150000 100000", "50000 100000"):
        quota.write_text(told)
        assert crew_for(None, WORTH_SHARING) == 1
    for told in ("max 100000", "nonsense"):
        quota.write_text(told)
        assert 1 <= crew_for(None, WORTH_SHARING) <= MOST
    assert crew_for(3, 0) == 3
    with pytest.raises(ValueError, match="at least 1"):
        crew_for(0, 10)


def test_shares_cover_everything_once_and_an_error_in_a_thread_is_raised() -> None:
    assert [list(range(7)[part]) for part in shares(7, 3)] == [[0, 1], [2, 3], [4, 5, 6]]
    assert together(divmod, [(7, 2), (9, 4)]) == [(3, 1), (2, 1)]
    with pytest.raises(ZeroDivisionError):
        together(divmod, [(7, 2), (9, 0)])
