"""How a run did in calendar years that have become complete: advertised heads, and growth of
members' staff; pure.

A year of advertised heads is complete when its twelve months are. A month that no steady source
delivered is bridged, which is a guess and no truth, so a year with such a month is not scored; it
is as soon as the month is delivered late. The year in which a run stood counts what the run had
seen as part of its forecast, as the run stored it. Its interval spans the months ahead alone, so
late reports and sources linked anew in months that were seen count against it: coverage of such a
year tells little.

Growth is what members' own counts say: of those that counted in a year and in the one before,
chained from the staff that the run began with, so that a member that joins is no growth. A count
that merely stands until the next is no sight of a change. Nobody counts occupations, and nobody
counts who left and was replaced: only the county and industries are scored, and growth alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np

from alliance.advertisements.naming import UNKNOWN
from alliance.forecasts.panel.building import SETTLED
from alliance.forecasts.runs.staffing import HALF, StaffCount
from alliance.forecasts.trust.judging import (
    Score,
    Truth,
    as_named_today,
    at_level,
    scale,
    scored_at,
)


class StaffChange(msgspec.Struct, frozen=True):
    """Staff of one year over that of the year before, of members that counted in both: by industry
    division, where they hold HALF of its staff or more, and of the county; `counted` is how many
    persons they had before."""

    industries: Mapping[str, float]
    county: float
    counted: int


def whole_years(truth: Truth) -> Truth:
    """The truth by calendar year, of the years with twelve complete months."""
    years = tuple(
        year
        for year in sorted({month[:4] for month in truth.complete})
        if all(f"{year}-{number:02d}" in truth.complete for number in range(1, 13))
    )
    begins = [truth.months.index(f"{year}-01") for year in years]
    lines = {
        key: np.array([line[at : at + 12].sum() for at in begins])
        for key, line in truth.lines.items()
    }
    return Truth(years, frozenset(years), lines)


def score_years(
    rows: Sequence[Mapping[str, Any]],
    until: str,
    years: Sequence[str],
    truth: Truth,
    present: Mapping[str, Mapping[str, str]],
) -> list[Score]:
    """Every level of a run in each of `years` that it forecast (under `month`); `rows` are its
    series (level, code, history, years), `until` its last month, `truth` is by month, `present`
    today's codes by level (`code_today`).

    The naive rule is the run's last twelve months: of months that it had seen, themselves, of the
    others those a year before.
    """
    yearly = [
        {
            **row,
            "months": {
                **row["years"],
                "naive": [float(np.sum(row["history"][-12:]))] * len(row["years"]["periods"]),
            },
        }
        for row in rows
    ]
    ahead = next(row for row in yearly if row["level"] == "total")["months"]["periods"]
    asked = [year for year in years if year in ahead]
    found = scored_at(
        as_named_today(yearly, present), asked, whole_years(truth), scale(rows, until, truth)
    )
    return [msgspec.structs.replace(one, lead=months_to_end(until, one.month)) for one in found]


def months_to_end(until: str, year: str) -> int:
    """Months from one (`2026-10`) to the end of a year."""
    return 12 * (int(year) - int(until[:4])) + 12 - int(until[5:7])


def staff_changes(counts: Sequence[StaffCount], today: date) -> dict[int, StaffChange]:
    """What each year changed, of years that ended SETTLED days ago or earlier: counts are entered
    late, as advertisements are. A year is left out when the members that counted in it and in the
    year before hold less than HALF of the staff."""
    ended = [
        year
        for year in sorted({one.counted_on.year for one in counts})
        if (today - date(year, 12, 31)).days >= SETTLED
    ]
    found = {year: _change(sorted(counts, key=lambda one: one.counted_on), year) for year in ended}
    return {year: change for year, change in found.items() if change}


def _change(ordered: Sequence[StaffCount], year: int) -> StaffChange | None:
    after = {one.organisation: one.staff for one in ordered if one.counted_on.year == year}
    before = {one.organisation: one.staff for one in ordered if one.counted_on.year == year - 1}
    latest = {one.organisation: one for one in ordered if one.counted_on.year < year}
    both = [
        one for one in latest.values() if one.organisation in after and one.organisation in before
    ]
    standing, first, then = (
        _by_industry(part)
        for part in (
            [(one, one.staff) for one in latest.values()],
            [(one, before[one.organisation]) for one in both],
            [(one, after[one.organisation]) for one in both],
        )
    )
    counted = sum(first.values())
    if not counted or counted < HALF * sum(standing.values()):
        return None
    seen = {
        name: then[name] / heads
        for name, heads in first.items()
        if heads and heads >= HALF * standing[name]
    }
    return StaffChange(seen, sum(then.values()) / counted, counted)


def _by_industry(staff: Sequence[tuple[StaffCount, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one, persons in staff:
        name = one.industry[:3] or UNKNOWN
        sums[name] = sums.get(name, 0) + persons
    return sums


def score_growth(
    rows: Sequence[Mapping[str, Any]], years: Sequence[str], changes: Mapping[int, StaffChange]
) -> list[Score]:
    """A run's growth of the county and of industries in each of `years` that the changes reach
    without a gap; `rows` are level, code, stock (persons by past year) and growth (by year ahead),
    the first year ahead following the last past one.

    The truth begins with the run's own staff and follows the changes, so that both are in the same
    persons. Industries without a change of their own follow the county in its sum and are not
    scored by themselves. The naive rule is the last change known.
    """
    series = [
        {
            **row,
            "history": row["stock"],
            "months": {
                **row["growth"],
                "naive": [row["stock"][-1] - row["stock"][-2]] * len(row["growth"]["periods"]),
            },
        }
        for row in rows
    ]
    county = [row for row in series if row["level"] == "total"]
    industries = [row for row in series if row["level"] == "industry"]
    at = np.array([row["stock"][-1] for row in industries], np.float64)
    known = np.ones(len(industries), np.bool_)
    found: list[Score] = []
    for lead, year in enumerate(county[0]["months"]["periods"]):
        change = changes.get(int(year))
        if change is None:
            break
        known &= [row["code"] in change.industries for row in industries]
        grown = at * (
            [change.industries.get(row["code"], change.county) for row in industries]
            - np.ones(len(industries))
        )
        factor = float(at.sum()) / change.counted
        at = at + grown
        if year in years:
            own = [row for row, seen in zip(industries, known, strict=True) if seen]
            found += [
                msgspec.structs.replace(
                    at_level(level, year, lead, mine, actual, factor), lead=12 * (lead + 1)
                )
                for level, mine, actual in (
                    ("total", county, np.array([grown.sum()])),
                    ("industry", own, grown[known]),
                )
                if mine
            ]
    return found
