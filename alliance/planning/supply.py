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
DAYS_A_YEAR = 365.25


def graduation(year: int) -> date:
    """The day on which the classes of a year graduate."""
    return date(year, GRADUATION_MONTH, 31)


class Cohort(msgspec.Struct, frozen=True):
    """Students of one specialty who graduate in one year. `years_left` from now to graduation (for
    an intake to come, the whole programme), `enrolled` whether they are there already, `length` the
    years of the programme."""

    specialty: str
    year: int
    students: float
    years_left: float
    enrolled: bool
    length: int


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """The chain from students to graduates entering work, each factor at its middle; `retained` is
    retention to the power of the years left, `entering` the product."""

    students: float
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
    """One cohort for each specialty that is taught and each year: the students of its classes while
    they are enrolled (none in a year without a class), after that the intake to expect. A specialty
    that took nobody in the county's latest year of entry is expected to take nobody until seats are
    planned for it."""
    sizes: dict[tuple[str, int], float] = defaultdict(float)
    lengths: dict[str, int] = {}
    for row in classes:
        sizes[row["specialty"], row["entry_year"] + row["years"]] += row["students"]
        lengths[row["specialty"]] = max(row["years"], lengths.get(row["specialty"], 0))
    newest = max((row["entry_year"] for row in classes), default=0)
    found = []
    for specialty, length in sorted(lengths.items()):
        entered = max(row["entry_year"] for row in classes if row["specialty"] == specialty)
        for year in years:
            left = max(0.0, (graduation(year) - today).days / DAYS_A_YEAR)
            if year - length <= newest:
                size = sizes.get((specialty, year), 0.0)
                found.append(Cohort(specialty, year, size, left, True, length))
            else:
                goes_on = entered == newest and specialty in outlook.levels
                size = (
                    round(expected_intake(outlook, specialty, year - length, leavers))
                    if goes_on
                    else 0.0
                )
                found.append(Cohort(specialty, year, size, float(length), False, length))
    return found


def supply_of(cohort: Cohort, factors: Sequence[Factor]) -> Supply:
    """The chain of a cohort. Raises KeyError for a missing factor."""
    retention = factor_for(factors, "retention", cohort.specialty).middle
    leaving = 1 - factor_for(factors, "progression", cohort.specialty).middle
    staying = factor_for(factors, "staying", cohort.specialty).middle
    retained = retention ** max(cohort.years_left, 0)
    return Supply(
        students=cohort.students,
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
        students = drawn_intake(outlook, cohort.specialty, entry, leavers, paths, seed)
    found: Floats = students * retention ** max(cohort.years_left, 0) * (1 - progression) * staying
    return found
