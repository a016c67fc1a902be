"""Reads of gaps: cohorts, gaps of the latest run, what stands behind a need."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
import numpy as np

from alliance.advertisements.titles import queries as titles
from alliance.forecasts import queries as demand
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.drivers.laying import by_year, centred, heads_with_drivers
from alliance.forecasts.runs.forecasting import read_paths
from alliance.forecasts.runs.staffing import Course, course_of, read_openings
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.members import queries as members
from alliance.planning.factor import Factor, Floats, factor_for, under_todays_codes
from alliance.planning.factors.queries import factors
from alliance.planning.gap import Gaps, Inputs, gaps_of
from alliance.planning.gaps.sources import Openings, told_twice, wanted_of
from alliance.planning.intake import intakes_of, outlook_of
from alliance.planning.intakes import queries as intakes_queries
from alliance.planning.need import Part, openings_by_specialty
from alliance.planning.supply import cohorts_of, enrolled, graduation
from alliance.reference import queries as reference

Result = TypeVar("Result")


class _Latest(Generic[Result]):
    """The latest few results of what is pure and takes long, by what they were made from."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._results: dict[object, Result] = {}

    def get(self, key: object) -> Result | None:
        """What was kept for this key, if it still is."""
        return self._results.get(key)

    def keep(self, key: object, result: Result) -> Result:
        """Keep a result, and let the oldest go; returns it."""
        self._results[key] = result
        for oldest in list(self._results)[: -self._most]:
            self._results.pop(oldest, None)
        return result


_GAPS: _Latest[Gaps] = _Latest(8)
_YEARLY: _Latest[dict[str, dict[str, Course]]] = _Latest(4)
_HEADS: _Latest[tuple[list[str], list[str], Floats, Floats]] = _Latest(2)
_OPENINGS: _Latest[Openings | None] = _Latest(2)

KINDS = ("capture", "level", "retention", "progression", "staying")
LEAST = 0.05
"""A driver that adds fewer persons than this to a need is not told."""


class County(msgspec.Struct, frozen=True, kw_only=True):
    """What gaps are computed from, and what pages show of it: a run, classes, intakes by specialty
    and year of entry, drivers."""

    run: demand.Latest
    given: Inputs
    openings: Openings | None
    """None where the run knows none, or was made before it knew what members advertise."""
    classes: list[dict[str, Any]]
    intakes: dict[str, dict[int, float]]
    drivers: int = 0
    """How many drivers are in force, whether they are laid over the run or not."""
    laid: bool = False


async def county(actor: Actor, *, drivers: bool = False) -> County | None:
    """The inputs of all gaps, by the latest run, with the planners' drivers laid over it where
    asked for; None before the first run has ended."""
    run = await demand.latest(actor)
    if run is None:
        return None
    occupations, years, expected, heads = await _heads(actor, run.id)
    laid = await drivers_queries.in_force(actor, run.id, run.data_until) if drivers else None
    hires = await drivers_queries.hires(actor, run.id)
    if laid is not None:
        occupations, expected, heads = await asyncio.to_thread(
            heads_with_drivers, laid, occupations, years, expected, heads
        )
    openings = await _openings(actor, run)
    classes = await intakes_queries.classes(actor)
    known = [
        Factor(row["kind"], row["code"], row["low"], row["middle"], row["high"], row["source"])
        for row in await factors(actor)
    ]
    # graduates of a July that is over are not planned any more
    ahead = [place for place, year in enumerate(years) if graduation(int(year)) >= clock.today()]
    numbers = [int(years[place]) for place in ahead]
    leavers = await intakes_queries.leavers(actor)
    typed = await intakes_queries.typed(actor)
    intakes = intakes_of(enrolled(classes, clock.today()), typed)
    outlook = outlook_of(intakes, leavers)
    present = await reference.present_occupations(actor)
    return County(
        run=run,
        given=Inputs(
            wanted=await asyncio.to_thread(
                wanted_of,
                occupations,
                numbers,
                expected[:, ahead],
                heads[:, :, ahead],
                openings,
                run.elsewhere or {},
                hires,
                run.seed if laid is not None else None,
                await counted_members(actor, run),
            ),
            links=await reference.occupation_links(actor),
            cohorts=cohorts_of(
                classes,
                numbers,
                clock.today(),
                outlook,
                leavers,
                typed,
                await intakes_queries.lengths(actor),
            ),
            outlook=outlook,
            leavers=leavers,
            factors=under_todays_codes(known, present),
            seed=run.seed,
        ),
        openings=openings,
        classes=classes,
        intakes=intakes,
        drivers=await drivers_queries.count_in_force(actor),
        laid=laid is not None,
    )


async def counted_members(actor: Actor, run: demand.Latest) -> frozenset[UUID]:
    """The members whose staff was counted when a run was made, so that its growth tells of it."""
    if run.elsewhere is None:
        return frozenset()
    counts = await members.staff_counts(actor, run.finished.date())
    return frozenset(row.organisation for row in counts)


async def _heads(actor: Actor, run_id: UUID) -> tuple[list[str], list[str], Floats, Floats]:
    """Occupations, years, advertised heads that a run expects of them (O, Y), the numbers of their
    series' pages, and sample paths around these (N, O, Y); what a run found never changes once it
    has ended."""
    kept = _HEADS.get(run_id)
    if kept is not None:
        return kept
    means = await demand.year_means(actor, run_id)
    codes, years, drawn = await asyncio.to_thread(
        read_paths, await demand.year_paths(actor, run_id)
    )
    expected = np.array([[means[code][year] for year in years] for code in codes], np.float64)
    expected = expected.reshape(len(codes), len(years))
    paths = await asyncio.to_thread(centred, drawn.astype(np.float64), expected)
    return _HEADS.keep(run_id, (codes, years, expected, paths))


async def _openings(actor: Actor, run: demand.Latest) -> Openings | None:
    """As `_heads`: members' openings of a run that knows which advertisements are members' own;
    without that a person would be counted twice."""
    if run.elsewhere is None:
        return None
    kept = _OPENINGS.get(run.id)
    if kept is None:
        content = await demand.yearly_paths(actor, run.id)
        found = Openings(*await asyncio.to_thread(read_openings, content)) if content else None
        kept = _OPENINGS.keep(run.id, found)
    return kept


async def county_gaps(found: County) -> Gaps:
    """Every specialty in every year.

    What was computed from the very same inputs is not computed again: every page of gaps asks for
    it, and it takes longest. The inputs are read anew each time with the reader's eyes, so that
    nobody is told anything from what they could not read.
    """
    given = found.given
    rest = (
        given.wanted.occupations,
        given.wanted.years,
        sorted(given.links.items()),
        given.cohorts,
        given.outlook,
        sorted(given.leavers.items()),
        given.factors,
        given.seed,
    )
    seen = hashlib.blake2b(msgspec.msgpack.encode((found.run.id, rest)))
    if found.laid:
        # the paths of a run are known by its number, those under drivers by themselves
        for drawn in (given.wanted.heads_paths, given.wanted.hires_paths):
            seen.update(np.ascontiguousarray(drawn).data)
    key = seen.digest()
    return _GAPS.get(key) or _GAPS.keep(key, await asyncio.to_thread(gaps_of, given))


async def yearly_of(found: County) -> dict[str, dict[str, Course]]:
    """By specialty growth, replacement and both together by year, at the secondary vocational
    level; {} where the run has none."""
    if found.openings is None:
        return {}
    return await asyncio.to_thread(_yearly, found.openings, found)


def _yearly(openings: Openings, found: County) -> dict[str, dict[str, Course]]:
    """As `county_gaps`, once for the same inputs."""
    given = found.given
    rest = (found.run.id, sorted(given.links.items()), given.factors, given.seed)
    seen = hashlib.blake2b(msgspec.msgpack.encode(rest)).digest()
    return _YEARLY.get(seen) or _YEARLY.keep(seen, _yearly_parts(openings, given))


def _yearly_parts(openings: Openings, given: Inputs) -> dict[str, dict[str, Course]]:
    periods = [str(year) for year in openings.years]
    parts = openings_by_specialty(
        openings.occupations,
        openings.growth,
        openings.replacement,
        given.links,
        given.factors,
        given.seed,
    )
    return {
        specialty: {
            kind: course_of(periods, drawn.mean(axis=0), drawn)
            for kind, drawn in (("growth", own), ("replacement", anew), ("openings", own + anew))
        }
        for specialty, (own, anew) in parts.items()
    }


async def driven(
    actor: Actor, found: County, parts: Sequence[Part], year: int
) -> list[dict[str, Any]]:
    """The drivers in force that touch the occupations of a chain in a year, with the `persons` that
    each adds to the need by the chain's own factors."""
    if not parts:
        return []
    laid = await drivers_queries.in_force(actor, found.run.id, found.run.data_until)
    if laid is None:
        return []
    heads = [
        by_year(laid.of("occupation", part.occupation), laid.months, [str(year)])[:, 0]
        for part in parts
    ]
    persons: Floats = sum(
        (
            line * part.elsewhere * part.capture * part.level * part.share
            for line, part in zip(heads, parts, strict=True)
        ),
        start=np.zeros(len(laid.drivers)),
    )
    known = await drivers_queries.hires(actor, found.run.id)
    column = known.years.index(year)
    rows = {code: row for row, code in enumerate(known.occupations)}
    counted, wanted = await counted_members(actor, found.run), found.given.wanted
    mine = np.array([driver["member"] in counted for driver in known.drivers], bool)
    taken_on: Floats = np.zeros(len(known.drivers))
    for part in parts:
        if part.occupation in rows:
            persons_of = known.middle[:, rows[part.occupation], column]
            grown = wanted.growth[wanted.occupations.index(part.occupation)]
            twice = told_twice(persons_of[mine].sum(), grown[wanted.years.index(year)])
            beyond = 1 - twice / max(persons_of[mine].sum(), 1e-9)
            taken_on += np.where(mine, beyond, 1.0) * persons_of * part.level * part.share
    told = [*zip(laid.drivers, persons, strict=True), *zip(known.drivers, taken_on, strict=True)]
    return [{**driver, "persons": float(added)} for driver, added in told if abs(added) >= LEAST]


async def guessed(actor: Actor) -> dict[str, float]:
    """By occupation the share of its advertised heads whose occupation the machine read from the
    title."""
    found = await titles.origins_of_occupations(actor)
    return {code: one.guessed for code, one in found.items()}


async def specialties_with_gaps(actor: Actor) -> set[str]:
    """The specialties that have a page of their gap."""
    found = await county(actor)
    if found is None or not has_factors(found):
        return set()
    return {row.specialty for row in (await county_gaps(found)).rows}


def has_factors(found: County) -> bool:
    """Whether there is a factor for all codes of every kind, without which nothing can be
    computed."""
    return {factor.kind for factor in found.given.factors if not factor.code} == set(KINDS)


def factor_of(found: County, kind: str, code: str) -> Factor:
    """The factor of a kind that counts for a code. Raises KeyError when there is none."""
    return factor_for(found.given.factors, kind, code)


async def employers(
    actor: Actor, occupations: Sequence[str], limit: int = 15
) -> list[dict[str, Any]]:
    """Who advertised for these occupations in the last twelve months, under any code that they have
    had: heads that count and how many advertisements."""
    present = await reference.present_occupations(actor)
    wanted = {present.get(code, code) for code in occupations}
    async with DB.reading(actor):
        return await DB.fetch(
            "select max(a.enterprise_name) as name, a.enterprise, sum(a.heads)::int as heads, "
            "count(*)::int as advertisements,"
            " max(a.published) as latest from advertisement a where a.occupation = any($1) and "
            "a.duplicate_of is null"
            " and a.published > $2::date - 365 group by a.employer_key, a.enterprise order by "
            "heads desc, name limit $3",
            [code for code, today in present.items() if today in wanted],
            clock.today(),
            limit,
        )


async def posts_for(actor: Actor, specialty: str, limit: int = 8) -> list[dict[str, Any]]:
    """Published posts of the hub that want the specialty."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select p.id, p.title, p.kind, p.head_count, p.occupation, o.name as enterprise_name "
            "from post p"
            " join organisation o on o.id = p.enterprise join post_specialty w on w.post = p.id"
            " where w.specialty = $1 and p.state = 'published' order by p.kind desc, p.head_count "
            "desc, p.id limit $2",
            specialty,
            limit,
        )
