"""Steps of a season: stable afterwards, nobody worse where that is promised, equal to a cold run where that is."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from ml.matching import NestedMarket, NestedOutcome, solve_nested
from ml.matching.checks.nested import audit_nested
from ml.matching.nested import capped
from ml.matching.season.groups import solve_with_groups
from ml.matching.season.moves import LEFT, OPENED, OUTRANKED, REFUSED, SHUT, moves
from ml.matching.season.steps import (
    add_seats,
    join,
    lower_caps,
    refuse,
    reserve,
    with_floors,
    withdraw,
)
from tests.ml.matching.trees import lists_of, tree_market, tree_of

PATHS = pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])


def _worth(market: NestedMarket, outcome: NestedOutcome) -> np.ndarray:
    return np.where(outcome.choice < 0, 99, outcome.choice)


@PATHS
def test_after_withdrawals_the_outcome_is_stable_and_nobody_is_worse(compiled: bool) -> None:
    random, moved = Random(1), 0
    for turn in range(300):
        market = tree_market(
            random, most_students=30, wide=random.random() < 0.2, one_key=turn % 2 == 0
        )
        before = solve_nested(market, compiled=compiled)
        gone = random.sample(range(market.students), random.randint(0, min(6, market.students)))
        step = withdraw(market, before, gone, compiled=compiled)
        stay = np.setdiff1d(np.arange(market.students), gone)
        assert audit_nested(step.market, step.outcome) == []
        assert (_worth(market, step.outcome)[stay] <= _worth(market, before)[stay]).all()
        moved += int((step.outcome.choice[stay] != before.choice[stay]).sum())
    assert moved > 50


@PATHS
def test_new_places_make_nobody_worse_by_chains_and_are_stable_in_any_case(compiled: bool) -> None:
    random, ways = Random(2), {"chains": 0, "cold": 0, "continued": 0}
    for turn in range(300):
        market = tree_market(random, most_students=30, one_key=turn % 2 == 0)
        before = solve_nested(market, compiled=compiled)
        more = np.array([random.choice([0, 0, 0, 1, 2]) for _ in market.parent], np.int32)
        step = add_seats(market, before, market.capacity + more, compiled=compiled)
        assert audit_nested(step.market, step.outcome) == []
        if step.how == "chains":
            assert (_worth(market, step.outcome) <= _worth(market, before)).all()
        ways[step.how] += 1
    assert min(ways["chains"], ways["cold"]) > 20


@PATHS
def test_arrivals_and_lowered_caps_equal_a_cold_run(compiled: bool) -> None:
    random, ways = Random(3), set()
    for _ in range(250):
        market = tree_market(random, most_students=30)
        before = solve_nested(market, compiled=compiled)
        less = np.array([random.choice([0, 0, 1, 5]) for _ in market.parent], np.int32)
        step = lower_caps(market, before, np.maximum(market.capacity - less, 0), compiled=compiled)
        assert (
            step.outcome.choice.tolist()
            == solve_nested(step.market, compiled=compiled).choice.tolist()
        )
        ways.add(step.how)
        lists, keys = lists_of(market)
        cut = random.randint(0, market.students)
        tree = (market.parent.tolist(), market.capacity.tolist())
        first, rest = (
            tree_of(lists[:cut], keys[:cut], *tree),
            tree_of(lists[cut:], keys[cut:], *tree),
        )
        joined = join(first, solve_nested(first, compiled=compiled), rest, compiled=compiled)
        assert joined.outcome.choice.tolist() == before.choice.tolist()
    assert ways == {"continued", "cold"}


@PATHS
def test_a_refused_place_is_not_given_again_and_the_outcome_is_stable(compiled: bool) -> None:
    random = Random(4)
    for turn in range(200):
        market = tree_market(random, one_key=turn % 2 == 0)
        before = solve_nested(market, compiled=compiled)
        placed = np.flatnonzero(before.choice >= 0).tolist()
        if not placed:
            continue
        some = random.sample(placed, min(2, len(placed)))
        step = refuse(market, before, some, compiled=compiled)
        assert audit_nested(step.market, step.outcome) == []
        assert all(step.outcome.node[s] != before.node[s] for s in some)


def test_a_place_that_is_not_held_can_be_neither_refused_nor_a_floor() -> None:
    market = tree_of([[]], [[]], [-1], [1])
    outcome = solve_nested(market)
    with pytest.raises(ValueError, match="held"):
        refuse(market, outcome, [0])
    with pytest.raises(ValueError, match="held"):
        with_floors(market, outcome, [0])


def test_floors_keep_the_present_place_against_stronger_newcomers_and_still_improve() -> None:
    random, improved = Random(5), 0
    for _ in range(200):
        market = tree_market(random)
        before = solve_nested(market)
        placed = np.flatnonzero(before.choice >= 0)
        lists, keys = lists_of(market)
        nodes = np.flatnonzero(
            np.isin(np.arange(len(market.parent)), market.parent, invert=True)
        ).tolist()
        lists += [random.sample(nodes, min(3, len(nodes))) for _ in range(5)]
        keys += [[3200 + i for _ in own] for i, own in enumerate(lists[-5:])]
        capacity = market.capacity + np.array([random.choice([0, 1]) for _ in market.parent])
        grown = tree_of(lists, keys, market.parent.tolist(), capacity.tolist())
        now = capped(grown, np.concatenate([before.choice, np.full(5, -1, np.int32)]))
        again = with_floors(grown, now, placed.tolist())
        after = solve_nested(again)
        assert audit_nested(again, after) == []
        assert (after.choice[placed] >= 0).all()
        assert (after.choice[placed] <= before.choice[placed]).all()
        improved += int((after.choice[placed] < before.choice[placed]).sum())
    assert improved > 20


def test_places_outside_the_run_count_in_every_cap_above_and_too_many_are_refused() -> None:
    market = tree_of([[1], [1], [2]], [[3], [2], [1]], [-1, 0, 0], [2, 2, 2])
    left = reserve(market, np.array([-1, 1, -1], np.int32))
    assert left.capacity.tolist() == [1, 1, 2]
    assert solve_nested(left).choice.tolist() == [0, -1, -1]
    with pytest.raises(ValueError, match="node 0: 3 stay"):
        reserve(market, np.array([1, 1, 2], np.int32))


@PATHS
def test_every_open_group_reaches_its_minimum_and_equals_a_cold_run(compiled: bool) -> None:
    random, closings = Random(6), 0
    for _ in range(150):
        market = tree_market(random, most_students=30)
        minimum = np.array([random.choice([0, 1, 2, 3]) for _ in market.parent], np.int32)
        found = solve_with_groups(market, minimum, compiled=compiled)
        open_ = np.setdiff1d(np.flatnonzero(minimum > 1), found.closed)
        assert (found.outcome.count[open_] >= minimum[open_]).all()
        assert audit_nested(found.market, found.outcome) == []
        assert (
            found.outcome.choice.tolist()
            == solve_nested(found.market, compiled=False).choice.tolist()
        )
        closings += len(found.closed)
    assert closings > 100
    with pytest.raises(ValueError, match="minimum"):
        solve_with_groups(market, minimum - 5)


def test_moves_say_who_goes_where_and_why() -> None:
    market = tree_of([[0, 1], [0, 1], [1, 2]], [[9, 9], [8, 8], [7, 7]], [-1, -1, -1], [1, 1, 1])
    before = solve_nested(market)
    assert before.node.tolist() == [0, 1, 2]
    left = withdraw(market, before, [0])
    told = moves(market, before, left.market, left.outcome, left=[0])
    assert told.student.tolist() == [0, 1, 2]
    assert told.why.tolist() == [LEFT, OPENED, OPENED]
    assert told.cap.tolist() == [-1, 0, 1]
    shut = lower_caps(market, before, np.array([0, 1, 1], np.int32))
    told = moves(market, before, shut.market, shut.outcome)
    assert told.why.tolist() == [SHUT, OUTRANKED]
    assert told.cap.tolist() == [0, 1]
    refused = refuse(market, before, [0])
    told = moves(market, before, refused.market, refused.outcome)
    assert told.why[0] == REFUSED
