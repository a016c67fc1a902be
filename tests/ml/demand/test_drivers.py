"""Drivers: dated, coherent over every grouping, apart from the forecast, never below zero."""

from __future__ import annotations

import numpy as np
import pytest

from ml.demand import forecast, totals
from ml.demand.drivers import Driver, active, driven, effects
from tests.ml.demand.test_forecasting import counts


def test_a_driver_holds_from_its_month_for_its_months() -> None:
    periods = ("2027-03", "2027-04", "2027-05", "2027-06", "2027-07")
    assert active(Driver("heads", 1, "2027-05", 2), periods).tolist() == [0, 0, 1, 1, 0]
    assert active(Driver("heads", 1, "2026-01", None), periods).tolist() == [1] * 5
    with pytest.raises(ValueError, match="2027"):
        active(Driver("heads", 1, "2027", 2), periods)


def test_heads_reach_the_occupation_its_industries_and_the_county_alike() -> None:
    panel = counts()
    plain = forecast(panel, 12, seed=3)
    driver = Driver("heads", 400 / 12, plain.periods[3], 6, {"occupation": "6-3"})
    made = driven(plain, [driver])
    for by in ((), "occupation", "industry"):
        before, after = totals(plain, by), totals(made, by)
        added = after.mean - before.mean
        wanted = np.zeros(12)
        wanted[3:9] = 400 / 12
        assert np.allclose(added.sum(axis=0), wanted)
        if by == "occupation":
            row = after.series.index("occupation=6-3")
            assert np.allclose(added[row], wanted)
            assert np.allclose(np.delete(added, row, axis=0), 0)
            # heads are certain: every path moves by them, and by nothing else
            moved = after.paths[:, row] - before.paths[:, row]
            assert np.allclose(moved, np.broadcast_to(wanted, moved.shape), atol=1e-2)
            # so does what is printed, but for the few heads by which the rule that no interval narrows with the horizon sets
            # its ends otherwise; where zeros tied at its lower end they had pulled the upper one down
            whole = before.lower[:, row] > 0
            assert whole.any()
            assert np.allclose(
                (after.lower - before.lower)[:, row][whole],
                np.broadcast_to(wanted, whole.shape)[whole],
                atol=6.0,
            )
            assert np.allclose(
                (after.upper - before.upper)[:, row][whole],
                np.broadcast_to(wanted, whole.shape)[whole],
                atol=6.0,
            )
        if by == "industry":
            assert (added[:, 3:9] > 0).all()
    assert np.array_equal(plain.mean, forecast(panel, 12, seed=3).mean)


def test_a_share_stretches_the_interval_with_the_mean() -> None:
    plain = forecast(counts(), 6, seed=3)
    made = driven(plain, [Driver("share", 0.5, plain.periods[0], None, {"industry": "C"})])
    chosen = np.array(plain.groups["industry"]) == "C"
    assert np.allclose(made.mean[chosen], plain.mean[chosen] * 1.5)
    assert np.allclose(made.upper[:, chosen], plain.upper[:, chosen] * 1.5, rtol=1e-5)
    assert np.array_equal(made.mean[~chosen], plain.mean[~chosen])


def test_closures_take_no_more_than_there_is() -> None:
    plain = forecast(counts(), 6, seed=3)
    made = driven(
        plain,
        [
            Driver("share", -0.7, plain.periods[0]),
            Driver("share", -0.7, plain.periods[0]),
            Driver("heads", -9.0, plain.periods[0]),
        ],
    )
    assert np.allclose(made.mean, 0)
    assert (made.paths >= 0).all()
    assert np.allclose(totals(made, ()).mean, 0)


def test_no_driver_changes_nothing_and_an_unknown_place_has_no_effect() -> None:
    plain = forecast(counts(), 6, seed=3)
    assert np.array_equal(driven(plain, []).paths, plain.paths)
    nowhere = Driver("heads", 5.0, plain.periods[0], None, {"occupation": "9-99"})
    assert not effects([nowhere], plain.series, plain.groups, plain.mean, plain.periods).any()
    silent = effects(
        [Driver("heads", 6.0, "2027-01")], ("a", "b"), {}, np.zeros((2, 1)), ("2027-01",)
    )
    assert silent.tolist() == [[[3.0], [3.0]]]
    with pytest.raises(ValueError, match="paths"):
        driven(forecast(counts(), 2, keep=False), [nowhere])
