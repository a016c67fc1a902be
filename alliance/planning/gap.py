"""Needs, graduates and gaps over sample paths: pure, seeded, the same for the same inputs.

need of occupation o in year y = advertised heads × capture(o) × level share(o)
need of specialty s           = Σ over o of need(o, y) × weight(s, o) / Σ of the weights of o over
all specialties entering of specialty s       = students(s, y) × retention(s) ^ years left × (1 −
progression(s)) × staying(s) gap                           = need − entering
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)
_TEN_TO_NINETY = 2 * 1.2815515655446004
"""Width of the middle 80 % of a standard normal distribution."""
INTAKE_SPREAD = 0.12
"""Relative standard deviation of an intake that has not begun: it is taken to be as large as the
last one."""


class Factor(msgspec.Struct, frozen=True):
    """A share with the ends of its 80 % interval, and where it comes from."""

    kind: str
    code: str
    low: float
    middle: float
    high: float
    source: str


class Cohort(msgspec.Struct, frozen=True):
    """Students of one specialty who graduate in one year. `years_left` from now to graduation,
    `enrolled` whether they are there already (else the number is that of the latest intake)."""

    specialty: str
    year: int
    students: float
    years_left: float
    enrolled: bool


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One specialty in one year: medians and 80 % ends of need and entering, quantiles and
    probability of the gap."""

    specialty: str
    year: int
    need: tuple[float, float, float]
    entering: tuple[float, float, float]
    gap: tuple[float, float, float, float, float]
    """2.5, 10, 50, 90 and 97.5 %."""
    shortage: float
    students: float
    enrolled: bool


class Link(msgspec.Struct, frozen=True):
    """One occupation's part in a specialty's need, medians: heads × capture × level × share =
    part."""

    occupation: str
    heads: float
    capture: float
    level: float
    share: float
    part: float


class Gaps(msgspec.Struct, frozen=True):
    """All specialties and years, and by year the need of occupations that no specialty leads to,
    and of all occupations."""

    rows: tuple[Row, ...]
    without: Mapping[int, float]
    total: Mapping[int, float]


def factor_for(factors: Sequence[Factor], kind: str, code: str) -> Factor:
    """The factor of a kind for a code: the one with the longest prefix. Raises KeyError when there
    is none."""
    fitting = [factor for factor in factors if factor.kind == kind and code.startswith(factor.code)]
    if not fitting:
        raise KeyError((kind, code))
    return max(fitting, key=lambda factor: len(factor.code))


def under_todays_codes(factors: Sequence[Factor], present: Mapping[str, str]) -> list[Factor]:
    """The factors, and those of retired occupations (`present`: any code → the one that stands for
    it today) for today's code too, unless that has its own; of several the first."""
    found = {(factor.kind, factor.code): factor for factor in factors}
    for factor in factors:
        today = present.get(factor.code, factor.code)
        if factor.kind in ("capture", "level"):
            found.setdefault((factor.kind, today), msgspec.structs.replace(factor, code=today))
    return list(found.values())


def draws(factor: Factor, paths: int, seed: int) -> Floats:
    """`paths` values of a share, logit-normal through its middle with the width of its interval
    (paths,).

    The same factor gets the same values for whatever code it stands, so that its error is shared by
    all that use it.
    """
    logit = np.log(
        np.array([factor.low, factor.middle, factor.high])
        / (1 - np.array([factor.low, factor.middle, factor.high]))
    )
    entropy = [seed, *f"{factor.kind}|{factor.code}".encode()]
    normal = np.random.default_rng(entropy).standard_normal(paths)
    found: Floats = 1 / (1 + np.exp(-(logit[1] + normal * (logit[2] - logit[0]) / _TEN_TO_NINETY)))
    return found


def needs(
    occupations: Sequence[str], heads: Floats, factors: Sequence[Factor], seed: int
) -> Floats:
    """Persons a year by path, occupation and year, from sample paths of advertised heads of the
    same shape (N, O, Y)."""
    paths = heads.shape[0]
    found = heads.astype(np.float64, copy=True)
    known: dict[tuple[str, str], Floats] = {}
    for column, code in enumerate(occupations):
        for kind in ("capture", "level"):
            factor = factor_for(factors, kind, code)
            values = known.setdefault((kind, factor.code), draws(factor, paths, seed))
            found[:, column, :] *= values[:, None]
    return found


def shares(occupations: Sequence[str], links: Mapping[tuple[str, str], float]) -> dict[str, Floats]:
    """By specialty its share of each occupation's need (O,): weights of (specialty, occupation)
    that sum to one over the specialties of an occupation."""
    place = {code: column for column, code in enumerate(occupations)}
    sums = np.zeros(len(occupations))
    for (_specialty, occupation), weight in links.items():
        if occupation in place:
            sums[place[occupation]] += weight
    found: dict[str, Floats] = {}
    for (specialty, occupation), weight in sorted(links.items()):
        row = found.setdefault(specialty, np.zeros(len(occupations)))
        if occupation in place:
            row[place[occupation]] = weight / sums[place[occupation]]
    return found


def entering(cohort: Cohort, factors: Sequence[Factor], paths: int, seed: int) -> Floats:
    """Graduates of a cohort who look for work in the county, by path (paths,)."""
    retention = draws(factor_for(factors, "retention", cohort.specialty), paths, seed)
    progression = draws(factor_for(factors, "progression", cohort.specialty), paths, seed)
    staying = draws(factor_for(factors, "staying", cohort.specialty), paths, seed)
    students = np.full(paths, cohort.students)
    if not cohort.enrolled:
        entropy = [seed, cohort.year, *cohort.specialty.encode()]
        students = students * np.maximum(
            0, 1 + INTAKE_SPREAD * np.random.default_rng(entropy).standard_normal(paths)
        )
    found: Floats = students * retention ** max(cohort.years_left, 0) * (1 - progression) * staying
    return found


def gaps(
    occupations: Sequence[str],
    years: Sequence[int],
    heads: Floats,
    links: Mapping[tuple[str, str], float],
    cohorts: Sequence[Cohort],
    factors: Sequence[Factor],
    seed: int,
) -> Gaps:
    """Every specialty that is taught in every year that `heads` (N, O, Y) covers. Raises KeyError
    for a missing factor."""
    need = needs(occupations, heads, factors, seed)
    by_specialty = shares(occupations, links)
    place = {year: column for column, year in enumerate(years)}
    rows = []
    for cohort in cohorts:
        if cohort.year not in place:
            continue
        share = by_specialty.get(cohort.specialty, np.zeros(len(occupations)))
        wanted = need[:, :, place[cohort.year]] @ share
        coming = entering(cohort, factors, heads.shape[0], seed)
        difference = wanted - coming
        found = np.quantile(difference, QUANTILES)
        rows.append(
            Row(
                specialty=cohort.specialty,
                year=cohort.year,
                need=_middle(wanted),
                entering=_middle(coming),
                gap=(
                    float(found[0]),
                    float(found[1]),
                    float(found[2]),
                    float(found[3]),
                    float(found[4]),
                ),
                shortage=float((difference > 0).mean()),
                students=cohort.students,
                enrolled=cohort.enrolled,
            )
        )
    linked = np.array(
        [
            any(share[column] for share in by_specialty.values())
            for column in range(len(occupations))
        ]
    )
    medians = np.median(need, axis=0)
    return Gaps(
        rows=tuple(rows),
        without={year: float(medians[~linked, column].sum()) for year, column in place.items()},
        total={year: float(medians[:, column].sum()) for year, column in place.items()},
    )


def chain(
    specialty: str,
    year: int,
    occupations: Sequence[str],
    years: Sequence[int],
    heads: Floats,
    links: Mapping[tuple[str, str], float],
    factors: Sequence[Factor],
) -> tuple[Link, ...]:
    """The whole chain of a specialty's need in one year, by occupation, the largest part first."""
    share = shares(occupations, links).get(specialty, np.zeros(len(occupations)))
    column = list(years).index(year)
    found = []
    for row, code in enumerate(occupations):
        if not share[row]:
            continue
        capture, level = (
            factor_for(factors, "capture", code).middle,
            factor_for(factors, "level", code).middle,
        )
        middle = float(np.median(heads[:, row, column]))
        found.append(
            Link(
                code,
                middle,
                capture,
                level,
                float(share[row]),
                middle * capture * level * float(share[row]),
            )
        )
    return tuple(sorted(found, key=lambda link: (-link.part, link.occupation)))


def yearly(
    occupations: Sequence[str],
    growth: NDArray[np.float32],
    replacement: NDArray[np.float32],
    links: Mapping[tuple[str, str], float],
    factors: Sequence[Factor],
    seed: int,
) -> dict[str, tuple[Floats, Floats]]:
    """By specialty its part of growth and replacement at the secondary vocational level, paths (N,
    K) of each, from paths (N, O, K) by occupation: openings of an occupation × level share × its
    share of the occupation. Capture has no part in it, for these are persons and not advertised
    heads."""
    level = np.stack(
        [draws(factor_for(factors, "level", code), len(growth), seed) for code in occupations],
        axis=1,
    )[:, :, None]
    own, anew = growth * level, replacement * level
    return {
        specialty: (np.einsum("nok,o->nk", own, share), np.einsum("nok,o->nk", anew, share))
        for specialty, share in shares(occupations, links).items()
        if share.any()
    }


def _middle(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)
