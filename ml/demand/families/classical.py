"""The per-series family: few series, indices, long aggregates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.demand.families.borrowing import borrowed_paths, group_of
from ml.demand.families.granular import Fit
from ml.demand.families.members import MEMBERS, forecasts_of, own_forecasts
from ml.demand.families.scales import scale_of
from ml.demand.model import Config, Floats, Panel
from ml.demand.parallel import in_groups
from ml.demand.spread import CommonLaw, OwnLaw, fill_trajectories, fit_common, widening

LEAST_POOL = 60
LEAST_COMMON = 8
PAST_YEARS, RECENT_YEARS = 10, 2
PRIOR_SPREAD = 0.15
LEAST_SPREAD = 0.005
PRIOR_WEIGHT = 4.0
LARGEST_SQUARE = 25.0
GROUP = 256


def fit_classical(panel: Panel, horizon: int, config: Config) -> Fit:
    """Every series by itself; errors pooled in units of the series' own level, with the panel's
    common move taken out."""
    values, season = panel.values, panel.season
    seen = max(1, min(horizon, values.shape[1] // 3, 24))
    late = lateness(values)
    delivered = values if (late > 0).all() else values[late == 0]
    names, ratio = judged(delivered, season, seen, config)
    values = carried_to_the_end(values, late, season, config)
    mean = mean_forecasts(values, season, horizon, config, names)
    member = group_of(panel.groups)
    if member is not None:
        mean = borrowed_paths(mean, values, member, season)
    errors, moves = past_errors(panel.values, season, seen, config)
    common = (
        fit_common(moves, 0.0005, 0.0001) if len(values) >= LEAST_COMMON else CommonLaw(1e-9, 1e-9)
    )
    unit, own, pool = own_errors(errors)
    spread = own * unit * ratio * level_of(values, season)
    for gap in np.unique(late[late > 0]).tolist():
        # what is forecast of a series that ends earlier lies farther ahead of what is known of it
        spread[late == gap] *= farther(pool, gap, horizon)
    return Fit(
        mean,
        common,
        OwnLaw((pool,), np.zeros(len(values), np.int64), spread, False, widening((pool,), horizon)),
    )


def lateness(values: Floats) -> NDArray[np.int64]:
    """(S,) how many of the last periods of each series are missing; none where all are."""
    known = ~np.isnan(values)
    gap = np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), gap, 0).astype(np.int64)


def carried_to_the_end(
    values: Floats, late: NDArray[np.int64], season: int, config: Config
) -> Floats:
    """The panel with series that end earlier carried on by their own forecasts, so that months stay
    at their places in the year."""
    if not late.any():
        return values
    filled, end = values.copy(), values.shape[1]
    every = tuple(name for name in MEMBERS if name not in ("boosting", "last"))
    for gap in np.unique(late[late > 0]).tolist():
        rows = np.flatnonzero(late == gap)
        filled[rows, end - gap :] = mean_forecasts(
            values[rows, : end - gap], season, gap, config, every
        )
    return filled


def farther(pool: NDArray[np.float32], gap: int, horizon: int) -> float:
    """How much wider errors are `gap` periods farther ahead, on average over the horizon."""
    steps = pool.shape[1]
    size = np.sqrt(np.nanmean(pool.astype(np.float64) ** 2, axis=0))
    lead = np.arange(horizon)
    whole = np.concatenate([size, size[-1] * widening((pool,), horizon + gap)[steps:]])
    return float(max((whole[lead + gap] / whole[lead]).mean(), 1.0))


def mean_forecasts(
    values: Floats, season: int, horizon: int, config: Config, names: tuple[str, ...]
) -> Floats:
    """(S, H) mean of the members `names` that have a forecast for the series.

    Series with less than two years of history, or that are often zero, are smoothed by
    `own_forecasts`.
    """
    mean = np.concatenate(in_groups(own_forecasts, values, GROUP, season, horizon, config))
    known = ~np.isnan(values)
    counts = known.sum(axis=1)
    zeros = ((values == 0) & known).sum(axis=1) / np.maximum(counts, 1)
    suited = (counts >= max(2 * season, 8)) & (zeros <= config.classical_most_zeros)
    if not suited.any():
        return mean
    everywhere = len(values) <= config.ets_most_series
    found = np.stack(
        list(forecasts_of(values[suited], season, horizon, config, names, everywhere).values())
    )
    there = ~np.isnan(found)
    blend = np.where(there, found, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    mean[suited] = np.where(there.any(axis=0), blend, mean[suited])
    return mean


def judged(values: Floats, season: int, seen: int, config: Config) -> tuple[tuple[str, ...], float]:
    """Which members the panel's own past lets in, and how the spread of their mean stood to that of
    `own_forecasts` there.

    Members are tried from one origin `seen` periods ago (two, in panels of up to half
    `judge_series` series) on up to that many series; in come those whose mean scaled absolute error
    is within `judge_tolerance` of the best one's. The last value is a member like others: on
    indices that jump it is the best. Too short a past lets everything in but the last value.
    """
    length = values.shape[1]
    all_but_last = tuple(name for name in MEMBERS if name != "last")
    origins = [length - seen] + (
        [length - seen - max(seen // 2, 1)] if 2 * len(values) <= config.judge_series else []
    )
    origins = [origin for origin in origins if origin >= max(2 * season, 8)]
    everywhere = len(values) <= config.ets_most_series
    rows = np.arange(len(values))
    if len(rows) > config.judge_series:
        rows = np.sort(np.random.default_rng(0).choice(rows, config.judge_series, replace=False))
    losses: dict[str, list[Floats]] = {name: [] for name in MEMBERS}
    tried = []
    for origin in origins:
        past, actual = values[:, :origin], values[rows, origin : origin + seen]
        found = forecasts_of(
            past[rows],
            season,
            seen,
            config,
            tuple(name for name in MEMBERS if name != "boosting"),
            everywhere,
        )
        found |= {
            name: line[rows]
            for name, line in forecasts_of(past, season, seen, config, ("boosting",), False).items()
        }
        size = scale_of(past[rows], season)[:, None]
        for name, line in found.items():
            losses[name].append(np.abs(line - actual) / size)
        tried.append((found, own_forecasts(past[rows], season, seen, config), actual, size))
    stacked = {
        name: np.concatenate(parts)
        for name, parts in losses.items()
        if parts and len(parts) == len(origins)
    }
    compared = [name for name in stacked if name != "ets" or everywhere]
    if not compared:
        return all_but_last, 1.0
    together = np.all([~np.isnan(stacked[name]) for name in compared], axis=0)
    if not together.any():
        return all_but_last, 1.0
    loss = {name: float(stacked[name][together].mean()) for name in compared}
    bound = min(loss.values()) * (1 + config.judge_tolerance)
    names = tuple(
        name for name in MEMBERS if loss.get(name, 0.0 if name == "ets" else np.inf) <= bound
    )
    mine, plain = [], []
    for found, own, actual, size in tried:
        chosen = np.stack([found[name] for name in names if name in found])
        error = (
            np.nanmean(np.where(np.isnan(chosen).all(axis=0), own[None], chosen), axis=0) - actual
        )
        known = np.isfinite(error) & np.isfinite(size)
        mine.append((np.abs(error) / size)[known])
        plain.append((np.abs(own - actual) / size)[known])
    ratio = float(np.concatenate(mine).mean() / max(float(np.concatenate(plain).mean()), 1e-9))
    return names, float(np.clip(ratio, 0.5, 1.2))


def level_of(values: Floats, season: int) -> Floats:
    """(S,) mean of what is known of the last year (four periods at least)."""
    recent = values[:, -max(season, 4) :]
    return np.asarray(
        np.nan_to_num(np.nansum(recent, axis=1) / np.maximum((~np.isnan(recent)).sum(axis=1), 1)),
        np.float64,
    )


def past_errors(
    values: Floats, season: int, seen: int, config: Config
) -> tuple[NDArray[np.float32], Floats]:
    """(O, S, steps) errors of `own_forecasts` over the series' level then, without the common move,
    and (O, steps) that move.

    Half of the origins are spread over the last ten years, so that rare years count, half over the
    last two, as they tell more of the next. The common move of a period is the median log ratio of
    the series.
    """
    length = values.shape[1]
    earliest, half = max(min(length - 1, season + 2), 1), -(-config.calibration_origins // 2)
    spans = [
        np.linspace(max(earliest, length - years * max(season, 4)), length - 1, half)
        for years in (PAST_YEARS, RECENT_YEARS)
    ]
    origins = [int(origin) for origin in np.unique(np.concatenate(spans).round())]
    errors = np.full((max(len(origins), 1), len(values), seen), np.nan, np.float32)
    moves = np.full((max(len(origins), 1), seen), np.nan)
    for row, origin in enumerate(origins if length > 1 else []):
        steps = min(seen, length - origin)
        past, actual = values[:, :origin], values[:, origin : origin + steps]
        expected = np.concatenate(in_groups(own_forecasts, past, GROUP, season, steps, config))
        short = (~np.isnan(past)).sum(axis=1) < min(season + 2, length - 1)
        expected[short] = np.nan
        for step in range(steps):
            good = (actual[:, step] > 0) & (expected[:, step] > 0)
            if good.sum() >= LEAST_COMMON:
                moves[row, step] = np.median(np.log(actual[good, step] / expected[good, step]))
        usual = expected * np.exp(np.nan_to_num(moves[row, :steps]))
        level = level_of(past, season)[:, None]
        errors[row, :, :steps] = np.where(
            level > 0, (actual - usual) / np.maximum(level, 1e-12), np.nan
        )
    return errors, moves


def own_errors(errors: NDArray[np.float32]) -> tuple[float, Floats, NDArray[np.float32]]:
    """The panel's usual one-step spread, (S,) how each series stands to it (shrunk to one), and the
    trajectories in both units."""
    seen = errors.shape[2]
    known = ~np.isnan(errors)
    squares = np.where(known, errors.astype(np.float64), 0.0) ** 2
    usual = (squares.sum(axis=(0, 1)) + PRIOR_WEIGHT * PRIOR_SPREAD**2) / (
        known.sum(axis=(0, 1)) + PRIOR_WEIGHT
    )
    unit = max(float(np.sqrt(usual[0])), LEAST_SPREAD)
    relative = np.where(known, squares / np.maximum(usual, LEAST_SPREAD**2), 0.0).sum(
        axis=2
    ) / np.maximum(known.sum(axis=2), 1)
    origins = known.any(axis=2).sum(axis=0)
    own = np.sqrt(
        (np.minimum(relative, LARGEST_SQUARE).sum(axis=0) + PRIOR_WEIGHT) / (origins + PRIOR_WEIGHT)
    )
    scaled = (errors / (own * unit)[None, :, None]).reshape(-1, seen).astype(np.float32)
    return unit, own, pool_of(scaled[~np.isnan(scaled[:, 0])], seen)


def pool_of(scaled: NDArray[np.float32], seen: int) -> NDArray[np.float32]:
    """Trajectories to draw from; Student's t random walks join in when the past shows fewer than
    LEAST_POOL."""
    if len(scaled) >= LEAST_POOL:
        return fill_trajectories(scaled)
    rng = np.random.default_rng(0)
    walks = np.cumsum(rng.standard_t(5, (LEAST_POOL * 4, seen)) * np.sqrt(3 / 5), axis=1).astype(
        np.float32
    )
    return np.vstack([fill_trajectories(scaled), walks]) if len(scaled) else walks
