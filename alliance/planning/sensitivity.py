"""Which assumption moves a gap most: each in turn at the ends of its 80 % interval, all others in
the middle (a tornado); pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from alliance.planning.factor import Factor, factor_for
from alliance.planning.gap import Inputs
from alliance.planning.need import Wanted, parts_of, shares
from alliance.planning.supply import Cohort, entering_paths, supply_of


class Swing(msgspec.Struct, frozen=True, kw_only=True):
    """What one assumption does: the gap with it at its low and its high end, persons. `kind` is a
    factor's or one of `advertised`, `openings`, `hires`, `intake`; `code` the prefix that a factor
    stands for; `low`, `high` the ends themselves (shares; persons or heads a year for others)."""

    kind: str
    code: str
    low: float
    high: float
    gap_low: float
    gap_high: float

    @property
    def width(self) -> float:
        return abs(self.gap_high - self.gap_low)


def swings_of(given: Inputs, specialty: str, year: int, least: float = 0.05) -> list[Swing]:
    """The assumptions that move the gap of a specialty in a year by at least `least` persons, the
    strongest first. Raises KeyError for a missing factor."""
    wanted = given.wanted
    share = shares(wanted.occupations, given.links).get(specialty)
    if share is None:
        share = np.zeros(len(wanted.occupations))
    cohort = next(
        (one for one in given.cohorts if (one.specialty, one.year) == (specialty, year)), None
    )

    def gap(
        factors: Sequence[Factor] = given.factors,
        wanted: Wanted = wanted,
        cohort: Cohort | None = cohort,
    ) -> float:
        need = sum(part.part for part in parts_of(wanted, share, year, factors))
        return need - (_entering(cohort, factors) if cohort else 0.0)

    found = []
    for factor in _used(given, share, specialty):
        at = [gap(factors=_with(given.factors, factor, end)) for end in (factor.low, factor.high)]
        found.append(_swing(factor.kind, factor.code, factor.low, factor.high, at))
    column = wanted.years.index(year)
    for kind, field in (("advertised", "heads"), ("openings", "openings"), ("hires", "hires")):
        mean, paths = getattr(wanted, field), getattr(wanted, f"{field}_paths")
        mine = np.maximum(paths[:, share > 0, column], 0).sum(axis=1)
        middle = float(np.maximum(mean[share > 0, column], 0).sum())
        if middle <= 0:
            continue
        low, high = (float(end) for end in np.quantile(mine, (0.1, 0.9)))
        at = [
            gap(wanted=msgspec.structs.replace(wanted, **{field: mean * end / middle}))
            for end in (low, high)
        ]
        found.append(_swing(kind, "", low, high, at))
    if cohort is not None and not cohort.enrolled and cohort.students:
        fixed = [
            msgspec.structs.replace(one, low=one.middle, high=one.middle) for one in given.factors
        ]
        chain = supply_of(cohort, given.factors)
        each = chain.retained * chain.leaving * chain.staying
        drawn = entering_paths(
            cohort, fixed, given.outlook, given.leavers, len(wanted.heads_paths), given.seed
        )
        low, high = (float(end) / each for end in np.quantile(drawn, (0.1, 0.9)))
        at = [gap(cohort=msgspec.structs.replace(cohort, students=end)) for end in (low, high)]
        found.append(_swing("intake", "", low, high, at))
    return sorted(
        (one for one in found if one.width >= least),
        key=lambda one: (-one.width, one.kind, one.code),
    )


def _entering(cohort: Cohort, factors: Sequence[Factor]) -> float:
    chain = supply_of(cohort, factors)
    return chain.students * chain.retained * chain.leaving * chain.staying


def _used(given: Inputs, share: np.ndarray, specialty: str) -> list[Factor]:
    """The factors that this specialty's gap is made with, each once."""
    codes = [given.wanted.occupations[row] for row in np.flatnonzero(share)]
    found = {
        (kind, factor.code): factor
        for kind in ("capture", "level")
        for factor in (factor_for(given.factors, kind, code) for code in codes)
    }
    for kind in ("retention", "progression", "staying"):
        factor = factor_for(given.factors, kind, specialty)
        found[kind, factor.code] = factor
    return list(found.values())


def _with(factors: Sequence[Factor], factor: Factor, value: float) -> list[Factor]:
    return [
        msgspec.structs.replace(one, middle=value)
        if (one.kind, one.code) == (factor.kind, factor.code)
        else one
        for one in factors
    ]


def _swing(kind: str, code: str, low: float, high: float, at: Sequence[float]) -> Swing:
    return Swing(kind=kind, code=code, low=low, high=high, gap_low=at[0], gap_high=at[1])
