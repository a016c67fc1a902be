"""One boosted model for all series: how a share will stand to its smoothed self."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.demand.families.shares import smoothed_shares
from ml.demand.model import Config, Floats

LARGEST_RATIO = 4.0
ORIGINS = 8
LEAST_HISTORY = 9
LEAD = 3
FAST, SLOW = (0.5,), (0.08,)


def boosted_shares(
    values: Floats, log_total: Floats, groups: list[NDArray[np.int64]], season: int, config: Config
) -> Floats | None:
    """(S,) shares by gradient boosting on ratios to the smoothed share, or None where the panel is
    too small or short.

    Trained on up to ORIGINS past origins: the target is the mean of the next LEAD periods' shares
    (with the true total, so the common factor is out) over the smoothed share, weighted by volume;
    squared loss, one thread, fixed seed.
    """
    # imported late: web processes never boost, and the import takes a second
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    length = values.shape[1]
    origins = range(max(LEAST_HISTORY, length - LEAD - ORIGINS + 1), length - LEAD + 1)
    if (
        config.boosting_weight <= 0
        or not len(origins)
        or (np.nan_to_num(values).sum(axis=1) > 0).sum() < config.boosting_least_series
    ):
        return None
    total = np.exp(log_total)
    rng = np.random.default_rng(0)
    inputs, targets, weights = [], [], []
    most = config.boosting_rows // len(origins)
    for origin in origins:
        base = smoothed_shares(values[:, :origin], log_total[:origin], config.share_rates)
        rows = np.flatnonzero((base > 0) & ~np.isnan(values[:, origin : origin + LEAD]).any(axis=1))
        volume = base[rows] * total[origin]
        if len(rows) > most:
            chance = np.sqrt(volume) / np.sqrt(volume).sum()
            rows = np.sort(rng.choice(rows, most, replace=False, p=chance))
        if not rows.size:
            continue
        later = (
            (values[rows, origin : origin + LEAD]).sum(axis=1) / total[origin : origin + LEAD].sum()
        )
        inputs.append(features(values[:, :origin], log_total[:origin], base, groups, season)[rows])
        targets.append(np.clip(later / base[rows], 0, LARGEST_RATIO))
        weights.append(base[rows] * total[origin])
    if not inputs:
        return None
    model = HistGradientBoostingRegressor(
        max_iter=config.boosting_iterations,
        learning_rate=0.06,
        max_leaf_nodes=15,
        min_samples_leaf=100,
        l2_regularization=10.0,
        early_stopping=False,
        random_state=0,
    )
    base = smoothed_shares(values, log_total, config.share_rates)
    with threadpool_limits(1):
        model.fit(
            np.concatenate(inputs), np.concatenate(targets), sample_weight=np.concatenate(weights)
        )
        ratio = model.predict(features(values, log_total, base, groups, season))
    return np.asarray(base * np.clip(ratio, 0, LARGEST_RATIO), np.float64)


def features(
    values: Floats, log_total: Floats, base: Floats, groups: list[NDArray[np.int64]], season: int
) -> NDArray[np.float32]:
    """(S, F) what is known at the panel's end, in ratios to the smoothed share `base`, so that
    levels and totals drop out."""
    total = np.exp(log_total)
    safe = np.maximum(base, 1e-300)
    recent = np.nan_to_num(values[:, -6:])
    share = recent / total[-6:]
    fast, slow = smoothed_shares(values, log_total, FAST), smoothed_shares(values, log_total, SLOW)
    columns = [
        np.log1p(base * total[-1]),
        share[:, -1] / safe,
        share[:, -3:].mean(axis=1) / safe,
        share.mean(axis=1) / safe,
        fast / safe,
        slow / safe,
        share.std(axis=1) / safe,
        (recent > 0).mean(axis=1),
    ]
    ago = np.full(len(values), np.nan)
    if values.shape[1] > season > 1:
        ago = (
            np.nan_to_num(values[:, -season:][:, :LEAD] / total[-season:][:LEAD]).mean(axis=1)
            / safe
        )
    columns.append(ago)
    for member in groups:
        size = np.bincount(member, base)
        for line in (fast, slow, share[:, -1]):
            columns.append((np.bincount(member, line) / np.maximum(size, 1e-300))[member])
    return np.asarray(np.minimum(np.stack(columns, axis=1), 50.0), np.float32)
