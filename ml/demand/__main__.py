"""`python -m ml.demand forecast|backtest`: forecast a panel of demand from a file, without the
hub."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ml.demand.evaluate import backtest
from ml.demand.families.classical import lateness
from ml.demand.files import PanelError, read_panel, write_forecast
from ml.demand.forecasting import by_year, forecast, totals
from ml.demand.model import CONFIG, Config, Forecast, Panel
from ml.demand.parallel import running_on

MOST_DRAWS = 400_000_000
FEWEST_PATHS = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when the result was written, 2 when a file or a wish is faulty (nothing is
    written)."""
    chosen = _parser().parse_args(arguments)
    try:
        panel = read_panel(chosen.panel, chosen.season)
        with running_on(chosen.jobs, chosen.scheduler):
            _run(chosen, panel)
    except PanelError as error:
        print(error, file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"{chosen.panel}:0: {chosen.command}: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(
            f"{chosen.panel}:0: scheduler: {error.name} is not installed (extra 'cluster')",
            file=sys.stderr,
        )
        return 2
    except OSError as error:
        print(f"{chosen.out}:0: file: cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _run(chosen: argparse.Namespace, panel: Panel) -> None:
    config = replace(CONFIG, newcomer_chance=chosen.newcomers, counts=chosen.counts)
    if chosen.command == "forecast":
        ends = by_end(panel) if chosen.own_ends else [panel]
        if chosen.own_ends and (chosen.by or chosen.by_year):
            raise ValueError("series with ends of their own have no common sums or years")
        parts = [
            _forecast(
                one, chosen.horizon, chosen.levels, chosen.by, chosen.by_year, chosen.seed, config
            )
            for one in ends
        ]
        write_forecast(parts, chosen.out)
        for line in [
            *_late(panel, chosen.own_ends),
            *(
                line
                for made, one in zip(parts, ends, strict=True)
                for line in _left_empty(made, one)
            ),
        ]:
            print(line, file=sys.stderr)
        print(
            f"{sum(len(made.series) for made in parts)} series x {len(parts[0].periods)} periods "
            f"written to {chosen.out}",
            file=sys.stderr,
        )
    else:
        scores = backtest(
            panel,
            chosen.horizon,
            chosen.origins,
            levels=chosen.levels,
            config=config,
            progress=_progress,
        )
        chosen.out.write_text(json.dumps(scores.as_dict(), indent=2) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.demand", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("forecast", "forecast and write OUT"),
        ("backtest", "score rolling origins and write OUT"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "--panel",
            type=Path,
            required=True,
            help="series,period,value[,groups...] as csv or parquet",
        )
        command.add_argument("--horizon", type=int, required=True, help="periods ahead")
        command.add_argument(
            "--season",
            type=int,
            default=None,
            help="periods a year: 12, 4 or 1 (default: as the periods are spelt)",
        )
        command.add_argument(
            "--levels",
            type=_levels,
            default=(80, 95),
            help="interval levels in per cent, by commas",
        )
        command.add_argument(
            "--newcomers",
            type=_chance,
            default=0.0,
            help="zeros before a first value that are less likely than this are unknown",
        )
        command.add_argument(
            "--counts",
            action="store_true",
            help="the panel counts on one market: total x share, however rarely series are zero",
        )
        command.add_argument(
            "--jobs",
            type=int,
            default=1,
            help="processes to compute in (default 1; the numbers are the same)",
        )
        command.add_argument(
            "--scheduler", default=None, help="address of a dask scheduler to compute on instead"
        )
        command.add_argument("--out", type=Path, required=True, help="what to write")
        if name == "forecast":
            command.add_argument(
                "--by",
                type=_names,
                default=(),
                help="group columns whose sums are appended, by commas ('total': all)",
            )
            command.add_argument(
                "--seed", type=int, default=0, help="of the sample paths (default 0)"
            )
            command.add_argument(
                "--by-year",
                action="store_true",
                help="calendar years instead of months or quarters",
            )
            command.add_argument(
                "--own-ends",
                action="store_true",
                help="forecast each series from its own last period, not from the panel's",
            )
        else:
            command.add_argument(
                "--origins", type=int, required=True, help="how many origins, one period apart"
            )
    return parser


def _levels(text: str) -> tuple[int, ...]:
    levels = tuple(int(part) for part in text.split(","))
    if not all(0 < level < 100 for level in levels) or len(set(levels)) != len(levels):
        raise argparse.ArgumentTypeError(
            f"{text!r}: levels are different whole numbers between 1 and 99"
        )
    return levels


def _chance(text: str) -> float:
    if not 0 <= (chance := float(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: a chance lies between 0 and 1")
    return chance


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _forecast(
    panel: Panel,
    horizon: int,
    levels: tuple[int, ...],
    by: tuple[str, ...],
    years: bool,
    seed: int,
    config: Config,
) -> Forecast:
    """The forecast with the sums appended. Paths are fewer on huge panels, and dropped where no sum
    needs them."""
    cells = max(len(panel.series) * max(horizon, 1), 1)
    keep = bool(by) or years
    paths = 400 if cells * 400 <= MOST_DRAWS else max(FEWEST_PATHS, MOST_DRAWS // cells)
    made = forecast(
        panel,
        horizon,
        levels=levels,
        config=config,
        seed=seed,
        paths=paths,
        keep=keep,
        settled=by if keep else (),
    )
    parts = [made, *(totals(made, () if column == "total" else column) for column in by)]
    if years:
        parts = [by_year(part, panel) for part in parts]
    return joined(parts) if len(parts) > 1 else parts[0]


def by_end(panel: Panel) -> list[Panel]:
    """The panel parted into those of its series that end together, each until its own last period;
    the latest first."""
    late = lateness(panel.values)
    parts = []
    for gap in np.unique(late).tolist():
        rows, length = np.flatnonzero(late == gap), len(panel.periods) - gap
        parts.append(
            Panel(
                tuple(panel.series[row] for row in rows),
                panel.periods[:length],
                panel.values[rows, :length],
                {name: tuple(labels[row] for row in rows) for name, labels in panel.groups.items()},
                panel.season,
            )
        )
    return parts


def _late(panel: Panel, own_ends: bool) -> list[str]:
    """Which series end before the panel does, and what was done about it."""
    late, last = lateness(panel.values), panel.periods[-1]
    done = "is forecast from there" if own_ends else "is forecast for the others' periods"
    return [
        f"{panel.series[row]!r} ends in {panel.periods[-1 - late[row]]}, the panel in {last}: "
        f"it {done}"
        for row in np.flatnonzero(late > 0)
    ]


def _left_empty(made: Forecast, panel: Panel) -> list[str]:
    """Which series have no number, and why, as lines for whoever reads the result."""
    unknown = {
        name for name, line in zip(panel.series, panel.values, strict=True) if np.isnan(line).all()
    }
    rows = np.flatnonzero(np.isnan(made.mean).any(axis=1)).tolist()
    return [
        f"{name!r} has no value at all: its forecast is left empty, and counts as nothing in sums"
        if name in unknown
        else f"{name!r}: {', '.join(np.array(made.periods)[np.isnan(made.mean[row])])} left empty, "
        "because periods of it that have passed were not delivered"
        for row, name in ((row, made.series[row]) for row in rows)
    ]


def joined(parts: Sequence[Forecast]) -> Forecast:
    """The parts' series one after the other, without their paths."""
    return replace(
        parts[0],
        series=tuple(name for part in parts for name in part.series),
        mean=np.concatenate([part.mean for part in parts]),
        median=np.concatenate([part.median for part in parts]),
        lower=np.concatenate([part.lower for part in parts], axis=1),
        upper=np.concatenate([part.upper for part in parts], axis=1),
        paths=np.empty((0, 0, 0), np.float32),
        groups={},
    )


def _progress(done: int, total: int) -> None:
    print(f"origin {done} of {total}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
