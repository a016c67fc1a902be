"""A planner's drivers: what is known of the future and stands in no advertisement yet, laid over
the statistical forecast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from ml.demand.model import Floats, Forecast
from ml.demand.periods import ordinal, ordinals


@dataclass(frozen=True)
class Driver:
    """`amount` heads a period (`heads`), or that share more or less of what is forecast (`share`;
    -0.1 is a tenth less).

    It holds from the period `first` for `periods` of them, or to the end (None), on the series
    whose labels in the group columns of `on` are those; an empty `on` is the whole panel.
    """

    kind: Literal["heads", "share"]
    amount: float
    first: str
    periods: int | None = None
    on: Mapping[str, str] = field(default_factory=dict)


def active(driver: Driver, periods: Sequence[str]) -> Floats:
    """(H,) one in the periods in which the driver holds, else zero. Raises ValueError for another
    clock."""
    kind, first = ordinal(driver.first)
    if periods and ordinal(periods[0])[0] != kind:
        raise ValueError(
            f"the driver begins in {driver.first!r}, the periods are like {periods[0]!r}"
        )
    place = ordinals(periods) - first
    last = np.inf if driver.periods is None else driver.periods
    return ((place >= 0) & (place < last)).astype(np.float64)


def effects(
    drivers: Sequence[Driver],
    series: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    mean: Floats,
    periods: Sequence[str],
) -> Floats:
    """(D, S, H) by how many heads each driver changes each series' mean (S, H), as
    `effect_of_each` finds it."""
    found = np.zeros((len(drivers), len(series), len(periods)))
    for place, changed in enumerate(effect_of_each(drivers, series, groups, mean, periods)):
        found[place] = changed
    return found


def effect_of_each(
    drivers: Sequence[Driver],
    series: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    mean: Floats,
    periods: Sequence[str],
) -> Iterator[Floats]:
    """Yield, one driver after another, (S, H) by how many heads it changes each series' mean.

    Heads go to the series that the driver names, by their part of those series' mean over the
    horizon, in equal parts where that is zero; a driver whose series are not in the panel has no
    effect. Shares are of the statistical mean and are added, not compounded. Nothing falls below
    zero: a driver takes no more than those before it left.
    """
    left = mean.copy()
    named = {column for driver in drivers for column in driver.on}
    labels = {column: np.array(groups[column], dtype=object) for column in named}
    for driver in drivers:
        found = np.zeros((len(series), len(periods)))
        member = np.ones(len(series), bool)
        for column, label in driver.on.items():
            member &= labels[column] == label
        if not member.any():
            yield found
            continue
        size = mean[member]
        if driver.kind == "heads":
            weight = size.sum(axis=1, keepdims=True)
            size = (
                weight / weight.sum()
                if weight.sum() > 0
                else np.full((len(weight), 1), 1 / len(weight))
            )
        found[member] = np.maximum(driver.amount * size * active(driver, periods), -left[member])
        left += found
        yield found


def driven(forecast: Forecast, drivers: Sequence[Driver]) -> Forecast:
    """The forecast of a bottom panel with the drivers in it: shares stretch a series' paths, heads
    move them.

    Nothing falls below zero. Sums made from it by `totals` are coherent, since the drivers are in
    the paths. Raises ValueError without paths, KeyError for an unknown group column.
    """
    if len(forecast.series) and not len(forecast.paths):
        raise ValueError("this forecast kept no paths to move")
    moved = effects(drivers, forecast.series, forecast.groups, forecast.mean, forecast.periods)
    shares = np.array([driver.kind == "share" for driver in drivers], bool)
    factor = 1 + moved[shares].sum(axis=0) / np.maximum(forecast.mean, 1e-12)
    heads = moved[~shares].sum(axis=0)
    paths = forecast.paths * factor.astype(np.float32)[None] + heads.astype(np.float32)[None]
    # printed ends may be wider than those of the paths (`ml.demand.settling`), and move as they do
    return replace(
        forecast,
        mean=forecast.mean + moved.sum(axis=0),
        median=np.maximum(forecast.median * factor + heads, 0.0),
        lower=np.maximum(forecast.lower * factor + heads, 0.0),
        upper=np.maximum(forecast.upper * factor + heads, 0.0),
        paths=np.maximum(paths, 0.0),
    )
