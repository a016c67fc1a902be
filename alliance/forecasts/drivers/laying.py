"""Drivers laid over a run: what they add to every series by month and by year, and the series'
intervals with it; pure.

Everything is counted in the cells of occupation × industry × town, so that what a driver adds to an
occupation it adds to its industries, its towns and the county as well. A driver for what no
advertisement ever named has a cell of its own. Hires are no heads of advertisements and are never
laid over them (`hiring`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.advertisements.naming import UNKNOWN
from alliance.forecasts.drivers.towns import Towns
from alliance.forecasts.runs.forecasting import RESULT, horizon_of
from ml.demand.drivers import Driver, effect_of_each, effects
from ml.demand.periods import following

Floats = NDArray[np.float64]
Row = Mapping[str, Any]


class Laid(msgspec.Struct, frozen=True):
    """Drivers (rows of the table) over one run: `added` (drivers, cells, months) heads, for all
    months of `years`' horizon, `added_towns` (drivers, towns, months) the same heads by town."""

    drivers: Sequence[Row]
    cells: Sequence[tuple[str, str]]
    towns: Sequence[str]
    skills: Sequence[str]
    months: Sequence[str]
    added: Floats
    added_towns: Floats
    added_skills: Floats

    def of(self, level: str, code: str) -> Floats:
        """(drivers, months) what each adds to a series; nothing to skills of occupations, which no
        driver names."""
        if level == "use":
            return np.zeros((len(self.drivers), len(self.months)))
        if level in ("skill", "town"):
            names, added = (
                (self.skills, self.added_skills)
                if level == "skill"
                else (self.towns, self.added_towns)
            )
            rows = [row for row, name in enumerate(names) if name == code]
            return np.asarray(added[:, rows].sum(axis=1), np.float64)
        rows = [
            row
            for row, (occupation, industry) in enumerate(self.cells)
            if level == "total"
            or code
            == {"occupation": occupation, "industry": industry, "cell": f"{occupation}|{industry}"}[
                level
            ]
        ]
        return np.asarray(self.added[:, rows].sum(axis=1), np.float64)


def lay(
    drivers: Sequence[Row],
    cells: Sequence[Row],
    skills: Sequence[Row],
    towns: Towns,
    until: str,
) -> Laid:
    """Count what every driver adds. `cells` and `skills` are the series that the drivers name (or
    all): code, months and years with their `periods` and `mean`; `until` is the run's last
    month."""
    parts = [
        (place, driver_of(row, part)) for place, row in enumerate(drivers) for part in row["parts"]
    ]
    for_skills = [(place, one) for place, one in parts if "skill" in one.on]
    for_cells = [(place, one) for place, one in parts if "skill" not in one.on]
    means = {tuple(row["code"].split("|", 1)): row for row in cells}
    for _place, one in for_cells:
        wanted = one.on.get("occupation"), one.on.get("industry")
        if not any(
            all(want in (None, have) for want, have in zip(wanted, cell, strict=True))
            for cell in means
        ):
            means[wanted[0] or UNKNOWN, wanted[1] or UNKNOWN] = {"months": {}, "years": {}}
    names = sorted(means)
    months = following([until], horizon_of(until))
    skill_names = [row["code"] for row in skills]
    added_skills = np.zeros((len(drivers), len(skill_names), len(months)))
    found = effects(
        [one for _place, one in for_skills],
        skill_names,
        {"skill": skill_names},
        _means(skills, months),
        months,
    )
    for (place, _one), changed in zip(for_skills, found, strict=True):
        added_skills[place] += changed
    named = {one.on["town"] for _place, one in for_cells if "town" in one.on}
    places = [*towns.towns, *sorted(named - set(towns.towns))]
    added = np.zeros((len(drivers), len(names), len(months)))
    added_towns = np.zeros((len(drivers), len(places), len(months)))
    shape = len(names), len(places), len(months)
    for (place, _one), changed in zip(
        for_cells,
        effect_of_each(
            [one for _place, one in for_cells],
            [""] * (shape[0] * shape[1]),
            {
                "occupation": [occupation for occupation, _industry in names for _t in places],
                "industry": [industry for _occupation, industry in names for _t in places],
                "town": [town for _cell in names for town in places],
            },
            (
                _means([means[name] for name in names], months)[:, None]
                * _parts(names, places, towns, len(months))
            ).reshape(-1, shape[2]),
            months,
        ),
        strict=True,
    ):
        added[place] += changed.reshape(shape).sum(axis=1)
        added_towns[place] += changed.reshape(shape).sum(axis=0)
    return Laid(drivers, names, places, skill_names, months, added, added_towns, added_skills)


def _means(rows: Sequence[Row], months: Sequence[str]) -> Floats:
    found = [monthly(row["months"], row["years"], months) for row in rows]
    return np.array(found).reshape(len(rows), len(months))


def _parts(
    cells: Sequence[tuple[str, str]], places: Sequence[str], towns: Towns, months: int
) -> Floats:
    """(cells, places, months) each place's part of a cell: that of the cell's industry."""
    found = np.zeros((len(cells), len(places), months))
    for row, (_occupation, industry) in enumerate(cells):
        found[row, : len(towns.towns)] = towns.of(industry)
    return found


def driver_of(row: Row, part: Row) -> Driver:
    """A part of a row of the table as the forecaster knows it; heads in all come evenly over their
    months."""
    on = {
        "occupation": part["occupation"],
        "industry": row["counted_industry"],
        "town": row["counted_town"],
        "skill": row["skill"],
    }
    on = {name: code for name, code in on.items() if code}
    amount = part["middle"]
    if row["kind"] == "share":
        return Driver("share", amount, row["first_month"], row["months"], on)
    amount = amount / row["months"] if row["kind"] == "total" else amount
    return Driver("heads", amount, row["first_month"], row["months"], on)


def monthly(by_month: Row, by_year: Row, months: Sequence[str]) -> Floats:
    """(H,) mean by month: as forecast while the run tells months, then what is left of each year in
    equal parts."""
    found = np.zeros(len(months))
    if not by_month:
        return found
    known = dict(zip(by_month["periods"], by_month["mean"], strict=True))
    years = dict(zip(by_year["periods"], by_year["mean"], strict=True))
    rest: dict[str, int] = {}
    sums: dict[str, float] = {}
    for place, month in enumerate(months):
        if month in known:
            found[place] = known[month]
            sums[month[:4]] = sums.get(month[:4], 0.0) + known[month]
        else:
            rest[month[:4]] = rest.get(month[:4], 0) + 1
    for place, month in enumerate(months):
        if month not in known:
            year = month[:4]
            found[place] = max(years.get(year, 0.0) - sums.get(year, 0.0), 0.0) / rest[year]
    return found


def with_drivers(row: dict[str, Any], laid: Laid) -> dict[str, Any]:
    """A series with the drivers in it: heads move its quantiles, shares stretch them; sums of
    months and years follow.

    The means of occupations, industries, towns and the county add up as before, since they move by
    what the cells move; skills of occupations stay as they were.
    """
    added = laid.of(row["level"], row["code"])
    share = np.array([driver["kind"] == "share" for driver in laid.drivers], bool)
    moved = {
        "months": added[:, : len(row["months"]["periods"])],
        "years": by_year(added, laid.months, row["years"]["periods"]),
    }
    tables = {
        name: _moved(row[name], part[~share].sum(axis=0), part[share].sum(axis=0))
        for name, part in moved.items()
    }
    first = added[:, :12]
    stretch = 1 + float(first[share].sum()) / max(float(np.sum(row["months"]["mean"][:12])), 1e-9)
    heads = float(first[~share].sum())
    expected, coming, low, high = (
        max(row[name] * stretch + heads, 0.0)
        for name in ("expected", "coming", "coming_low", "coming_high")
    )
    past = row["past"]
    change = [value / past - 1 for value in (expected, low, high)] if past else [None] * 3
    return {
        **row,
        **tables,
        "expected": expected,
        "coming": coming,
        "coming_low": low,
        "coming_high": high,
        "change": change[0],
        "change_low": change[1],
        "change_high": change[2],
        # the run counted its own paths; what drivers make of that share is not known
        "rising": None if heads or stretch != 1 else row["rising"],
    }


def added_heads(row: Row, laid: Laid) -> dict[str, list[float]]:
    """What all drivers together add to a series' mean by month and by year of its tables."""
    added = laid.of(row["level"], row["code"])
    by = {
        "months": added[:, : len(row["months"]["periods"])],
        "years": by_year(added, laid.months, row["years"]["periods"]),
    }
    return {
        name: [round(float(value), 3) for value in part.sum(axis=0)] for name, part in by.items()
    }


def with_reasons(
    row: dict[str, Any], plain: dict[str, Any], laid: Laid, before: Laid | None
) -> dict[str, Any]:
    """A series with drivers whose reasons tell them too: what they add to the explained month, and
    what of it is new since the run before, when those of `before` were in force."""
    told = dict(row)
    if plain["parts"]:
        place = plain["months"]["periods"].index(plain["parts"]["period"])
        moved = row["months"]["median"][place] - plain["months"]["median"][place]
        told["parts"] = {**plain["parts"], "parts": [*plain["parts"]["parts"], ("driver", moved)]}
    if plain["changed"]:
        place = plain["months"]["periods"].index(plain["changed"]["period"])
        now, then = (
            float(one.of(row["level"], row["code"])[:, place].sum()) if one else 0.0
            for one in (laid, before)
        )
        previous = [
            (name, amount + then if name == "previous" else amount)
            for name, amount in plain["changed"]["parts"]
        ]
        told["changed"] = {**plain["changed"], "parts": [*previous, ("driver", now - then)]}
    return told


def by_year(added: Floats, months: Sequence[str], years: Sequence[str]) -> Floats:
    """(drivers, years) sums of (drivers, months)."""
    place = np.array([month[:4] for month in months])
    return np.array(
        [[float(line[place == year].sum()) for year in years] for line in added]
    ).reshape(len(added), len(years))


def _moved(table: Mapping[str, Any], heads: Floats, share: Floats) -> dict[str, Any]:
    mean = np.array(table["mean"])
    stretch = 1 + share / np.maximum(mean, 1e-9)
    moved = {
        name: [round(float(v), 3) for v in np.maximum(np.array(table[name]) * stretch + heads, 0.0)]
        for name in RESULT
        if name in table
    }
    return {**table, **moved}


def heads_with_drivers(
    laid: Laid, occupations: Sequence[str], years: Sequence[str], expected: Floats, paths: Floats
) -> tuple[list[str], Floats, Floats]:
    """Heads by occupation and year, expected (O, Y) and sample paths (N, O, Y), with the drivers in
    them as they are in the means of the occupations' series; occupations that only a driver names
    are appended."""
    new = sorted({occupation for occupation, _industry in laid.cells} - set(occupations))
    means = np.concatenate([expected, np.zeros((len(new), len(years)))])
    whole = np.concatenate([paths, np.zeros((len(paths), len(new), len(years)))], axis=1)
    share = np.array([driver["kind"] == "share" for driver in laid.drivers], bool)
    for row, code in enumerate([*occupations, *new]):
        added = by_year(laid.of("occupation", code), laid.months, years)
        if added.any():
            stretch = 1 + added[share].sum(axis=0) / np.maximum(means[row], 1e-9)
            heads = added[~share].sum(axis=0)
            means[row] = np.maximum(means[row] * stretch + heads, 0.0)
            whole[:, row] = np.maximum(whole[:, row] * stretch + heads, 0.0)
    return [*occupations, *new], means, centred(whole, means)


def centred(paths: Floats, expected: Floats) -> Floats:
    """Sample paths (N, O, Y) whose mean is what is expected (O, Y), each as wide in proportion as
    it was: drawn heads cannot fall below none, so their mean drifts above the forecast's."""
    drawn = paths.mean(axis=0)
    ratio = np.divide(expected, drawn, out=np.zeros_like(expected), where=drawn > 0)
    drifted: Floats = paths * ratio + np.where(drawn > 0, 0.0, expected)
    return drifted
