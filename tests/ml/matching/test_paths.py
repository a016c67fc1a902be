"""Large markets: the compiled paths equal the plain one; names in and out; numba may be missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from ml.matching import NestedMarket, solve_nested
from ml.matching.checks.nested import audit_nested
from ml.matching.dictionaries import match_dictionaries
from ml.matching.engine import compiled
from ml.matching.lists import strict_keys
from tests.ml.matching.trees import by_greedy_choice, tree_of


def _large(seed: int, nested: bool, scarce: float) -> NestedMarket:
    random = np.random.default_rng(seed)
    students, posts, hosts = 6000, 600, 120
    lengths = random.integers(0, 21, students)
    weight = np.exp(random.standard_normal(posts))
    node = np.concatenate(
        [random.choice(posts, size, replace=False, p=weight / weight.sum()) for size in lengths]
    )
    owner = np.repeat(np.arange(students), lengths)
    key = strict_keys(random.integers(0, 100, len(node)), random.permutation(students)[owner])
    capacity = np.ceil(random.integers(6, 19, posts) * scarce)
    parent = np.full(posts, -1)
    if nested:
        host_of = random.integers(0, hosts, posts)
        parent = np.concatenate([posts + host_of, np.full(hosts, posts + hosts), [-1]])
        capacity = np.concatenate([capacity, random.integers(0, 80, hosts), [int(5000 * scarce)]])
    return NestedMarket.of(
        np.concatenate([[0], np.cumsum(lengths)]),
        node.astype(np.int32),
        key,
        parent.astype(np.int32),
        capacity.astype(np.int32),
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


@pytest.mark.parametrize("fast", [False, True])
def test_names_go_in_and_come_out_and_one_sided_entries_are_left_out(fast: bool) -> None:
    lists = {"ann": ["x", "y"], "bo": ["x"], "cy": ["y", "x"]}
    rankings = {"x": ["bo", "cy", "ann"], "y": ["ann"], "z": ["bo"]}
    found = match_dictionaries(lists, rankings, {"x": 1, "y": 2, "z": 1}, compiled=fast)
    assert found == ({"x": ["bo"], "y": ["ann"], "z": []}, 2)
    assert match_dictionaries({}, {}, {}, compiled=fast) == ({}, 0)
    assert match_dictionaries({"ann": ["x"]}, {"x": []}, {"x": 1}, compiled=fast) == ({"x": []}, 1)
    for twice in (
        ({"ann": ["x", "x"]}, {"x": ["ann"]}),
        ({"ann": ["x"]}, {"x": ["ann", "ann"]}),
        ({"ann": []}, {"x": ["ann", "ann"]}),
    ):
        with pytest.raises(ValueError, match="twice"):
            match_dictionaries(*twice, {"x": 1}, compiled=fast)
    with pytest.raises(KeyError):
        match_dictionaries({"ann": ["w"]}, {"x": ["ann"]}, {"x": 1}, compiled=fast)


def test_names_come_out_as_the_choice_function_says_on_both_paths() -> None:
    random = Random(3)
    for _ in range(200):
        students, posts = range(random.randint(1, 30)), range(random.randint(1, 8))
        lists = {
            f"s{s}": [f"p{p}" for p in random.sample(posts, random.randint(0, len(posts)))]
            for s in students
        }
        rankings = {
            f"p{p}": [f"s{s}" for s in random.sample(students, random.randint(0, len(students)))]
            for p in posts
        }
        places = {post: random.randint(0, 4) for post in rankings}
        both = {
            name: [post for post in own if name in rankings[post]] for name, own in lists.items()
        }
        market = tree_of(
            [[int(post[1:]) for post in own] for own in both.values()],
            [
                [len(students) - rankings[post].index(name) for post in own]
                for name, own in both.items()
            ],
            [-1] * len(posts),
            list(places.values()),
        )
        expected: dict[str, list[str]] = {post: [] for post in rankings}
        for (name, own), choice in zip(both.items(), by_greedy_choice(market), strict=True):
            if choice >= 0:
                expected[own[choice]].append(name)
        expected = {post: sorted(held, key=rankings[post].index) for post, held in expected.items()}
        entries = sum(map(len, lists.values())) + sum(map(len, rankings.values()))
        for fast in (False, True):
            found = match_dictionaries(lists, rankings, places, compiled=fast)
            assert found == (expected, entries - 2 * len(market.wish))


def test_without_numba_the_plain_path_answers_and_asking_for_compilation_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compiled, "present", lambda: False)
    market = tree_of([[0], [0]], [[1], [2]], [-1], [1])
    assert solve_nested(market).choice.tolist() == [-1, 0]
    with pytest.raises(RuntimeError, match="numba"):
        solve_nested(market, compiled=True)
    assert not compiled.chosen(None, 10**9)


def test_numba_that_is_switched_off_is_as_good_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    compiled.present.cache_clear()
    try:
        assert not compiled.present()
    finally:
        monkeypatch.undo()
        compiled.present.cache_clear()


def test_compiled_kernels_are_not_fresh_when_what_stands_inside_them_changed(
    tmp_path: Path,
) -> None:
    """A copy of the package answers anew once its heaps refuse everybody, though no kernel's own file changed."""
    package = tmp_path / "ml"
    shutil.copytree(
        Path(compiled.__file__).parents[2], package, ignore=shutil.ignore_patterns("__pycache__")
    )
    code = (
        "import numpy as np; from ml.matching import NestedMarket, solve_nested\n"
        "market = NestedMarket.of(np.arange(4), np.zeros(3, np.int32), np.array([1, 2, 3]), np.array([-1], np.int32), np.array([2], np.int32))\n"
        "print((solve_nested(market, compiled=True).choice >= 0).sum())"
    )

    def placed() -> str:
        cache = {
            **os.environ,
            "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
            "PYTHONPATH": str(tmp_path),
        }
        return subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=cache,
        ).stdout.strip()

    assert placed() == "2"
    heaps = package / "matching" / "engine" / "heaps.py"
    changed = heaps.read_text().replace("if size < np.int64(head >> SHIFT):", "if False:")
    assert changed != heaps.read_text()
    heaps.write_text(changed)
    assert placed() == "0"
