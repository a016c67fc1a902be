"""Reading titles with the tables as they are loaded and what the county confirmed: for what comes
in, and again for all advertisements without a code when either changed."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from uuid import UUID

import msgspec

from alliance.advertisements.repeating import Group, group_of, mark_repeated
from alliance.advertisements.titles.vocabulary import Found, TitleReader, reader_of
from alliance.kit import jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.reference import queries as reference
from alliance.reference.model import TitleRow

log = logging.getLogger(__name__)

READ_TITLES = "demand.read_titles"
CHUNK = 4000
_FIRST = UUID(int=0)

_OPEN = """
select id, title, text, employer_key, published, occupation, occupation_origin as origin,
  occupation_guesses as guesses
from advertisement where (occupation is null or occupation_origin <> 'listed') and id > $1
order by id limit $2 for update
"""
_CHANGE = """
update advertisement a set occupation = r.occupation, occupation_origin = r.origin,
  occupation_guesses = string_to_array(r.guesses, chr(31))
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as r(id, occupation, origin, guesses)
where a.id = r.id
"""


class _Open(msgspec.Struct, frozen=True):
    """An advertisement whose source gives no code."""

    id: UUID
    title: str
    text: str
    employer_key: str
    published: date
    occupation: str | None
    origin: str
    guesses: list[str]


class _Confirmed(msgspec.Struct, frozen=True):
    title_key: str
    occupation: str | None


async def title_reader() -> TitleReader | None:
    """What titles are read with; None before the tables are loaded."""
    names = tuple((one.code, one.name_zh) for one in await reference.occupations_in_force(SYSTEM))
    titles, skills = await reference.labelled_titles(SYSTEM), await reference.skills(SYSTEM)
    async with DB.acting_for(SYSTEM):
        confirmed = await DB.fetch_as(
            _Confirmed, "select title_key, occupation from confirmed_title where withdrawn is null"
        )
    reader = await asyncio.to_thread(reader_of, names, titles, skills)
    if reader is None:
        return None
    return TitleReader(reader, dict(names), {one.title_key: one.occupation for one in confirmed})


async def follow_titles(before: tuple[TitleRow, ...]) -> bool:
    """After the catalogues were loaded: have titles read again if the labelled ones are others than
    `before` and there are any advertisements; returns whether."""
    if await reference.labelled_titles(SYSTEM) == before:
        return False
    async with DB.acting_for(SYSTEM):
        any_there = bool(await DB.fetch_value("select exists (select from advertisement)"))
        if any_there:
            await jobs.enqueue(READ_TITLES, {})
    return any_there


async def read_again() -> int:
    """Read the titles of all advertisements without a code with the present tables (the worker's
    entry), and find again which of them repeat others; returns how many changed.

    Each chunk is its own transaction: a reading that was broken off can be repeated.
    """
    titles = await title_reader()
    last, changed = _FIRST, 0
    while titles is not None:
        async with DB.acting_for(SYSTEM):
            rows = await DB.fetch_as(_Open, _OPEN, last, CHUNK)
            if not rows:
                break
            found = await asyncio.to_thread(titles.read, [(one.title, one.text) for one in rows])
            others = [
                (row, one)
                for row, one in zip(rows, found, strict=True)
                if (row.occupation, row.origin, tuple(row.guesses)) != one
            ]
            if others:
                await DB.change(_CHANGE, *_columns(others), expect=len(others))
                await mark_repeated(_first_days(others))
            changed += len(others)
            last = rows[-1].id
    log.info("read the titles of advertisements without a code again: %s changed", changed)
    return changed


def _columns(others: list[tuple[_Open, Found]]) -> tuple[list[object], ...]:
    return (
        [row.id for row, _one in others],
        [one.occupation for _row, one in others],
        [one.origin for _row, one in others],
        ["\x1f".join(one.guesses) for _row, one in others],
    )


def _first_days(others: list[tuple[_Open, Found]]) -> dict[Group, date]:
    """By group that an advertisement left or came into the first day of those."""
    days: dict[Group, date] = {}
    for row, one in others:
        for occupation in {row.occupation, one.occupation}:
            group = group_of(row.employer_key, occupation)
            days[group] = min(days.get(group, row.published), row.published)
    return days
