"""Both paths of the engine under trees of caps: equal to an explicit choice function, stable, proof against misreports."""

from __future__ import annotations

from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings

from ml.matching import Market, NestedMarket, nested, solve, solve_nested
from ml.matching.checks.nested import audit_nested
from ml.matching.checks.reference import solve_by_heaps
from ml.matching.checks.two_levels import audit
from ml.matching.nested import MOST_KEY, capped
from tests.ml.matching.markets import markets
from tests.ml.matching.trees import by_greedy_choice, lists_of, tree_market, tree_of

PATHS = pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])


def _agrees(market: NestedMarket, compiled: bool) -> None:
    outcome = solve_nested(market, compiled=compiled)
    assert outcome.choice.tolist() == by_greedy_choice(market)
    assert audit_nested(market, outcome) == []
    derived = capped(market, outcome.choice)
    for field in ("node", "cutoff", "count"):
        assert getattr(outcome, field).tolist() == getattr(derived, field).tolist(), field
    assert outcome.proposals == derived.proposals


@PATHS
def test_random_trees_come_out_as_the_choice_function_says(compiled: bool) -> None:
    random = Random(1)
    for _ in range(400):
        _agrees(tree_market(random), compiled)


@PATHS
def test_wide_and_deep_trees_come_out_as_the_choice_function_says(compiled: bool) -> None:
    random = Random(2)
    for _ in range(100):
        _agrees(tree_market(random, most_students=80, most_list=12, wide=True), compiled)


@pytest.mark.slow
@PATHS
def test_three_thousand_trees_come_out_as_the_choice_function_says(compiled: bool) -> None:
    random = Random(3)
    for _ in range(3000):
        _agrees(tree_market(random, most_students=40), compiled)


def _every_misreport(market: NestedMarket) -> None:
    lists, keys = lists_of(market)
    honest = solve_nested(market, compiled=False).choice.tolist()
    for student, own in enumerate(lists):
        key = dict(zip(own, keys[student], strict=True))
        for size in range(len(own) + 1):
            for lie in permutations(own, size):
                told = [list(lie) if s == student else other for s, other in enumerate(lists)]
                said = [
                    [key[node] for node in lie] if s == student else other
                    for s, other in enumerate(keys)
                ]
                got = solve_nested(
                    tree_of(told, said, market.parent.tolist(), market.capacity.tolist()),
                    compiled=False,
                )
                reached = int(got.node[student])
                order = [*own, -1]
                assert order.index(order[honest[student]]) <= order.index(reached)


def test_no_student_gains_by_any_misreport_in_small_trees() -> None:
    random = Random(4)
    for _ in range(25):
        _every_misreport(tree_market(random, most_students=5, most_list=3))


@pytest.mark.slow
def test_no_student_gains_by_any_misreport_in_fifteen_hundred_trees() -> None:
    random = Random(5)
    for _ in range(1500):
        _every_misreport(tree_market(random, most_students=6, most_list=3))


@settings(max_examples=200, deadline=None)
@given(markets())
def test_two_level_markets_come_out_as_from_the_reference_field_by_field(market: Market) -> None:
    expected = solve_by_heaps(market)
    for compiled in (False, True):
        outcome = solve(market, compiled=compiled)
        assert audit(market, outcome) == []
        for field in expected.__slots__:
            assert np.array_equal(getattr(outcome, field), getattr(expected, field)), field


def test_keys_beyond_32_bits_come_back_as_they_were() -> None:
    market = Market(
        np.array([0, 1, 2]),
        np.array([0, 0], np.int32),
        np.array([2**40, 2**41]),
        np.array([0], np.int32),
        np.array([1], np.int32),
        np.array([5], np.int32),
    )
    outcome = solve(market)
    assert outcome.post.tolist() == [-1, 0]
    assert outcome.post_cutoff.tolist() == [2**41]


@PATHS
def test_equal_keys_go_to_the_lower_row_and_the_audit_tells_when_both_are_held(
    compiled: bool,
) -> None:
    market = tree_of([[0], [0], [0]], [[7], [7], [7]], [-1], [2])
    outcome = solve_nested(market, compiled=compiled)
    assert outcome.choice.tolist() == [0, 0, -1]
    assert any("same key" in said for said in audit_nested(market, outcome))


@PATHS
@pytest.mark.parametrize("nodes", [0, 1])
def test_empty_markets_have_empty_outcomes(compiled: bool, nodes: int) -> None:
    market = tree_of([[], []], [[], []], [-1] * nodes, [3] * nodes)
    assert solve_nested(market, compiled=compiled).choice.tolist() == [-1, -1]
    nobody = tree_of([], [], [-1] * nodes, [3] * nodes)
    assert len(solve_nested(nobody, compiled=compiled).choice) == 0


@PATHS
def test_caps_of_every_size_and_wishes_for_inner_nodes_are_taken(compiled: bool) -> None:
    huge = 2**31 - 1
    market = tree_of([[2], [1], [0], [2, 1]], [[4], [3], [2], [1, 1]], [-1, 0, 1], [3, huge, 1])
    outcome = solve_nested(market, compiled=compiled)
    assert outcome.choice.tolist() == by_greedy_choice(market)
    assert audit_nested(market, outcome) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"node": [0, 9]}, "node"),
        ({"key": [-1, 1]}, "key"),
        ({"key": [1, MOST_KEY + 1]}, "key"),
        ({"key": [1]}, "equally long"),
        ({"parent": [1, 0]}, "circle"),
        ({"parent": [-1, 5]}, "parent"),
        ({"capacity": [-1, 2]}, "capacity"),
        ({"capacity": [1]}, "equally long"),
        ({"indptr": [0, 3]}, "indptr"),
        ({"indptr": [0, 2, 1, 2]}, "indptr"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change: dict[str, list[int]], reason: str) -> None:
    good = {"indptr": [0, 2], "node": [0, 1], "key": [1, 1], "parent": [-1, 0], "capacity": [1, 1]}
    arrays = {name: np.array(values) for name, values in {**good, **change}.items()}
    with pytest.raises(ValueError, match=reason):
        NestedMarket.of(**arrays)


def test_a_beginning_past_a_list_is_refused() -> None:
    market = nested(
        Market(
            np.array([0, 1]),
            np.array([0], np.int32),
            np.array([1]),
            np.array([0], np.int32),
            np.array([1], np.int32),
            np.array([1], np.int32),
        )
    )
    with pytest.raises(ValueError, match="begin"):
        solve_nested(market, begin=np.array([2], np.int32))
