"""Parts of wholes: they add up in every path and to the last decimal, and keep their proportions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from ml.demand import forecast, totals
from ml.demand.reconcile import reconciled, rounded, shared_out
from tests.ml.demand.test_forecasting import counts

AMOUNTS = st.one_of(st.just(0.0), st.floats(0.001, 1e4))
MEMBER = np.array([0, 0, 0, 1, 1, 2])


@given(
    arrays.arrays(np.float64, (6, 4), elements=AMOUNTS),
    arrays.arrays(np.float64, (3, 4), elements=AMOUNTS),
)
def test_parts_add_up_and_keep_their_proportions(
    parts: NDArray[np.float64], wholes: NDArray[np.float64]
) -> None:
    found = shared_out(parts, wholes, MEMBER)
    assert (found >= 0).all()
    for number in range(3):
        mine = number == MEMBER
        np.testing.assert_allclose(found[mine].sum(axis=0), wholes[number], rtol=1e-9, atol=1e-9)
        sums = parts[mine].sum(axis=0)
        for step in np.flatnonzero(sums > 0):
            np.testing.assert_allclose(
                found[mine, step] * sums[step],
                parts[mine, step] * wholes[number, step],
                rtol=1e-9,
                atol=1e-9,
            )
    exact = rounded(found, wholes, MEMBER, 3)
    assert (exact >= 0).all()
    for number in range(3):
        assert [round(float(v), 3) for v in exact[number == MEMBER].sum(axis=0)] == [
            round(float(v), 3) for v in wholes[number]
        ]


def test_rounding_many_small_parts_takes_nothing_from_their_whole() -> None:
    parts = np.full((10, 1), 0.0006)
    assert rounded(parts, np.array([[0.006]]), np.zeros(10, np.int64), 3).sum() == pytest.approx(
        0.006
    )


def test_a_whole_whose_parts_are_all_zero_is_divided_as_they_usually_are() -> None:
    parts = np.array([[3.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    found = shared_out(parts, np.array([[4.0, 8.0], [6.0, 2.0]]), np.array([0, 0, 1, 1]))
    np.testing.assert_allclose(found, [[3.0, 6.0], [1.0, 2.0], [3.0, 1.0], [3.0, 1.0]])
    with pytest.raises(ValueError, match="do not add up"):
        rounded(parts, np.ones((2, 2)), np.array([0, 0, 1, 1]), 3)


def test_a_forecast_of_parts_agrees_with_its_wholes_in_means_and_in_every_path() -> None:
    panel = counts()
    wholes = totals(forecast(panel, 5, seed=3), "industry")
    wholes = type(wholes)(**{**vars(wholes), "mean": np.round(wholes.mean, 3)})
    parts = forecast(panel, 5, seed=8)
    member = np.array(
        [wholes.series.index(f"industry={label}") for label in panel.groups["industry"]]
    )
    made = reconciled(parts, wholes, member, 3)
    for number in range(2):
        np.testing.assert_allclose(
            made.paths[:, member == number].sum(axis=1),
            wholes.paths[:, number],
            rtol=1e-4,
            atol=1e-3,
        )
        assert np.array_equal(
            np.round(made.mean[member == number].sum(axis=0), 3), wholes.mean[number]
        )
    assert (made.lower <= made.median).all()
    assert (made.median <= made.upper).all()
    alone = forecast(panel, 5, seed=8).mean
    assert 0.5 < made.mean.sum() / alone.sum() < 2
