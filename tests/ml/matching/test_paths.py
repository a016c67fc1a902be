"""Large markets: the compiled paths equal the plain one; names in and out; numba may be missing."""

from __future__ import annotations

import numpy as np
import pytest

from ml.matching import NestedMarket, compiled, solve_nested
from ml.matching.auditing import audit_nested
from ml.matching.dictionaries import match_dictionaries
from ml.matching.lists import strict_keys
from tests.ml.matching.trees import by_greedy_choice, tree_of


def _large(seed: int, nested: bool, scarce: float) -> NestedMarket:
    random = np.random.default_rng(seed)
    students, posts, hosts = 6000, 600, 120
    lengths = random.integers(0, 21, students)
    weight = np.exp(random.standard_normal(posts))
    node = np.concatenate([random.choice(posts, size, replace=False, p=weight / weight.sum()) for size in lengths])
    owner = np.repeat(np.arange(students), lengths)
    key = strict_keys(random.integers(0, 100, len(node)), random.permutation(students)[owner])
    capacity = np.ceil(random.integers(6, 19, posts) * scarce)
    parent = np.full(posts, -1)
    if nested:
        host_of = random.integers(0, hosts, posts)
        parent = np.concatenate([posts + host_of, np.full(hosts, posts + hosts), [-1]])
        capacity = np.concatenate([capacity, random.integers(0, 80, hosts), [int(5000 * scarce)]])
    return NestedMarket.of(
        np.concatenate([[0], np.cumsum(lengths)]), node.astype(np.int32), key, parent.astype(np.int32), capacity.astype(np.int32)
    )


@pytest.mark.parametrize("scarce", [1.2, 0.5])
@pytest.mark.parametrize("nested", [False, True])
def test_thousands_of_students_come_out_the_same_on_every_path(nested: bool, scarce: float) -> None:
    market = _large(1, nested, scarce)
    plain, fast = solve_nested(market, compiled=False), solve_nested(market, compiled=True)
    for field in plain.__slots__:
        assert np.array_equal(getattr(plain, field), getattr(fast, field)), field
    assert audit_nested(market, fast) == []
    assert fast.choice.tolist() == by_greedy_choice(market)


def test_names_go_in_and_come_out_and_one_sided_entries_are_left_out() -> None:
    lists = {"ann": ["x", "y"], "bo": ["x"], "cy": ["y", "x"]}
    rankings = {"x": ["bo", "cy", "ann"], "y": ["ann"], "z": ["bo"]}
    assert match_dictionaries(lists, rankings, {"x": 1, "y": 2, "z": 1}) == ({"x": ["bo"], "y": ["ann"], "z": []}, 2)
    assert match_dictionaries({}, {}, {}) == ({}, 0)
    with pytest.raises(ValueError, match="twice"):
        match_dictionaries({"ann": ["x", "x"]}, {"x": ["ann"]}, {"x": 1})
    with pytest.raises(KeyError):
        match_dictionaries({"ann": ["w"]}, {"x": ["ann"]}, {"x": 1})


def test_without_numba_the_plain_path_answers_and_asking_for_compilation_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "present", lambda: False)
    market = tree_of([[0], [0]], [[1], [2]], [-1], [1])
    assert solve_nested(market).choice.tolist() == [-1, 0]
    with pytest.raises(RuntimeError, match="numba"):
        solve_nested(market, compiled=True)
    assert not compiled.chosen(None, 10**9)
