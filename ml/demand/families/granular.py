"""The granular family: seasonal total x share, for many counts on one clock."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.demand.families.boosting import boosted_shares
from ml.demand.families.borrowing import borrowed_shares, group_of
from ml.demand.families.shares import smoothed_shares
from ml.demand.families.total import (
    LUMPY_RATES,
    chain_total,
    forecast_total,
    lumpy_total,
    past_errors,
)
from ml.demand.model import Config, Floats, Panel
from ml.demand.spread import (
    CommonLaw,
    OwnLaw,
    fill_trajectories,
    fit_common,
    not_below_median,
    widening,
)

LEAST_POOL, FEWEST_ERRORS = 60, 12
"""Where the past shows fewer errors than the second, so many of chance join them."""


@dataclass(frozen=True)
class Fit:
    """Point forecasts (S, H) and the laws of their errors."""

    mean: Floats
    common: CommonLaw
    own: OwnLaw


def fit_granular(panel: Panel, horizon: int, config: Config) -> Fit:
    """Forecast total x share, with the total's and the shares' errors measured apart in the panel's
    past. A total that is itself lumpy is taken for level, and amounts for shares."""
    values = panel.values
    lumpy = lumpy_total(values)
    if lumpy:
        config = replace(config, share_rates=LUMPY_RATES, boosting_weight=0.0)
    log_total = np.zeros(values.shape[1]) if lumpy else chain_total(values)
    line, effects, _ = forecast_total(log_total, panel.season, horizon, config)
    shares = smoothed_shares(values, log_total, config.share_rates)
    if config.boosting_weight > 0:
        members = [
            np.unique(np.array(labels), return_inverse=True)[1].astype(np.int64)
            for labels in panel.groups.values()
        ]
        boosted = boosted_shares(values, log_total, members, panel.season, config)
        if boosted is not None:
            shares = (1 - config.boosting_weight) * shares + config.boosting_weight * boosted
    member = group_of(panel.groups)
    if member is not None:
        shares = borrowed_shares(shares, values, member)
    mean = shares[:, None] * np.exp(line + effects)[None]
    silent = silent_series(values, config.silent_periods)
    if silent.any():
        mean[silent] = return_rate(values, silent, config.silent_periods, horizon)
    errors = past_errors(log_total, panel.season, min(horizon, max(len(log_total) // 2, 1)), config)
    common = CommonLaw(1e-9, 1e-9) if lumpy else fit_common(errors)
    own = own_law(values, log_total, mean, horizon, config)
    mean, own = not_below_median(mean, own, panel.season)
    return Fit(mean, common, own)


def silent_series(values: Floats, periods: int) -> NDArray[np.bool_]:
    """(S,) whether nothing but zeros (or nothing at all) was seen in the last `periods`."""
    return np.asarray(np.nan_to_num(values[:, -periods:]).sum(axis=1) == 0, np.bool_)


def return_rate(values: Floats, silent: NDArray[np.bool_], periods: int, horizon: int) -> Floats:
    """(horizon,) what series silent for `periods` had on average 1..H periods later, in this
    panel's past.

    Series that never had anything count as silent; beyond what the past shows the last figure
    holds.
    """
    filled = np.nan_to_num(values)
    length = values.shape[1]
    mean = np.zeros(horizon)
    if not filled[silent].any():
        return mean
    for step in range(min(horizon, length - periods)):
        amounts, count = 0.0, 0
        for origin in range(periods, length - step):
            quiet = (filled[:, origin - periods : origin].sum(axis=1) == 0) & (
                filled[:, :origin].sum(axis=1) > 0
            )
            amounts += float(filled[quiet, origin + step].sum())
            count += int(quiet.sum())
        mean[step] = amounts / count if count else (mean[step - 1] if step else 0.0)
        if step >= periods:
            mean[step:] = mean[step]
            break
    return mean


def own_law(
    values: Floats, log_total: Floats, mean: Floats, horizon: int, config: Config
) -> OwnLaw:
    """Own errors at past origins with the true total, standardised by sqrt(mean + 1), pooled by the
    forecast's level."""
    length = values.shape[1]
    seen = max(1, min(horizon, length // 3, 24))
    rows = np.arange(len(values))
    if len(rows) > config.calibration_series:
        rows = np.sort(
            np.random.default_rng(0).choice(rows, config.calibration_series, replace=False)
        )
    sample = values[rows]
    first = max(
        min(length - 1, config.silent_periods), length - config.calibration_origins - seen + 1, 2
    )
    total = np.exp(log_total)
    levels, errors = [], []
    for origin in range(first, length):
        steps = min(seen, length - origin)
        shares = smoothed_shares(sample[:, :origin], log_total[:origin], config.share_rates)
        expected = shares[:, None] * total[None, origin : origin + steps]
        error = np.full((len(rows), seen), np.nan, np.float32)
        error[:, :steps] = (sample[:, origin : origin + steps] - expected) / np.sqrt(expected + 1.0)
        errors.append(error)
        levels.append(shares * total[origin - 1])
    if not errors or np.isnan(np.concatenate(errors)[:, 0]).all():
        by_chance = (chance(seen),)
        return OwnLaw(
            by_chance,
            np.zeros(len(values), np.int64),
            np.ones(len(values)),
            True,
            widening(by_chance, horizon),
        )
    level, error = np.concatenate(levels), np.concatenate(errors)
    known = ~np.isnan(error[:, 0])
    level, error = level[known], error[known]
    edges = (
        np.unique(np.quantile(level[level > 0], np.linspace(0, 1, config.level_bins + 1)[1:-1]))
        if (level > 0).any()
        else np.array([])
    )
    edges = np.array(
        [
            edge
            for edge, low in zip(edges, [-1.0, *edges][: len(edges)], strict=True)
            if edge > low * 1.05 + 1e-9
        ]
    )
    places = np.searchsorted(edges, level)
    everything = fill_trajectories(error)
    if len(error) < FEWEST_ERRORS:
        everything = np.vstack([everything, chance(seen)])
    pools: tuple[NDArray[np.float32], ...] = tuple(
        fill_trajectories(error[places == number]) if (places == number).sum() >= 20 else everything
        for number in range(len(edges) + 1)
    )
    bin_of = np.searchsorted(edges, mean[:, 0]).astype(np.int64)
    own = own_scale(
        rows, np.concatenate(levels), np.concatenate(errors), edges, pools, len(values), config
    )
    return OwnLaw(pools, bin_of, own, True, widening(pools, horizon))


def chance(seen: int) -> NDArray[np.float32]:
    """Trajectories of errors as counts have them by chance alone, for a past that shows few: one
    observation is no certainty."""
    drawn = np.random.default_rng(0).standard_normal((LEAST_POOL, seen))
    return drawn.astype(np.float32)


def own_scale(
    rows: NDArray[np.int64],
    level: Floats,
    error: NDArray[np.float32],
    edges: Floats,
    pools: tuple[NDArray[np.float32], ...],
    count: int,
    config: Config,
) -> Floats:
    """(S,) a series' past one-step spread against its bin's, shrunk to one; one for series outside
    the sample."""
    usual = np.array(
        [max(float(np.nanmean(pool[:, 0].astype(np.float64) ** 2)), 1e-9) for pool in pools]
    )
    ratio = error[:, 0].astype(np.float64) ** 2 / usual[np.searchsorted(edges, level)]
    ratio = ratio.reshape(-1, len(rows))
    known = ~np.isnan(ratio)
    prior = config.own_scale_prior
    own = np.ones(count)
    own[rows] = np.sqrt(
        (np.where(known, np.minimum(ratio, 25.0), 0.0).sum(axis=0) + prior)
        / (known.sum(axis=0) + prior)
    )
    return own
