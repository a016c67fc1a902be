"""The members of the classical mean: each forecasts every series, and says nan where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml.demand.families.differences import boosted_differences, carried_on
from ml.demand.families.total import LUMPY_RATES, forecast_total, interpolate, smooth
from ml.demand.model import Config, Floats
from ml.demand.parallel import in_groups

GROUP = 64
MEMBERS = ("theta", "smoothing", "ets", "boosting", "last")
LARGEST = 10.0
SMALLEST_UNIT = 0.01


def forecasts_of(
    values: Floats,
    season: int,
    horizon: int,
    config: Config,
    names: tuple[str, ...],
    everywhere: bool,
) -> dict[str, Floats]:
    """(S, H) by member. Series with too little history (two years) or too many zeros are nan in the
    per-series members.

    'ets' is asked of every series (`everywhere`), else of those whose level has just shifted.
    """
    found: dict[str, Floats] = {}
    each = tuple(name for name in names if name in ("theta", "smoothing", "ets"))
    if each:
        parts = in_groups(_each_series, values, GROUP, season, horizon, config, each, everywhere)
        found = {name: np.concatenate([part[name] for part in parts]) for name in each}
    if "boosting" in names:
        boosted = boosted_differences(values, season, horizon, config)
        if boosted is not None:
            found["boosting"] = boosted
    if "last" in names:
        found["last"] = np.repeat(carried_on(values)[:, -1:], horizon, axis=1)
    return found


def _each_series(
    values: Floats,
    season: int,
    horizon: int,
    config: Config,
    names: tuple[str, ...],
    everywhere: bool,
) -> dict[str, Floats]:
    # imported late: it takes longer than everything else together, and most panels are forecast
    # without it
    from statsforecast.models import AutoCES, AutoETS, DynamicOptimizedTheta

    makers: dict[str, Callable[[], Any]] = {
        "theta": lambda: DynamicOptimizedTheta(season_length=season),
        "smoothing": lambda: AutoCES(season_length=season),
        "ets": lambda: AutoETS(season_length=season),
    }
    found = {name: np.full((len(values), horizon), np.nan) for name in names}
    for row, line in enumerate(values):
        known = np.flatnonzero(~np.isnan(line))
        if (
            known.size < max(2 * season, 8)
            or (line[known] == 0).mean() > config.classical_most_zeros
        ):
            continue
        history = interpolate(line[known[0] :])
        if np.ptp(history) <= 1e-9 * history.max():
            continue
        for name in names:
            if name == "ets" and not (everywhere or level_shifted(history, season)):
                continue
            member = member_forecast(makers[name](), history, horizon)
            if (
                member is not None
                and np.isfinite(member).all()
                and member.max() <= LARGEST * history.max()
            ):
                found[name][row] = np.maximum(member, 0.0)
    return found


def member_forecast(model: Any, history: Floats, horizon: int) -> Floats | None:
    """(H,) forecast of a statsforecast model, or None where it finds no fit, for which it has no
    narrower error than Exception."""
    try:
        return np.asarray(model.forecast(history, h=horizon)["mean"], np.float64)
    except Exception:
        return None


def level_shifted(history: Floats, season: int) -> bool:
    """Whether the last half year's seasonal differences lie far (3 spreads) outside those
    before."""
    half = max(season // 2, 2)
    if len(history) < 3 * season + half or season == 1:
        return False
    change = np.log1p(history[season:]) - np.log1p(history[:-season])
    before = change[:-half]
    spread = 1.4826 * float(np.median(np.abs(before - np.median(before))))
    return bool(
        abs(float(change[-half:].mean()) - float(np.median(before))) > 3 * max(spread, 0.02)
    )


def own_forecasts(values: Floats, season: int, horizon: int, config: Config) -> Floats:
    """(S, H) each series by itself: log(1 + y) level, damped trend and shrunken season; one that is
    often zero by its smoothed amounts, because logs of lumps have a far smaller mean."""
    mean = np.zeros((len(values), horizon))
    for row, line in enumerate(values):
        known = np.flatnonzero(~np.isnan(line))
        if not known.size or not (line[known] > 0).any():
            continue
        if (line[known] == 0).mean() > config.classical_most_zeros:
            amounts = interpolate(line[known[0] :])
            mean[row] = np.mean([smooth(amounts, rate, 0.0, 0.0)[0] for rate in LUMPY_RATES])
            continue
        # beside large series a small one keeps its digits: log(1 + y) is no log far below one
        largest = float(line[known].max())
        unit = 1.0 if largest >= SMALLEST_UNIT else 10.0 ** np.floor(np.log10(largest))
        own = interpolate(np.log1p(line[known[0] :] / unit))
        path, effects, _ = forecast_total(own, season, horizon, config)
        mean[row] = np.maximum(np.expm1(path + effects), 0.0) * unit
    return mean
