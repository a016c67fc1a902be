"""A certificate with its inputs: confirmed as it is, contradicted after any change."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from ml.matching import NestedMarket, lottery, solve_nested
from ml.matching.checks.certificate import Named, certificate
from ml.matching.checks.package import disagreements, package, unpack


def told() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    posts, students = 6, 30
    lists = [rng.permutation(posts)[: rng.integers(0, 5)] for _one in range(students)]
    names = [f"S-{at:03d}" for at in range(students)]
    standing = rng.integers(0, 5, students) * (students + 1) + students - lottery(7, names)
    market = NestedMarket.of(
        np.concatenate([[0], np.cumsum([len(row) for row in lists])]).astype(np.int64),
        np.concatenate(lists).astype(np.int32),
        np.concatenate([np.full(len(row), standing[at]) for at, row in enumerate(lists)]).astype(
            np.int64
        ),
        np.array([6, 6, 6, 7, 7, 7, -1, -1], np.int32),
        np.array([2, 2, 2, 2, 2, 2, 5, 4], np.int32),
    )
    named = Named(names, [f"node{at}" for at in range(8)], market)
    return package(named, certificate(named, solve_nested(market), 7), ties=students + 1)


def test_a_package_survives_a_file_and_confirms_itself() -> None:
    value = json.loads(json.dumps(told()))
    assert disagreements(value) == []
    named, _certificate = unpack(value)
    assert len(named.students) == 30


@pytest.mark.parametrize(
    "change", ["place", "capacity", "key", "cutoff", "list", "student", "seed", "ties", "closed"]
)
def test_any_change_is_found(change: str) -> None:
    value = deepcopy(told())
    placements = value["certificate"]["placements"]
    placed = next(name for name, node in placements.items() if node is not None)
    if change == "place":
        placements[placed] = None
    elif change == "capacity":
        value["caps"][0][2] += 1
    elif change == "key":
        next(row for _name, row in value["lists"] if row)[0][1] += 1000
    elif change == "cutoff":
        next(
            cap for cap in value["certificate"]["caps"].values() if isinstance(cap["cutoff"], int)
        )["cutoff"] += 1
    elif change == "seed":
        value["certificate"]["seed"] = 8
    elif change == "ties":
        value["ties"] += 1
    elif change == "closed":
        value["certificate"]["closed"] = ["node0"]
    elif change == "list":
        next(row for _name, row in value["lists"] if len(row) > 1).reverse()
    else:
        value["lists"][0][0] = "S-999"
    try:
        found = disagreements(value)
    except ValueError:
        return
    assert found


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"kind": "stable matching with its inputs"},
        {"kind": "stable matching with its inputs", "caps": [[1]]},
        {"kind": "stable matching with its inputs", "caps": {}, "lists": []},
        {"kind": "stable matching with its inputs", "caps": [], "lists": None},
        {
            "kind": "stable matching with its inputs",
            "caps": [],
            "lists": [["a", None]],
            "certificate": {},
        },
        {
            "kind": "stable matching with its inputs",
            "caps": [["p", "h", 1]],
            "lists": [],
            "certificate": {},
        },
        {
            "kind": "stable matching with its inputs",
            "caps": [["p", [], 1]],
            "lists": [],
            "certificate": {},
        },
        {"kind": "stable matching with its inputs", "caps": [], "lists": []},
    ],
)
def test_what_is_no_package_says_so(value: Any) -> None:
    with pytest.raises(ValueError, match=r"no|damaged") as told:
        disagreements(value)
    assert "Error" not in str(told.value), "a sentence, not what Python says"
