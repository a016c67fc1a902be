"""A certificate confirms what it was made from and nothing else."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import numpy as np
import pytest

from ml.matching import lottery, solve_nested
from ml.matching.checks.certificate import Named, certificate, fingerprint, verify
from ml.matching.season.groups import solve_with_groups
from tests.ml.matching.trees import lists_of, tree_market, tree_of


def _named(random: Random) -> Named:
    market = tree_market(random, most_students=12)
    return Named(
        [f"S-{i}" for i in range(market.students)],
        [f"n{i}" for i in range(len(market.parent))],
        market,
    )


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _paths(inner, (*path, key))]
    return [path]


def test_every_changed_value_of_a_certificate_is_caught() -> None:
    random, tried = Random(1), 0
    for _ in range(30):
        named = _named(random)
        told = certificate(named, solve_nested(named.market), 7)
        assert verify(named, json.loads(json.dumps(told))) == []
        for path in _paths(told):
            if path[0] == "seed":  # no part of the market; `package` and the command bind it
                continue
            for other in ("n0", 1, None, "closed", 9_999):
                changed = copy.deepcopy(told)
                inner = changed
                for key in path[:-1]:
                    inner = inner[key]
                if inner[path[-1]] == other:
                    continue
                inner[path[-1]] = other
                assert verify(named, changed), (path, other)
                tried += 1
    assert tried > 2000


def test_changed_inputs_change_the_hash_and_the_order_of_rows_does_not() -> None:
    market = tree_of([[1], [1, 2]], [[5], [4, 4]], [-1, 0, 0], [2, 1, 1])
    named = Named(["a", "b"], ["h", "p", "q"], market)
    turned = Named(
        ["b", "a"], ["h", "q", "p"], tree_of([[2, 1], [2]], [[4, 4], [5]], [-1, 0, 0], [2, 1, 1])
    )
    assert fingerprint(named) == fingerprint(turned)
    for other in (
        tree_of([[1], [2, 1]], [[5], [4, 4]], [-1, 0, 0], [2, 1, 1]),
        tree_of([[1], [1, 2]], [[6], [4, 4]], [-1, 0, 0], [2, 1, 1]),
        tree_of([[1], [1, 2]], [[5], [4, 4]], [-1, 0, -1], [2, 1, 1]),
        tree_of([[1], [1, 2]], [[5], [4, 4]], [-1, 0, 0], [2, 2, 1]),
    ):
        assert fingerprint(Named(["a", "b"], ["h", "p", "q"], other)) != fingerprint(named)


def test_closed_nodes_stand_in_the_certificate_and_it_confirms_the_market_with_them_closed() -> (
    None
):
    market = tree_of([[0, 1], [1]], [[1, 1], [2]], [-1, -1], [3, 3])
    found = solve_with_groups(market, np.array([2, 0], np.int32))
    named = Named(["a", "b"], ["p", "q"], found.market)
    told = certificate(named, found.outcome, None, [named.nodes[node] for node in found.closed])
    assert told["closed"] == ["p"]
    assert told["caps"]["p"] == {"capacity": 0, "held": 0, "cutoff": "closed"}
    assert verify(named, told) == []
    assert verify(named, [told]) == ["the certificate is not a JSON object"]


def test_names_must_be_unique_and_complete() -> None:
    market = tree_of([[0], [0]], [[1], [2]], [-1], [1])
    for students, nodes in ((["a", "a"], ["p"]), (["a"], ["p"]), (["a", "b"], [])):
        with pytest.raises(ValueError, match="different name"):
            Named(students, nodes, market)


def test_reordering_by_the_draw_makes_the_same_certificate() -> None:
    random = Random(3)
    market = tree_market(random)
    names = [f"S-{i}" for i in range(market.students)]
    order = lottery(4, names).tolist()
    lists, keys = lists_of(market)
    turned = tree_of(
        [lists[i] for i in order],
        [keys[i] for i in order],
        market.parent.tolist(),
        market.capacity.tolist(),
    )
    nodes = [f"n{i}" for i in range(len(market.parent))]
    one = certificate(Named(names, nodes, market), solve_nested(market), 4)
    other = certificate(Named([names[i] for i in order], nodes, turned), solve_nested(turned), 4)
    assert one == other
