"""The demand forecaster beside the published figures, AutoETS and mlforecast: accuracy, coverage, cost.

    DEMAND_DATA=folder make bench-demand            all of it, about a quarter of an hour on two cores
    DEMAND_DATA=folder FULL=1 make bench-demand     JOLTS and Indeed on all series instead of every third and fourth
    python benchmarks/bench_demand.py speed         what needs no panels of others

DEMAND_DATA names the folder of the published panels, JOB_SDF that of Job-SDF (region.parquet, r0, r1, r2). Neither is shipped:
docs/measured/forecaster-known-before.md#panels says what they are, and why. A section whose folder is not named says so. The
protocol is docs/decisions/0013. CPU seconds of one process; trust ratios.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NIXTLA_ID_AS_COL", "1")

import numpy as np
import pandas as pd

from ml.demand import CONFIG, Panel, backtest, baselines, forecast, running_on, totals
from ml.demand.families.scales import scale_of
from ml.demand.parallel import one_by_one

DATA = Path(os.environ.get("DEMAND_DATA", "panels"))
LEVELS = (80, 90, 95)
JOBS = 2
FULL = os.environ.get("FULL") == "1"
PUBLISHED = {
    "region": ("35.92/194.7", "31.86/182.0"),
    "r1": ("17.65/201.2", "17.19/191.9"),
    "r2": ("5.854/90.3", "5.676/87.9"),
    "r0": ("317/1810", "171.4/875"),
}
WIDTHS = {"r0": 0.79, "region": 0.96, "r1": 1.02, "r2": 1.17}


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds and result of one call."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def job_sdf(name: str) -> Panel:
    """One granularity of Job-SDF."""
    frame = pd.read_parquet(Path(os.environ["JOB_SDF"]) / f"{name}.parquet")
    columns, periods = list(frame.columns[:2]), tuple(frame.columns[2:])
    labels = {column: tuple(frame[column].astype(str)) for column in columns}
    series = tuple("|".join(pair) for pair in zip(*labels.values(), strict=True))
    return Panel(series, periods, frame[list(periods)].to_numpy(np.float64), labels, 12)


def jobsdf() -> None:
    """Four windows, targets 2023-07..09 to 2023-10..12, refit on the past; the setting was chosen on months up to 2023-06."""
    if "JOB_SDF" not in os.environ:
        print("Job-SDF: skipped, JOB_SDF names no folder")
        return
    print(f"\n## Job-SDF, four test windows, configuration {CONFIG.version}\n")
    print(
        "| | MAE/RMSE | of medians | mean of three | paper's or logs' best deep | bias | cover 80/90/95 active | width 90 | to beat | CPU s a window |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in ("region", "r1", "r2", "r0"):
        panel = job_sdf(name)
        errors, medians, naive, inside, wide, seconds, predicted, total = (
            [],
            [],
            [],
            [],
            0.0,
            0.0,
            0.0,
            0.0,
        )
        month: list[str] = []
        active_sum = 0.0
        for origin in (30, 31, 32, 33):
            past, actual = panel.until(origin), panel.values[:, origin : origin + 3]
            spent, made = cpu(lambda past=past: forecast(past, 3, levels=LEVELS, keep=False))
            seconds += spent
            errors.append(made.mean - actual)
            medians.append(made.median - actual)
            naive.append(baselines(past, 3)["mean_of_three"] - actual)
            active = past.values[:, -12:].sum(axis=1) > 0
            hit = (made.lower <= actual) & (actual <= made.upper)
            inside.append(hit[:, active].mean(axis=(1, 2)))
            month.append("/".join(f"{value:.3f}" for value in hit[1][active].mean(axis=0)))
            wide += float((made.upper - made.lower)[1][active].sum())
            active_sum += float(actual[active].sum())
            predicted, total = predicted + float(made.mean.sum()), total + float(actual.sum())
        print(
            f"| {name} | {_two(errors)} | {_two(medians)} | {_two(naive)} | {PUBLISHED[name][0]} | {predicted / total - 1:+.3f} | "
            f"{'/'.join(f'{value:.3f}' for value in np.mean(inside, axis=0))} | {wide / active_sum:.2f} | {WIDTHS[name]} | {seconds / 4:.2f} |"
        )
        print(f"  90 % coverage by window and month, {name}: {'; '.join(month)}")
    bottom = job_sdf("r2")
    direct, summed = [], []
    r0 = job_sdf("r0")
    order = {label: row for row, label in enumerate(r0.groups["skill_id"])}
    for origin in (30, 31, 32, 33):
        sums = totals(forecast(bottom.until(origin), 3, levels=(90,), paths=1), "skill_id")
        rows = [order[name.partition("=")[2]] for name in sums.series]
        summed.append(sums.mean - r0.values[rows, origin : origin + 3])
        direct.append(
            forecast(r0.until(origin), 3, levels=(90,), keep=False).mean
            - r0.values[:, origin : origin + 3]
        )
    print(f"\nr0 direct {_two(direct)}; as sums of r2 {_two(summed)}")


def _two(errors: list[Any]) -> str:
    stacked = np.concatenate([error.ravel() for error in errors])
    return f"{np.abs(stacked).mean():.3f}/{np.sqrt((stacked**2).mean()):.1f}"


def aligned(train: pd.DataFrame, season: int) -> Panel:
    """Series of different length ending together, as the competitions have them (no common calendar)."""
    lines = {
        str(name): part["y"].to_numpy(np.float64)
        for name, part in train.sort_values("ds").groupby("unique_id", sort=True)
    }
    length = max(map(len, lines.values()))
    values = np.full((len(lines), length), np.nan)
    for row, line in enumerate(lines.values()):
        values[row, length - len(line) :] = line
    return Panel(tuple(lines), tuple(map(str, range(length))), np.maximum(values, 0), {}, season)


def competition(name: str, season: int, horizon: int, best: str) -> None:
    """MASE (mean over series, scaled by the in-sample seasonal naive error) on a competition's own test part."""
    panel = aligned(pd.read_csv(DATA / f"{name}_train.csv.gz"), season)
    test = pd.read_csv(DATA / f"{name}_test.csv.gz").sort_values("ds")
    actual = np.stack(
        [test.loc[test["unique_id"] == series, "y"].to_numpy(np.float64) for series in panel.series]
    )
    spent, made = cpu(lambda: forecast(panel, horizon, levels=LEVELS, keep=False))
    with running_on(JOBS):
        lean = forecast(
            panel, horizon, levels=LEVELS, keep=False, config=replace(CONFIG, ets_most_series=0)
        )
    differences = np.abs(panel.values[:, season:] - panel.values[:, :-season])
    scale = np.nanmean(differences, axis=1)
    naive = baselines(panel, horizon)["seasonal_naive"]
    hit = ((made.lower <= actual) & (actual <= made.upper)).mean(axis=(1, 2))

    def mase(point: Any) -> float:
        ratio = np.abs(point - actual).mean(axis=1) / scale
        return float(ratio[np.isfinite(ratio)].mean())

    print(
        f"| {name} | {len(panel.series)} | {mase(made.mean):.4f} | {mase(lean.mean):.3f} | {mase(naive):.3f} | {best} | {'/'.join(f'{value:.3f}' for value in hit)} | {spent / len(panel.series) * 1000:.1f} |",
        flush=True,
    )


def m3() -> None:
    print(
        "\n## Competitions, MASE\n\n| | series | model | ETS only where levels shift | seasonal naive | target | cover 80/90/95 | CPU s per 1,000 |\n|---|---|---|---|---|---|---|---|"
    )
    competition("m3_monthly", 12, 18, "< .829 (AutoETS .863)")
    competition("m3_quarterly", 4, 8, "< 1.10 (AutoETS 1.144)")


def tourism() -> None:
    print(
        "\n| | series | model | ETS only where levels shift | seasonal naive | target | cover 80/90/95 | CPU s per 1,000 |\n|---|---|---|---|---|---|---|---|"
    )
    competition("tourism_monthly", 12, 24, "< 1.429 (AutoETS 1.531)")


def wql(actual: Any, quantiles: Any) -> float:
    """Twice the pinball loss over deciles .1 to .9 by the sum of actuals, as the fev board has it."""
    loss = 0.0
    for level, quantile in zip(np.arange(1, 10) / 10, quantiles, strict=True):
        gap = actual - quantile
        loss += float(np.nansum(np.maximum(level * gap, (level - 1) * gap)))
    return 2 * loss / 9 / float(np.nansum(actual))


def carparts() -> None:
    """Last 12 of 51 months."""
    frame = pd.read_csv(DATA / "carparts_monthly.csv.gz").pivot_table(
        index="unique_id", columns="ds", values="y"
    )
    panel = Panel(
        tuple(map(str, frame.index)),
        tuple(str(day)[:7] for day in frame.columns),
        frame.to_numpy(np.float64),
        {},
        12,
    )
    past, actual = panel.until(39), panel.values[:, 39:]
    made = forecast(past, 12, levels=LEVELS, keep=False, deciles=True)
    naive = baselines(past, 12)["seasonal_naive"]
    known = ~np.isnan(actual)
    hit = ((made.lower <= actual) & (actual <= made.upper))[:, known].mean(axis=1)
    print(
        f"\n## Car parts\n\nWQL model {wql(actual, made.deciles):.3f}, seasonal naive {wql(actual, [naive] * 9):.3f}; target .99; board .975; bias {made.mean[known].sum() / actual[known].sum() - 1:+.3f}; cover 80/90/95 {hit.round(3)}"
    )


def from_origin(panel: Panel, origin: int, horizon: int) -> dict[str, Any]:
    """Points by method, coverage and CPU seconds from one origin."""
    from statsforecast.models import AutoETS

    past, actual = panel.until(origin), panel.values[:, origin : origin + horizon]
    spent, made = cpu(lambda: forecast(past, horizon, levels=LEVELS, keep=False))
    histories = [line[np.flatnonzero(~np.isnan(line))[0] :] for line in past.values]
    histories = [line[~np.isnan(line)] for line in histories]
    ets_spent, ets = cpu(
        lambda: np.stack(
            [
                AutoETS(season_length=past.season).forecast(line, h=horizon)["mean"]
                for line in histories
            ]
        )
    )
    points = {"model": made.mean, "AutoETS": ets, **baselines(past, horizon)}
    scale = scale_of(past.values, panel.season)
    known = ~np.isnan(actual)
    counts = np.maximum(known.sum(axis=1), 1)
    scores = {
        name: np.where(
            known.any(axis=1),
            np.sqrt(np.nansum((point - actual) ** 2, axis=1) / counts) / scale,
            np.nan,
        )
        for name, point in points.items()
    }
    hit = ((made.lower <= actual) & (actual <= made.upper))[:, known].mean(axis=1)
    return {"scores": scores, "hit": hit, "spent": spent, "ets": ets_spent}


def rolling(title: str, panel: Panel, horizon: int, origins: int) -> None:
    """RMSSE over rolling origins beside AutoETS on the same series; origins are spread over JOBS processes."""
    length = len(panel.periods)
    first = length - horizon - origins + 1
    with running_on(JOBS):
        found = list(
            one_by_one(
                from_origin, [(panel, origin, horizon) for origin in range(first, first + origins)]
            )
        )
    means = {
        name: np.nanmean(np.concatenate([part["scores"][name] for part in found]))
        for name in found[0]["scores"]
    }
    wins = sum(
        np.nanmean(part["scores"]["model"]) < np.nanmean(part["scores"]["AutoETS"])
        for part in found
    )
    ratio = 1000 / origins / len(panel.series)
    print(
        f"\n## {title}\n\n{len(panel.series)} series, horizon {horizon}, {origins} origins, RMSSE: "
        + "; ".join(f"{name} {value:.3f}" for name, value in means.items())
        + f"; model better than AutoETS from {wins} of {origins} origins; cover 80/90/95 {np.mean([part['hit'] for part in found], axis=0).round(3)}; "
        f"CPU s per 1,000: model {sum(part['spent'] for part in found) * ratio:.1f}, AutoETS {sum(part['ets'] for part in found) * ratio:.1f}",
        flush=True,
    )


def calendar(file: str, every: int) -> Panel:
    """Every n-th series with at least 48 months of a dated file."""
    frame = (
        pd.read_csv(DATA / file)
        .pivot_table(index="unique_id", columns="ds", values="y")
        .dropna(thresh=48)
        .iloc[::every]
    )
    return Panel(
        tuple(map(str, frame.index)),
        tuple(str(day)[:7] for day in frame.columns),
        frame.to_numpy(np.float64),
        {},
        12,
    )


def jolts() -> None:
    every = 1 if FULL else 3
    rolling(
        f"JOLTS openings, {sampled(every)}",
        calendar("jolts_openings_nsa_monthly.csv.gz", every),
        12,
        8,
    )


def indeed() -> None:
    every = 1 if FULL else 4
    rolling(
        f"Indeed sectors, {sampled(every)}",
        calendar("hiringlab_sector_monthly.csv.gz", every),
        12,
        8,
    )


def sampled(every: int) -> str:
    return "all series" if every == 1 else f"every {every}. series (FULL=1: all)"


def speed() -> None:
    """CPU seconds per 1,000 series on M3 monthly, and the large panel through the command."""
    from statsforecast import StatsForecast
    from statsforecast.models import AutoETS, SeasonalNaive

    rng = np.random.default_rng(0)
    size, length = 121_420, 36
    level = np.exp(rng.normal(-1.0, 2.2, size))
    values = rng.poisson(level[:, None] * (1 + 0.2 * np.sin(np.arange(length) * np.pi / 6))).astype(
        np.float64
    )
    periods = tuple(f"{2021 + month // 12}-{month % 12 + 1:02d}" for month in range(length))
    panel = Panel(tuple(f"s{row}" for row in range(size)), periods, values, {}, 12)
    spent, _ = cpu(lambda: forecast(panel, 3, keep=False))
    from ml.demand.families.granular import fit_granular

    point, _ = cpu(lambda: fit_granular(panel, 3, CONFIG))
    few = 10_000
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(few), length),
            "ds": np.tile(pd.date_range("2021-01-01", periods=length, freq="MS"), few),
            "y": values[:few].ravel(),
        }
    )
    naive, _ = cpu(lambda: StatsForecast([SeasonalNaive(12)], freq="MS").forecast(df=frame, h=3))
    ets, _ = cpu(
        lambda: StatsForecast([AutoETS(season_length=12)], freq="MS").forecast(
            df=frame[: 200 * length], h=3
        )
    )
    print("\n## Cost, CPU s per 1,000 series of 36 months, horizon 3\n")
    print(
        f"model with 400 paths and intervals {spent / size * 1000:.4f}; its point forecast and error laws {point / size * 1000:.4f}; seasonal naive {naive / few * 1000:.4f}; AutoETS {ets / 200 * 1000:.1f}"
    )
    print(
        f"ratio to seasonal naive: {spent / size / (naive / few):.1f} with intervals, {point / size / (naive / few):.1f} without"
    )
    try:
        import lightgbm as lgb
        from mlforecast import MLForecast

        boosted = MLForecast(
            models=[lgb.LGBMRegressor(n_jobs=1, verbosity=-1)], freq="MS", lags=[1, 2, 3, 12]
        )
        cost, _ = cpu(lambda: boosted.fit(frame).predict(3))
        print(f"mlforecast with LightGBM {cost / few * 1000:.4f}")
    except ImportError:
        print("mlforecast: not installed")
    few_series = Panel(panel.series[:20_000], periods, values[:20_000], {}, 12)
    walls = []
    for jobs in (1, JOBS):
        with running_on(jobs):
            begin = time.perf_counter()
            scores = backtest(few_series, 3, 8)
            walls.append((time.perf_counter() - begin, scores))
    print(
        f"back-test of 20,000 series from 8 origins: {walls[0][0]:.1f} s in one process, {walls[1][0]:.1f} s in {JOBS}; same numbers: {walls[0][1] == walls[1][1]}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for end in ("csv", "parquet"):
            source, target = Path(folder) / f"p.{end}", Path(folder) / "f.csv"
            long = pd.DataFrame(
                {
                    "series": np.repeat(np.array(panel.series), length),
                    "period": np.tile(np.array(periods), size),
                    "value": values.ravel(),
                }
            )
            long.to_csv(source, index=False) if end == "csv" else long.to_parquet(
                source, index=False
            )
            begin = time.perf_counter()
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "ml.demand",
                    "forecast",
                    "--panel",
                    source,
                    "--horizon",
                    "3",
                    "--out",
                    target,
                ],
                check=True,
                stderr=subprocess.DEVNULL,
            )
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
            print(
                f"121,420 series through the command, {end}: {time.perf_counter() - begin:.1f} s, peak {peak:.2f} GiB (targets 60 s, 4 GiB)"
            )


if __name__ == "__main__":
    sections = {
        "jobsdf": jobsdf,
        "m3": m3,
        "tourism": tourism,
        "carparts": carparts,
        "jolts": jolts,
        "indeed": indeed,
        "speed": speed,
    }
    for chosen in sys.argv[1:] or sections:
        if chosen not in ("jobsdf", "speed") and not DATA.is_dir():
            print(f"{chosen}: skipped, DEMAND_DATA names no folder")
        else:
            sections[chosen]()
