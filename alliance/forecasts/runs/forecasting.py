"""From the demand panel to the forecast of every series, by `ml.demand`: pure, no database."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.forecasts.panel.building import DECIMALS, Block, Counts, DemandPanel
from alliance.forecasts.panel.series import PANELS, names_of, panel_file
from alliance.forecasts.runs.explaining import Before, Now, as_known_then, changes
from ml.demand import (
    CONFIG,
    Forecast,
    Panel,
    baselines,
    by_year,
    explain,
    forecast,
    totals,
)
from ml.demand.adapting import Learnt, by_lead
from ml.demand.breaks import find_breaks
from ml.demand.families.choosing import family_of
from ml.demand.families.granular import Fit
from ml.demand.forecasting import fit_once
from ml.demand.reconcile import reconciled, shared_out
from ml.demand.storing import store

MONTHS: Final = 24
YEARS: Final = 8
LEVELS: Final = (50, 80, 90, 95)
PATHS: Final = 400
ORIGINS: Final = 12
FIRST_ORIGIN: Final = 24
"""Months that the earliest origin of a back-test must have behind it."""
FEWEST_MONTHS: Final = 13
"""A forecast needs so many."""
CARD_ORIGINS: Final = 4
CARD_STEP: Final = 3
"""The model card looks closely at so many origins, so many months apart."""
NEWCOMER_CHANCE: Final = 0.01
"""The hub writes zeros before a series' first advertisement; less likely ones than this are unknown
(`families.borrowing`)."""
SETTINGS: Final = replace(CONFIG, newcomer_chance=NEWCOMER_CHANCE, counts=True)
SETTLED: Final = {
    "cells": ("industry", "occupation", "total"),
    "places": ("town",),
    "skills": (),
    "uses": (),
}
"""Sums that pages show or planning reads: they never narrow either."""
LEARNING: Final = {
    "cells": {
        "series": "cell",
        "industry": "industry",
        "occupation": "occupation",
        "total": "total",
    },
    "places": {"town": "town"},
    "skills": {"series": "skill"},
    "uses": {"series": "use"},
}
"""Panel -> what of it is forecast -> the level whose past misses widen it."""
ENDS: Final = tuple(f"{end}{level}" for level in LEVELS for end in ("lo", "hi"))
RESULT: Final = ("mean", "median", *ENDS)


Means = tuple[tuple[str, ...], Counts]
"""Months and the mean forecasts (S, H) of a panel's series in them."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One series as it is stored: names, history, forecast by month and year, and the change over
    the next twelve months."""

    level: str
    code: str
    names: dict[str, str]
    """What of occupation, industry, town and skill the series is of."""
    observed: list[float]
    history: list[float]
    months: dict[str, Any]
    years: dict[str, Any]
    parts: dict[str, Any]
    """Why one number, that of the busiest of the next twelve months: its period and the parts that
    add up to it."""
    breaks: list[dict[str, Any]] = []
    """Months from which the level is another: period, change as a share, t value."""
    changed: dict[str, Any] = {}
    """The parts between the run before and this one, of the month that `parts` explains."""
    advertisements: int
    past: float
    expected: float
    """The sum of the next twelve months' means, which adds up over series."""
    coming: tuple[float, float, float]
    """Median of the next twelve months' sum and the ends of its 80 % interval, which holds what is
    expected."""
    change: tuple[float, float, float] | None
    """What is expected and these ends, against the past twelve months."""
    rising: float


class Outcome(msgspec.Struct, frozen=True):
    """All series of a run, the panels that it saw as parquet files with their hash, the
    occupations' sample paths by year, and what was fitted as a skops file."""

    series: tuple[Series, ...]
    panel_files: Mapping[str, bytes]
    """By name in `PANELS`."""
    digest: str
    year_paths: bytes
    model: bytes
    family: str
    """By which family of methods the cells were forecast, `granular` or `classical`."""


def configuration() -> dict[str, Any]:
    """How runs are set: the model's configuration and what is asked of it."""
    return {
        "model": asdict(SETTINGS),
        "months": MONTHS,
        "years": YEARS,
        "levels": LEVELS,
        "paths": PATHS,
        "origins": ORIGINS,
    }


def horizon_of(last_month: str) -> int:
    """Months from the last one to the end of the eighth year after its own."""
    return 12 - int(last_month[5:7]) + 12 * YEARS


class _Base(msgspec.Struct, frozen=True):
    """A panel that was forecast, with what stands behind its series: `counted` (S, T) heads and
    `seen` (S,) advertisements; `then` are the means that today's method gives for the last month of
    the run before, with their months."""

    panel: Panel
    counted: Counts
    seen: NDArray[np.int64]
    made: Forecast
    fitted: Fit
    then: Means | None


def forecast_all(
    panel: DemandPanel,
    seed: int,
    before: Before | None = None,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
    learnt: Mapping[str, Sequence[Learnt]] | None = None,
) -> Outcome:
    """Forecast every level, so that sums agree: occupations, industries and the county are sums of
    the cells' sample paths, towns are shares of the industries', and the skills of occupations
    shares of the skills'. What changed since the run before is told where there was one. Intervals
    are as wide as was `learnt` of each level.

    `tell` is called between the fits and sums with how many series are done, and how many there
    are; what it raises ends the work.
    """
    panels = {name: make(panel) for name, make in PANELS.items()}
    done, whole = 0, sum(len(one.series) for one in panels.values())
    found: list[Series] = []
    fits: dict[str, tuple[Panel, Fit]] = {}
    tell(done, whole)

    def forecast_one(name: str, block: Block, wholes: _Base | None = None, by: str = "") -> _Base:
        nonlocal done
        then = (
            as_known_then(panels[name], before, MONTHS, FEWEST_MONTHS, SETTINGS) if before else None
        )
        tell(done, whole)
        base = _forecast(name, panels[name], block, seed, then, wholes, by, learnt or {})
        fits[name] = panels[name], base.fitted
        done += len(block.keys)
        tell(done, whole)
        return base

    cells = forecast_one("cells", panel.cells)
    for level, by in (
        ("cell", None),
        ("total", ()),
        ("occupation", "occupation"),
        ("industry", "industry"),
    ):
        found += _level(level, cells, by, before)
        tell(done, whole)
    year_paths = paths_file(by_year(totals(cells.made, "occupation"), panels["cells"]))
    found += _level("town", forecast_one("places", panel.places, cells, "industry"), "town", before)
    if panel.skills.keys:
        skills = forecast_one("skills", panel.skills)
        found += _level("skill", skills, None, before)
        if panel.uses.keys:
            found += _level("use", forecast_one("uses", panel.uses, skills, "skill"), None, before)
    tell(whole, whole)
    files = {name: panel_file(one) for name, one in panels.items()}
    return Outcome(
        series=tuple(found),
        panel_files=files,
        digest=hashlib.sha256(b"".join(files.values())).hexdigest(),
        year_paths=year_paths,
        model=store(fits, SETTINGS),
        family=family_of(panels["cells"], SETTINGS),
    )


def _forecast(
    name: str,
    panel: Panel,
    block: Block,
    seed: int,
    then: Means | None,
    wholes: _Base | None,
    by: str,
    learnt: Mapping[str, Sequence[Learnt]],
) -> _Base:
    """A panel's forecast with means of so many decimals as are kept, so that what is kept adds up;
    where `wholes` are given, made to add up to their sums over their group `by` (or to their
    series, where that is what `by` names in this panel)."""
    horizon = horizon_of(panel.periods[-1])
    fitted = fit_once(panel, horizon, SETTINGS)
    made = forecast(
        panel,
        horizon,
        levels=LEVELS,
        config=SETTINGS,
        seed=seed,
        paths=PATHS,
        fitted=fitted,
        settled=SETTLED[name],
        learnt={
            named: by_lead(learnt[level], horizon)
            for named, level in LEARNING[name].items()
            if level in learnt
        },
    )
    if wholes is None:
        made = replace(made, mean=np.round(made.mean, DECIMALS))
    else:
        summed = by in wholes.panel.groups
        whole = totals(wholes.made, by) if summed else wholes.made
        # a word that the table of skills does not know may hold any sign, so names are cut by
        # length
        names = [name[len(by) + 1 :] for name in whole.series] if summed else list(whole.series)
        member = np.array([names.index(label) for label in panel.groups[by]], np.int64)
        made = reconciled(made, whole, member, DECIMALS)
        if then and wholes.then:
            theirs = np.zeros((len(names), wholes.then[1].shape[1]))
            labels = wholes.panel.groups[by] if summed else wholes.panel.series
            np.add.at(theirs, [names.index(label) for label in labels], wholes.then[1])
            then = then[0], shared_out(then[1], theirs, member)
    return _Base(panel, block.counted, block.advertisements, made, fitted, then)


def _level(
    level: str, base: _Base, by: str | tuple[()] | None, before: Before | None
) -> list[Series]:
    """The rows of one level: the series of a panel (`by` None), their sums over a group column, or
    their sum."""
    made = base.made if by is None else totals(base.made, by)
    row_of = {name: row for row, name in enumerate(made.series)}
    if by is None:
        member = np.array([row_of[name] for name in base.panel.series])
    else:
        member = np.array(
            [row_of[f"{by}={label}"] for label in base.panel.groups[by]]
            if by
            else [0] * len(base.panel.series)
        )
    counted, history = np.zeros((2, len(row_of), len(base.panel.periods)))
    seen = np.zeros(len(row_of), np.int64)
    for sums, parts in ((counted, base.counted), (history, base.panel.values), (seen, base.seen)):
        np.add.at(sums, member, parts)
    past = Panel(made.series, base.panel.periods, history, {}, base.panel.season)
    codes = made.series if not by else tuple(name[len(by) + 1 :] for name in made.series)
    rows = _series(level, codes, made, past, counted, seen, base.panel)
    if before and base.then:
        rows = _changed(
            rows,
            level,
            made,
            [np.flatnonzero(member == row) for row in range(len(row_of))],
            before,
            base.then,
        )
    return rows


def _changed(
    rows: list[Series],
    level: str,
    made: Forecast,
    members: list[NDArray[np.int64]],
    before: Before,
    then: Means,
) -> list[Series]:
    """The rows with what changed since the run before, each for the month that it explains."""
    months = [row.parts["period"] for row in rows]
    told = changes(
        before,
        Now(level, [row.code for row in rows], made.periods, made.mean, months, members),
        then,
    )
    return [msgspec.structs.replace(row, changed=one) for row, one in zip(rows, told, strict=True)]


def paths_file(years: Forecast) -> bytes:
    file = io.BytesIO()
    codes = np.array([series.partition("=")[2] for series in years.series])
    np.savez_compressed(
        file, codes=codes, years=np.array(years.periods), paths=years.paths.astype(np.float32)
    )
    return file.getvalue()


def read_paths(content: bytes) -> tuple[list[str], list[str], NDArray[np.float32]]:
    """(occupations, years, sample paths of advertised heads (N, occupations, years)) of a run."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return list(map(str, file["codes"])), list(map(str, file["years"])), file["paths"]


def _series(
    level: str,
    codes: Sequence[str],
    found: Forecast,
    history: Panel,
    counted: Counts,
    seen: NDArray[np.int64],
    forecast_panel: Panel,
) -> list[Series]:
    """Rows of one level; `history` holds its series in their order, `forecast_panel` is the panel
    that was forecast."""
    naive = baselines(history, MONTHS)["seasonal_naive"]
    years = by_year(found, history)
    past = history.values[:, -12:].sum(axis=1)
    coming = found.paths[:, :, :12].sum(axis=2)
    expected = np.round(np.round(found.mean[:, :12], DECIMALS).sum(axis=1), DECIMALS)
    low, middle, high = np.quantile(coming, (0.1, 0.5, 0.9), axis=0)
    low, high = np.minimum(low, expected), np.maximum(high, expected)
    rising = (coming > past).mean(axis=0)
    shifts = find_breaks(history)
    busiest = np.argmax(found.median[:, :12], axis=1)
    reasons = explain(forecast_panel, found, busiest.tolist(), SETTINGS)
    rows = []
    for row, code in enumerate(codes):
        base = float(past[row])
        rows.append(
            Series(
                level=level,
                code=code,
                names=names_of(level, code),
                observed=_plain(counted[row]),
                history=_plain(history.values[row]),
                months={**_table(found, row, slice(0, MONTHS)), "naive": _plain(naive[row])},
                years=_table(years, row, slice(None)),
                parts={
                    "period": found.periods[busiest[row]],
                    "parts": [(name, round(amount, 2)) for name, amount in reasons[row]],
                },
                breaks=[asdict(one) for one in shifts[row]],
                advertisements=int(seen[row]),
                past=base,
                expected=float(expected[row]),
                coming=(float(middle[row]), float(low[row]), float(high[row])),
                change=(
                    float(expected[row]) / base - 1,
                    float(low[row]) / base - 1,
                    float(high[row]) / base - 1,
                )
                if base
                else None,
                rising=float(rising[row]),
            )
        )
    return rows


def _table(found: Forecast, row: int, part: slice) -> dict[str, Any]:
    table: dict[str, Any] = {
        "periods": list(found.periods[part]),
        "mean": _plain(found.mean[row, part]),
        "median": _plain(found.median[row, part]),
    }
    for position, level in enumerate(found.levels):
        table[f"lo{level}"] = _plain(found.lower[position, row, part])
        table[f"hi{level}"] = _plain(found.upper[position, row, part])
    return table


def _plain(values: NDArray[Any]) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]
