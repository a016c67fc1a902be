"""The common factor of a panel of counts: its total, month effects, damped level and trend, and how
wrong that was."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ml.demand.model import Config, Floats

SMOOTHNESS = 100.0
LEAST_HISTORY = 3
LEAST_FACTOR = 1e-9
LEAST_PART = 0.1
NORMAL_SPREAD = 1.4826
FEWEST_FREE = 3.0
LEAST_SIGNAL = 0.05
LUMPY_RATES = (0.02, 0.05, 0.1)
"""Smoothing rates of amounts that come in lumps: slow, as a lump tells little of the next one."""
MOST_EMPTY = 0.02
"""A total with more empty periods has no logs and no season worth the name."""


def chain_total(values: Floats) -> Floats:
    """(T,) log total of (S, T), chained over the series seen in both of two months, so that late
    series are no growth.

    Without gaps it is the log of the plain sum. Periods that nobody reports are interpolated.
    """
    seen = ~np.isnan(values)
    filled = np.where(seen, values, 0.0)
    sums = filled.sum(axis=0)
    if seen.all():
        return interpolate(np.where(sums > 0, np.log(np.maximum(sums, LEAST_FACTOR)), np.nan))
    times = np.flatnonzero(sums > 0)
    log_total = np.full(values.shape[1], np.nan)
    if not times.size:
        return interpolate(log_total)
    log_total[times[-1]] = np.log(sums[times[-1]])
    for before, after in zip(times[-2::-1], times[:0:-1], strict=True):
        both = seen[:, before] & seen[:, after]
        earlier, later = filled[both, before].sum(), filled[both, after].sum()
        growth = np.log(later / earlier) if earlier > 0 and later > 0 else 0.0
        log_total[before] = log_total[after] - growth
    return interpolate(log_total)


def lumpy_total(values: Floats) -> bool:
    """Whether the sum of all series is nothing in more than MOST_EMPTY of the periods since it
    began."""
    sums = np.nansum(values, axis=0)
    begun_at = np.flatnonzero(sums > 0)
    if not begun_at.size:
        return False
    first = int(begun_at[0])
    known = ~np.isnan(values[:, first:]).all(axis=0)
    return bool((sums[first:][known] == 0).mean() > MOST_EMPTY)


def interpolate(line: Floats) -> Floats:
    """`line` with nan filled linearly (flat at the ends); zeros when nothing is known."""
    known = np.flatnonzero(~np.isnan(line))
    if not known.size:
        return np.zeros_like(line)
    return np.interp(np.arange(len(line)), known, line[known])


@lru_cache(maxsize=64)
def whittaker(length: int) -> Floats:
    """(T, T) matrix that smooths a line of that length (penalised second differences; Whittaker
    1923)."""
    difference = np.diff(np.eye(length), n=2, axis=0)
    return np.asarray(
        np.linalg.inv(np.eye(length) + SMOOTHNESS * difference.T @ difference), np.float64
    )


def taken_apart(log_total: Floats, season: int, prior: float, clip: float) -> tuple[Floats, Floats]:
    """(season,) additive effects by `t % season`, and (T,) the log total with its shocks clipped.

    Alternates a Whittaker smoother (trend), means by month of what is left, and clipping of the
    remainder at `clip` robust spreads (Huber 1964; 0: none), so that one winter of closed firms
    neither becomes a season nor drags the level. Effects are shrunk by n / (n + prior x noise /
    signal) for n years (Miller and Williams 2003): a strong season is believed at once, a weak one
    hardly. There are no effects and no clipping in up to one year.
    """
    length = len(log_total)
    effects = np.zeros(season)
    if season == 1 or length <= season:
        return effects, log_total
    phase = np.arange(length) % season
    smoother = whittaker(length)
    counts = np.bincount(phase, minlength=season)
    years = length / season
    free = max(length - float(np.trace(smoother)) - season + 1, FEWEST_FREE)
    line, shrink = log_total, 1.0
    for _ in range(8):
        trend = smoother @ (line - effects[phase])
        effects = np.bincount(phase, line - trend, season) / counts
        effects -= effects.mean()
        noise = float(((line - trend - effects[phase]) ** 2).sum()) / free
        signal = max(
            float((effects**2).sum()) / (season - 1) - noise / years,
            LEAST_SIGNAL * noise,
            LEAST_FACTOR,
        )
        shrink = years / (years + prior * noise / signal)
        if clip > 0:
            usual = trend + shrink * effects[phase]
            rest = log_total - usual
            most = clip * NORMAL_SPREAD * float(np.median(np.abs(rest - np.median(rest))))
            line = usual + np.clip(rest, -most, most)
    return effects * shrink, line


def smooth(line: Floats, rate: float, trend_rate: float, damping: float) -> tuple[float, float]:
    """Last level and trend of damped Holt smoothing (Gardner and McKenzie 1985)."""
    level, trend = float(line[0]), 0.0
    for step, value in enumerate(line[1:].tolist(), start=2):
        before = level
        weight = max(rate, 1.0 / step)
        level = weight * value + (1 - weight) * (level + damping * trend)
        trend = trend_rate * (level - before) + (1 - trend_rate) * damping * trend
    return level, trend


def forecast_total(
    log_total: Floats, season: int, horizon: int, config: Config
) -> tuple[Floats, Floats, float]:
    """(level path with trend (H,), season effects (H,), level now) of the log total; their first
    two add up to it.

    The level is smoothed in amounts, not logs: forecasts are added up, so they are means.
    """
    length = len(log_total)
    effects, line = taken_apart(log_total, season, config.season_prior, config.shock_clip)
    steady = line - effects[np.arange(length) % season]
    amounts = np.exp(steady - steady[-1])
    damp = np.cumsum(config.damping ** np.arange(1, horizon + 1))
    trend_rate = config.trend_rate if length >= config.trend_least_years * season else 0.0
    found = [smooth(amounts, rate, trend_rate, config.damping) for rate in config.level_rates]
    level = max(float(np.mean([level for level, _ in found])), LEAST_FACTOR)
    path = level + damp * float(np.mean([trend for _, trend in found]))
    ahead = effects[(length + np.arange(horizon)) % season]
    return (
        np.log(np.maximum(path, LEAST_PART * level)) + steady[-1],
        ahead,
        float(np.log(level)) + float(steady[-1]),
    )


def past_errors(log_total: Floats, season: int, horizon: int, config: Config) -> Floats:
    """(O, H) true minus forecast log total, origins 1 apart, refit on each past; nan beyond the
    end."""
    length = len(log_total)
    first = min(max(LEAST_HISTORY, season + 1), max(length - 2, 1))
    errors = np.full((max(length - first, 0), horizon), np.nan)
    for row, origin in enumerate(range(first, length)):
        steps = min(horizon, length - origin)
        line, effects, _ = forecast_total(log_total[:origin], season, steps, config)
        errors[row, :steps] = log_total[origin : origin + steps] - line - effects
    return errors
