"""Reasons are facts of the run; what would have been enough is, in a re-run."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from ml.matching import solve_nested
from ml.matching.lists import UNRANKED, Cleaned, clean, strict_keys
from ml.matching.model import HIGHEST
from ml.matching.nested import NestedMarket
from ml.matching.reasons import (
    BARRED,
    FULL,
    SHUT,
    TAKEN,
    UNLISTED,
    UNUSED,
    binding,
    enough,
    reasons,
)
from ml.matching.season.groups import solve_with_groups
from tests.ml.matching.trees import lists_of, tree_market, tree_of


def _raw(rules: list[int], scores: list[int]) -> Cleaned:
    return clean(
        np.array([0, 4, 5]),
        np.array([0, 1, 2, 1, 1], np.int32),
        np.array(scores),
        np.array([1, 0]),
        np.array([-1, -1, -1], np.int32),
        np.array([1, 1, 1], np.int32),
        np.array(rules, np.uint64),
    )


def test_wishes_that_cannot_count_are_taken_out_and_reported_and_the_draw_decides_ties() -> None:
    rules, scores = [5, 0, 0, 0, 0], [9, 50, UNRANKED, 50, 50]
    cleaned = _raw(rules, scores)
    assert cleaned.barred.tolist() == [0]
    assert cleaned.unranked.tolist() == [2]
    assert cleaned.repeated.tolist() == [3]
    outcome = solve_nested(cleaned.market)
    assert outcome.node.tolist() == [-1, 1]
    why = reasons(cleaned, outcome, np.array(rules, np.uint64))
    assert why.became.tolist() == [BARRED, FULL, UNLISTED, UNLISTED, TAKEN]
    assert why.rules.tolist() == [5, 0, 0, 0, 0]
    assert why.full.tolist() == [-1, 1, -1, -1, -1]
    assert why.own[1] < why.cutoff[1] == why.own[4]


def test_strict_keys_order_by_score_then_by_the_draw() -> None:
    keys = strict_keys(np.array([5, 5, 9, 1]), np.array([2, 0, 3, 1]))
    assert keys.tolist() == [1, 2, 3, 0]


def _cleaned(market: NestedMarket) -> Cleaned:
    nothing = np.zeros(0, np.int64)
    return Cleaned(market, np.arange(len(market.wish)), market.indptr, nothing, nothing, nothing)


def test_every_refusal_names_a_full_or_closed_cap_on_the_path_that_the_student_does_not_reach() -> (
    None
):
    random, shut = Random(1), 0
    for _ in range(200):
        market = tree_market(random)
        minimum = np.array([random.choice([0, 0, 2]) for _ in market.parent], np.int32)
        found = solve_with_groups(market, minimum)
        why = reasons(_cleaned(found.market), found.outcome, closed=found.closed)
        for edge, student in enumerate(market.student_of_edge().tolist()):
            place, result = edge - market.indptr[student], found.outcome.choice[student]
            if place == result:
                assert why.became[edge] == TAKEN
            elif 0 <= result < place:
                assert why.became[edge] == UNUSED
            else:
                path, node = [], int(market.node[edge])
                while node >= 0:
                    path.append(node)
                    node = int(market.parent[node])
                assert why.full[edge] in path
                assert why.cutoff[edge] == HIGHEST or why.cutoff[edge] > why.own[edge]
                assert (why.became[edge] == SHUT) == any(node in found.closed for node in path)
                shut += why.became[edge] == SHUT
    assert shut > 50


def test_the_standing_that_is_enough_suffices_and_no_lower_one_does() -> None:
    random, asked, never = Random(2), 0, 0
    for _ in range(60):
        market = tree_market(random, most_students=9)
        outcome = solve_nested(market)
        lists, keys = lists_of(market)
        for student, own in enumerate(lists):
            for place in range(
                len(own) if outcome.choice[student] < 0 else int(outcome.choice[student])
            ):
                found = enough(market, outcome, student, place)
                rivals = sorted({key for row in keys for key in row} | {-1})
                lower = [bar for bar in rivals if found is None or bar < found.key]
                assert not any(_with_standing(market, student, place, bar) for bar in lower)
                if found is None:
                    never += 1
                else:
                    asked += 1
                    assert _with_standing(market, student, place, found.key)
    assert min(asked, never) > 20


def _with_standing(market: NestedMarket, student: int, place: int, bar: int) -> bool:
    """Whether the student, standing just above `bar` under that wish's root, gets that wish or better."""
    lists, keys = lists_of(market)

    def root(node: int) -> int:
        while market.parent[node] >= 0:
            node = int(market.parent[node])
        return node

    doubled = [[2 * key + 2 for key in row] for row in keys]
    here = root(lists[student][place])
    doubled[student] = [
        max(k, 2 * bar + 3) if root(n) == here else k
        for n, k in zip(lists[student], doubled[student], strict=True)
    ]
    choice = solve_nested(
        tree_of(lists, doubled, market.parent.tolist(), market.capacity.tolist())
    ).choice[student]
    return bool(0 <= choice <= place)


def test_a_wish_that_is_not_above_the_result_cannot_be_asked_about() -> None:
    market = tree_of([[0]], [[1]], [-1], [1])
    with pytest.raises(ValueError, match="above"):
        enough(market, solve_nested(market), 0, 0)


def test_one_more_seat_is_worth_what_a_rerun_says() -> None:
    market = tree_of([[1, 2], [1], [2], [1]], [[9, 9], [8], [7], [6]], [-1, 0, 0], [2, 1, 1])
    found = binding(market, solve_nested(market))
    assert [(one.node, one.refused, one.more, one.better) for one in found] == [(1, 2, 0, 1)]
    county = tree_of([[1], [1], [1]], [[9], [8], [7]], [-1, 0], [2, 5])
    assert [(one.node, one.refused, one.more) for one in binding(county, solve_nested(county))] == [
        (0, 1, 1)
    ]
