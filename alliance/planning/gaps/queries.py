"""Reads of gaps: cohorts, gaps of the latest run, what stands behind a need."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
import numpy as np

from alliance.forecasts import queries as demand
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.drivers.laying import by_year, paths_with_drivers
from alliance.forecasts.runs.forecasting import read_paths
from alliance.forecasts.runs.staffing import read_openings, table_of
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.planning.factors.queries import factors
from alliance.planning.gap import (
    Cohort,
    Factor,
    Gaps,
    chain,
    factor_for,
    gaps,
    under_todays_codes,
    yearly,
)
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
_YEARLY: _Latest[dict[str, dict[str, dict[str, Any]]]] = _Latest(4)
_PATHS: _Latest[tuple[list[str], list[str], Any]] = _Latest(2)

KINDS = ("capture", "level", "retention", "progression", "staying")
LEAST = 0.05
"""A driver that adds fewer persons than this to a need is not told."""
GRADUATION_MONTH = 7
"""Classes graduate at the end of July."""


class County(msgspec.Struct, frozen=True, kw_only=True):
    """What gaps are computed from: a run's sample paths, links, cohorts, factors."""

    run: dict[str, Any]
    occupations: list[str]
    years: list[int]
    heads: Any
    links: dict[tuple[str, str], float]
    cohorts: list[Cohort]
    factors: list[Factor]
    classes: list[dict[str, Any]]
    drivers: int = 0
    """How many drivers are in force, whether they are laid over the run or not."""
    laid: bool = False


async def county(actor: Actor, *, drivers: bool = False) -> County | None:
    """The inputs of all gaps, by the latest run, with the planners' drivers laid over it where
    asked for; None before the first run has ended."""
    run = await demand.latest_run(actor)
    if run is None:
        return None
    occupations, years, heads = await _paths(actor, run["id"])
    chosen = await drivers_queries.drivers(actor, active=True)
    is_laid = drivers and bool(chosen)
    if is_laid:
        laid = await drivers_queries.laid(actor, run, chosen)
        occupations, heads = await asyncio.to_thread(
            paths_with_drivers, laid, occupations, years, heads
        )
    async with DB.reading(actor):
        classes = await DB.fetch(
            "select c.*, s.name_zh as specialty_zh, s.name_en as specialty_en from class_sizes() c"
            " join specialty s on s.code = c.specialty order by c.specialty, c.entry_year, "
            "c.school_name, c.class_name"
        )
    known = [
        Factor(row["kind"], row["code"], row["low"], row["middle"], row["high"], row["source"])
        for row in await factors(actor)
    ]
    numbers = [int(year) for year in years]
    return County(
        run=run,
        occupations=occupations,
        years=numbers,
        heads=heads,
        links=await reference.occupation_links(actor),
        cohorts=cohorts_of(classes, numbers, clock.today()),
        factors=under_todays_codes(known, await reference.present_occupations(actor)),
        classes=classes,
        drivers=len(chosen),
        laid=is_laid,
    )


async def _paths(actor: Actor, run_id: UUID) -> tuple[list[str], list[str], Any]:
    """The sample paths of a run that the actor was shown; what a run found never changes once it
    has ended."""
    return _PATHS.get(run_id) or _PATHS.keep(
        run_id, await asyncio.to_thread(read_paths, await demand.year_paths(actor, run_id))
    )


async def county_gaps(found: County) -> Gaps:
    """Every specialty in every year.

    What was computed from the very same inputs is not computed again: every page of gaps asks for
    it, and it takes longest. The inputs are read anew each time with the reader's eyes, so that
    nobody is told anything from what they could not read.
    """
    given = (
        found.occupations,
        found.years,
        found.heads,
        found.links,
        found.cohorts,
        found.factors,
        found.run["seed"],
    )
    rest = (
        found.occupations,
        found.years,
        sorted(found.links.items()),
        found.cohorts,
        found.factors,
        found.run["seed"],
    )
    seen = hashlib.blake2b(msgspec.msgpack.encode((found.run["id"], rest)))
    if found.laid:
        # the paths of a run are known by its number, those under drivers by themselves
        seen.update(np.ascontiguousarray(found.heads).data)
    key = seen.digest()
    return _GAPS.get(key) or _GAPS.keep(key, await asyncio.to_thread(gaps, *given))


async def yearly_of(actor: Actor, found: County) -> dict[str, dict[str, dict[str, Any]]]:
    """By specialty growth, replacement and both together by year, at the secondary vocational
    level; {} where the run has none."""
    content = await demand.yearly_paths(actor, found.run["id"])
    return await asyncio.to_thread(_yearly, content, found) if content else {}


def _yearly(content: bytes, found: County) -> dict[str, dict[str, dict[str, Any]]]:
    """As `_gaps`, once for the same inputs."""
    rest = (found.run["id"], sorted(found.links.items()), found.factors, found.run["seed"])
    seen = hashlib.blake2b(msgspec.msgpack.encode(rest)).digest()
    return _YEARLY.get(seen) or _YEARLY.keep(seen, _yearly_parts(content, found))


def _yearly_parts(content: bytes, found: County) -> dict[str, dict[str, dict[str, Any]]]:
    occupations, years, growth, replacement = read_openings(content)
    periods = [str(year) for year in years]
    parts = yearly(occupations, growth, replacement, found.links, found.factors, found.run["seed"])
    return {
        specialty: {
            kind: table_of(periods, drawn.mean(axis=0), drawn)
            for kind, drawn in (("growth", own), ("replacement", anew), ("openings", own + anew))
        }
        for specialty, (own, anew) in parts.items()
    }


def chain_of(found: County, specialty: str, year: int) -> list[dict[str, Any]]:
    """The chain of a specialty's need in a year, by occupation."""
    parts = chain(
        specialty, year, found.occupations, found.years, found.heads, found.links, found.factors
    )
    return [msgspec.structs.asdict(part) for part in parts]


async def driven(
    actor: Actor, found: County, parts: Sequence[dict[str, Any]], year: int
) -> list[dict[str, Any]]:
    """The drivers in force that touch the occupations of a chain in a year, with the `persons` that
    each adds to the need by the chain's own capture, level and share."""
    chosen = await drivers_queries.drivers(actor, active=True)
    if not chosen or not parts:
        return []
    laid = await drivers_queries.laid(actor, found.run, chosen)
    heads = [
        by_year(laid.of("occupation", part["occupation"]), laid.months, [str(year)])[:, 0]
        for part in parts
    ]
    persons = sum(
        line * part["capture"] * part["level"] * part["share"]
        for line, part in zip(heads, parts, strict=True)
    )
    return [
        {**driver, "persons": float(added)}
        for driver, added in zip(laid.drivers, persons, strict=True)
        if abs(added) >= LEAST
    ]


def has_factors(found: County) -> bool:
    """Whether there is a factor for all codes of every kind, without which nothing can be
    computed."""
    return {factor.kind for factor in found.factors if not factor.code} == set(KINDS)


def factor_of(found: County, kind: str, code: str) -> Factor:
    """The factor of a kind that counts for a code. Raises KeyError when there is none."""
    return factor_for(found.factors, kind, code)


def cohorts_of(
    classes: Sequence[dict[str, Any]], years: Sequence[int], today: date
) -> list[Cohort]:
    """One cohort for each specialty and each year of graduation: its students while they are
    enrolled, after that the latest intake of the specialty. Classes graduate in July of entry year
    + years of the programme."""
    sizes: dict[tuple[str, int], float] = defaultdict(float)
    lengths: dict[str, int] = {}
    for row in classes:
        sizes[row["specialty"], row["entry_year"] + row["years"]] += row["students"]
        lengths[row["specialty"]] = row["years"]
    found = []
    for specialty in sorted(lengths):
        known = {year: size for (code, year), size in sizes.items() if code == specialty and size}
        if not known:
            continue
        latest = max(known)
        for year in years:
            left = max(0.0, (date(year, GRADUATION_MONTH, 31) - today).days / 365.25)
            if year in known:
                found.append(Cohort(specialty, year, known[year], left, enrolled=True))
            elif year > latest:
                found.append(
                    Cohort(
                        specialty, year, known[latest], float(lengths[specialty]), enrolled=False
                    )
                )
    return found


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
