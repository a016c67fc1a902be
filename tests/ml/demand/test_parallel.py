"""The same numbers in one process, in several, and on a cluster."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.demand import CONFIG, Forecast, Panel, backtest, forecast, running_on
from ml.demand.__main__ import main
from ml.demand.periods import following

CHEAP = replace(
    CONFIG, difference_rows=20_000, difference_iterations=40, ets_most_series=0, judge_series=8
)
"""Fewer fits; every kind of work that is spread over processes still runs."""


def indices(series: int = 70, length: int = 24) -> Panel:
    """Trending, seasonal quarterly indices: the family with theta, smoothing, ETS and boosting."""
    rng = np.random.default_rng(5)
    time = np.arange(length)
    level = 100 * np.exp(
        rng.normal(0, 1, (series, 1)) + np.cumsum(rng.normal(0.005, 0.03, (series, length)), axis=1)
    )
    values = level * (1 + 0.2 * np.sin(time * np.pi / 2 + rng.uniform(0, 6, (series, 1))))
    return Panel(
        tuple(f"s{row:03d}" for row in range(series)),
        following(("2010-Q4",), length),
        values,
        {},
        4,
    )


def parts_of(made: Forecast) -> list[bytes]:
    return [
        values.tobytes() for values in (made.mean, made.median, made.lower, made.upper, made.paths)
    ]


def test_processes_give_the_bytes_of_one_process() -> None:
    panel = indices()
    alone = forecast(panel, 3, paths=50, config=CHEAP)
    with running_on(2):
        together = forecast(panel, 3, paths=50, config=CHEAP)
        scores = backtest(panel.until(22), 2, 2, config=CHEAP)
    assert parts_of(together) == parts_of(alone)
    assert scores == backtest(panel.until(22), 2, 2, config=CHEAP)
    with pytest.raises(ValueError, match="at least one"), running_on(0):
        pass


def test_a_cluster_gives_the_bytes_of_one_process(tmp_path: Path) -> None:
    distributed = pytest.importorskip(
        "distributed", reason="the extra 'cluster' (dask) is not installed"
    )
    panel = indices()
    alone, scores = forecast(panel, 3, paths=50, config=CHEAP), backtest(panel, 2, 2, config=CHEAP)
    source = tmp_path / "P.csv"
    rows = [
        f"{name},{period},{value:.3f}"
        for name, line in zip(panel.series[:12], panel.values, strict=False)
        for period, value in zip(panel.periods, line, strict=True)
    ]
    source.write_text("series,period,value\n" + "\n".join(rows) + "\n")
    arguments = ["backtest", "--panel", str(source), "--horizon", "2", "--origins", "2", "--out"]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=None
    ) as cluster:
        with running_on(scheduler=cluster.scheduler_address):
            assert parts_of(forecast(panel, 3, paths=50, config=CHEAP)) == parts_of(alone)
            assert backtest(panel, 2, 2, config=CHEAP) == scores
        assert (
            main([*arguments, str(tmp_path / "far.json"), "--scheduler", cluster.scheduler_address])
            == 0
        )
    assert main([*arguments, str(tmp_path / "here.json")]) == 0
    assert json.loads((tmp_path / "far.json").read_text()) == json.loads(
        (tmp_path / "here.json").read_text()
    )
