"""Gaps: need less graduates entering work, for every specialty, taught here or not; pure, seeded,
the same for the same inputs.

Points are products and sums of what is expected, in tenths of a person, so that rows add up to the
total and factors multiply out; ends of intervals and probabilities come from sample paths, in which
everything that is uncertain is drawn together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from alliance.planning.factor import Factor, Floats
from alliance.planning.intake import Leavers, Outlook
from alliance.planning.need import DECIMALS, Part, Wanted, need_of, parts_of, shares
from alliance.planning.supply import Cohort, Supply, entering_paths, supply_of

QUANTILES = (0.025, 0.1, 0.9, 0.975)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Specialties in one year: what is expected with 80 % ends of need and entering, `gap` with its
    95 and 80 % ends (lo95, lo80, expected, hi80, hi95), the probability of a shortage. `specialty`
    is empty for what no specialty leads to and for the county's total; `taught` says whether the
    county has a class of it in the hub; `supplies` are its chains, one for each length of
    programme."""

    specialty: str
    year: int
    taught: bool
    need: tuple[float, float, float]
    entering: tuple[float, float, float]
    gap: tuple[float, float, float, float, float]
    shortage: float
    students: float
    enrolled: bool
    supplies: tuple[Supply, ...] = ()


class Gaps(msgspec.Struct, frozen=True):
    """All specialties and years; by year what no specialty of the catalogue leads to (`unlinked`),
    and the total of all three kinds of rows."""

    rows: tuple[Row, ...]
    unlinked: Mapping[int, Row]
    total: Mapping[int, Row]


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that gaps are made from; `links` are weights of (specialty, occupation)."""

    wanted: Wanted
    links: Mapping[tuple[str, str], float]
    cohorts: Sequence[Cohort]
    outlook: Outlook
    leavers: Mapping[int, Leavers]
    factors: Sequence[Factor]
    seed: int


def gaps_of(given: Inputs) -> Gaps:
    """Every specialty in every year: those with cohorts as taught, those that the catalogue
    links to a needed occupation as not taught. Raises KeyError for a missing factor."""
    wanted, paths = given.wanted, given.wanted.heads_paths.shape[0]
    need = need_of(wanted, given.factors, given.seed)
    split = shares(wanted.occupations, given.links)
    none = np.zeros(len(wanted.occupations))
    linked = np.sum(list(split.values()), axis=0) > 0 if split else none > 0
    cohorts: dict[tuple[str, int], list[Cohort]] = {}
    for cohort in given.cohorts:
        cohorts.setdefault((cohort.specialty, cohort.year), []).append(cohort)
    taught = sorted({cohort.specialty for cohort in given.cohorts})
    untaught = sorted(code for code in split if code not in set(taught))
    rows: list[Row] = []
    unlinked: dict[int, Row] = {}
    total: dict[int, Row] = {}
    for column, year in enumerate(wanted.years):
        drawn = need.paths[:, :, column]
        mine: list[Row] = []
        coming_in_all = np.zeros(paths)
        for specialty in taught:
            own = cohorts.get((specialty, year), [])
            if not own:
                continue
            share = split.get(specialty, none)
            coming = np.sum(
                [
                    entering_paths(
                        one, given.factors, given.outlook, given.leavers, paths, given.seed
                    )
                    for one in own
                ],
                axis=0,
            )
            coming_in_all += coming
            mine.append(
                _row(
                    specialty,
                    year,
                    point_of(parts_of(wanted, share, year, given.factors)),
                    drawn @ share,
                    coming,
                    own,
                    given.factors,
                )
            )
        for specialty in untaught:
            expected = point_of(parts_of(wanted, split[specialty], year, given.factors))
            if expected > 0:
                mine.append(_row(specialty, year, expected, drawn @ split[specialty], None))
        rest = point_of(parts_of(wanted, (~linked).astype(float), year, given.factors))
        unlinked[year] = _row("", year, rest, drawn @ ~linked, None)
        total[year] = _total([*mine, unlinked[year]], drawn.sum(axis=1), coming_in_all)
        rows += mine
    wide = _never_narrower([*rows, *unlinked.values()])
    sums = _never_narrower(list(total.values()))
    return Gaps(
        tuple(wide[: len(rows)]),
        {row.year: row for row in wide[len(rows) :]},
        {row.year: row for row in sums},
    )


def _never_narrower(rows: Sequence[Row]) -> list[Row]:
    """The rows with ends at least as far from what is expected as in the year before, in proportion
    where less is expected: what lies further ahead is never better known. A larger uncertainty of a
    year is the intake's that somebody sees already, so years of enrolled students and of intakes to
    come are compared apart."""
    before: dict[tuple[str, str, bool], tuple[float, list[float]]] = {}
    found = []
    for row in rows:
        ends: dict[str, tuple[float, ...]] = {}
        for name in ("need", "entering", "gap"):
            values = getattr(row, name)
            middle = values[len(values) // 2]
            size = row.need[1] if name == "need" else row.entering[1]
            size = row.need[1] + row.entering[1] if name == "gap" else size
            far = [abs(value - middle) for value in values]
            key = name, row.specialty, row.enrolled
            if key in before and before[key][0] > 0:
                ratio = min(1.0, size / before[key][0])
                far = [
                    max(one, past * ratio) for one, past in zip(far, before[key][1], strict=True)
                ]
            before[key] = size, far
            half = len(values) // 2
            ends[name] = tuple(
                middle - one if place < half else middle + one for place, one in enumerate(far)
            )
        low = (max(ends["need"][0], 0.0), *ends["need"][1:])
        coming = (max(ends["entering"][0], 0.0), *ends["entering"][1:])
        found.append(msgspec.structs.replace(row, need=low, entering=coming, gap=ends["gap"]))
    return found


def point_of(parts: Sequence[Part]) -> float:
    """The expected need of these parts."""
    return round(sum(part.part for part in parts), DECIMALS)


def chain(
    given: Inputs, specialty: str, year: int, split: Mapping[str, Floats] | None = None
) -> tuple[Part, ...]:
    """The need for a specialty in one year by occupation, the largest part first; for the empty
    specialty that of occupations which no specialty leads to. Who asks for many brings the shares
    (`need.shares`)."""
    if split is None:
        split = shares(given.wanted.occupations, given.links)
    none = np.zeros(len(given.wanted.occupations))
    if specialty:
        share = split.get(specialty, none)
    else:
        share = (np.sum(list(split.values()), axis=0) == 0).astype(float) if split else none + 1
    return parts_of(given.wanted, share, year, given.factors)


def _row(
    specialty: str,
    year: int,
    expected: float,
    drawn: Floats,
    coming: Floats | None,
    cohorts: Sequence[Cohort] = (),
    factors: Sequence[Factor] = (),
) -> Row:
    supplies = tuple(supply_of(cohort, factors) for cohort in cohorts)
    arriving = round(sum(supply.entering for supply in supplies), DECIMALS)
    spread = drawn - (coming if coming is not None else 0.0)
    return Row(
        specialty=specialty,
        year=year,
        taught=bool(cohorts),
        need=_around(expected, drawn),
        entering=(0.0, 0.0, 0.0) if coming is None else _around(arriving, coming),
        gap=_gap(round(expected - arriving, DECIMALS), spread),
        shortage=float((spread > 0).mean()),
        students=sum(cohort.students for cohort in cohorts),
        enrolled=all(cohort.enrolled for cohort in cohorts) and bool(cohorts),
        supplies=supplies,
    )


def _total(rows: Sequence[Row], needed: Floats, coming: Floats) -> Row:
    """The sum of a year's rows, with the ends of the sums' own paths: parts that err apart even
    out."""
    need = round(sum(row.need[1] for row in rows), DECIMALS)
    entering = round(sum(row.entering[1] for row in rows), DECIMALS)
    return Row(
        specialty="",
        year=rows[0].year,
        taught=True,
        need=_around(need, needed),
        entering=_around(entering, coming),
        gap=_gap(round(need - entering, DECIMALS), needed - coming),
        shortage=float((needed - coming > 0).mean()),
        students=sum(row.students for row in rows),
        enrolled=any(row.enrolled for row in rows),
    )


def _around(expected: float, drawn: Floats) -> tuple[float, float, float]:
    """80 % ends of the paths around what is expected, which a lumpy need may lie outside of."""
    low, high = np.quantile(drawn, (0.1, 0.9))
    return min(float(low), expected), expected, max(float(high), expected)


def _gap(expected: float, drawn: Floats) -> tuple[float, float, float, float, float]:
    lo95, lo80, hi80, hi95 = (float(end) for end in np.quantile(drawn, QUANTILES))
    lo80, hi80 = min(lo80, expected), max(hi80, expected)
    return min(lo95, lo80), lo80, expected, hi80, max(hi95, hi80)
