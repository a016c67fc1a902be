"""Growth and replacement apart, one to eight years ahead."""

from __future__ import annotations

import numpy as np
import pytest

from ml.demand.years import years_ahead

RATES = np.array([0.03, 0.05, 0.08])


def test_a_steady_trade_needs_replacement_and_no_growth() -> None:
    found = years_ahead(np.full((1, 6), 1000.0), RATES, 8)
    assert np.abs(found.growth.mean).max() < 1e-6
    assert found.replacement.mean == pytest.approx(np.full((1, 8), 52.0), abs=4.0)
    assert (found.growth.lower[0] < 0).all()
    assert (found.growth.upper[0] > 0).all()


def test_a_growing_trade_grows_on_at_a_falling_pace() -> None:
    found = years_ahead(1000 * 1.06 ** np.arange(8.0)[None], RATES, 8)
    assert (found.growth.mean > 0).all()
    assert (np.diff(found.growth.mean[0]) < 0).all()
    assert (np.diff(found.replacement.mean[0]) > 0).all()


def test_the_two_kinds_add_up_in_means_and_in_every_path() -> None:
    heads = np.random.default_rng(1).uniform(50, 900, (5, 7)).round()
    found = years_ahead(heads, np.tile(RATES, (5, 1)), 5)
    np.testing.assert_array_equal(found.openings.mean, found.growth.mean + found.replacement.mean)
    np.testing.assert_allclose(
        found.openings.paths, found.growth.paths + found.replacement.paths, rtol=1e-4, atol=0.05
    )
    assert (found.replacement.paths >= 0).all()


def test_intervals_widen_with_the_years_and_nest() -> None:
    found = years_ahead(np.array([[800.0, 950, 720, 930, 810]]), RATES, 8)
    width = (found.replacement.upper - found.replacement.lower)[:, 0]
    assert (width[1] > width[0]).all()
    assert width[0, 7] > 1.2 * width[0, 0]


def test_parts_of_one_stock_take_its_course_and_are_together_as_uncertain_as_it() -> None:
    whole = np.array([[400.0, 420, 380, 440, 430, 460]])
    shares = np.array([0.5, 0.3, 0.2])[:, None]
    alone = years_ahead(whole, RATES, 6, seed=3)
    parts = years_ahead(shares * whole, RATES, 6, seed=3, stocks=["C36"] * 3)
    np.testing.assert_allclose(parts.growth.mean.sum(axis=0), alone.growth.mean[0])
    np.testing.assert_allclose(
        parts.growth.paths.sum(axis=1), alone.growth.paths[:, 0], rtol=1e-3, atol=0.05
    )
    two = years_ahead(np.vstack([whole, whole]), RATES, 6, seed=3)
    assert (
        two.growth.paths[:, :, 0].sum(axis=1).std() < 2 * 0.97 * alone.growth.paths[:, 0, 0].std()
    )
    with pytest.raises(ValueError, match="part of one stock"):
        years_ahead(whole, RATES, 6, stocks=["C36", "C37"])


def test_a_wrong_leaving_rate_is_wrong_for_all_trades_together() -> None:
    found = years_ahead(np.full((40, 5), 200.0), RATES, 2)
    summed = found.replacement.paths[:, :, 0].sum(axis=1)
    assert summed.std() / summed.mean() > 0.2


def test_the_same_input_gives_the_same_bytes_and_nothing_stays_nothing() -> None:
    heads = np.array([[0.0, 0, 0], [3.0, 4, 9]])
    first, again = years_ahead(heads, RATES, 3), years_ahead(heads, RATES, 3)
    assert first.openings.paths.tobytes() == again.openings.paths.tobytes()
    assert not first.openings.paths[:, 0].any()


@pytest.mark.parametrize(
    ("heads", "rates", "horizon", "reason"),
    [
        ([[1.0]], RATES, 9, "horizon"),
        ([[-1.0]], RATES, 1, "not negative"),
        ([[np.nan]], RATES, 1, "finite"),
        ([[1.0]], [0.1, 0.05, 0.2], 1, "in order"),
        ([[1.0]], [0.0, 0.05, 0.2], 1, "between 0 and 1"),
    ],
)
def test_faulty_input_is_refused(
    heads: list[list[float]], rates: list[float], horizon: int, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        years_ahead(np.array(heads), np.array(rates), horizon)
