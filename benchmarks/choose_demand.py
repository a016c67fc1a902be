"""The choices of docs/decisions/0013 and 0047: rolling windows on months up to 2023-06 and on the training parts; no test window is read.

    JOB_SDF=folder DEMAND_DATA=folder python benchmarks/choose_demand.py granular totals functionals

The panel is cut at 2023-06 as soon as it is read. Prints every candidate's figure and the choice by the written rule.
"""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import pandas as pd
from bench_demand import DATA, aligned, calendar, job_sdf

from ml.demand import CONFIG, Config, Panel, baselines
from ml.demand.families.shares import smoothed_shares
from ml.demand.families.total import chain_total, forecast_total, smooth, taken_apart

PAST_MONTHS = 30
ORIGINS = range(13, 28)
HORIZON = 3
BLOCK = 3
WIDE = (0.1, 0.3, 0.5, 0.7, 0.9)
CLIPS = (0.0, 2.0, 1.5)
LEVELS = ((0.3, 0.5, 0.7), (0.2, 0.3, 0.5), (0.1, 0.2, 0.35), WIDE)
FAST = (0.5, 0.7, 0.9)
CUTS = 1_500
PRIORS = (0.5, 1.0, 2.0, 4.0)
SHARES = ((0.2, 0.4, 0.6), (0.3, 0.5, 0.7), WIDE)


def windows(panel: Panel) -> dict[int, tuple[Panel, Any, Any]]:
    """Past, actual values and the (MAE, RMSE) of mean-of-three, by origin."""
    found = {}
    for origin in ORIGINS:
        past, actual = panel.until(origin), panel.values[:, origin : origin + HORIZON]
        found[origin] = past, actual, errors(baselines(past, HORIZON)["mean_of_three"], actual)
    return found


def errors(mean: Any, actual: Any) -> Any:
    """MAE and RMSE."""
    return np.array([np.abs(mean - actual).mean(), np.sqrt(((mean - actual) ** 2).mean())])


def standard_error(difference: Any) -> float:
    """Of the mean of a candidate's log-ratio differences to the best, from means of BLOCK neighbouring windows."""
    blocks = difference.reshape(-1, BLOCK).mean(axis=1)
    return float(blocks.std(ddof=1) / np.sqrt(len(blocks)))


def granular() -> None:
    """Protocol A."""
    whole = job_sdf("region")
    panel = whole.until(PAST_MONTHS)
    del whole
    cut = windows(panel)
    totals = {origin: chain_total(past.values) for origin, (past, _, _) in cut.items()}
    shares = {
        (rates, origin): smoothed_shares(past.values, totals[origin], rates)
        for rates in SHARES
        for origin, (past, _, _) in cut.items()
    }
    logs: dict[tuple[Any, ...], Any] = {}

    def ratios(config: Config, naive: float = 0.0) -> Any:
        rows = []
        for origin, (past, actual, usual) in cut.items():
            line, effects, _ = forecast_total(totals[origin], 12, HORIZON, config)
            mean = shares[config.share_rates, origin][:, None] * np.exp(line + effects)[None]
            if naive:
                mean = (1 - naive) * mean + naive * baselines(past, HORIZON)["mean_of_three"]
            rows.append(np.log(errors(mean, actual) / usual))
        return np.array(rows)

    for clip, level, prior, share in itertools.product(CLIPS, LEVELS, PRIORS, SHARES):
        config = replace(
            CONFIG, shock_clip=clip, level_rates=level, season_prior=prior, share_rates=share
        )
        logs[clip, level, prior, share] = ratios(config)
    figure = {key: float(np.exp(found.mean(axis=0)).sum()) for key, found in logs.items()}
    order = sorted(figure, key=lambda key: figure[key])
    best = logs[order[0]].mean(axis=1)
    print(f"{'figure':>8}  behind  s.e.   clip, level rates, season prior, share rates")
    near = []
    for key in order:
        behind = logs[key].mean(axis=1) - best
        spread = standard_error(behind)
        if behind.mean() <= spread or key == order[0]:
            near.append(key)
        print(
            f"{figure[key]:8.4f}  {behind.mean():.4f}  {spread:.4f}{' *' if key in near else '  '} {key}"
        )

    def width(key: tuple[Any, ...]) -> float:
        return (max(key[1]) - min(key[1])) + (max(key[3]) - min(key[3]))

    chosen = sorted(near, key=lambda key: (-width(key), key[0] > 0, figure[key]))[0]
    print(f"\nwithin one standard error: {len(near)}; chosen: {chosen} {figure[chosen]:.4f}")
    clip, level, prior, share = chosen
    base = replace(
        CONFIG, shock_clip=clip, level_rates=level, season_prior=prior, share_rates=share
    )
    for name, found in (
        ("as chosen", ratios(base)),
        ("a quarter of mean-of-three", ratios(base, 0.25)),
        ("trend", ratios(replace(base, trend_least_years=0.0))),
    ):
        print(f"{name}: {np.exp(found.mean(axis=0)).sum():.4f}")


def short_histories(panel: Panel, until: str | None) -> list[tuple[Any, Any]]:
    """Histories of 21 to 33 months and the three months after them, of series without gaps and zeros; CUTS drawn with seed 0."""
    end = sum(period <= until for period in panel.periods) if until else len(panel.periods)
    rng = np.random.default_rng(0)
    found = []
    for line in panel.values[:, :end]:
        known = np.flatnonzero(~np.isnan(line))
        history = line[known[0] :] if known.size else line[:0]
        if len(history) < 36 or np.isnan(history).any() or (history <= 0).any():
            continue
        for origin in range(21, len(history) - 2, 3):
            length = int(rng.choice((21, 24, 27, 30, 33)))
            if length <= origin:
                found.append(
                    (history[origin - length : origin], history[origin : origin + HORIZON])
                )
    return [found[row] for row in rng.choice(len(found), min(CUTS, len(found)), replace=False)]


def cut_ratios(histories: list[tuple[Any, Any]]) -> dict[tuple[Any, ...], float]:
    """(log MAE ratio + log RMSE ratio) / 2 to mean-of-three by clip, level rates and season prior."""
    usual = errors(
        np.array([actual * 0 + history[-3:].mean() for history, actual in histories])
        / _size(histories),
        _truth(histories),
    )
    found = {}
    for clip, prior in itertools.product(CLIPS, PRIORS):
        means: dict[tuple[float, ...], list[Any]] = {rates: [] for rates in (*LEVELS, FAST)}
        for history, _ in histories:
            length = len(history)
            effects, line = taken_apart(np.log(history), 12, prior, clip)
            steady = np.exp(line - effects[np.arange(length) % 12])
            ahead = np.exp(effects[(length + np.arange(HORIZON)) % 12])
            for rates, mean in means.items():
                mean.append(np.mean([smooth(steady, rate, 0.0, 0.85)[0] for rate in rates]) * ahead)
        for rates, mean in means.items():
            ratio = errors(np.array(mean) / _size(histories), _truth(histories)) / usual
            found[clip, rates, prior] = float(np.log(ratio).mean())
    return found


def _size(histories: list[tuple[Any, Any]]) -> Any:
    return np.array([history.mean() for history, _ in histories])[:, None]


def _truth(histories: list[tuple[Any, Any]]) -> Any:
    return np.array([actual for _, actual in histories]) / _size(histories)


def totals() -> None:
    """Amendment A2: the total's constants on four sources of short histories."""
    sources = {
        "JOLTS to 2019": short_histories(
            calendar("jolts_openings_nsa_monthly.csv.gz", 1), "2019-12"
        ),
        "M3 monthly": short_histories(
            aligned(pd.read_csv(DATA / "m3_monthly_train.csv.gz"), 12), None
        ),
        "tourism": short_histories(
            aligned(pd.read_csv(DATA / "tourism_monthly_train.csv.gz"), 12), None
        ),
    }
    figures = {name: cut_ratios(histories) for name, histories in sources.items()}
    cut = windows(job_sdf("region").until(PAST_MONTHS))
    logs = {origin: chain_total(past.values) for origin, (past, _, _) in cut.items()}
    shares = {
        origin: smoothed_shares(past.values, logs[origin], WIDE)
        for origin, (past, _, _) in cut.items()
    }
    figures["Job-SDF"] = {}
    for key in figures["M3 monthly"]:
        clip, rates, prior = key
        config = replace(
            CONFIG, shock_clip=clip, level_rates=rates, season_prior=prior, trend_least_years=9.0
        )
        rows = []
        for origin, (_, actual, usual) in cut.items():
            line, effects, _ = forecast_total(logs[origin], 12, HORIZON, config)
            rows.append(
                np.log(
                    errors(shares[origin][:, None] * np.exp(line + effects)[None], actual) / usual
                ).mean()
            )
        figures["Job-SDF"][key] = float(np.mean(rows))
    whole = {
        key: float(np.mean([figures[name][key] for name in figures])) for key in figures["Job-SDF"]
    }
    order = sorted(whole, key=lambda key: whole[key])
    print("figure  " + "  ".join(figures) + "   clip, level rates, season prior")
    for key in order:
        print(
            f"{np.exp(whole[key]):.4f}  "
            + "  ".join(f"{np.exp(figures[name][key]):.4f}" for name in figures)
            + f"  {key}"
        )
    near = [key for key in order if whole[key] <= whole[order[0]] + np.log(1.005)]
    chosen = sorted(
        near,
        key=lambda key: (-(max(key[1]) - min(key[1])), -1 / key[0] if key[0] else 0.0, whole[key]),
    )
    print("chosen:", chosen[0])


def functionals() -> None:
    """Decision 47: the total's constants by RMSE (means) and by MAE (medians) on five sources, each beside mean-of-three."""
    region = job_sdf("region").until(PAST_MONTHS)
    column = np.array(next(labels for name, labels in region.groups.items() if name != "skill_id"))
    sums = [region.values.sum(axis=0)] + [
        region.values[column == label].sum(axis=0) for label in sorted(set(column))
    ]
    indeed = calendar("hiringlab_sector_monthly.csv.gz", 1)
    sources = {
        "JOLTS to 2019": short_histories(
            calendar("jolts_openings_nsa_monthly.csv.gz", 1), "2019-12"
        ),
        "Indeed": short_histories(indeed, indeed.periods[len(indeed.periods) - 20]),
        "M3 monthly": short_histories(
            aligned(pd.read_csv(DATA / "m3_monthly_train.csv.gz"), 12), None
        ),
        "tourism": short_histories(
            aligned(pd.read_csv(DATA / "tourism_monthly_train.csv.gz"), 12), None
        ),
        "Job-SDF": [
            (line[:origin], line[origin : origin + HORIZON]) for line in sums for origin in ORIGINS
        ],
    }
    rates = (WIDE, WIDE[1:], WIDE[1:4], WIDE[2:], WIDE[3:], WIDE[4:], WIDE[:2])
    found: dict[tuple[Any, ...], list[Any]] = {}
    for histories in sources.values():
        truth = _truth(histories)
        usual = errors(
            np.array([actual * 0 + history[-3:].mean() for history, actual in histories])
            / _size(histories),
            truth,
        )
        for clip, prior in itertools.product((0.0, 2.0, 3.0), (2.0, 4.0, 8.0)):
            steady, ahead = [], []
            for history, _ in histories:
                length = len(history)
                effects, line = taken_apart(np.log(history), 12, prior, clip)
                amounts = np.exp(line - effects[np.arange(length) % 12])
                steady.append([smooth(amounts, rate, 0.0, 0.85)[0] for rate in WIDE])
                ahead.append(np.exp(effects[(length + np.arange(HORIZON)) % 12]))
            for chosen in rates:
                places = [WIDE.index(rate) for rate in chosen]
                mean = np.array(steady)[:, places].mean(axis=1)[:, None] * np.array(ahead)
                mean /= _size(histories)
                row = [*errors(mean, truth) / usual, mean.sum() / truth.sum() - 1]
                found.setdefault((clip, prior, chosen), []).append(row)
    print("RMSE    MAE     bias by source; clip, season prior, level rates")
    for key, rows in sorted(found.items(), key=lambda one: np.log(np.array(one[1])[:, 0]).mean()):
        table = np.array(rows)
        rmse, mae = np.exp(np.log(table[:, :2]).mean(axis=0))
        print(f"{rmse:.4f}  {mae:.4f}  {table[:, 2].round(3)} {key}")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ("granular", "totals"):
        {"granular": granular, "totals": totals, "functionals": functionals}[wanted]()
