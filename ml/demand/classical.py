"""The per-series family: few series, indices, long aggregates."""

from __future__ import annotations

import numpy as np

from ml.demand.granular import Fit
from ml.demand.model import Config, Floats, Panel
from ml.demand.spread import OwnLaw, fill_trajectories, fit_common, widening
from ml.demand.total import forecast_total, interpolate

LEAST_POOL = 60
PRIOR_SPREAD = 0.15
PRIOR_WEIGHT = 4.0


def fit_classical(panel: Panel, horizon: int, config: Config) -> Fit:
    """Every series by damped smoothing of its own log level with shrunken season; errors pooled in units of own spread."""
    values, season = panel.values, panel.season
    mean = own_forecasts(values, season, horizon, config)
    length = values.shape[1]
    seen = max(1, min(horizon, length // 3, 24))
    first = max(min(length - 1, season + 2), length - config.calibration_origins - seen + 1, 2)
    errors, logs = [], np.full((max(length - first, 0), seen), np.nan)
    level = (
        np.maximum(np.nan_to_num(np.nanmean(np.where(np.isnan(values), np.nan, values)[:, -max(season, 4) :], axis=1)), 0.0)
        if length
        else 0.0
    )
    for row, origin in enumerate(range(first, length)):
        steps = min(seen, length - origin)
        expected = own_forecasts(values[:, :origin], season, steps, config)
        actual = values[:, origin : origin + steps]
        if len(values) >= 8:
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.log(np.maximum(actual, 1e-9) / np.maximum(expected, 1e-9))
            good = (actual > 0) & (expected > 0)
            for step in range(steps):
                if good[:, step].sum() >= 8:
                    logs[row, step] = np.median(ratio[good[:, step], step])
            expected = expected * np.exp(np.nan_to_num(logs[row, :steps]))
        error = np.full((len(values), seen), np.nan)
        error[:, :steps] = actual - expected
        errors.append(error)
    common = fit_common(logs, 0.0005, 0.0001) if len(values) >= 8 else fit_common(np.zeros((50, seen)), 1e-8, 1e-8)
    stacked = np.stack(errors) if errors else np.full((1, len(values), seen), np.nan)
    known = ~np.isnan(stacked[:, :, 0])
    squares = np.where(known, stacked[:, :, 0], 0.0) ** 2
    own = np.sqrt((squares.sum(axis=0) + PRIOR_WEIGHT * (PRIOR_SPREAD * level) ** 2) / (known.sum(axis=0) + PRIOR_WEIGHT))
    scaled = (stacked / np.maximum(own, 1e-12)[None, :, None])[:, own > 0].reshape(-1, seen).astype(np.float32)
    scaled = scaled[~np.isnan(scaled[:, 0])]
    pools = (pool_of(scaled, seen),)
    law = OwnLaw(pools, np.zeros(len(values), np.int64), own, False, widening(pools, horizon))
    return Fit(mean, common, law)


def pool_of(
    scaled: np.ndarray[tuple[int, ...], np.dtype[np.float32]], seen: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Trajectories to draw from; Student's t random walks join in when the past shows fewer than LEAST_POOL."""
    if len(scaled) >= LEAST_POOL:
        return fill_trajectories(scaled)
    rng = np.random.default_rng(0)
    walks = np.cumsum(rng.standard_t(5, (LEAST_POOL * 4, seen)) * np.sqrt(3 / 5), axis=1).astype(np.float32)
    return np.vstack([fill_trajectories(scaled), walks]) if len(scaled) else walks


def own_forecasts(values: Floats, season: int, horizon: int, config: Config) -> Floats:
    """(S, H) each series by itself: log(1 + y) level, damped trend and shrunken season."""
    mean = np.zeros((len(values), horizon))
    for row, line in enumerate(values):
        known = np.flatnonzero(~np.isnan(line))
        if not known.size or not (line[known] > 0).any():
            continue
        own = interpolate(np.log1p(line[known[0] :]))
        path, effects, _ = forecast_total(own, season, horizon, config)
        mean[row] = np.maximum(np.expm1(path + effects), 0.0)
    return mean
