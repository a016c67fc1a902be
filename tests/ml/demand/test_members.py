"""The members of the classical mean, and which of them a panel's past lets in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.demand.families.classical import judged
from ml.demand.families.differences import boosted_differences, features, training_origins
from ml.demand.families.members import forecasts_of
from ml.demand.families.total import taken_apart
from ml.demand.model import CONFIG
from ml.demand.spread import deciles_of, quantiles

CHEAP = replace(CONFIG, difference_rows=20_000, difference_iterations=40, ets_most_series=0)


def seasonal(
    series: int = 60, length: int = 60
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    rng = np.random.default_rng(2)
    time = np.arange(length)
    level = np.exp(rng.normal(3, 1, (series, 1)))
    season = 1 + 0.3 * np.sin(time * np.pi / 2 + rng.uniform(0, 6, (series, 1)))
    return np.asarray(
        level * season * (1 + 0.01 * time) * np.exp(rng.normal(0, 0.05, (series, length)))
    )


def test_boosting_on_differences_learns_season_and_trend_of_many_series() -> None:
    values = seasonal()
    found = boosted_differences(values[:, :52], 4, 8, CHEAP)
    assert found is not None
    naive = np.tile(values[:, 48:52], 2)
    truth = values[:, 52:]
    assert np.abs(found - truth).mean() < 0.9 * np.abs(naive - truth).mean()
    assert found.tobytes() == np.asarray(boosted_differences(values[:, :52], 4, 8, CHEAP)).tobytes()


def test_boosting_says_nothing_of_what_it_cannot_know() -> None:
    values = seasonal(40, 40)
    values[0], values[1, :37] = 7.0, np.nan
    found = boosted_differences(values, 4, 3, CHEAP)
    assert found is not None
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2:]).all()
    assert boosted_differences(seasonal(2, 20), 4, 3, CHEAP) is None


def test_features_know_nothing_of_the_future_and_no_unit() -> None:
    values = seasonal(5, 40)
    here, last, scale = features(values[:, :30], 4, 6)
    elsewhere, _, _ = features(1000 * values[:, :30], 4, 6)
    np.testing.assert_allclose(here, elsewhere, rtol=1e-4, atol=1e-5)
    assert here.shape[:2] == (5, 6)
    np.testing.assert_array_equal(last, values[:, 29])
    assert (scale > 0).all()
    assert max(training_origins(30, 4, 6)) == 29


def test_members_that_the_past_refutes_stay_out() -> None:
    rng = np.random.default_rng(0)
    walks = 100 * np.exp(np.cumsum(rng.normal(0, 0.05, (80, 48)), axis=1))
    names, _ = judged(walks, 4, 6, CHEAP)
    assert "last" in names
    names, ratio = judged(seasonal(80, 48), 4, 6, CHEAP)
    assert "last" not in names
    assert {"theta", "boosting"} & set(names)
    assert ratio < 1.0
    assert judged(walks[:, :10], 4, 3, CHEAP) == (("theta", "smoothing", "ets", "boosting"), 1.0)


def test_ets_joins_where_the_level_has_just_shifted() -> None:
    values = np.tile(np.array([10.0, 12.0, 9.0, 11.0]), (2, 12)) + np.random.default_rng(1).normal(
        0, 0.1, (2, 48)
    )
    values[1, -3:] *= 2
    found = forecasts_of(values, 4, 4, CONFIG, ("ets",), False)["ets"]
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()


def test_one_winter_of_closed_firms_is_no_season() -> None:
    rng = np.random.default_rng(0)
    line = 5 + rng.normal(0, 0.02, 30)
    line[23] -= 0.8
    effects, cleaned = taken_apart(line, 12, CONFIG.season_prior, CONFIG.shock_clip)
    raw, same = taken_apart(line, 12, 0.0, 0.0)
    assert abs(effects[11]) < 0.03 < 0.2 < abs(raw[11])
    assert cleaned[23] > 4.8
    np.testing.assert_array_equal(same, line)


def test_a_strong_season_is_believed_and_a_weak_one_is_not() -> None:
    time = np.arange(30)
    noise = np.random.default_rng(4).normal(0, 0.1, 30)
    strong, _ = taken_apart(np.sin(time * np.pi / 6) + 0.1 * noise, 12, 2.0, 0.0)
    weak, _ = taken_apart(0.02 * np.sin(time * np.pi / 6) + noise, 12, 2.0, 0.0)
    assert np.abs(strong - np.sin(np.arange(12) * np.pi / 6)).max() < 0.15
    assert np.abs(weak).max() < 0.1


def test_intervals_of_sparse_counts_hold_their_level_and_not_much_more() -> None:
    rng = np.random.default_rng(0)
    draws = rng.poisson(0.35, (200, 400)).astype(np.float32)
    median, lower, upper = quantiles(draws, (80, 95))
    inside = ((draws >= lower[..., None]) & (draws <= upper[..., None])).mean(axis=(1, 2))
    assert inside[0] < 0.75
    assert inside[1] == pytest.approx(0.95, abs=0.01)
    assert (lower == 0).all()
    assert (median <= upper[0]).all()
    smooth = rng.normal(100, 10, (50, 400)).astype(np.float32)
    _, low, high = quantiles(smooth, (80,))
    tenths = deciles_of(smooth)
    np.testing.assert_allclose(low[0], tenths[0])
    np.testing.assert_allclose(high[0], tenths[8], rtol=0.01)
