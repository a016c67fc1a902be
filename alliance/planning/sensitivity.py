"""Which assumption moves a gap most: each in turn at the ends of its 80 % interval, all others in
the middle (a tornado); pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from alliance.planning.factor import Factor, Floats, factor_for
from alliance.planning.gap import Inputs
from alliance.planning.need import parts_of, shares
from alliance.planning.supply import Cohort, entering_paths, supply_of


class Swing(msgspec.Struct, frozen=True, kw_only=True):
    """What one assumption does: the gap with it at its low and its high end, persons. `kind` is a
    factor's or one of `advertised`, `openings`, `hires`, `intake`; `code` the prefix that a factor
    stands for; `low`, `high` the ends themselves (shares; persons of the need that come from a
    source; students of an intake)."""

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
    cohorts = [one for one in given.cohorts if (one.specialty, one.year) == (specialty, year)]

    def gap(
        factors: Sequence[Factor] = given.factors, cohorts: Sequence[Cohort] = cohorts
    ) -> float:
        need = sum(part.part for part in parts_of(wanted, share, year, factors))
        return need - sum(_entering(cohort, factors) for cohort in cohorts)

    found = []
    for factor in _used(given, share, specialty):
        at = [gap(factors=_with(given.factors, factor, end)) for end in (factor.low, factor.high)]
        found.append(_swing(factor.kind, factor.code, factor.low, factor.high, at))
    middle = gap()
    for kind, expected, paths in _sources(given, share, year):
        low, high = (float(end) for end in np.quantile(paths, (0.1, 0.9)))
        at = [middle - expected + end for end in (low, high)]
        found.append(_swing(kind, "", low, high, at))
    coming = [one for one in cohorts if not one.enrolled and one.students]
    if coming:
        fixed = [
            msgspec.structs.replace(one, low=one.middle, high=one.middle) for one in given.factors
        ]
        count = len(wanted.heads_paths)
        drawn = np.sum(
            [
                entering_paths(one, fixed, given.outlook, given.leavers, count, given.seed)
                for one in coming
            ],
            axis=0,
        )
        expected = sum(_entering(one, given.factors) for one in coming)
        students = sum(one.students for one in coming)
        low, high = (float(end) for end in np.quantile(drawn, (0.1, 0.9)))
        at = [middle + expected - end for end in (low, high)]
        found.append(
            _swing("intake", "", students * low / expected, students * high / expected, at)
        )
    return sorted(
        (one for one in found if one.width >= least),
        key=lambda one: (-one.width, one.kind, one.code),
    )


def _sources(given: Inputs, share: Floats, year: int) -> Iterator[tuple[str, float, Floats]]:
    """Each source that has a part in the need for a specialty in a year: its name, the persons
    expected from it and sample paths of them (N,), factors at their middle."""
    wanted, column = given.wanted, given.wanted.years.index(year)
    level, capture = (
        np.array([factor_for(given.factors, kind, code).middle for code in wanted.occupations])
        for kind in ("level", "capture")
    )
    by = {
        "advertised": (wanted.heads, wanted.heads_paths, wanted.elsewhere[:, column] * capture),
        "openings": (wanted.openings, wanted.openings_paths, 1.0),
        "hires": (wanted.hires, wanted.hires_paths, 1.0),
    }
    for kind, (mean, paths, captured) in by.items():
        weight = share * level * captured
        expected = float(np.maximum(mean[:, column], 0) @ weight)
        if expected > 0:
            yield kind, expected, np.maximum(paths[:, :, column], 0) @ weight


def _entering(cohort: Cohort, factors: Sequence[Factor]) -> float:
    chain = supply_of(cohort, factors)
    return chain.students * chain.retained * chain.leaving * chain.staying


def _used(given: Inputs, share: Floats, specialty: str) -> list[Factor]:
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
