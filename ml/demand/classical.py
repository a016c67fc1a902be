"""The per-series family: few series, indices, long aggregates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.demand.granular import Fit
from ml.demand.model import Config, Floats, Panel
from ml.demand.spread import CommonLaw, OwnLaw, fill_trajectories, fit_common, widening
from ml.demand.total import forecast_total, interpolate

LEAST_POOL = 60
LEAST_COMMON = 8
MOST_PAST_FITS = 2_400
PRIOR_SPREAD = 0.15
PRIOR_WEIGHT = 4.0


def fit_classical(panel: Panel, horizon: int, config: Config) -> Fit:
    """Every series by itself; errors pooled in units of the series' own spread, with the panel's common move taken out."""
    values, season = panel.values, panel.season
    mean = mean_forecasts(values, season, horizon, config, len(values) <= config.ets_most_series)
    length = values.shape[1]
    seen = max(1, min(horizon, length // 3, 24))
    first = max(min(length - 1, season + 2), length - config.calibration_origins - seen + 1, 2)
    past = [past_error(values, season, origin, min(seen, length - origin), config) for origin in range(first, length)]
    stacked = np.full((max(len(past), 1), len(values), seen), np.nan)
    moves = np.full((max(len(past), 1), seen), np.nan)
    for row, (error, move) in enumerate(past):
        stacked[row, :, : error.shape[1]], moves[row, : len(move)] = error, move
    common = fit_common(moves, 0.0005, 0.0001) if len(values) >= LEAST_COMMON else CommonLaw(1e-9, 1e-9)
    recent = values[:, -max(season, 4) :]
    level = np.nan_to_num(np.nansum(recent, axis=1) / np.maximum((~np.isnan(recent)).sum(axis=1), 1))
    known = ~np.isnan(stacked[:, :, 0])
    squares = np.where(known, stacked[:, :, 0], 0.0) ** 2
    own = np.sqrt((squares.sum(axis=0) + PRIOR_WEIGHT * (PRIOR_SPREAD * level) ** 2) / (known.sum(axis=0) + PRIOR_WEIGHT))
    scaled = (stacked / np.maximum(own, 1e-12)[None, :, None])[:, own > 0].reshape(-1, seen).astype(np.float32)
    pools = (pool_of(scaled[~np.isnan(scaled[:, 0])], seen),)
    return Fit(mean, common, OwnLaw(pools, np.zeros(len(values), np.int64), own, False, widening(pools, horizon)))


def past_error(values: Floats, season: int, origin: int, steps: int, config: Config) -> tuple[Floats, Floats]:
    """(S, steps) error from one past origin without the common move, and (steps,) that move: the median log ratio of the series."""
    cheap = values.shape[0] * config.calibration_origins > MOST_PAST_FITS
    expected = (own_forecasts if cheap else mean_forecasts)(values[:, :origin], season, steps, config)
    actual = values[:, origin : origin + steps]
    move = np.full(steps, np.nan)
    for step in range(steps):
        good = (actual[:, step] > 0) & (expected[:, step] > 0)
        if good.sum() >= LEAST_COMMON:
            move[step] = np.median(np.log(actual[good, step] / expected[good, step]))
    return actual - expected * np.exp(np.nan_to_num(move)), move


def mean_forecasts(values: Floats, season: int, horizon: int, config: Config, everywhere: bool = False) -> Floats:
    """(S, H) mean of dynamic optimised theta, complex smoothing and, `everywhere` or where the level has just shifted, ETS.

    Series with less than `classical_least_years` of history, or that are often zero, are smoothed by `own_forecasts`, which
    also stands in for a member that is not finite or leaves ten times the series' range.
    """
    # imported late: it takes longer than everything else together, and most panels are forecast without it
    from statsforecast.models import AutoCES, AutoETS, DynamicOptimizedTheta

    mean = own_forecasts(values, season, horizon, config)
    for row, line in enumerate(values):
        known = np.flatnonzero(~np.isnan(line))
        if known.size < max(config.classical_least_years * season, 8) or (line[known] == 0).mean() > config.classical_most_zeros:
            continue
        history = interpolate(line[known[0] :])
        if np.ptp(history) <= 1e-9 * history.max():
            continue
        models: list[Any] = [DynamicOptimizedTheta(season_length=season), AutoCES(season_length=season)]
        if everywhere or level_shifted(history, season):
            models.append(AutoETS(season_length=season))
        members = [member for model in models if (member := member_forecast(model, history, horizon)) is not None]
        sound = [member for member in members if np.isfinite(member).all() and member.max() <= 10 * history.max()]
        if sound:
            mean[row] = np.maximum(np.mean(sound, axis=0), 0.0)
    return mean


def member_forecast(model: Any, history: Floats, horizon: int) -> Floats | None:
    """(H,) forecast of a statsforecast model, or None where it finds no fit, for which it has no narrower error than Exception."""
    try:
        return np.asarray(model.forecast(history, h=horizon)["mean"], np.float64)
    except Exception:
        return None


def level_shifted(history: Floats, season: int) -> bool:
    """Whether the last half year's seasonal differences lie far (3 spreads) outside those before."""
    half = max(season // 2, 2)
    if len(history) < 3 * season + half or season == 1:
        return False
    change = np.diff(np.log1p(history), n=1) if season == 1 else np.log1p(history[season:]) - np.log1p(history[:-season])
    before = change[:-half]
    spread = 1.4826 * float(np.median(np.abs(before - np.median(before))))
    return bool(abs(float(change[-half:].mean()) - float(np.median(before))) > 3 * max(spread, 0.02))


def pool_of(scaled: NDArray[np.float32], seen: int) -> NDArray[np.float32]:
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
