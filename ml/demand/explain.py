"""Why a number: parts that add up to it."""

from __future__ import annotations

import numpy as np

from ml.demand.forecasting import observed_of
from ml.demand.model import CONFIG, Config, Floats, Forecast, Panel
from ml.demand.periods import following
from ml.demand.total import chain_total, forecast_total


def explain(panel: Panel, forecast: Forecast, row: int, step: int, config: Config = CONFIG) -> list[tuple[str, float]]:
    """Parts of `forecast.median[row, step]`, in the series' units, that add up to it.

    'base level': the mean of the series' last year. 'total trend': what the panel's total, season removed, will have grown since
    that year, at the series' base share. 'season': what the month makes of that. 'share change': the rest, which is how the
    series itself departs from the whole. The series may be a sum made by `totals`. Raises ValueError for another panel.
    """
    if following(panel.periods, step + 1)[step] != forecast.periods[step]:
        raise ValueError("this is not the panel that was forecast")
    line: Floats = observed_of((forecast.series[row],), panel)[0][-max(panel.season, 1) :]
    base = float(np.nanmean(line)) if not np.isnan(line).all() else 0.0
    log_total = chain_total(panel.values)
    ahead, effects, _ = forecast_total(log_total, panel.season, step + 1, config)
    before = float(np.exp(log_total[-max(panel.season, 1) :]).mean())
    trend = base * (float(np.exp(ahead[step])) / before - 1)
    season = (base + trend) * (float(np.exp(effects[step])) - 1)
    rest = float(forecast.median[row, step]) - base - trend - season
    return [("base level", base), ("total trend", trend), ("season", season), ("share change", rest)]
