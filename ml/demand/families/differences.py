"""One boosted model for all series of a panel: how far a series will be from its last value, in
units of its usual change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.demand.model import Config, Floats

ORIGINS = 24
LAGS = (1, 2, 3, 4, 6, 9, 12)
SCALE_PERIODS = 36
LEAST_CHANGES = 6
YEARS = 5
FARTHEST = 8.0
LEAST_ROWS = 2_000


def boosted_differences(values: Floats, season: int, horizon: int, config: Config) -> Floats | None:
    """(S, H) forecasts, nan for series too short or without change; None where the panel is too
    small to learn from.

    Target: (y[t + h] - y[t]) / scale, the scale being the mean absolute change of the last three
    years; all horizons in one model, with h as a feature. Past origins up to one period ago train
    it, as far as their targets are known. Absolute loss (one wild series must not lead), one
    thread, fixed seed: the same input gives the same bytes.
    """
    # imported late: web processes never boost, and the import takes a second
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    lines = carried_on(values)
    length = lines.shape[1]
    origins = training_origins(length, season, horizon)
    rng = np.random.default_rng(0)
    inputs, targets = [], []
    for origin in origins:
        rows = np.flatnonzero((~np.isnan(lines[:, :origin])).sum(axis=1) >= season + 2)
        most = max(config.difference_rows // (len(origins) * horizon), 1)
        if len(rows) > most:
            rows = np.sort(rng.choice(rows, most, replace=False))
        if not len(rows):
            continue
        steps = min(horizon, length - origin)
        known, last, scale = features(lines[rows, :origin], season, steps)
        target = (lines[rows, origin : origin + steps] - last[:, None]) / scale[:, None]
        good = np.isfinite(target).ravel()
        bound = FARTHEST * np.sqrt(np.arange(1, steps + 1))
        inputs.append(known.reshape(-1, known.shape[2])[good])
        targets.append(np.clip(target, -bound, bound).ravel()[good])
    if sum(map(len, targets)) < LEAST_ROWS:
        return None
    table = np.concatenate(inputs)
    empty = np.isnan(table).all(axis=0)
    table[:, empty] = 0.0
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=config.difference_iterations,
        learning_rate=0.06,
        max_leaf_nodes=31,
        min_samples_leaf=40,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=0,
    )
    with threadpool_limits(1):
        model.fit(table, np.concatenate(targets))
        known, last, scale = features(lines, season, horizon)
        known[:, :, empty] = 0.0
        found = model.predict(known.reshape(-1, known.shape[2])).reshape(len(lines), horizon)
    enough = (~np.isnan(lines)).sum(axis=1) >= season + 2
    mean = np.maximum(last[:, None] + scale[:, None] * found, 0.0)
    return np.where((enough & np.isfinite(scale))[:, None], mean, np.nan)


def training_origins(length: int, season: int, horizon: int) -> list[int]:
    """Up to ORIGINS origins, evenly spread over the last horizon + ORIGINS periods that have a year
    and two periods before them."""
    possible = np.arange(length - 1, max(season + 2, 8) - 1, -1)[: horizon + ORIGINS]
    if len(possible) <= ORIGINS:
        return [int(origin) for origin in possible]
    return [
        int(possible[place])
        for place in np.unique(np.linspace(0, len(possible) - 1, ORIGINS).round().astype(int))
    ]


def carried_on(values: Floats) -> Floats:
    """(S, T) with gaps filled by the value before; nan before the first known value."""
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(values.shape[1]), -1), axis=1)
    filled = np.take_along_axis(values, np.maximum(last, 0), axis=1)
    return np.where(last < 0, np.nan, filled)


def features(
    lines: Floats, season: int, horizon: int
) -> tuple[NDArray[np.float32], Floats, Floats]:
    """(S, H, F) what is known at the lines' end, (S,) their last values, (S,) their scales; all
    columns in units of the scale.

    Beside lags and means: what happened over the same calendar window in each of the last five
    years, which is the season.
    """
    count, length = lines.shape
    changes = np.abs(np.diff(lines[:, -SCALE_PERIODS - 1 :], axis=1))
    seen = (~np.isnan(changes)).sum(axis=1)
    mean_change = np.nansum(changes, axis=1) / np.maximum(seen, 1)
    scale = np.where((seen >= LEAST_CHANGES) & (mean_change > 0), mean_change, np.nan)
    last = lines[:, -1]
    unknown = np.full(count, np.nan)

    def ago(periods: int) -> Floats:
        return lines[:, -1 - periods] if periods < length else unknown

    fixed = [
        (last - ago(lag)) / scale
        for lag in sorted({*(lag for lag in LAGS if lag <= max(season, 4) + 1), season})
    ]
    for width in (3, max(season, 8), 2 * season):
        fixed.append(
            (last - mean_of_known(lines[:, -width:])) / scale if width <= length else unknown
        )
    spread = mean_of_known(
        (lines[:, -2 * season :] - mean_of_known(lines[:, -2 * season :])[:, None]) ** 2
    )
    fixed += [
        np.log1p(last / scale),
        (~np.isnan(lines)).sum(axis=1).astype(np.float64),
        np.sqrt(spread) / scale,
    ]
    found = np.empty((count, horizon, len(fixed) + 5), np.float32)
    found[:, :, : len(fixed)] = np.stack(fixed, axis=1)[:, None, :]
    for step in range(1, horizon + 1):
        windows = [
            (lines[:, length - 1 + step - year * season] - lines[:, length - 1 - year * season])
            / scale
            for year in range(1, YEARS + 1)
            if year * season >= step and year * season < length
        ]
        whole = -(-step // season) * season
        place = length - 1 + step - whole
        later = np.stack(windows, axis=1) if windows else unknown[:, None]
        found[:, step - 1, len(fixed) :] = np.stack(
            [
                (lines[:, place] - last) / scale if place >= 0 else unknown,
                later[:, 0],
                mean_of_known(later),
                (last - ago(season)) / scale / season * step,
                np.full(count, float(step)),
            ],
            axis=1,
        )
    return found, last, scale


def mean_of_known(values: Floats) -> Floats:
    """(S,) means over what is known; nan where nothing is."""
    known = (~np.isnan(values)).sum(axis=1)
    return np.where(known > 0, np.nansum(values, axis=1) / np.maximum(known, 1), np.nan)
