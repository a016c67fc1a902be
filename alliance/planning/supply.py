"""How many graduates enter work in the county, by specialty and year of graduation; pure.

    entering = students × retention ^ years left × (1 − progression) × staying
    seats    = persons entering work ÷ (retention ^ years of the programme × (1 − progression)
               × staying)

With every factor at its middle the shown numbers multiply out; sample paths draw each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np

from alliance.planning.factor import Factor, Floats, draws, factor_for
from alliance.planning.intake import Leavers, Outlook, drawn_intake, expected_intake
from alliance.planning.need import DECIMALS

GRADUATION_MONTH = 7
"""Classes graduate at the end of July."""
ENTRY_MONTH = 9
DAYS_A_YEAR = 365.25


def graduation(year: int) -> date:
    """The day on which the classes of a year graduate."""
    return date(year, GRADUATION_MONTH, 31)


def entry_of(today: date) -> int:
    """The year of entry of the classes that began last: schools begin in September."""
    return today.year if today.month >= ENTRY_MONTH else today.year - 1


def enrolled(classes: Sequence[Mapping[str, Any]], today: date) -> list[Mapping[str, Any]]:
    """The classes that have begun and not graduated yet: of those that left, a roster may keep only
    a few, and what began is known from that year's records alone."""
    return [
        row
        for row in classes
        if row["entry_year"] <= entry_of(today)
        and graduation(row["entry_year"] + row["years"]) >= today
    ]


class Cohort(msgspec.Struct, frozen=True):
    """Students of one specialty and length of programme who graduate in one year. `years_left` from
    now to graduation (for an intake to come, the whole programme), `enrolled` whether they are
    there already, `length` the years of the programme, `part` its share of the specialty's
    intake."""

    specialty: str
    year: int
    students: float
    years_left: float
    enrolled: bool
    length: int
    part: float = 1.0


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """The chain from students to graduates entering work, each factor at its middle; `retained` is
    retention to the power of the years left, `entering` the product."""

    students: float
    length: int
    years_left: float
    retention: float
    retained: float
    leaving: float
    """The part that does not go on to higher education."""
    staying: float
    entering: float
    seats_a_person: float
    """Seats of an intake that bring one person into work."""


def cohorts_of(
    classes: Sequence[Mapping[str, Any]],
    years: Sequence[int],
    today: date,
    outlook: Outlook,
    leavers: Mapping[int, Leavers],
) -> list[Cohort]:
    """One cohort for each specialty that is taught, each length of its programmes and each year:
    the students of its classes while they are enrolled (none in a year without a class), after that
    the intake to expect, split over the lengths as the latest one was. A specialty that took nobody
    in the county's latest year of entry is expected to take nobody until seats are planned for
    it."""
    begun = [row for row in classes if row["began"] and row["entry_year"] <= entry_of(today)]
    sizes: dict[tuple[str, int, int], float] = defaultdict(float)
    began: dict[tuple[str, int, int], float] = defaultdict(float)
    for row in begun:
        key = row["specialty"], row["years"]
        sizes[(*key, row["entry_year"])] += row["students"]
        began[(*key, row["entry_year"])] += row["began"]
    newest = max((row["entry_year"] for row in begun), default=0)
    found = []
    for specialty, length in sorted({(row["specialty"], row["years"]) for row in begun}):
        latest = [
            size
            for (code, _years, entry), size in began.items()
            if (code, entry) == (specialty, newest)
        ]
        part = began[specialty, length, newest] / sum(latest) if latest else 0.0
        for year in years:
            left = max(0.0, (graduation(year) - today).days / DAYS_A_YEAR)
            if year - length <= newest:
                size = sizes.get((specialty, length, year - length), 0.0)
                found.append(Cohort(specialty, year, size, left, True, length, part))
            else:
                known = part and specialty in outlook.levels
                size = (
                    round(part * expected_intake(outlook, specialty, year - length, leavers))
                    if known
                    else 0.0
                )
                found.append(Cohort(specialty, year, size, float(length), False, length, part))
    return found


def supply_of(cohort: Cohort, factors: Sequence[Factor]) -> Supply:
    """The chain of a cohort. Raises KeyError for a missing factor."""
    retention = factor_for(factors, "retention", cohort.specialty).middle
    leaving = 1 - factor_for(factors, "progression", cohort.specialty).middle
    staying = factor_for(factors, "staying", cohort.specialty).middle
    retained = retention ** max(cohort.years_left, 0)
    return Supply(
        students=cohort.students,
        length=cohort.length,
        years_left=cohort.years_left,
        retention=retention,
        retained=retained,
        leaving=leaving,
        staying=staying,
        entering=round(cohort.students * retained * leaving * staying, DECIMALS),
        seats_a_person=1 / (retention**cohort.length * leaving * staying),
    )


def entering_paths(
    cohort: Cohort,
    factors: Sequence[Factor],
    outlook: Outlook,
    leavers: Mapping[int, Leavers],
    paths: int,
    seed: int,
) -> Floats:
    """Graduates of a cohort who enter work in the county, by path (paths,). Raises KeyError for a
    missing factor."""
    retention, progression, staying = (
        draws(factor_for(factors, kind, cohort.specialty), paths, seed)
        for kind in ("retention", "progression", "staying")
    )
    students = np.full(paths, cohort.students)
    if not cohort.enrolled and cohort.students:
        entry = cohort.year - cohort.length
        drawn = drawn_intake(outlook, cohort.specialty, entry, leavers, paths, seed)
        students = cohort.part * drawn
    found: Floats = students * retention ** max(cohort.years_left, 0) * (1 - progression) * staying
    return found
