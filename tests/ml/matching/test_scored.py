"""Scored mode against brute force and a linear program, and its auditor against seeded corruptions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from ml.matching import NestedMarket
from ml.matching.scored import solving as scored
from ml.matching.scored.bound import ScoredOutcome, audit_scored, bound_of
from ml.matching.scored.solving import score
from tests.ml.matching.trees import tree_market, tree_of


def _with_fits(random: Random, market: NestedMarket, most: int) -> NestedMarket:
    """The same rows and tree with fits from 0 to `most`."""
    fits = np.array([random.randint(0, most) for _ in range(len(market.wish))], np.int64)
    return NestedMarket.of(market.indptr, market.node, fits, market.parent, market.capacity)


def _greatest(market: NestedMarket) -> int:
    """The greatest total by trying everything."""
    node, fit, parent = market.node.tolist(), market.key.tolist(), market.parent.tolist()
    start = market.indptr.tolist()

    @cache
    def best(student: int, room: tuple[int, ...]) -> int:
        if student == market.students:
            return 0
        found = best(student + 1, room)
        for edge in range(start[student], start[student + 1]):
            left, at = list(room), node[edge]
            while at >= 0:
                left[at] -= 1
                at = parent[at]
            if min(left) >= 0:
                found = max(found, fit[edge] + best(student + 1, tuple(left)))
        return found

    return best(0, tuple(market.capacity.tolist()))


def _by_linear_program(market: NestedMarket) -> int:
    """The greatest total by HiGHS; the matrix of nested caps and rows is totally unimodular, so the optimum is whole."""
    rows, columns, edges = [], [], np.arange(len(market.wish))
    rows.append(market.student_of_edge())
    columns.append(edges)
    at = market.node.astype(np.int64)
    while len(at):
        rows.append(market.students + at)
        columns.append(edges)
        above = market.parent[at].astype(np.int64)
        at, edges = above[above >= 0], edges[above >= 0]
    row, column = np.concatenate(rows), np.concatenate(columns)
    matrix = coo_matrix(
        (np.ones(len(row)), (row, column)), (market.students + len(market.parent), len(market.wish))
    )
    limits = np.concatenate([np.ones(market.students), market.capacity])
    return round(-linprog(-market.key, A_ub=matrix.tocsr(), b_ub=limits, bounds=(0, 1)).fun)


def _wide(seed: int, students: int, most: int, scarce: float) -> NestedMarket:
    """Posts in hosts in a county, all caps binding when `scarce` is small."""
    random = np.random.default_rng(seed)
    posts, hosts = students // 8, students // 32
    node = np.concatenate([random.choice(posts, 8, replace=False) for _ in range(students)])
    host_of = random.integers(0, hosts, posts)
    return NestedMarket.of(
        np.arange(students + 1, dtype=np.int64) * 8,
        node.astype(np.int32),
        random.integers(1, most + 1, 8 * students),
        np.concatenate([posts + host_of, np.full(hosts, posts + hosts), [-1]]).astype(np.int32),
        np.concatenate(
            [
                random.integers(4, 13, posts) * scarce,
                random.integers(16, 40, hosts) * scarce,
                [0.8 * students * scarce],
            ]
        ).astype(np.int32),
    )


@pytest.mark.parametrize(
    "direct", [scored.DIRECT, -(10**6)], ids=["finest step", "steps of several sizes"]
)
def test_the_total_is_that_of_trying_everything_and_both_paths_agree(
    monkeypatch: pytest.MonkeyPatch, direct: int
) -> None:
    monkeypatch.setattr(scored, "DIRECT", direct)
    random = Random(1)
    for _ in range(300):
        market = _with_fits(
            random, tree_market(random, most_students=7, most_list=4), random.choice([1, 3, 50])
        )
        plain, fast = score(market, compiled=False), score(market, compiled=True)
        assert fast.total == fast.bound == _greatest(market)
        assert fast.gap == 0.0
        assert audit_scored(market, fast) == []
        for field in ScoredOutcome.__slots__:
            assert np.array_equal(getattr(plain, field), getattr(fast, field)), field


@pytest.mark.parametrize("scarce", [1.0, 0.5])
@pytest.mark.parametrize("most", [2, 1000])
def test_the_total_is_that_of_a_linear_program(most: int, scarce: float) -> None:
    market = _wide(1, 400, most, scarce)
    outcome = score(market, compiled=True)
    assert outcome.total == outcome.bound == _by_linear_program(market)
    assert audit_scored(market, outcome) == []


def test_the_total_is_that_of_min_cost_flow() -> None:
    flows = pytest.importorskip("ortools.graph.python.min_cost_flow")
    market = _wide(2, 800, 100, 0.7)
    flow, nodes = flows.SimpleMinCostFlow(), len(market.parent)
    end = market.students + nodes
    for student, node, fit in zip(
        market.student_of_edge().tolist(), market.node.tolist(), market.key.tolist(), strict=True
    ):
        flow.add_arc_with_capacity_and_unit_cost(student, market.students + node, 1, -fit)
    for student in range(market.students):
        flow.add_arc_with_capacity_and_unit_cost(student, end, 1, 0)
        flow.set_node_supply(student, 1)
    for node, (above, capacity) in enumerate(
        zip(market.parent.tolist(), market.capacity.tolist(), strict=True)
    ):
        flow.add_arc_with_capacity_and_unit_cost(
            market.students + node, end if above < 0 else market.students + above, capacity, 0
        )
    flow.set_node_supply(end, -market.students)
    assert flow.solve() == flow.OPTIMAL
    assert score(market).total == -flow.optimal_cost()


@pytest.mark.parametrize("scarce", [0.6, 0.8, 0.9, 1.0])
def test_scarce_places_take_few_bids(scarce: float) -> None:
    # a bid is what costs: reserve prices two steps below the last ones took up to 43 a student here
    # and hundreds in larger markets
    market = _wide(6, 3000, 1000, scarce)
    outcome = score(market, compiled=True)
    assert outcome.total == outcome.bound
    assert outcome.bids <= 25 * market.students


def test_a_tolerance_is_kept_and_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scored, "DIRECT", -(10**6))
    market = _wide(3, 2000, 200, 0.7)
    loose, exact = score(market, tolerance=0.05, compiled=True), score(market, compiled=True)
    assert exact.gap == 0.0
    assert 0.95 * exact.total <= loose.total <= exact.total <= loose.bound
    assert loose.gap <= 0.05
    assert loose.bids < exact.bids
    assert audit_scored(market, loose) == []


def test_more_places_never_lower_the_total_and_the_order_of_rows_does_not_change_it() -> None:
    market = _wide(4, 400, 20, 0.6)
    more = NestedMarket(market.indptr, market.wish, market.parent, market.capacity + 1)
    assert score(more).total >= score(market).total
    turned = np.arange(len(market.wish)).reshape(-1, 8)[::-1, ::-1].ravel()
    other = NestedMarket.of(
        market.indptr, market.node[turned], market.key[turned], market.parent, market.capacity
    )
    assert score(other).total == score(market).total


def test_the_auditor_catches_every_corruption() -> None:
    market = _wide(5, 200, 30, 0.6)
    outcome = score(market)
    assert audit_scored(market, outcome) == []
    for field in ("node", "choice", "count", "price"):
        right = getattr(outcome, field)
        for at in range(len(right)):
            for change in (-1, 1):
                wrong = right.copy()
                wrong[at] += change
                found = audit_scored(market, replace(outcome, **{field: wrong}))
                if (
                    field == "price" and not found
                ):  # the bound is rounded down: a price may move by less than that shows
                    assert bound_of(market, wrong, outcome.scale) == outcome.bound
                else:
                    assert found, (field, at, change)
    for field in ("total", "bound"):
        for change in (-1, 1):
            assert audit_scored(
                market, replace(outcome, **{field: getattr(outcome, field) + change})
            )
    assert audit_scored(market, replace(outcome, scale=outcome.scale * 2))
    assert audit_scored(market, replace(outcome, choice=outcome.choice[1:]))


def test_a_total_beyond_the_caps_is_caught_whatever_else_fits() -> None:
    market = tree_of([[0], [0]], [[5], [4]], [-1], [1])
    outcome = score(market)
    assert (outcome.total, outcome.bound, outcome.choice.tolist()) == (5, 5, [0, -1])
    over = replace(
        outcome,
        choice=np.zeros(2, np.int32),
        node=np.zeros(2, np.int32),
        count=np.array([2], np.int32),
        total=9,
        price=np.zeros(1, np.int64),
        bound=9,
    )
    assert audit_scored(market, over) == ["node 0: 2 of 1 places"]


def test_what_cannot_be_asked_for_is_refused() -> None:
    market = tree_of([[0]], [[1]], [-1], [1])
    for tolerance in (-0.1, 1.0):
        with pytest.raises(ValueError, match="tolerance"):
            score(market, tolerance=tolerance)
    nobody = score(tree_of([], [], [-1], [3]))
    assert (nobody.total, nobody.bound, nobody.gap) == (0, 0, 0.0)
    worthless = score(tree_of([[0], []], [[0], []], [-1], [3]))
    assert (worthless.total, worthless.choice.tolist()) == (0, [-1, -1])
