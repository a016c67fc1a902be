"""The second implementation says what the engine says, and objects to every single change of a stable outcome."""

from __future__ import annotations

from random import Random

import numpy as np

from ml.matching import solve_nested
from ml.matching.checks.certificate import Named, certificate
from ml.matching.checks.confirm import objections, placements_of
from ml.matching.checks.package import disagreements, package
from ml.matching.season.steps import withdraw
from tests.ml.matching.trees import tree_market


def _named(random: Random, one_key: bool) -> Named:
    market = tree_market(random, most_students=15, one_key=one_key)
    return Named(
        [f"S-{i}" for i in range(market.students)],
        [f"n{i}" for i in range(len(market.parent))],
        market,
    )


def test_placements_follow_from_a_package_without_the_engine() -> None:
    random = Random(5)
    for turn in range(300):
        named = _named(random, turn % 2 == 0)
        told = certificate(named, solve_nested(named.market), 1)
        value = package(named, told)
        assert placements_of(value) == told["placements"]
        assert objections(value, told["placements"]) == []


def test_an_outcome_by_chains_is_confirmed_and_every_single_change_is_objected_to() -> None:
    random, tried = Random(6), 0
    for turn in range(200):
        named = _named(random, turn % 2 == 0)
        before = solve_nested(named.market)
        held = np.flatnonzero(before.choice >= 0).tolist()
        step = withdraw(named.market, before, random.sample(held, min(2, len(held))))
        now = Named(named.students, named.nodes, step.market)
        value = package(now, certificate(now, step.outcome, 1, chains=True))
        assert disagreements(value) == []
        if turn % 2:
            continue  # with a key for every wish, a second stable outcome may be one student's move away
        placements = value["certificate"]["placements"]
        for student, wishes in value["lists"]:
            for other in {*(node for node, _ in wishes), None} - {placements[student]}:
                assert objections(value, {**placements, student: other}), (student, other)
                tried += 1
    assert tried > 1000, tried
