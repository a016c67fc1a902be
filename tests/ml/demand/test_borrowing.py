"""Newcomers lean on their group until they have a history of their own."""

from __future__ import annotations

import numpy as np

from ml.demand import Panel, forecast
from ml.demand.families.borrowing import begun, borrowed_paths, borrowed_shares
from ml.demand.periods import following


def test_a_newcomers_share_lies_between_its_own_and_its_groups() -> None:
    values = np.ones((5, 24))
    values[4, :21] = np.nan
    shares, member = np.array([0.1, 0.1, 0.1, 0.1, 0.5]), np.zeros(5, np.int64)
    found = borrowed_shares(shares, values, member)
    assert found[:4].tolist() == [0.1] * 4
    assert found[4] == np.float64(0.3)
    values[4, :12] = 1.0
    values[4, 12:] = 1.0
    assert borrowed_shares(shares, values, member)[4] == 0.5


def test_small_groups_lend_nothing() -> None:
    values = np.ones((3, 24))
    values[2, :21] = np.nan
    shares = np.array([0.1, 0.1, 0.5])
    np.testing.assert_array_equal(borrowed_shares(shares, values, np.zeros(3, np.int64)), shares)


def test_one_lucky_month_of_a_new_skill_is_not_taken_for_its_size() -> None:
    rng = np.random.default_rng(3)
    values = rng.poisson(1.5, (30, 36)).astype(np.float64)
    values[0] = np.nan
    values[0, -1] = 40.0
    names = tuple(f"s{row}" for row in range(30))
    panel = Panel(names, following(("2020-12",), 36), values, {"occupation": ("a",) * 30}, 12)
    alone = Panel(names, panel.periods, values, {}, 12)
    borrowed, own = forecast(panel, 3).mean[0], forecast(alone, 3).mean[0]
    assert (borrowed < 0.5 * own).all()
    assert (borrowed > 2.0).all()
    np.testing.assert_allclose(forecast(panel, 3).mean[1:], forecast(alone, 3).mean[1:], rtol=1e-12)


def test_a_young_series_takes_its_season_from_its_group() -> None:
    time = np.arange(60)
    season = 1 + 0.5 * np.cos(time * np.pi / 6)
    values = np.arange(1.0, 7.0)[:, None] * 100 * season[None, :48]
    values[5, :43] = np.nan
    mean = np.arange(1.0, 7.0)[:, None] * 100 * season[None, 48:]
    flat = mean.copy()
    flat[5] = values[5, -1]
    found = borrowed_paths(flat, values, np.zeros(6, np.int64), 12)
    # five periods of its own count five, the usual size of its group three
    np.testing.assert_allclose(found[5], (5 * 600 + 3 * 300) / 8 * season[48:], rtol=1e-9)
    np.testing.assert_array_equal(found[:5], mean[:5])


def test_one_lucky_period_is_no_size_in_the_family_of_long_series_either() -> None:
    values = np.full((6, 48), 100.0)
    values[5] = np.nan
    values[5, -1] = 900.0
    found = borrowed_paths(np.full((6, 12), 100.0), values, np.zeros(6, np.int64), 12)
    np.testing.assert_allclose(found[5], (900 + 3 * 100) / 4)


def test_silence_before_a_series_is_unknown_where_chance_hardly_explains_it() -> None:
    values = np.zeros((4, 36))
    values[0, -3:] = 2.0  # three months in a row after 33 silent ones
    values[1, [20, 33]] = 1.0  # rare
    values[2, -1] = 60.0  # one advertisement, however large, sets its own begin
    values[3] = 1.0
    found = begun(values, 0.01)
    assert np.isnan(found[0, :33]).all()
    assert found[0, 33:].tolist() == [2.0] * 3
    np.testing.assert_array_equal(found[1:], values[1:])
