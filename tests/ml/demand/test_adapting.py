"""Intervals learn from what fell outside: quickly wider, slowly narrower, and by no more than was missed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.demand import CONFIG, forecast, totals
from ml.demand.adapting import Learnt, by_lead, learn_from_origins, scores_of, tracked
from tests.ml.demand.test_widths import drawn


def test_a_score_says_by_what_the_half_interval_misses_the_truth() -> None:
    actual, median = np.array([12.0, 20.0, 4.0, 3.0, np.nan]), np.full(5, 10.0)
    found = scores_of(actual, median, np.full(5, 7.0), np.array([15.0, 15.0, 15.0, 10.0, 15.0]))
    np.testing.assert_allclose(found, [0.4, 2.0, 2.0, 7 / 3, np.nan])
    none = scores_of(np.array([1.0, 0.0]), np.zeros(2), np.zeros(2), np.zeros(2))
    assert none.tolist() == [99.0, 0.0]


@pytest.mark.parametrize("spread", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("cases", [1, 40])
def test_eighty_per_cent_are_held_in_the_long_run_whatever_the_spread(
    spread: float, cases: int
) -> None:
    rng = np.random.default_rng(5)
    # scores of sound 80 % intervals of a normal error, times how far off the intervals are
    months = [[np.abs(rng.normal(0, spread / 1.2816, cases))] for _ in range(240)]
    factors = tracked(months)
    held = [
        float((part[0] <= factor).mean()) for part, factor in zip(months[1:], factors, strict=False)
    ]
    assert np.mean(held[40:]) == pytest.approx(0.8, abs=0.03)
    assert np.mean(factors[40:]) == pytest.approx(spread, rel=0.25)


def test_one_month_of_misses_widens_four_times_as_fast_as_one_that_holds_narrows() -> None:
    missed, held = tracked([[np.full(60, 9.0)]])[0], tracked([[np.zeros(60)]])[0]
    assert np.log(missed) == pytest.approx(-4 * np.log(held))
    assert tracked([[np.array([9.0])]])[0] < missed, "one series is luck"
    assert tracked([[np.full(60, 9.0)]] * 50)[-1] == 4.0
    assert tracked([[np.empty(0)]]) == [1.0]


def test_a_band_without_months_takes_the_one_before_and_none_falls() -> None:
    near = Learnt(1, 3, 1.5, 3, 3, 2, None)
    assert by_lead([near], 6).tolist() == [1.5] * 6
    assert by_lead([Learnt(4, 12, 1.2, 3, 3, 1, None), near], 5).tolist() == [1.5] * 5
    assert by_lead([], 2).tolist() == [1.0, 1.0]


def test_an_origin_learns_from_truths_that_have_come_alone() -> None:
    scores = {10: np.full((50, 12), 9.0), 11: np.full((50, 12), 9.0)}
    scores[10][:, 2:] = 0.0  # months 12 and later have not come at origin 12
    scores[11][:, 1:] = 0.0
    assert (learn_from_origins(scores, 12, 12) > 1.5).all()
    assert (learn_from_origins(scores, 10, 12) == 1.0).all()


def test_what_a_level_learnt_widens_it_and_what_it_is_the_sum_of_stays_together() -> None:
    panel = drawn(6, whole=False)
    config = replace(CONFIG, counts=True)
    plain = forecast(panel, 24, config=config, settled=("occupation", "total"))
    for factor, series in ((2.0, 1.0), (1.25, 1.25)):
        learnt = {"total": factor, "occupation": series, "series": series}
        wider = forecast(
            panel,
            24,
            config=config,
            settled=("occupation", "total"),
            learnt={name: np.full(24, value) for name, value in learnt.items()},
        )
        assert wider.mean.tolist() == plain.mean.tolist()
        # series by themselves cannot be moved below zero, so they are looked at in their sums
        for by in ((), "occupation") if factor == series else ((),):
            before, after = totals(plain, by), totals(wider, by)
            widths = [(made.upper - made.lower)[0] for made in (before, after)]
            assert np.median(widths[1] / widths[0]) == pytest.approx(factor, rel=0.12), (by, factor)
    np.testing.assert_allclose(
        wider.paths.sum(axis=1), totals(wider, ()).paths[:, 0], rtol=1e-4, atol=1e-3
    )
