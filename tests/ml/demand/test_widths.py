"""Intervals never narrow the farther ahead they lie: of series, of sums, by month and by year, in the paths as in print."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from ml.demand import CONFIG, Forecast, Panel, by_year, forecast, totals
from ml.demand.reconcile import reconciled
from ml.demand.settling import never_falling, stretched

SUMS = ("industry", "occupation", "total")
COUNTS = replace(CONFIG, counts=True)


def drawn(seed: int, *, whole: bool, size: int = 48, length: int = 48) -> Panel:
    """A county: seasonal counts of all sizes that share a random walk, some of them silent for a year."""
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(1.5, 1.3, size))[:, None]
    season = 1 + rng.uniform(0, 0.5) * np.sin(2 * np.pi * np.arange(length) / 12)
    shared = np.exp(np.cumsum(rng.normal(0, 0.05, length)) + rng.normal(0, 0.06, length))
    values = rng.negative_binomial(3, 3 / (3 + level * season * shared)).astype(np.float64)
    values[: size // 20, -14:] = 0
    return Panel(
        tuple(f"s{row}" for row in range(size)),
        tuple(f"{2022 + month // 12}-{month % 12 + 1:02d}" for month in range(length)),
        values if whole else np.round(values * 1.037, 3),
        {
            "occupation": tuple(f"o{row % 12}" for row in range(size)),
            "industry": tuple(f"i{row // 12}" for row in range(size)),
        },
        12,
    )


def narrowest(made: Forecast, *, lag: int, slack: float = 0.0) -> float:
    """The smallest ratio of an interval's width over its mean to that `lag` periods before; `slack` heads count as equal."""
    width, mean = made.upper - made.lower, np.maximum(made.mean, 1e-9)
    before = width[:, :, :-lag] / mean[:, :-lag]
    after = (width[:, :, lag:] + slack) / mean[:, lag:]
    return float((after / np.maximum(before, 1e-12))[before > 0].min(initial=np.inf))


@given(
    arrays.arrays(
        np.float64, st.tuples(st.integers(1, 3), st.integers(1, 30)), elements=st.floats(0, 1e3)
    )
)
def test_the_line_never_falls_and_keeps_the_sum_of_widths(line: NDArray[np.float64]) -> None:
    found = never_falling(line)
    assert (np.diff(found, axis=-1) >= 0).all()
    np.testing.assert_allclose(found.sum(axis=-1), line.sum(axis=-1), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(never_falling(found), found)


def test_what_is_stretched_keeps_its_mean_and_its_order() -> None:
    draws = np.random.default_rng(1).gamma(0.5, 4.0, (3, 400)).astype(np.float32)
    wider = stretched(draws, np.array([1.0, 1.5, 3.0]))
    np.testing.assert_allclose(wider.mean(axis=1), draws.mean(axis=1), rtol=1e-5)
    assert (wider >= 0).all()
    assert (wider[1:].std(axis=1) > draws[1:].std(axis=1) * 1.2).all()
    assert np.corrcoef(wider[2], draws[2])[0, 1] > 0.9


@pytest.mark.parametrize(("seed", "whole"), [(1, False), (2, False), (3, True)])
def test_no_interval_of_a_county_narrows_with_the_horizon(seed: int, whole: bool) -> None:
    panel = drawn(seed, whole=whole)
    made = forecast(panel, 60, levels=(50, 80, 95), config=COUNTS, paths=200, settled=SUMS)
    slack = 1.0 if whole else 0.0  # whole numbers cannot be cut finer
    for level in (made, *(totals(made, by) for by in ("occupation", "industry", ()))):
        assert narrowest(level, lag=12, slack=slack) > 1 - 1e-6
        assert narrowest(by_year(level, panel), lag=1, slack=slack) > 1 - 1e-6
        assert (np.diff(level.lower, axis=0) <= 1e-9).all(), "the wider level holds the narrower"
        assert (np.diff(level.upper, axis=0) >= -1e-9).all()
    # the paths of sums say what is printed of them
    for by, near in (((), 1e-3), ("occupation", 0.06)):
        yearly = by_year(totals(made, by), panel)
        low, high = np.quantile(yearly.paths, (0.1, 0.9), axis=0)
        spread = (high - low) / yearly.mean
        busy = yearly.mean.min(axis=1) > 50
        assert (spread[busy, 1:] >= spread[busy, :-1] * (1 - near)).all()


def test_parts_that_take_the_sums_of_their_wholes_do_not_narrow_either() -> None:
    panel = drawn(4, whole=False)
    wholes = forecast(panel, 60, config=COUNTS, settled=("industry",), paths=200)
    parts = forecast(panel, 60, config=COUNTS, seed=1, paths=200)
    sums = replace(totals(wholes, "industry"), mean=np.round(totals(wholes, "industry").mean, 3))
    member = np.array([int(label[1:]) for label in panel.groups["industry"]])
    found = reconciled(parts, sums, member, 3)
    for level in (found, totals(found, "occupation"), totals(found, "industry")):
        assert narrowest(level, lag=12) > 1 - 1e-6
        assert narrowest(by_year(level, panel), lag=1) > 1 - 1e-6
    np.testing.assert_allclose(totals(found, "industry").paths, sums.paths, rtol=1e-3, atol=1e-3)


def test_series_forecast_by_themselves_do_not_narrow() -> None:
    rng = np.random.default_rng(8)
    time = np.arange(72)
    growth = np.array([[0.0], [0.01], [-0.01]])
    lines = 500 * np.exp(
        growth * time + 0.2 * np.sin(time * np.pi / 6) + rng.normal(0, 0.04, (3, 72))
    )
    panel = Panel(
        ("a", "b", "c"), tuple(f"{2019 + m // 12}-{m % 12 + 1:02d}" for m in range(72)), lines
    )
    made = forecast(panel, 36)
    width = made.upper - made.lower
    assert (np.diff(width, axis=2) >= -1e-6).all()
    for level in (made, totals(made, ())):
        assert narrowest(by_year(level, panel), lag=1) > 1 - 1e-6
