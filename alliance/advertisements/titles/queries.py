"""Reads of titles whose advertisements come without a code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from alliance.advertisements.naming import UNKNOWN
from alliance.advertisements.titles.vocabulary import COUNTY, LISTED, READ, guess_of
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.reference import queries as reference
from ml.occupations import key

_TITLES = """
select title, occupation, occupation_origin as origin, count(*)::int as advertisements,
  coalesce(sum(heads) filter (where duplicate_of is null), 0)::int as heads,
  max(published) as latest,
  (array_agg(array_to_string(occupation_guesses, '|') order by published desc, id))[1] as read
from advertisement where occupation is null or occupation_origin <> 'listed'
group by 1, 2, 3 order by 1, 2, 3
"""
_CONFIRMED = """
select title_key, title, occupation, confirmed from confirmed_title where withdrawn is null
"""
_SHARES = """
select coalesce(sum(heads), 0)::int as heads,
  coalesce(sum(heads) filter (where occupation_origin = 'read'), 0)::int as read,
  coalesce(sum(heads) filter (where occupation_origin = 'county'), 0)::int as confirmed,
  coalesce(sum(heads) filter (where occupation is null), 0)::int as open
from advertisement where duplicate_of is null
"""

_ORIGINS = """
select occupation, left(industry, 3) as industry, sum(heads)::int as heads,
  coalesce(sum(heads) filter (where occupation_origin = 'read'), 0)::int as read,
  coalesce(sum(heads) filter (where occupation_origin = 'county'), 0)::int as confirmed
from advertisement where duplicate_of is null and occupation is not null group by 1, 2
"""
"""One scan for all occupations: a page asks for many of them."""
_OF_OCCUPATIONS = _ORIGINS.replace("left(industry, 3)", "null::text").replace("by 1, 2", "by 1")
"""A twentieth of the rows, for who asks about no industry."""


class TitleFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which titles the list shows; empty means all. `state` is a key of `STATES`."""

    search: str = ""
    state: str = ""
    sort: str = ""
    down: bool = False


class _Row(msgspec.Struct, frozen=True):
    title: str
    occupation: str | None
    origin: str
    advertisements: int
    heads: int
    latest: date
    read: str


class Confirmed(msgspec.Struct, frozen=True):
    """What the county counts a title as, and since when."""

    title_key: str
    title: str
    occupation: str | None
    confirmed: datetime


class Title(msgspec.Struct, frozen=True, kw_only=True):
    """All ways to write one title in advertisements without a code: how many there are, the heads
    of those that count, what they count as, and what was read (code, chance in hundredths).
    `origin` is `listed` where they count as no occupation."""

    title: str
    written: int
    advertisements: int
    heads: int
    latest: date | None
    occupation: str | None
    origin: str
    guesses: tuple[tuple[str, str], ...]
    confirmed: Confirmed | None


SORTS: Final[Mapping[str, Callable[[Title], Any]]] = {
    "title": lambda one: one.title,
    "advertisements": lambda one: one.advertisements,
    "heads": lambda one: one.heads,
    "state": lambda one: (one.occupation is None, one.confirmed is None),
}


class Shares(msgspec.Struct, frozen=True):
    """Heads of counting advertisements, and how many of those have an occupation that was read, one
    that the county confirmed for the title, and none."""

    heads: int
    read: int
    confirmed: int
    open: int


async def titles(
    actor: Actor, wanted: TitleFilter, *, limit: int, offset: int = 0
) -> tuple[list[Title], int]:
    """A page of the titles, those with the most heads first, and how many fit."""
    found = [one for one in await _titles(actor) if _fits(one, wanted)]
    by = SORTS.get(wanted.sort)
    if by is not None:
        found.sort(key=by, reverse=wanted.down)
    return found[offset : offset + limit], len(found)


async def title_of(actor: Actor, title: str) -> Title | None:
    """A title however it is written; None where no advertisement without a code has it."""
    return next((one for one in await _titles(actor) if key(one.title) == key(title)), None)


async def shares(actor: Actor) -> Shares:
    """Where the occupations of counting advertisements come from."""
    async with DB.reading(actor):
        found = await DB.fetch_one_as(Shares, _SHARES)
    return found or Shares(0, 0, 0, 0)


class Origins(msgspec.Struct, frozen=True):
    """Heads of counting advertisements of an occupation, or of one in an industry: all, those whose
    occupation was read from the title, those for which the county confirmed it."""

    heads: int = 0
    read: int = 0
    confirmed: int = 0

    @property
    def guessed(self) -> float:
        """The share of heads whose occupation the machine read."""
        return self.read / self.heads if self.heads else 0.0


class _Origin(msgspec.Struct, frozen=True):
    occupation: str
    industry: str | None
    heads: int
    read: int
    confirmed: int


async def origins(actor: Actor) -> dict[str, Origins]:
    """Where occupations come from, by the codes of series: that of each occupation as it counts
    today, and that of each occupation in an industry."""
    async with DB.reading(actor):
        rows = await DB.fetch_as(_Origin, _ORIGINS)
    present = await reference.present_occupations(actor)
    return _sums(
        (one, row)
        for row in rows
        for code in (present.get(row.occupation, row.occupation),)
        for one in (code, f"{code}|{row.industry or UNKNOWN}")
    )


async def origins_of_occupations(actor: Actor) -> dict[str, Origins]:
    """Those of `origins` that are no occupation in an industry."""
    async with DB.reading(actor):
        rows = await DB.fetch_as(_Origin, _OF_OCCUPATIONS)
    present = await reference.present_occupations(actor)
    return _sums((present.get(row.occupation, row.occupation), row) for row in rows)


def _sums(told: Iterable[tuple[str, _Origin]]) -> dict[str, Origins]:
    sums: dict[str, tuple[int, int, int]] = {}
    for one, row in told:
        heads, read, confirmed = sums.get(one, (0, 0, 0))
        sums[one] = heads + row.heads, read + row.read, confirmed + row.confirmed
    return {code: Origins(*one) for code, one in sums.items()}


async def _titles(actor: Actor) -> list[Title]:
    async with DB.reading(actor):
        rows = await DB.fetch_as(_Row, _TITLES)
        confirmed = {one.title_key: one for one in await DB.fetch_as(Confirmed, _CONFIRMED)}
    groups: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[key(row.title)[:120]].append(row)
    found = [_together(group, confirmed.pop(known, None)) for known, group in groups.items()]
    found += [_without_advertisements(one) for one in confirmed.values()]
    return sorted(found, key=lambda one: (-one.heads, -one.advertisements, one.title))


def _together(group: list[_Row], confirmed: Confirmed | None) -> Title:
    most = max(group, key=lambda row: (row.heads, row.advertisements))
    latest = max(group, key=lambda row: row.latest)
    return Title(
        title=most.title,
        written=len({row.title for row in group}),
        advertisements=sum(row.advertisements for row in group),
        heads=sum(row.heads for row in group),
        latest=latest.latest,
        occupation=most.occupation,
        origin=most.origin,
        guesses=tuple(guess_of(one) for one in latest.read.split("|") if one),
        confirmed=confirmed,
    )


def _without_advertisements(one: Confirmed) -> Title:
    return Title(
        title=one.title,
        written=0,
        advertisements=0,
        heads=0,
        latest=None,
        occupation=one.occupation,
        origin=COUNTY if one.occupation else LISTED,
        guesses=(),
        confirmed=one,
    )


def _fits(one: Title, wanted: TitleFilter) -> bool:
    if wanted.search and key(wanted.search) not in key(one.title):
        return False
    return {
        "": True,
        "open": one.occupation is None and one.confirmed is None,
        "read": one.origin == READ,
        "confirmed": one.confirmed is not None,
    }[wanted.state]
