"""The auditor must catch every seeded corruption: of places, counts, cutoffs, stability."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np

from ml.matching import NestedMarket, NestedOutcome, solve_nested
from ml.matching.checks.nested import audit_nested
from ml.matching.nested import capped
from tests.ml.matching.trees import by_greedy_choice, lists_of, tree_market, tree_of


def _stable(market: NestedMarket, choice: list[int]) -> bool:
    """Slow and obvious: the roots, offered everything that students like at least as well, choose just the present places."""
    lists, keys = lists_of(market)
    offers = []
    for student, own in enumerate(lists):
        upto = choice[student] + 1 if choice[student] >= 0 else len(own)
        offers += [(keys[student][i], student, own[i], i == choice[student]) for i in range(upto)]
    room, parent = market.capacity.tolist(), market.parent.tolist()
    for _, _, leaf, held in sorted(offers, reverse=True):
        path, node = [], leaf
        while node >= 0:
            path.append(node)
            node = parent[node]
        if all(room[node] > 0 for node in path) != held:
            return False
        if held:
            for node in path:
                room[node] -= 1
    return True


def test_every_changed_choice_is_caught_unless_it_is_stable_too() -> None:
    random, caught, kept = Random(1), 0, 0
    for _ in range(400):
        market = tree_market(random)
        clean = solve_nested(market, compiled=False)
        assert _stable(market, clean.choice.tolist())
        lengths = np.diff(market.indptr)
        some = [s for s in range(market.students) if lengths[s]]
        if not some:
            continue
        choice = clean.choice.copy()
        for student in random.sample(some, min(len(some), random.randint(1, 3))):
            choice[student] = random.randint(-1, int(lengths[student]) - 1)
        said = audit_nested(market, capped(market, choice))
        assert (said == []) == _stable(market, choice.tolist())
        caught, kept = caught + bool(said), kept + (not said)
    assert caught > 200
    assert kept > 10


def test_every_single_changed_number_is_caught() -> None:
    random, tried = Random(2), 0
    for _ in range(60):
        market = tree_market(random, most_students=12)
        clean = solve_nested(market, compiled=False)
        assert clean.choice.tolist() == by_greedy_choice(market)
        for field in ("node", "choice", "cutoff", "count"):
            for at in range(len(getattr(clean, field))):
                for change in (-1, 1, 7):
                    wrong = getattr(clean, field).copy()
                    wrong[at] = wrong[at] + change if wrong[at] < 2**62 else wrong[at] - 1
                    assert audit_nested(market, replace(clean, **{field: wrong})), (
                        field,
                        at,
                        change,
                    )
                    tried += 1
        assert audit_nested(market, replace(clean, proposals=clean.proposals + 1))
    assert tried > 3000


def test_outcomes_of_another_size_are_told() -> None:
    market = tree_of([[0]], [[1]], [-1], [1])
    clean = solve_nested(market)
    for field in NestedOutcome.__slots__[:4]:
        assert audit_nested(market, replace(clean, **{field: np.zeros(3, np.int32)})) == [
            "the outcome is not of this market's size"
        ]


def test_an_overfull_cap_is_named() -> None:
    market = tree_of([[1], [1]], [[2], [1]], [-1, 0], [1, 5])
    said = audit_nested(market, capped(market, np.array([0, 0], np.int32)))
    assert "node 0: 2 of 1 places" in said
