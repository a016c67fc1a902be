"""Rolling origins beside the naive rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np

from ml.demand.families.scales import carried, scale_of
from ml.demand.forecasting import forecast, observed_of, totals
from ml.demand.model import CONFIG, Config, Floats, Forecast, Panel
from ml.demand.parallel import one_by_one

BANDS = ((1, 3), (4, 12), (13, 24))


@dataclass(frozen=True)
class Backtest:
    """Scores by method: 'model' and the three naive rules; lower is better but for coverage, which
    should equal its level.

    `methods[m]` has (None where no value was there to compare with) mae, rmse (in the panel's
    units, over all cells of all origins), rmsse (mean
    over active series of RMSE divided by the root mean square of the history's seasonal
    differences), wql (pinball loss over 0.1..0.9, twice, over the sum of actuals), bias (sum of
    forecasts over sum of actuals, minus one), `rmsse_by_lead` by band of lead, and for the model
    `coverage` and `width` (interval width over mean actual) by level, on active series.
    """

    horizon: int
    origins: tuple[str, ...]
    levels: tuple[int, ...]
    version: str
    methods: dict[str, dict[str, object]]

    def as_dict(self) -> dict[str, object]:
        """The same as plain dicts and lists, for JSON."""
        return asdict(self)


def baselines(panel: Panel, horizon: int) -> dict[str, Floats]:
    """(S, H) by 'seasonal_naive', 'last_value', 'mean_of_three'; missing months take the series'
    last known value before."""
    filled = carried(panel.values)
    length, season = filled.shape[1], panel.season
    places = length - season + np.arange(horizon) % season
    seasonal = filled[:, places] if length >= season else np.repeat(filled[:, -1:], horizon, axis=1)
    return {
        "seasonal_naive": seasonal,
        "last_value": np.repeat(filled[:, -1:], horizon, axis=1),
        "mean_of_three": np.repeat(filled[:, -3:].mean(axis=1, keepdims=True), horizon, axis=1),
    }


class _Scores:
    """Running sums of one method over origins."""

    def __init__(self, levels: tuple[int, ...], horizon: int) -> None:
        self.levels = levels
        self.horizon = horizon
        self.absolute = self.squared = self.predicted = self.actual = self.pinball = 0.0
        self.cells = 0
        self.scaled: list[Floats] = []
        self.inside = np.zeros(len(levels))
        self.width = np.zeros(len(levels))
        self.active = 0
        self.active_sum = 0.0

    def add(self, mean: Floats, actual: Floats, scale: Floats, deciles: Floats) -> None:
        known = ~np.isnan(actual)
        # a series that has not begun at the origin has no forecast: nothing was expected of it
        mean, deciles = np.nan_to_num(mean), np.nan_to_num(deciles)
        error = np.where(known, mean - actual, 0.0)
        self.absolute += float(np.abs(error).sum())
        self.squared += float((error**2).sum())
        self.predicted += float(mean[known].sum())
        self.actual += float(actual[known].sum())
        self.cells += int(known.sum())
        for place, quantile in enumerate(np.arange(1, 10) / 10):
            gap = np.where(known, actual - deciles[place], 0.0)
            self.pinball += float(np.maximum(quantile * gap, (quantile - 1) * gap).sum()) * 2 / 9
        self.scaled.append(np.where(known, (mean - actual) ** 2, np.nan) / (scale**2)[:, None])

    def add_intervals(self, actual: Floats, lower: Floats, upper: Floats, active: Floats) -> None:
        known = ~np.isnan(actual) & (active[:, None] > 0)
        self.active += int(known.sum())
        self.active_sum += float(actual[known].sum())
        for place in range(len(self.levels)):
            inside = (lower[place] <= actual) & (actual <= upper[place])
            self.inside[place] += int((inside & known).sum())
            self.width[place] += float((upper[place] - lower[place])[known].sum())

    def result(self) -> dict[str, object]:
        scaled = np.concatenate(self.scaled)
        found: dict[str, object] = {
            "mae": self.absolute / self.cells if self.cells else None,
            "rmse": float(np.sqrt(self.squared / self.cells)) if self.cells else None,
            "rmsse": _rmsse(scaled),
            "wql": self.pinball / self.actual if self.actual else None,
            "bias": self.predicted / self.actual - 1 if self.actual else None,
            "rmsse_by_lead": {
                f"{low}-{high}": _rmsse(scaled[:, low - 1 : high])
                for low, high in BANDS
                if low <= self.horizon
            },
        }
        if self.active:
            found["coverage"] = {
                str(level): float(self.inside[place] / self.active)
                for place, level in enumerate(self.levels)
            }
            if self.active_sum:
                found["width"] = {
                    str(level): float(self.width[place] / self.active_sum)
                    for place, level in enumerate(self.levels)
                }
        return found


def _rmsse(scaled: Floats) -> float | None:
    known = ~np.isnan(scaled)
    rows = known.any(axis=1)
    if not rows.any():
        return None
    return float(
        np.sqrt(np.where(known, scaled, 0.0).sum(axis=1)[rows] / known.sum(axis=1)[rows]).mean()
    )


def backtest(
    panel: Panel,
    horizon: int,
    origins: int,
    *,
    levels: tuple[int, ...] = (80, 95),
    config: Config = CONFIG,
    seed: int = 0,
    by: str | tuple[str, ...] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Forecast `horizon` periods from `origins` origins one period apart, each from its past only;
    the last window ends the panel.

    With `by` (as in `totals`) the sums over a group column are scored, forecast as the sums of the
    same paths. Within `running_on`, origins are computed in several processes, with the same
    numbers. Raises ValueError when the panel is too short: every origin needs at least three
    periods before it.
    """
    length = len(panel.periods)
    first = length - horizon - origins + 1
    if origins < 1 or horizon < 1 or first < 3:
        raise ValueError(
            f"{length} periods are too few for horizon {horizon} from {origins} origins; "
            f"{horizon + origins + 2} are needed"
        )
    methods_of = ("model", "seasonal_naive", "last_value", "mean_of_three")
    scores = {name: _Scores(levels, horizon) for name in methods_of}
    tasks = [
        (panel, origin, horizon, levels, config, seed, by)
        for origin in range(first, first + origins)
    ]
    for number, (made, past, actual) in enumerate(one_by_one(_from_origin, tasks)):
        scale = scale_of(past.values, panel.season)
        scores["model"].add(made.mean, actual, scale, made.deciles)
        active = np.nan_to_num(past.values[:, -12:]).sum(axis=1)
        scores["model"].add_intervals(actual, made.lower, made.upper, active)
        for name, naive in baselines(past, horizon).items():
            scores[name].add(naive, actual, scale, np.broadcast_to(naive, (9, *naive.shape)))
        if progress:
            progress(number + 1, origins)
    methods = {name: score.result() for name, score in scores.items()}
    return Backtest(
        horizon, panel.periods[first - 1 : first - 1 + origins], levels, config.version, methods
    )


def _from_origin(
    panel: Panel,
    origin: int,
    horizon: int,
    levels: tuple[int, ...],
    config: Config,
    seed: int,
    by: str | tuple[str, ...] | None,
) -> tuple[Forecast, Panel, Floats]:
    """The forecast from one origin without its paths, the past it saw, and what came."""
    past = panel.until(origin)
    made = forecast(
        past,
        horizon,
        levels=levels,
        config=config,
        seed=seed,
        keep=by is not None,
        deciles=True,
        settled=(by,) if isinstance(by, str) else by or (() if by is None else ("total",)),
    )
    scored = panel
    if by is not None:
        made = totals(made, by)
        made = replace(made, paths=made.paths[:0])
        scored = Panel(
            made.series, panel.periods, observed_of(made.series, panel), {}, panel.season
        )
        past = scored.until(origin)
    return made, past, scored.values[:, origin : origin + horizon]
