"""The two compiled layouts of a tree: equal wherever both apply, and the small one says when it does not."""

from __future__ import annotations

from random import Random

import numpy as np

from ml.matching import NestedMarket, solve_nested
from ml.matching.checks.nested import audit_nested
from ml.matching.engine.bins import MOST_PLACES
from ml.matching.engine.clusters import solve_clusters
from ml.matching.engine.tree import solve_tree
from tests.ml.matching.trees import by_greedy_choice, tree_market, tree_of


def test_clusters_and_tree_give_the_same_outcome_to_the_last_number() -> None:
    random, small = Random(11), 0
    for turn in range(600):
        market = tree_market(random, most_students=60, wide=turn % 2 == 1)
        tree, clusters = solve_tree(market), solve_clusters(market)
        assert tree.choice.tolist() == by_greedy_choice(market)
        assert audit_nested(market, tree) == []
        if clusters is not None:
            small += 1
            for field in tree.__slots__:
                assert np.array_equal(getattr(clusters, field), getattr(tree, field)), field
    assert small > 400


def test_both_take_lists_up_where_they_are_told_to() -> None:
    random = Random(12)
    for _ in range(100):
        market = tree_market(random)
        begin = np.minimum(1, np.diff(market.indptr)).astype(np.int32)
        clusters = solve_clusters(market, begin)
        assert clusters is not None
        assert clusters.choice.tolist() == solve_tree(market, begin).choice.tolist()


def test_an_idle_cap_above_is_counted_and_does_not_join_what_is_below() -> None:
    lists = [[2 * MOST_PLACES - 1 - s % (2 * MOST_PLACES)] for s in range(3 * MOST_PLACES)]
    keys = [[s] for s in range(len(lists))]
    parent = [2 * MOST_PLACES] * (2 * MOST_PLACES) + [-1]
    market = tree_of(lists, keys, parent, [1] * (2 * MOST_PLACES) + [10**6])
    outcome = solve_clusters(market)
    assert outcome is not None
    assert outcome.count[-1] == 2 * MOST_PLACES
    assert outcome.choice.tolist() == by_greedy_choice(market)


def test_large_caps_and_wishes_above_other_nodes_are_left_to_the_tree() -> None:
    busy = tree_of([[0]] * 400, [[s] for s in range(400)], [1, -1], [400, MOST_PLACES + 1])
    above = tree_of([[1], [0]], [[1], [0]], [1, -1], [1, 1])
    idle_above = tree_of([[1], [0]], [[1], [0]], [1, -1], [1, 9])
    for market in (busy, above, idle_above):
        assert solve_clusters(market) is None
        outcome = solve_nested(market, compiled=True)
        assert outcome.choice.tolist() == by_greedy_choice(market)
        assert audit_nested(market, outcome) == []


def test_nobody_and_nothing_are_fine() -> None:
    empty = NestedMarket.of(
        np.zeros(1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.int64),
        np.array([1, -1], np.int32),
        np.array([0, 3], np.int32),
    )
    outcome = solve_clusters(empty)
    assert outcome is not None
    assert outcome.count.tolist() == [0, 0]
