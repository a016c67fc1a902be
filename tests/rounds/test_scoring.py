"""A host's order of students: published criteria, one lottery, strict keys."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alliance.rounds.matching.scoring import Weights, keys, kilometres, specialty_fit, weigh
from ml.matching import lottery


def test_the_parts_add_up_and_unknowns_count_as_published() -> None:
    parts = weigh(
        Weights(40, 40, 20, 0),
        np.array([1.0, 0.5]),
        np.array([90.0, np.nan]),
        np.array([20.0, np.nan]),
        np.full(2, np.nan),
    )
    assert parts.tenths.tolist() == [860, 540]


def test_distance_is_the_great_circle_times_the_road_factor() -> None:
    one_degree_north = kilometres((107.0, 30.0), (107.0, 31.0))
    assert one_degree_north is not None
    assert abs(one_degree_north - 111.19 * 1.3) < 0.2
    assert kilometres(None, (107.0, 30.0)) is None
    assert kilometres((107.0, 30.0), (107.0, 30.0)) == 0


def test_a_link_counts_before_what_the_post_asks_for() -> None:
    links = {("660103", "6-18-01-01"): 0.9}
    assert specialty_fit("660103", "6-18-01-01", frozenset({"660103"}), links) == 0.9
    assert specialty_fit("660301", "6-18-01-01", frozenset({"660301"}), links) == 0.5
    assert specialty_fit("660301", "6-18-01-01", frozenset({"660103"}), links) == 0.25
    assert specialty_fit("720201", "6-18-01-01", frozenset({"660103"}), links) == 0.0


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30), st.integers(0, 10**8))
def test_keys_are_strict_follow_the_score_and_then_the_lottery(
    tenths: list[int], seed: int
) -> None:
    draw = lottery(seed, [f"S-{i}" for i in range(len(tenths))])
    found = keys(np.array(tenths), draw, len(tenths))
    assert len(set(found.tolist())) == len(tenths)
    for i, mine in enumerate(tenths):
        assert found[i] // (len(tenths) + 1) == mine
        for j, theirs in enumerate(tenths):
            if (mine, -draw[i]) > (theirs, -draw[j]):
                assert found[i] > found[j]
