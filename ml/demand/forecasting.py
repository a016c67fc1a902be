"""The forecast of a panel, its sums and its years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ml.demand.families.choosing import fit
from ml.demand.families.granular import Fit
from ml.demand.model import CONFIG, Config, Floats, Forecast, Panel, check_levels
from ml.demand.periods import following, ordinals
from ml.demand.settling import (
    FEWEST_HEADS,
    FEWEST_PATHS,
    allowance,
    factors_of,
    kept_wide,
    settle_sums,
    stretch,
    stretched,
    width_of,
)
from ml.demand.spread import blocks, cuts, deciles_of, draw_chunks

SMALLEST_UNIT, LARGEST_UNIT = 0.01, 1e12
"""Panels whose largest value is smaller or larger are forecast in another unit."""


def forecast(
    panel: Panel,
    horizon: int,
    *,
    levels: tuple[int, ...] = (80, 95),
    config: Config = CONFIG,
    seed: int = 0,
    paths: int = 400,
    keep: bool = True,
    deciles: bool = False,
    fitted: Fit | None = None,
    learnt: Mapping[str, Floats] | None = None,
    settled: tuple[str, ...] = (),
) -> Forecast:
    """What the panel's series will be in the `horizon` periods after it; never negative, the same
    bytes for the same input.

    Draws need paths x series x horizon x 4 bytes; `keep` False drops them (N = 0) once the
    quantiles are taken, so memory stays bounded, with the same numbers. `deciles` adds the
    quantiles .1 to .9, which the pinball loss needs. `fitted` is what `fit_once` gave for the same
    panel, horizon and config. A series of which nothing is known has no forecast (nan). Raises
    ValueError for a panel without series, a horizon or number of paths below one or odd levels.

    Intervals never narrow with the horizon (`ml.demand.settling`); where paths are kept, those of
    sums over the group columns `settled` ('total': over all, best last) do not in the paths either.
    `learnt` has, by level ('series', a group column, 'total'), by what past misses ask intervals to
    be multiplied (`ml.demand.adapting`).
    """
    if horizon < 1 or paths < 1:
        raise ValueError("horizon and paths must be at least one")
    check_levels(levels)
    fitted = fitted or fit_once(panel, horizon, config)
    blank = np.flatnonzero(np.isnan(panel.values).all(axis=1))
    unit = unit_of(panel.values)
    panel = replace(panel, values=panel.values / unit)
    count = len(panel.series)
    common = fitted.common.draw(paths, horizon, np.random.default_rng([seed, 2**31]))
    median = np.zeros((count, horizon))
    lower, upper = np.zeros((len(levels), count, horizon)), np.zeros((len(levels), count, horizon))
    kept: NDArray[np.float32] = np.empty((count, horizon, paths if keep else 0), np.float32)
    whole = unit == 1.0 and is_whole(panel.values)
    heads = unit == 1.0 and fitted.own.counts and is_heads(panel.values)
    tenths = np.zeros((9, count, horizon) if deciles else (0, 0, 0))
    own, mean = factors_of(learnt, "series", horizon), fitted.mean
    few = FEWEST_HEADS if heads or whole else 0.0
    for part, draws in draw_chunks(
        fitted.mean, common, fitted.own, whole, panel.season, seed, heads, own
    ):
        factor = np.ones((len(draws), horizon))
        if paths >= FEWEST_PATHS:
            width = np.empty_like(factor)
            for block in blocks(len(draws), horizon * paths):
                width[block] = width_of(np.sort(draws[block], axis=-1))
            factor = stretch(width, width, allowance(mean[part], panel.season, fitted.own.counts))
            factor[mean[part] < few] = 1.0
        for block in blocks(len(draws), horizon * paths):
            rows = slice(part.start + block.start, part.start + block.stop)
            moved = stretched(draws[block], factor[block])
            if whole:
                np.rint(moved, out=moved)
            if keep:
                kept[rows] = moved
                continue
            moved.sort(axis=-1)
            median[rows], lower[:, rows], upper[:, rows] = cuts(moved, levels)
            if deciles:
                tenths[:, rows] = deciles_of(moved)
    if keep:
        settle_sums(
            kept,
            mean,
            following(panel.periods, horizon),
            panel.season,
            fitted.own.counts,
            [numbered(panel, name) for name in settled],
            [factors_of(learnt, name, horizon) for name in settled],
            own,
        )
        for part in blocks(count, horizon * paths):
            ordered = np.sort(kept[part], axis=-1)
            median[part], lower[:, part], upper[:, part] = cuts(ordered, levels)
            if deciles:
                tenths[:, part] = deciles_of(ordered)
    lower, upper = kept_wide(mean, median, lower, upper, panel.season, fitted.own.counts, whole)
    for numbers in (median[None], lower, upper, *([tenths] if deciles else [])):
        numbers *= unit
        numbers[:, blank] = np.nan
    return Forecast(
        panel.series,
        following(panel.periods, horizon),
        _emptied(mean * unit, blank),
        median,
        levels,
        lower,
        upper,
        _in_units(kept, unit).transpose(2, 0, 1),
        dict(panel.groups),
        tenths,
        panel.season,
        fitted.own.counts,
        whole,
    )


def numbered(panel: Panel, name: str) -> NDArray[np.int64]:
    """(S,) number of each series' group by a group column, or of the one that all are in
    ('total')."""
    if name == "total":
        return np.zeros(len(panel.series), np.int64)
    labels = np.array(panel.groups[name], dtype=object).astype(str)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _in_units(paths: NDArray[np.float32], unit: float) -> NDArray[np.float32]:
    """Paths in the panel's own unit; float32 has no room for some, which are kept exactly."""
    if unit == 1.0:
        return paths
    if 1e-30 < unit < 1e30:
        return paths * np.float32(unit)
    return np.asarray(paths.astype(np.float64) * unit)


def _emptied(mean: Floats, rows: NDArray[np.int64]) -> Floats:
    mean = mean.copy()
    mean[rows] = np.nan
    return mean


def fit_once(panel: Panel, horizon: int, config: Config = CONFIG) -> Fit:
    """What a forecast of the panel is drawn from, to be kept beside it (`ml.demand.storing`).
    Raises ValueError as `forecast`."""
    with threadpool_limits(1):  # sums of many threads come in no fixed order
        return fit(replace(panel, values=panel.values / unit_of(panel.values)), horizon, config)


def unit_of(values: Floats) -> float:
    """What a panel is counted in: one, or a power of ten where its largest value lies far below
    one, which the forecaster would take for nothing, or so far above that squares have no end."""
    largest = float(np.nanmax(values, initial=0.0))
    if SMALLEST_UNIT <= largest <= LARGEST_UNIT or largest == 0.0:
        return 1.0
    digits = np.floor(np.log10(largest))
    return float(10.0 ** (digits if largest < 1 else digits - 6))


def is_whole(values: Floats) -> bool:
    """Whether the panel counts: every known value is a whole number, and small enough for rounding
    to matter."""
    known = values[~np.isnan(values)]
    return bool(known.size and (known == np.rint(known)).all())


def is_heads(values: Floats) -> bool:
    """Whether the panel counts heads, perhaps raised by shares: most values that are not zero are
    half a head or more."""
    positive = values[values > 0]
    return bool(positive.size and np.median(positive) >= 0.5)


def totals(forecast: Forecast, by: str | tuple[str, ...]) -> Forecast:
    """Sums over a group column, ids like 'occupation=6-18-01-01' (in order of label), or with `by`
    () over all, id 'total'.

    The paths are summed, so correlations count; the means add up exactly, a series of which nothing
    is known counts as nothing. Raises ValueError for an unknown column, and for a series that has
    the name of a sum.
    """
    if by == ():
        names: tuple[str, ...] = ("total",)
        member = np.zeros(len(forecast.series), np.int64)
    else:
        column = by if isinstance(by, str) else by[0]
        if column not in forecast.groups or (not isinstance(by, str) and len(by) != 1):
            raise ValueError(f"no group column {by!r}; there are {sorted(forecast.groups)}")
        labels, member = np.unique(
            np.array(forecast.groups[column], dtype=object).astype(str), return_inverse=True
        )
        names = tuple(f"{column}={label}" for label in labels)
    if len(forecast.series) and not len(forecast.paths):
        raise ValueError("this forecast kept no paths to sum")
    if taken := set(names) & set(forecast.series):
        raise ValueError(f"a series is called {min(taken)!r}, as a sum is: rename the series")
    count = len(names)
    horizon = len(forecast.periods)
    mean = np.zeros((count, horizon))
    np.add.at(mean, member, np.nan_to_num(forecast.mean))
    paths = np.zeros((len(forecast.paths), count, horizon), forecast.paths.dtype)
    for number in range(count):
        paths[:, number] = forecast.paths[:, member == number].sum(axis=1, dtype=np.float64)
    return summarised(
        replace(forecast, series=names, mean=mean, groups={}), paths, len(forecast.deciles) > 0
    )


def summarised(made: Forecast, paths: NDArray[np.float32], deciles: bool = False) -> Forecast:
    """A forecast with the series, periods and means of `made` and intervals of other paths
    (N, S, H)."""
    ordered = np.sort(paths.transpose(1, 2, 0), axis=-1)
    median, lower, upper = cuts(ordered, made.levels)
    lower, upper = kept_wide(made.mean, median, lower, upper, made.season, made.counts, made.whole)
    tenths = deciles_of(ordered) if deciles else np.empty((0, 0, 0))
    return replace(made, median=median, lower=lower, upper=upper, paths=paths, deciles=tenths)


def by_year(forecast: Forecast, panel: Panel) -> Forecast:
    """Sums by calendar year; the first year adds what the panel already saw of it, an unfinished
    last year is left out.

    A panel by year comes back as it is. The panel holds the same series. Raises ValueError for
    panels numbered without a calendar (season above one), or when the panel is another. A year is
    nan where periods of it that have passed were not delivered: nothing is not what they were.
    """
    if panel.season == 1:
        return forecast
    if panel.periods[-1].isdigit() or following(panel.periods, 1)[0] != forecast.periods[0]:
        raise ValueError(
            "years need 'YYYY-MM' or 'YYYY-Qn' periods and the panel that was forecast"
        )
    seen = observed_of(forecast.series, panel)
    years = ordinals(forecast.periods) // panel.season
    past = ordinals(panel.periods) // panel.season
    finished = [
        year
        for year in np.unique(years)
        if (years == year).sum() + (past == year).sum() == panel.season
    ]
    # a sum lacks what any of its series lacks
    holes = observed_of(
        forecast.series, replace(panel, values=np.isnan(panel.values).astype(np.float64))
    )
    before = (
        np.stack(
            [
                np.where(
                    (holes[:, past == year] > 0).any(axis=1),
                    np.nan,
                    np.nansum(seen[:, past == year], axis=1),
                )
                for year in finished
            ],
            axis=1,
        )
        if finished
        else np.zeros((len(seen), 0))
    )
    mean = (
        before
        + np.stack([forecast.mean[:, years == year].sum(axis=1) for year in finished], axis=1)
        if finished
        else before
    )
    paths = np.zeros((len(forecast.paths), len(seen), len(finished)), forecast.paths.dtype)
    for place, year in enumerate(finished):
        paths[:, :, place] = (
            forecast.paths[:, :, years == year].sum(axis=2) + before[None, :, place]
        )
    labels = tuple(f"{year:04d}" for year in finished)
    return summarised(replace(forecast, periods=labels, mean=mean, season=1), paths)


def observed_of(series: tuple[str, ...], panel: Panel) -> Floats:
    """(S, T) history of series, which may be sums that `totals` named. Raises ValueError for an
    unknown one."""
    place = {name: row for row, name in enumerate(panel.series)}
    if all(name in place for name in series):
        return panel.values[[place[name] for name in series]]
    rows = []
    for name in series:
        column, _, label = name.partition("=")
        if name in place:
            rows.append(panel.values[place[name]])
        elif name == "total":
            rows.append(summed(panel.values))
        elif column in panel.groups and label in panel.groups[column]:
            rows.append(summed(panel.values[np.array(panel.groups[column]) == label]))
        else:
            raise ValueError(f"the panel has no series {name!r}")
    return np.array(rows)


def summed(values: Floats) -> Floats:
    """(T,) sum of what is known; nan where nothing is."""
    return np.where(np.isnan(values).all(axis=0), np.nan, np.nansum(values, axis=0))
