"""Structural breaks: found where they are, seldom where there is none, and told with their size."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.demand import Panel
from ml.demand.breaks import EDGE, MOST, find_breaks, level_shifts
from ml.demand.periods import following


def line(
    rng: np.random.Generator,
    length: int,
    *,
    level: float = 50,
    memory: float = 0.2,
    trend: float = 0.0,
    shifts: tuple[tuple[int, float], ...] = (),
) -> NDArray[np.float64]:
    """Counts with a season, autocorrelated noise of 15 %, growth a year and shifts (place, factor)."""
    time = np.arange(length)
    noise = np.zeros(length)
    for step in range(length):
        noise[step] = memory * noise[step - 1] + rng.normal() * 0.15 * np.sqrt(1 - memory**2)
    mean = level * np.exp(0.4 * np.sin(np.pi * time / 6) + trend * time / 12 + noise)
    for place, factor in shifts:
        mean[place:] *= factor
    return rng.poisson(mean).astype(np.float64)


@pytest.mark.parametrize("length", [36, 60, 120])
@pytest.mark.parametrize("trend", [0.0, 0.12])
def test_a_series_without_a_shift_seldom_gets_one(length: int, trend: float) -> None:
    rng = np.random.default_rng(11)
    false = [
        bool(level_shifts(line(rng, length, level=level, memory=memory, trend=trend), 12))
        for level in (10, 60)
        for memory in (0.0, 0.3)
        for _ in range(60)
    ]
    assert np.mean(false) <= 0.04


@pytest.mark.parametrize(
    ("length", "place", "factor", "least"),
    [(60, 30, 2.0, 0.9), (60, 51, 2.0, 0.9), (60, 40, 0.5, 0.9), (36, 20, 2.2, 0.85)],
)
def test_a_large_shift_is_found_where_it_is_with_its_size(
    length: int, place: int, factor: float, least: float
) -> None:
    rng = np.random.default_rng(5)
    found = [level_shifts(line(rng, length, shifts=((place, factor),)), 12) for _ in range(60)]
    near = [[change for at, change, _t in one if abs(at - place) <= 2] for one in found]
    assert np.mean([bool(one) for one in near]) >= least
    assert np.median([one[0] for one in near if one]) == pytest.approx(factor - 1, abs=0.2)


def test_a_shock_that_ended_is_two_shifts() -> None:
    rng = np.random.default_rng(4)
    found = [
        level_shifts(line(rng, 60, shifts=((24, 0.45), (36, 1 / 0.45))), 12) for _ in range(40)
    ]
    both = [
        len(one) == 2
        and abs(one[0][0] - 24) <= 2
        and abs(one[1][0] - 36) <= 2
        and one[0][1] < 0 < one[1][1]
        for one in found
    ]
    assert np.mean(both) >= 0.8


def test_thin_short_and_gappy_series_have_none_and_levels_last() -> None:
    rng = np.random.default_rng(2)
    assert level_shifts(line(rng, 60, level=1, shifts=((30, 4.0),)), 12) == []
    assert level_shifts(line(rng, 23, shifts=((12, 4.0),)), 12) == []
    gappy = line(rng, 60, shifts=((30, 4.0),))
    gappy[3] = np.nan
    assert level_shifts(gappy, 12) == []
    assert level_shifts(np.full(60, 9.0), 12) == []
    busy = line(rng, 120, shifts=((20, 3.0), (45, 0.3), (70, 3.0), (95, 0.3)))
    places = [0, *(place for place, _change, _t in level_shifts(busy, 12)), 120]
    assert 2 < len(places) <= MOST + 2
    assert min(np.diff(places)) >= EDGE


def test_a_panel_tells_the_months_of_its_series() -> None:
    rng = np.random.default_rng(1)
    periods = following(["2020-12"], 60)
    values = np.stack([line(rng, 60), line(rng, 60, shifts=((30, 2.5),))])
    still, moved = find_breaks(Panel(("a", "b"), periods, values))
    assert still == ()
    assert [one.period for one in moved] in ([periods[place]] for place in (29, 30, 31))
    assert moved[0].change > 0.8
    assert abs(moved[0].statistic) > 4
