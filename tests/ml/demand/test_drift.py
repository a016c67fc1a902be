"""Drift: sound forecasts seldom alarm, also when series err together; narrow or biased ones do."""

from __future__ import annotations

from itertools import product
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ml.demand.drift import (
    FEWEST_MONTHS,
    SURE,
    Bias,
    bias_drift,
    binomial,
    coverage_drift,
    gross_bias,
    spreads,
    surest,
)


def months(
    rng: np.random.Generator, true: float, count: int = 12, series: int = 40, together: float = 0.0
) -> list[int]:
    """How many of `series` truths lie inside, by month; `together` is the part of the error that a month's series share."""
    edge = NormalDist().inv_cdf(0.5 + true / 2)
    common = rng.normal(0, 1, (count, 1)) * np.sqrt(together)
    own = rng.normal(0, 1, (count, series)) * np.sqrt(1 - together)
    return list((np.abs(common + own) <= edge).sum(axis=1))


@pytest.mark.parametrize("together", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("count", [6, 12])
def test_a_sound_interval_seldom_alarms(together: float, count: int) -> None:
    rng = np.random.default_rng(3)
    alarms = []
    for _ in range(400):
        found = coverage_drift(months(rng, 0.8, count, together=together), [40] * count, 80)
        assert found is not None
        alarms.append(found.alarm)
    assert np.mean(alarms) <= 0.04


def test_an_interval_that_holds_too_little_or_too_much_alarms() -> None:
    rng = np.random.default_rng(3)
    narrow = [coverage_drift(months(rng, 0.6, together=0.1), [40] * 12, 80) for _ in range(100)]
    wide = [coverage_drift(months(rng, 0.97, together=0.1), [40] * 12, 80) for _ in range(100)]
    assert np.mean([one is not None and one.alarm and one.narrow for one in narrow]) > 0.9
    assert np.mean([one is not None and one.alarm and not one.narrow for one in wide]) > 0.9


def test_one_bad_month_is_not_forty_proofs() -> None:
    found = coverage_drift([33, 32, 31, 33, 0, 32], [40] * 6, 80)
    assert found is not None
    assert found.worth < 30
    assert not found.alarm
    assert coverage_drift([0, 0], [0, 0], 80) is None
    alone = coverage_drift([0, 0, 0, 0, 0], [9, 0, 0, 0, 0], 95)
    assert alone is not None
    assert not alone.alarm


def of_runs(rng: np.random.Generator, runs: int, together: float, stated: float = 1.0) -> list[int]:
    """How many of 40 series x 12 months lie inside the 95 % interval, by run. Errors of a run walk on from month to month, each in
    its own interval; `together` is the part that all series share; intervals are `stated` times as wide as errors would need."""
    steps = np.sqrt(np.arange(1, 13))[None, :, None]
    common = np.cumsum(rng.normal(0, 1, (runs, 12, 1)), axis=1) / steps * np.sqrt(together)
    own = np.cumsum(rng.normal(0, 1, (runs, 12, 40)), axis=1) / steps * np.sqrt(1 - together)
    return list((np.abs(common + own) <= stated * NormalDist().inv_cdf(0.975)).sum(axis=(1, 2)))


@pytest.mark.parametrize("together", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("runs", [1, 2, 3])
def test_few_sound_runs_alarm_in_fewer_than_one_of_a_hundred_cases_however_months_and_series_err_together(
    runs: int, together: float
) -> None:
    rng = np.random.default_rng(4)
    found = [coverage_drift(of_runs(rng, runs, together), [480] * runs, 95) for _ in range(2000)]
    assert np.mean([one is not None and one.alarm for one in found]) < SURE


@given(
    st.integers(1, FEWEST_MONTHS - 1),
    st.sampled_from((80, 95)),
    st.lists(st.tuples(st.floats(0.001, 1), st.floats(0, 1)), min_size=1, max_size=4),
)
def test_no_dependence_within_runs_makes_few_sound_runs_alarm_more_often_than_promised(
    runs: int, level: int, kinds: list[tuple[float, float]]
) -> None:
    # a run misses the share `missed` with probability `chance`, any law whose mean is what the interval promises, else nothing
    promised = 1 - level / 100
    weights = np.array([weight for _missed, weight in kinds])
    chances = [
        promised * weight / max(weights.sum(), 1e-9) / missed
        for (missed, _w), weight in zip(kinds, weights, strict=True)
    ]
    assume(sum(chances) <= 1)
    law = [(missed, chance) for (missed, _weight), chance in zip(kinds, chances, strict=True)] + [
        (0.0, 1 - sum(chances))
    ]
    alarms = 0.0
    for drawn in product(law, repeat=runs):
        if surest(np.array([missed for missed, _chance in drawn]), promised) < SURE:
            alarms += float(np.prod([chance for _missed, chance in drawn]))
    assert alarms <= SURE


def test_two_runs_of_a_year_whose_80_per_cent_intervals_hold_30_alarm() -> None:
    rng = np.random.default_rng(5)
    stated = NormalDist().inv_cdf(0.65) / NormalDist().inv_cdf(0.9)
    two = [coverage_drift(of_runs(rng, 2, 0.1, stated), [480] * 2, 95) for _ in range(200)]
    assert np.mean([one is not None and one.alarm and one.narrow for one in two]) > 0.9
    three = [coverage_drift(of_runs(rng, 3, 1.0, stated), [480] * 3, 95) for _ in range(200)]
    assert np.mean([one is not None and one.alarm for one in three]) > 0.85


def test_few_forecasts_tell_only_a_gross_bias() -> None:
    assert gross_bias(np.array([0.4, 0.4]), np.zeros(2)) == Bias((), (), True, True, 0)
    assert gross_bias(np.zeros(2), np.array([0.4, 0.4])) == Bias((), (), True, False, 0)
    # either side may miss by chance, so that a third in each of two runs is not enough, nor is one run, nor both sides in turn
    for above, below in (
        ([0.33, 0.33], [0, 0]),
        ([1.0], [0.0]),
        ([1.0, 0.0], [0.0, 1.0]),
        ([], []),
    ):
        assert not gross_bias(np.array(above), np.array(below)).alarm


def test_the_binomial_probability_is_exact() -> None:
    assert binomial(1, 2, 0.5) == pytest.approx(1)
    assert binomial(0, 2, 0.5) == pytest.approx(0.5)
    assert binomial(10, 10, 0.8) == pytest.approx(
        0.8**10 + sum(p for p in _below(10, 0.8) if p <= 0.8**10), rel=1e-6
    )


def _below(trials: int, chance: float) -> list[float]:
    from math import comb

    return [
        comb(trials, count) * chance**count * (1 - chance) ** (trials - count)
        for count in range(trials)
    ]


def test_cumulative_sums_find_a_lasting_bias_and_not_one_shock() -> None:
    rng = np.random.default_rng(8)
    sound = [bias_drift(rng.normal(0, 1, 24)) for _ in range(300)]
    assert np.mean([one is not None and one.alarm for one in sound]) < 0.05
    biased = [bias_drift(np.append(rng.normal(0, 1, 6), rng.normal(2, 1, 6))) for _ in range(200)]
    assert np.mean([one is not None and one.alarm and one.low for one in biased]) > 0.9
    assert np.median(
        [one.begun for one in biased if one is not None and one.begun is not None]
    ) == pytest.approx(6, abs=1)
    high = bias_drift(np.full(6, -2.0))
    assert high is not None
    assert (high.alarm, high.low, high.begun) == (True, False, 0)
    shock = bias_drift(np.array([0.0, 0, 0, 9.0, 0, 0, 0, 0, 0, 0]))
    assert shock is not None
    assert not shock.alarm
    assert bias_drift(np.zeros(2)) is None


def test_errors_are_measured_in_the_intervals_own_spread() -> None:
    median = np.array([100.0])
    low, high = median * np.exp(-0.2 * 1.2816), median * np.exp(0.2 * 1.2816)
    assert spreads(median * np.exp(0.4), median, low, high)[0] == pytest.approx(2.0, abs=0.05)
