"""How many will begin a specialty: from all intakes so far and the county's junior-secondary
leavers; pure.

An intake is taken as its specialty's share of the county's leavers of the year (as itself where
they are not known), in logs. The share is followed by exponential smoothing with rate FOLLOW, the
local level model of Muth (1960); errors one step ahead of all specialties together give the spread
of one step, drawn towards PRIOR_SPREAD as if PRIOR_ERRORS errors of that size had been seen, since
a county has few intakes of each. The spread h steps ahead is spread × √(1 + (h − 1) FOLLOW²), so it
never shrinks; draws have Student's t with as many degrees of freedom as errors were counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from alliance.planning.factor import TEN_TO_NINETY, Floats

FOLLOW = 0.5
PRIOR_SPREAD = 0.3
"""In logs: that an intake is a third more or less than the last is no surprise."""
PRIOR_ERRORS = 6


class Leavers(msgspec.Struct, frozen=True):
    """Pupils who leave the county's junior-secondary schools in a year, with the ends of their 80 %
    interval (equal where they are counted), and who says so."""

    year: int
    low: float
    middle: float
    high: float
    source: str


class Outlook(msgspec.Struct, frozen=True):
    """What all intakes together tell: the spread of one step in logs, how many errors it rests on,
    and by specialty the last year with an intake and the smoothed level in logs. `by_share` says
    whether levels are shares of leavers; if not, `without` are the years whose leavers are not
    known."""

    spread: float
    errors: int
    levels: Mapping[str, tuple[int, float]]
    by_share: bool
    without: tuple[int, ...] = ()


def outlook_of(
    intakes: Mapping[str, Mapping[int, float]], leavers: Mapping[int, Leavers]
) -> Outlook:
    """Learn from intakes by specialty and year of entry; years without an intake are passed over,
    not taken as none. Shares are used only when leavers are known for each of these years."""
    seen = {year for line in intakes.values() for year, students in line.items() if students > 0}
    by_share = bool(seen) and seen <= leavers.keys()
    errors: list[float] = []
    levels: dict[str, tuple[int, float]] = {}
    for specialty, line in sorted(intakes.items()):
        level: float | None = None
        for year in sorted(year for year, students in line.items() if students > 0):
            value = np.log(line[year]) - (np.log(leavers[year].middle) if by_share else 0.0)
            if level is None:
                level = float(value)
            else:
                errors.append(float(value - level))
                level += FOLLOW * float(value - level)
            levels[specialty] = year, level
    squares = float(np.square(errors).sum())
    spread = np.sqrt((squares + PRIOR_ERRORS * PRIOR_SPREAD**2) / (len(errors) + PRIOR_ERRORS))
    return Outlook(
        float(spread), len(errors), levels, by_share, tuple(sorted(seen - leavers.keys()))
    )


def expected_intake(
    outlook: Outlook, specialty: str, year: int, leavers: Mapping[int, Leavers]
) -> float:
    """The middle of an intake to come, students. Raises KeyError without any earlier intake."""
    level = outlook.levels[specialty][1]
    return float(np.exp(level)) * (_leavers_of(leavers, year).middle if outlook.by_share else 1.0)


def drawn_intake(
    outlook: Outlook,
    specialty: str,
    year: int,
    leavers: Mapping[int, Leavers],
    paths: int,
    seed: int,
) -> Floats:
    """(paths,) draws of an intake to come; the luck with the number of leavers is one for all
    specialties of a year. Raises KeyError for a specialty without intakes."""
    last, level = outlook.levels[specialty]
    steps = max(year - last, 1)
    spread = outlook.spread * np.sqrt(1 + (steps - 1) * FOLLOW**2)
    own = np.random.default_rng([seed, year, *specialty.encode()]).standard_t(
        outlook.errors + PRIOR_ERRORS, paths
    )
    found: Floats = np.exp(level + spread * own)
    if outlook.by_share:
        known = _leavers_of(leavers, year)
        luck = np.random.default_rng([seed, year]).standard_normal(paths)
        width = np.log(known.high / known.low) / TEN_TO_NINETY
        found = found * known.middle * np.exp(luck * width)
    return found


def _leavers_of(leavers: Mapping[int, Leavers], year: int) -> Leavers:
    """The leavers of a year, or of the latest year before it that is known."""
    known = [one for one in leavers if one <= year] or list(leavers)
    return leavers[max(known)] if known and max(known) <= year else leavers[min(leavers)]


def intakes_of(
    classes: Sequence[Mapping[str, object]], typed: Mapping[tuple[str, int], float]
) -> dict[str, dict[int, float]]:
    """Intakes by specialty and year of entry: what planners typed from the records of a year, else
    the students of the hub's classes of that year."""
    found: dict[str, dict[int, float]] = {}
    for row in classes:
        line = found.setdefault(str(row["specialty"]), {})
        year = int(str(row["entry_year"]))
        line[year] = line.get(year, 0.0) + float(str(row["began"]))
    for (specialty, year), students in typed.items():
        found.setdefault(specialty, {})[year] = students
    return found
