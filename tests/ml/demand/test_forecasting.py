"""Forecasts: never negative, the same for the same, adding up, widening, finite for any panel that is a panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ml.demand import Forecast, Panel, backtest, baselines, by_year, explain, forecast, totals
from ml.demand.families.choosing import family_of, is_granular
from ml.demand.families.total import chain_total
from ml.demand.model import CONFIG
from ml.demand.periods import following


def months(count: int, start: str = "2020-12") -> tuple[str, ...]:
    return following([start], count)


def counts(series: int = 60, length: int = 48, seed: int = 1) -> Panel:
    """Counts that share a total with a season, sparse, with two group columns."""
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(0.5, 1.5, series))
    common = np.exp(
        0.2 * np.sin(np.arange(length) * np.pi / 6) + np.cumsum(rng.normal(0, 0.04, length))
    )
    values = rng.poisson(level[:, None] * common).astype(np.float64)
    groups = {
        "occupation": tuple(f"6-{row % 7}" for row in range(series)),
        "industry": tuple("CI"[row % 2] for row in range(series)),
    }
    return Panel(tuple(f"s{row}" for row in range(series)), months(length), values, groups, 12)


def check(made: Forecast, panel: Panel, horizon: int) -> None:
    """What holds for every forecast."""
    assert made.periods == following(panel.periods, horizon)
    assert made.series == panel.series
    blank = np.isnan(panel.values).all(axis=1)
    for values in (made.mean[None], made.median[None], made.lower, made.upper):
        assert np.isfinite(values[:, ~blank]).all()
        assert (values[:, ~blank] >= 0).all()
        assert np.isnan(values[:, blank]).all()
    assert np.isfinite(made.paths).all()
    assert (made.paths >= 0).all()
    median, lower, upper = (
        np.nan_to_num(values) for values in (made.median, made.lower, made.upper)
    )
    assert (lower <= median + 1e-9).all()
    assert (median <= upper + 1e-9).all()
    assert (lower[0] >= lower[1] - 1e-9).all()
    assert (upper[0] <= upper[1] + 1e-9).all()


def test_the_same_panel_gives_the_same_bytes_and_another_seed_others() -> None:
    panel = counts()
    first, again, other = forecast(panel, 6), forecast(panel, 6), forecast(panel, 6, seed=1)
    check(first, panel, 6)
    assert first.paths.tobytes() == again.paths.tobytes()
    assert first.upper.tobytes() == again.upper.tobytes()
    assert first.paths.tobytes() != other.paths.tobytes()
    assert first.mean.tobytes() == other.mean.tobytes()


def test_dropping_the_paths_changes_no_number() -> None:
    panel = counts()
    kept, dropped = forecast(panel, 4), forecast(panel, 4, keep=False)
    assert dropped.paths.shape == (0, 60, 4)
    assert (kept.lower == dropped.lower).all()
    with pytest.raises(ValueError, match="kept no paths"):
        totals(dropped, ())


def test_sums_add_up_exactly_over_every_grouping_and_come_from_the_same_paths() -> None:
    made = forecast(counts(), 5)
    whole, by_industry, by_occupation = (
        totals(made, ()),
        totals(made, "industry"),
        totals(made, ("occupation",)),
    )
    assert whole.series == ("total",)
    assert by_industry.series == ("industry=C", "industry=I")
    np.testing.assert_allclose(by_industry.mean.sum(axis=0), made.mean.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(by_occupation.mean.sum(axis=0), whole.mean[0], rtol=1e-12)
    np.testing.assert_allclose(by_occupation.paths.sum(axis=1), whole.paths[:, 0], rtol=1e-5)
    assert (
        whole.upper[0, 0, 0] - whole.lower[0, 0, 0] < (made.upper[0] - made.lower[0]).sum(axis=0)[0]
    )
    with pytest.raises(ValueError, match="no group column"):
        totals(made, "region")


def test_years_begin_with_what_was_seen_and_end_before_the_unfinished_year() -> None:
    panel = counts(length=54)
    made = forecast(panel, 24)
    years = by_year(made, panel)
    assert panel.periods[-1] == "2025-06"
    assert years.periods == ("2025", "2026")
    np.testing.assert_allclose(
        years.mean[:, 0], panel.values[:, -6:].sum(axis=1) + made.mean[:, :6].sum(axis=1)
    )
    np.testing.assert_allclose(years.mean[:, 1], made.mean[:, 6:18].sum(axis=1))
    assert (years.lower[0][:, 0] >= panel.values[:, -6:].sum(axis=1) - 1e-6).all()
    sums = by_year(totals(made, "industry"), panel)
    np.testing.assert_allclose(sums.mean.sum(axis=0), years.mean.sum(axis=0))


def test_far_horizons_stay_finite_and_widen() -> None:
    panel = counts()
    whole = totals(forecast(panel, 98, paths=200), ())
    width = (whole.upper[0, 0] - whole.lower[0, 0]) / whole.mean[0]
    assert width[-12:].mean() > 1.5 * width[:12].mean()
    assert whole.mean[0].max() < 3 * panel.values.sum(axis=0).max()
    assert whole.upper.max() < 20 * panel.values.sum(axis=0).max()


def test_late_series_are_no_growth_of_the_total() -> None:
    values = np.full((10, 30), 10.0)
    values[5:, :20] = np.nan
    assert np.ptp(chain_total(values)) == pytest.approx(0.0, abs=1e-12)


def test_series_silent_for_a_year_are_forecast_nearly_zero() -> None:
    panel = counts()
    values = panel.values.copy()
    values[0, :30], values[0, 30:] = 20.0, 0.0
    made = forecast(Panel(panel.series, panel.periods, values, panel.groups, 12), 3)
    assert made.mean[0].max() < 0.5
    assert made.median[0].max() == 0.0


def test_a_season_shared_by_all_is_found() -> None:
    length = 60
    season = 1 + 0.5 * np.cos(np.arange(length + 12) * np.pi / 6)
    values = np.round(np.arange(1, 41)[:, None] * 10 * season)
    made = forecast(
        Panel(tuple(map(str, range(40))), months(length), values[:, :length], {}, 12),
        12,
        config=CONFIG,
    )
    naive = np.repeat(values[:, length - 1 : length], 12, axis=1)
    truth = values[:, length:]
    assert np.abs(made.mean - truth).mean() < 0.25 * np.abs(naive - truth).mean()


@pytest.mark.parametrize(
    ("season", "length"), [(12, 60), (12, 7), (12, 2), (4, 20), (1, 5), (1, 1)]
)
def test_one_series_of_any_length_is_forecast(season: int, length: int) -> None:
    start = {12: "2020-12", 4: "2019-Q4", 1: "2019"}[season]
    panel = Panel(
        ("a",),
        following([start], length),
        50 + np.arange(length, dtype=float)[None] % 5,
        {},
        season,
    )
    made = forecast(panel, 8)
    check(made, panel, 8)
    assert 20 < made.mean.min() <= made.mean.max() < 120
    assert (made.upper[0] > made.lower[0]).all()


def test_indices_and_single_series_are_forecast_by_themselves_and_sparse_counts_as_shares() -> None:
    rng = np.random.default_rng(0)
    index = Panel(
        tuple(map(str, range(20))),
        months(60),
        100 * np.exp(np.cumsum(rng.normal(0, 0.03, (20, 60)), axis=1)),
        {},
        12,
    )
    assert not is_granular(index, CONFIG)
    assert is_granular(counts(), CONFIG)
    check(forecast(index, 12), index, 12)


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    series, length = draw(st.integers(1, 12)), draw(st.integers(1, 30))
    season = draw(st.sampled_from([1, 4, 12]))
    cells = draw(
        st.lists(
            st.one_of(st.just(np.nan), st.just(0.0), st.floats(0, 1e5)),
            min_size=series * length,
            max_size=series * length,
        )
    )
    values: NDArray[np.float64] = np.array(cells).reshape(series, length)
    return Panel(tuple(map(str, range(series))), tuple(map(str, range(length))), values, {}, season)


@settings(max_examples=40, deadline=None)
@given(panels(), st.integers(1, 15))
def test_any_panel_gives_a_finite_forecast(panel: Panel, horizon: int) -> None:
    check(forecast(panel, horizon, paths=40), panel, horizon)


def test_why_a_number_adds_up_to_the_median() -> None:
    panel = counts()
    made = forecast(panel, 24)
    for one in (made, totals(made, "occupation"), totals(made, ())):
        steps = [13 - row % 3 for row in range(len(one.series))]
        for row, parts in enumerate(explain(panel, one, steps)):
            assert [name for name, _ in parts] == [
                "base level",
                "total trend",
                "season",
                "share change",
            ]
            assert sum(amount for _, amount in parts) == pytest.approx(
                one.median[row, steps[row]], abs=1e-9
            )
    with pytest.raises(ValueError, match="not the panel"):
        explain(panel.until(40), made, [1] * 60)


def test_newcomers_are_no_growth_of_the_total_in_what_is_told_of_a_number() -> None:
    generator = np.random.default_rng(2)
    values = generator.poisson(6, (50, 30)).astype(float)
    values[40:, :26] = 0.0
    panel = Panel(tuple(map(str, range(50))), months(30), values, {"all": ("x",) * 50}, 12)
    config = replace(CONFIG, newcomer_chance=0.01)
    made = forecast(panel, 6, config=config)
    for row, parts in enumerate(explain(panel, made, [3] * 50, config)):
        amounts = dict(parts)
        assert abs(amounts["total trend"]) < 0.1 * amounts["base level"], row
        assert amounts["base level"] > 3, "a newcomer's months before it came are unknown, not zero"


def test_series_forecast_by_themselves_are_explained_by_their_own_trend_and_season() -> None:
    season = 100 * (1 + 0.3 * np.sin(np.arange(60) * np.pi / 6))
    panel = Panel(
        tuple(map(str, range(10))), months(60), np.arange(1, 11)[:, None] * season, {}, 12
    )
    made = forecast(panel, 24)
    assert family_of(panel, CONFIG) == "classical"
    peak = [int(np.argmax(line[:12])) for line in made.median]
    for row, parts in enumerate(explain(panel, made, peak)):
        amounts = dict(parts)
        assert list(amounts) == ["base level", "own trend", "season"]
        assert sum(amounts.values()) == pytest.approx(made.median[row, peak[row]])
        assert amounts["season"] > 0.2 * amounts["base level"] > abs(amounts["own trend"])


def test_naive_rules_are_what_they_say() -> None:
    panel = Panel(("a",), months(14), np.arange(14.0)[None], {}, 12)
    rules = baselines(panel, 14)
    assert rules["seasonal_naive"][0, [0, 11, 12]].tolist() == [2.0, 13.0, 2.0]
    assert rules["last_value"][0, 5] == 13.0
    assert rules["mean_of_three"][0, 0] == 12.0


def test_a_back_test_scores_the_model_beside_the_naive_rules() -> None:
    seen: list[tuple[int, int]] = []
    panel = counts(series=120)
    scores = backtest(
        panel, 6, 4, levels=(80, 95), progress=lambda done, total: seen.append((done, total))
    ).as_dict()
    methods = scores["methods"]
    assert isinstance(methods, dict)
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert list(methods) == ["model", "seasonal_naive", "last_value", "mean_of_three"]
    assert methods["model"]["rmsse"] < methods["seasonal_naive"]["rmsse"]
    assert methods["model"]["wql"] < methods["mean_of_three"]["wql"]
    assert 0.7 < methods["model"]["coverage"]["80"] < 0.93
    assert set(methods["model"]["rmsse_by_lead"]) == {"1-3", "4-12"}
    with pytest.raises(ValueError, match="too few"):
        backtest(panel.until(10), 6, 4)


def test_panels_that_do_not_fit_together_are_refused() -> None:
    good = counts(series=3, length=5)
    with pytest.raises(ValueError, match="consecutive"):
        Panel(good.series, (*good.periods[:4], "2030-01"), good.values, {}, 12)
    with pytest.raises(ValueError, match="do not fit"):
        Panel(good.series, good.periods[1:], good.values, {}, 12)
    with pytest.raises(ValueError, match="not negative"):
        Panel(good.series, good.periods, -1 - good.values, {}, 12)
    with pytest.raises(ValueError, match="at least one"):
        forecast(good, 0)


def test_sums_over_many_small_series_are_as_uncertain_as_they_were() -> None:
    rng = np.random.default_rng(4)
    # counts raised by a share, as a linked panel is: most cells of a group are zero in most months
    values = rng.poisson(0.4, (300, 60)) * 1.07
    groups = {"occupation": tuple(f"o{row // 6:02d}" for row in range(300))}
    panel = Panel(
        tuple(f"s{row}" for row in range(300)), following(("2021-12",), 60), values, groups, 12
    )
    found = backtest(panel, 6, 6, by="occupation").methods["model"]["coverage"]
    assert isinstance(found, dict)
    assert 0.74 < found["80"] < 0.92
    assert 0.91 < found["95"] <= 1.0
    summed = backtest(panel, 6, 6, by=()).methods["model"]["coverage"]
    assert isinstance(summed, dict)
    assert summed["80"] > 0.6


def test_a_panel_without_series_says_so() -> None:
    with pytest.raises(ValueError, match="without series"):
        forecast(Panel((), following(("2020-12",), 24), np.zeros((0, 24))), 3)


def test_the_family_is_named_as_it_is_used() -> None:
    panel = counts()
    steady = Panel(panel.series, panel.periods, panel.values + 50, panel.groups, 12)
    assert [family_of(one, CONFIG) for one in (panel, steady)] == ["granular", "classical"]
