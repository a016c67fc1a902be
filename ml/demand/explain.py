"""Why a number: parts that add up to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.demand.families.choosing import is_granular, prepared
from ml.demand.families.total import chain_total, forecast_total, lumpy_total
from ml.demand.forecasting import observed_of
from ml.demand.model import CONFIG, Config, Floats, Forecast, Panel
from ml.demand.periods import following

Parts = list[tuple[str, float]]


def explain(
    panel: Panel, forecast: Forecast, steps: Sequence[int], config: Config = CONFIG
) -> list[Parts]:
    """For every series the parts of `forecast.median[row, steps[row]]`, in the series' units, that
    add up to it.

    'base level': the mean of the series' last year. Total x share: 'total trend', what the panel's
    total, season removed, will have grown since that year, at the series' base share; 'season',
    what the month makes of that; 'share change', the rest, which is how the series itself departs
    from the whole. Each series by itself: 'own trend', what the mean of the forecast year around
    the month is above the base; 'season', what the month is above that mean. A newcomer's zeros are
    unknown, as in the forecast. Series may be sums made by `totals` or parts made by `reconciled`.
    Raises ValueError for another panel.
    """
    if following(panel.periods, 1)[0] != forecast.periods[0]:
        raise ValueError("this is not the panel that was forecast")
    panel = prepared(panel, config)
    season = max(panel.season, 1)
    lines = observed_of(forecast.series, panel)[:, -season:]
    known = ~np.isnan(lines)
    base = np.nan_to_num(np.nansum(lines, axis=1) / np.maximum(known.sum(axis=1), 1))
    if not is_granular(panel, config):
        return [
            _by_itself(base[row], forecast.median[row], step, season)
            for row, step in enumerate(steps)
        ]
    flat = lumpy_total(panel.values)
    log_total = np.zeros(panel.values.shape[1]) if flat else chain_total(panel.values)
    ahead, effects, _ = forecast_total(log_total, panel.season, max(steps, default=0) + 1, config)
    growth = np.exp(ahead) / float(np.exp(log_total[-season:]).mean()) - 1
    return [
        _of_the_total(
            float(base[row]),
            float(growth[step]),
            float(effects[step]),
            float(forecast.median[row, step]),
        )
        for row, step in enumerate(steps)
    ]


def _of_the_total(base: float, growth: float, effect: float, median: float) -> Parts:
    trend = base * growth
    season = (base + trend) * (float(np.exp(effect)) - 1)
    return [
        ("base level", base),
        ("total trend", trend),
        ("season", season),
        ("share change", median - base - trend - season),
    ]


def _by_itself(base: float, line: Floats, step: int, season: int) -> Parts:
    first = step // season * season
    usual = float(line[first : first + season].mean())
    return [
        ("base level", float(base)),
        ("own trend", usual - float(base)),
        ("season", float(line[step]) - usual),
    ]
