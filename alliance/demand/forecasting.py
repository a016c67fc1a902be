"""From the demand panel to the forecast of every series, by `ml.demand`: pure, no database."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.demand.carding import card
from alliance.demand.explaining import Before, Now, as_known_then, changes
from alliance.demand.panel import DemandPanel
from ml.demand import CONFIG, Forecast, Panel, backtest, baselines, by_year, explain, forecast, totals
from ml.demand.breaks import find_breaks
from ml.demand.families import family_of
from ml.demand.storing import store

MONTHS: Final = 24
YEARS: Final = 8
LEVELS: Final = (50, 80, 90, 95)
PATHS: Final = 400
UNKNOWN: Final = "-"
"""The group of what has no occupation or no industry; never empty, so that files can tell it from a missing cell."""
ORIGINS: Final = 12
FIRST_ORIGIN: Final = 24
"""Months that the earliest origin of a back-test must have behind it."""
FEWEST_MONTHS: Final = 13
"""A forecast needs so many."""
CARD_ORIGINS: Final = 4
CARD_STEP: Final = 3
"""The model card looks closely at so many origins, so many months apart."""
NEWCOMER_CHANCE: Final = 0.01
"""The hub writes zeros before a series' first advertisement; less likely ones than this are unknown (`ml.demand.borrowing`)."""
SETTINGS: Final = replace(CONFIG, newcomer_chance=NEWCOMER_CHANCE)
ENDS: Final = tuple(f"{end}{level}" for level in LEVELS for end in ("lo", "hi"))
RESULT: Final = ("mean", "median", *ENDS)
_DECIMALS = 3


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One series as it is stored: names, history, forecast by month and year, and the change over the next twelve months."""

    level: str
    code: str
    occupation: str | None
    industry: str | None
    observed: list[float]
    history: list[float]
    months: dict[str, Any]
    years: dict[str, Any]
    parts: dict[str, Any]
    """Why one number, that of the busiest of the next twelve months: its period and the parts that add up to it."""
    breaks: list[dict[str, Any]] = []
    """Months from which the level is another: period, change as a share, t value."""
    changed: dict[str, Any] = {}
    """The parts between the run before and this one, of the month that `parts` explains."""
    advertisements: int
    past: float
    coming: tuple[float, float, float]
    """Median and the ends of the 80 % interval of the next twelve months' sum."""
    change: tuple[float, float, float] | None
    rising: float


class Outcome(msgspec.Struct, frozen=True):
    """All series of a run, the panels it saw as parquet files with their hash, the occupations' sample paths by year, and what was
    fitted as a skops file."""

    series: tuple[Series, ...]
    panel_file: bytes
    skill_panel_file: bytes
    digest: str
    year_paths: bytes
    model: bytes
    family: str
    """By which family of methods the cells were forecast, `granular` or `classical`."""


def configuration() -> dict[str, Any]:
    """How runs are set: the model's configuration and what is asked of it."""
    return {"model": asdict(SETTINGS), "months": MONTHS, "years": YEARS, "levels": LEVELS, "paths": PATHS, "origins": ORIGINS}


def cell_panel(panel: DemandPanel) -> Panel:
    """The linked panel of occupation × industry; series `occupation|industry`. Its first group, from which newcomers borrow, is the
    occupation's family, the first two numbers of its code: an occupation by itself has too few industries to lend."""
    pairs = [(occupation or UNKNOWN, industry or UNKNOWN) for occupation, industry in panel.cells]
    return Panel(
        series=tuple("|".join(pair) for pair in pairs),
        periods=panel.months,
        values=panel.linked,
        groups={
            "family": tuple(pair[0][:4] for pair in pairs),
            "occupation": tuple(pair[0] for pair in pairs),
            "industry": tuple(pair[1] for pair in pairs),
        },
        season=12,
    )


def skill_panel(panel: DemandPanel) -> Panel:
    """The linked panel of skills, grouped as the table of skills groups them; words that it does not know are one group."""
    groups = {"group": tuple(panel.skill_groups.get(skill) or UNKNOWN for skill in panel.skills)}
    return Panel(series=panel.skills, periods=panel.months, values=panel.skills_linked, groups=groups, season=12)


def added_up(panel: Panel, by: str | None) -> Panel:
    """Sums over a group column, in the order and with the ids of `ml.demand.totals`; None sums everything."""
    labels = panel.groups[by] if by else ("total",) * len(panel.series)
    names = sorted(set(labels))
    place = {name: index for index, name in enumerate(names)}
    values = np.zeros((len(names), len(panel.periods)))
    np.add.at(values, [place[label] for label in labels], panel.values)
    return Panel(
        series=tuple(f"{by}={name}" if by else name for name in names), periods=panel.periods, values=values, groups={},
        season=panel.season,
    )  # fmt: skip


def horizon_of(last_month: str) -> int:
    """Months from the last one to the end of the eighth year after its own."""
    return 12 - int(last_month[5:7]) + 12 * YEARS


def forecast_all(
    panel: DemandPanel, seed: int, before: Before | None = None, tell: Callable[[int, int], None] = lambda _done, _total: None
) -> Outcome:
    """Forecast every level from one set of sample paths, so that sums agree, and the skills beside it; what changed since the
    run before is told where there was one.

    `tell` is called between the fits and sums with how many series are done, and how many there are; what it raises ends the work.
    """
    cells = cell_panel(panel)
    done, whole = 0, len(panel.cells) + len(panel.skills)
    tell(done, whole)
    horizon = horizon_of(panel.months[-1])
    then = as_known_then(cells, before, MONTHS, FEWEST_MONTHS, SETTINGS) if before else None
    tell(done, whole)
    bottom = forecast(cells, horizon, levels=LEVELS, config=SETTINGS, seed=seed, paths=PATHS)
    done = len(panel.cells)
    tell(done, whole)
    counted = {series: panel.counted[row] for row, series in enumerate(cells.series)}
    seen = {series: int(panel.advertisements[row]) for row, series in enumerate(cells.series)}
    found = _series("cell", bottom, cells, counted, seen)
    if before and then:
        found = _changed(found, "cell", bottom, [np.array([row]) for row in range(len(cells.series))], before, then)
    year_paths = b""
    for level, by in (("total", None), ("occupation", "occupation"), ("industry", "industry")):
        summed = totals(bottom, by or ())
        history = added_up(cells, by)
        labels = cells.groups[by] if by else ("total",) * len(cells.series)
        counted_here: dict[str, NDArray[np.float64]] = {}
        seen_here: dict[str, int] = {}
        for row, label in enumerate(labels):
            name = f"{by}={label}" if by else label
            counted_here[name] = counted_here.get(name, 0.0) + panel.counted[row]
            seen_here[name] = seen_here.get(name, 0) + int(panel.advertisements[row])
        rows = _series(level, summed, history, counted_here, seen_here, cells)
        if before and then:
            members = [np.flatnonzero([f"{by}={label}" == name if by else True for label in labels]) for name in summed.series]
            rows = _changed(rows, level, summed, members, before, then)
        found += rows
        if level == "occupation":
            year_paths = _paths_file(by_year(summed, cells))
        tell(done, whole)
    skills = skill_panel(panel)
    if skills.series:
        of_skills = forecast(skills, horizon, levels=LEVELS, config=SETTINGS, seed=seed, paths=PATHS)
        counted = {series: panel.skills_counted[row] for row, series in enumerate(skills.series)}
        seen = {series: int(panel.skill_advertisements[row]) for row, series in enumerate(skills.series)}
        rows = _series("skill", of_skills, skills, counted, seen)
        if before and (known := as_known_then(skills, before, MONTHS, FEWEST_MONTHS, SETTINGS)):
            rows = _changed(rows, "skill", of_skills, [np.array([row]) for row in range(len(skills.series))], before, known)
        found += rows
    tell(whole, whole)
    files = panel_file(cells), panel_file(skills)
    return Outcome(
        series=tuple(found),
        panel_file=files[0],
        skill_panel_file=files[1],
        digest=hashlib.sha256(files[0] + files[1]).hexdigest(),
        year_paths=year_paths,
        model=store(cells, horizon, SETTINGS),
        family=family_of(cells, SETTINGS),
    )


def _changed(
    rows: list[Series],
    level: str,
    made: Forecast,
    members: list[NDArray[np.int64]],
    before: Before,
    then: tuple[tuple[str, ...], NDArray[np.float64]],
) -> list[Series]:
    """The rows with what changed since the run before, each for the month that it explains, else for its busiest."""
    busiest = [made.periods[int(np.argmax(line[:12]))] for line in made.median]
    months = [row.parts["period"] if row.parts else busiest[place] for place, row in enumerate(rows)]
    told = changes(before, Now(level, [row.code for row in rows], made.periods, made.mean, months, members), then)
    return [msgspec.structs.replace(row, changed=one) for row, one in zip(rows, told, strict=True)]


def result_file(rows: Iterable[tuple[str, str, Mapping[str, Mapping[str, Any]]]]) -> bytes:
    """What a run found (level, code, tables by kind: month, year, growth, replacement, openings) as csv, in the order of level and
    code: the same result, the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    ordered = sorted(rows, key=lambda row: row[:2])
    # runs of before 2026-11 have the intervals of 80 and 95 % alone
    names = [name for name in RESULT if all(name in table for _, _, tables in ordered for table in tables.values())]
    writer.writerow(("level", "code", "kind", "period", *names))
    for level, code, tables in ordered:
        for kind, table in tables.items():
            for place, period in enumerate(table["periods"]):
                writer.writerow((level, code, kind, period, *(repr(float(table[name][place])) for name in names)))
    return text.getvalue().encode()


def close_look(panel: DemandPanel, seed: int, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """What the model card tells of the past: coverage by level and lead, where the method fails; {} for a short history."""
    cells = cell_panel(panel)
    length = len(cells.periods)
    horizon = min(MONTHS, max(length - FIRST_ORIGIN, 3))
    origins = (
        [length - horizon + 12 - CARD_STEP * back for back in range(CARD_ORIGINS)] if horizon == MONTHS else [length - horizon]
    )
    origins = sorted(origin for origin in origins if FIRST_ORIGIN <= origin < length)
    return card(cells, horizon, origins, LEVELS, seed, progress, SETTINGS) if origins else {}


def look_back(panel: DemandPanel, seed: int, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """How the method would have done at the level of occupations, from up to twelve origins a month apart; {} where the
    history is too short for it."""
    cells = cell_panel(panel)
    length = len(cells.periods)
    horizon = min(MONTHS, max(length - FIRST_ORIGIN, 3))
    origins = min(ORIGINS, length - horizon - FIRST_ORIGIN + 1)
    if origins < 1:
        return {}
    return backtest(
        cells, horizon, origins, levels=LEVELS, config=SETTINGS, seed=seed, by="occupation", progress=progress
    ).as_dict()


def panel_file(panel: Panel) -> bytes:
    """A panel as a parquet file in long form, as `python -m ml.demand` reads it."""
    rows, columns = panel.values.shape
    frame = pd.DataFrame(
        {
            "series": np.repeat(np.array(panel.series, dtype=object), columns),
            "period": np.tile(np.array(panel.periods, dtype=object), rows),
            "value": panel.values.ravel(),
            **{name: np.repeat(np.array(labels, dtype=object), columns) for name, labels in panel.groups.items()},
        }
    )
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()


def _paths_file(years: Forecast) -> bytes:
    file = io.BytesIO()
    codes = np.array([series.partition("=")[2] for series in years.series])
    np.savez_compressed(file, codes=codes, years=np.array(years.periods), paths=years.paths.astype(np.float32))
    return file.getvalue()


def read_paths(content: bytes) -> tuple[list[str], list[str], NDArray[np.float32]]:
    """(occupations, years, sample paths of advertised heads (N, occupations, years)) of a run."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return list(map(str, file["codes"])), list(map(str, file["years"])), file["paths"]


def _series(
    level: str,
    found: Forecast,
    history: Panel,
    counted: dict[str, NDArray[np.float64]],
    seen: dict[str, int],
    whole: Panel | None = None,
) -> list[Series]:
    """Rows of one level; `whole` is the panel that was forecast where `history` holds its sums."""
    row_of = {series: row for row, series in enumerate(history.series)}
    order = [row_of[series] for series in found.series]
    naive = baselines(history, MONTHS)["seasonal_naive"][order]
    years = by_year(found, history)
    past = history.values[order, -12:].sum(axis=1)
    coming = found.paths[:, :, :12].sum(axis=2)
    low, middle, high = np.quantile(coming, (0.1, 0.5, 0.9), axis=0)
    rising = (coming > past).mean(axis=0)
    shifts = find_breaks(history)
    rows = []
    for row, series in enumerate(found.series):
        occupation, industry = _names(level, series)
        base = float(past[row])
        rows.append(
            Series(
                level=level,
                code=series.partition("=")[2] or series,
                occupation=occupation,
                industry=industry,
                observed=_plain(counted[series]),
                history=_plain(history.values[row_of[series]]),
                months={**_table(found, row, slice(0, MONTHS)), "naive": _plain(naive[row])},
                years=_table(years, row, slice(None)),
                parts=_why(whole or history, found, row) if level != "cell" else {},
                breaks=[asdict(one) for one in shifts[row_of[series]]],
                advertisements=seen[series],
                past=base,
                coming=(float(middle[row]), float(low[row]), float(high[row])),
                change=(float(middle[row]) / base - 1, float(low[row]) / base - 1, float(high[row]) / base - 1) if base else None,
                rising=float(rising[row]),
            )
        )
    return rows


def _why(panel: Panel, found: Forecast, row: int) -> dict[str, Any]:
    step = int(np.argmax(found.median[row, :12]))
    return {"period": found.periods[step], "parts": [(name, round(amount, 2)) for name, amount in explain(panel, found, row, step)]}


def _names(level: str, series: str) -> tuple[str | None, str | None]:
    if level == "cell":
        occupation, _, industry = series.partition("|")
        return occupation, industry
    name = series.partition("=")[2]
    return (name if level == "occupation" else None), (name if level == "industry" else None)


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
    return [round(float(value), _DECIMALS) for value in values]


def row_values(one: Series) -> tuple[object, ...]:
    """The columns of `forecast_series` after id and run, in the order of the insert."""
    encode = msgspec.json.encode
    change = one.change or (None, None, None)
    return (
        one.level, one.code, one.occupation, one.industry, one.observed, one.history, encode(one.months).decode(),
        encode(one.years).decode(), encode(one.parts).decode(), encode(one.breaks).decode(),
        encode(one.changed).decode(), one.advertisements, one.past, *one.coming, *change, one.rising,
    )  # fmt: skip
