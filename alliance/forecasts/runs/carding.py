"""What the model card tells beyond one line of scores: coverage by level and lead, and where the
method fails; pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.demand import Config, Forecast, Panel, baselines, forecast, totals

Floats = NDArray[np.float64]

LEVELS = (("total", ()), ("industry", "industry"), ("occupation", "occupation"), ("cell", None))
"""Level → what `totals` sums by; None is the panel itself."""
BANDS = ((1, 3), (4, 12), (13, 24))
WORST = 12
LEAST_HEADS = 2.0
"""A series with fewer heads a month on average in the months looked at is not named as a failure:
it is chance."""


def card(
    panel: Panel,
    horizon: int,
    origins: list[int],
    levels: tuple[int, ...],
    seed: int,
    progress: Callable[[int, int], None],
    config: Config,
) -> dict[str, Any]:
    """Forecast from some past lengths of the panel and compare; plain values for JSON.

    `coverage[level][band]` has the share inside by interval and the number of cases, of series with
    heads in the year before; `worst` the occupations and industries whose error most exceeds the
    seasonal naive rule's; `beaten` by level the share of series, of those with enough heads, that
    the rule forecasts better.
    """
    tally: dict[str, _Tally] = {level: _Tally() for level, _by in LEVELS}
    for done, length in enumerate(origins, start=1):
        past = panel.until(length)
        steps = min(horizon, len(panel.periods) - length)
        bottom = forecast(
            past,
            steps,
            levels=levels,
            config=config,
            seed=seed,
            settled=("industry", "occupation", "total"),
        )
        for level, by in LEVELS:
            made = bottom if by is None else totals(bottom, by)
            tally[level].add(made, _sums(panel, made, by), length, panel.season)
        progress(done, len(origins))
    return {
        "origins": [panel.periods[length - 1] for length in origins],
        "coverage": {level: one.coverage(levels) for level, one in tally.items()},
        "worst": sorted(
            (row for level in ("occupation", "industry") for row in tally[level].failures(level)),
            key=lambda row: -row["ratio"],
        )[:WORST],
        "beaten": {level: one.beaten() for level, one in tally.items()},
    }


def _sums(panel: Panel, made: Forecast, by: str | tuple[()] | None) -> Panel:
    """The panel's history in the order of `made`."""
    if by is None:
        return panel
    labels = panel.groups[by] if isinstance(by, str) else ("total",) * len(panel.series)
    place = {name: row for row, name in enumerate(made.series)}
    values = np.zeros((len(made.series), len(panel.periods)))
    np.add.at(values, [place[f"{by}={label}" if by else label] for label in labels], panel.values)
    return Panel(made.series, panel.periods, values, {}, panel.season)


class _Tally:
    """Running sums of one level: cases inside by band and interval, errors by series."""

    def __init__(self) -> None:
        self.inside: dict[tuple[int, int], list[Floats]] = {band: [] for band in BANDS}
        self.series: dict[str, Floats] = {}

    def add(self, made: Forecast, truth: Panel, length: int, season: int) -> None:
        steps = len(made.periods)
        actual = truth.values[:, length : length + steps]
        active = truth.values[:, max(length - season, 0) : length].sum(axis=1) > 0
        held = (made.lower <= actual) & (actual <= made.upper)
        for low, high in BANDS:
            if low <= steps:
                part = held[:, active, low - 1 : high]
                self.inside[low, high].append(
                    np.array([*part.sum(axis=(1, 2)), part.shape[1] * part.shape[2]], np.float64)
                )
        naive = baselines(truth.until(length), steps)["seasonal_naive"]
        columns = (
            np.abs(made.mean - actual).sum(axis=1),
            np.abs(naive - actual).sum(axis=1),
            made.mean.sum(axis=1),
            actual.sum(axis=1),
            held[made.levels.index(80)].sum(axis=1),
            np.full(len(actual), float(steps)),
        )
        for row, name in enumerate(made.series):
            self.series[name] = self.series.get(name, np.zeros(6)) + np.array(
                [float(column[row]) for column in columns]
            )

    def coverage(self, levels: tuple[int, ...]) -> dict[str, Any]:
        found = {}
        for (low, high), parts in self.inside.items():
            if parts and (sums := np.sum(parts, axis=0))[-1]:
                found[f"{low}-{high}"] = {
                    "cases": int(sums[-1]),
                    **{
                        str(level): round(float(sums[place] / sums[-1]), 4)
                        for place, level in enumerate(levels)
                    },
                }
        return found

    def failures(self, level: str) -> list[dict[str, Any]]:
        """Series with enough heads that the seasonal naive rule forecasts better."""
        found = []
        for name, (error, naive, predicted, actual, inside, cases) in self._thick().items():
            if error > naive > 0:
                found.append(
                    {
                        "level": level,
                        "code": name.partition("=")[2] or name,
                        "ratio": round(error / naive, 3),
                        "mae": round(error / cases, 2),
                        "naive": round(naive / cases, 2),
                        "bias": round(predicted / actual - 1, 3),
                        "inside": round(inside / cases, 3),
                    }
                )
        return found

    def beaten(self) -> dict[str, Any]:
        thick = self._thick()
        worse = sum(row[0] > row[1] for row in thick.values())
        return {"series": len(thick), "beaten": worse}

    def _thick(self) -> dict[str, list[float]]:
        return {
            name: sums.tolist()
            for name, sums in self.series.items()
            if sums[3] >= LEAST_HEADS * sums[5]
        }
