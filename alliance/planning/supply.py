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
PROGRAMME = 3
"""Years that a secondary programme takes where the county has none of its own yet."""


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


def newest_entry(classes: Sequence[Mapping[str, Any]], today: date) -> int:
    """The latest year of entry of which rosters brought students; 0 without any."""
    return max(
        (
            row["entry_year"]
            for row in classes
            if row["began"] and row["entry_year"] <= entry_of(today)
        ),
        default=0,
    )


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
    typed: Mapping[tuple[str, int], float] | None = None,
    lengths: Mapping[str, Sequence[int]] | None = None,
) -> list[Cohort]:
    """One cohort for each specialty that is taught, each length of its programmes and each year:
    the students of its classes while they are enrolled (none in a year without a class), what
    planners typed (specialty, year of entry) of an intake that no roster has brought yet, after
    that the intake to expect, split over the lengths as the latest one was. A specialty that took
    nobody in the county's latest year of entry is expected to take nobody until seats are planned
    for it. `lengths` are those of programmes, for a specialty that has no class yet."""
    begun = [row for row in classes if row["began"] and row["entry_year"] <= entry_of(today)]
    sizes: dict[tuple[str, int, int], float] = defaultdict(float)
    began: dict[tuple[str, int], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in begun:
        sizes[row["specialty"], row["years"], row["entry_year"]] += row["students"]
        began[row["specialty"], row["entry_year"]][row["years"]] += row["began"]
    newest = newest_entry(classes, today)
    told = {
        key: students
        for key, students in (typed or {}).items()
        if students and key[1] <= entry_of(today) and key not in began
    }
    found = []
    for specialty in sorted({code for code, _entry in (*began, *told)}):
        known = {
            length for code, entry in began if code == specialty for length in began[code, entry]
        }
        its_lengths = sorted(known) or sorted((lengths or {}).get(specialty, ())) or [PROGRAMME]
        last = max([newest, *(entry for code, entry in told if code == specialty)])
        parts = _parts(specialty, its_lengths, began, told, newest)
        for place, length in enumerate(its_lengths):
            part = parts[place]
            for year in years:
                entry = year - length
                left = max(0.0, (graduation(year) - today).days / DAYS_A_YEAR)
                if (specialty, entry) in told:
                    size = _split(told[specialty, entry], parts)[place]
                    # counted when they began: all of the programme's years thin them out
                    found.append(Cohort(specialty, year, size, float(length), True, length, part))
                elif entry <= last:
                    size = sizes.get((specialty, length, entry), 0.0)
                    found.append(Cohort(specialty, year, size, left, True, length, part))
                else:
                    size = 0.0
                    if part and specialty in outlook.levels:
                        whole = expected_intake(outlook, specialty, entry, leavers)
                        size = _split(whole, parts)[place]
                    found.append(Cohort(specialty, year, size, float(length), False, length, part))
    return found


def _parts(
    specialty: str,
    lengths: Sequence[int],
    began: Mapping[tuple[str, int], Mapping[int, float]],
    told: Mapping[tuple[str, int], float],
    newest: int,
) -> list[float]:
    """The part of a specialty's intake in each length of programme, as its latest one was divided;
    none where nobody began in the county's latest year of entry."""
    took = (specialty, newest) in began or any(
        code == specialty and entry >= newest for code, entry in told
    )
    latest = max((entry for code, entry in began if code == specialty), default=None)
    if not took:
        return [0.0] * len(lengths)
    if latest is None:
        return [1 / len(lengths)] * len(lengths)
    students = began[specialty, latest]
    return [students.get(length, 0.0) / sum(students.values()) for length in lengths]


def _split(students: float, parts: Sequence[float]) -> list[float]:
    """Whole students of each part; together they are the whole intake, rounded once."""
    ends = [round(round(students) * sum(parts[: place + 1])) for place in range(len(parts))]
    return [float(end - before) for end, before in zip(ends, [0, *ends[:-1]], strict=True)]


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
