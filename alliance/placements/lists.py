"""The list of a school's placement files: filtered, searched, sorted, counted and paged in SQL;
names decrypted for one page.

Names are ciphertext. Searching and sorting by name therefore opens the names of the present season
only (`SEASON`), and of a bounded number; number, pseudonym, class, host and post are searched over
all years.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from alliance.kit import clock, reading
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import fits, in_order
from alliance.kit.postgres.values import Values
from alliance.placements.model import EXPIRES_WITHIN, OPEN_STATES

SEASON: Final = timedelta(days=183)
"""A placement belongs to the present season while it goes on and for so long after its last day."""
MOST_NAMES: Final = 5000
"""Names that one search or sort opens, the latest placements first."""

_GOING = "(p.state = any(t.going) and p.ends >= t.today)"
_OVER = "(p.state = any(t.going) and p.ends < t.today)"
_EXPIRING = f"({_GOING} and f.insured_to < p.ends and f.insured_to <= t.soon)"
_LACKING = f"""(case when f.judged is null then '{{}}' when {_EXPIRING} then
  array_remove(f.missing, 'insurance'::varchar)
  else f.missing end)"""
_OPEN = "p.state = any(t.going)"
_GAPS = f"({_OPEN} and cardinality({_LACKING}) > 0)"
"""A file with gaps (`gaps` of `queries`): of a placement that is not closed, its last day ahead or
over."""
_SEASON = f"({_GOING} or p.ends >= t.since)"
_FILES = """from placement p join placement_file f on f.placement = p.id
  cross join (select $1::varchar[] as going, $2::date as soon, $3::date as since,
    $4::date as today) as t"""
_FROM = f"""{_FILES} join student s on s.id = p.student
  join school_class c on c.id = s.school_class join post po on po.id = p.post join organisation h
    on h.id = p.host"""
_ORDER = "p.starts desc, c.name, s.number, p.id"
_SORTS: Final = {
    "host": ('h.name collate "C"', 'po.title collate "C"'), "class": ('c.name collate "C"',),
    "missing": (f"cardinality({_LACKING})",), "starts": ("p.starts",),
}  # fmt: skip
_FOUND = (
    "strpos(lower(concat_ws(' ', s.number, h.name, po.title, s.pseudonym, c.name)), {needle}) > 0"
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the list shows, as its address says it; empty means all."""

    state: str = ""
    lacks: str = ""
    search: str = ""
    sort: str = ""
    down: bool = False


async def found(
    actor: Actor, vault: Vault, wanted: Wanted, *, limit: int | None = None, offset: int = 0
) -> tuple[list[UUID], int]:
    """The placements of one page in order, and how many there are on all pages.

    The order is that of `sort`, then the newest season first, class and number.
    """
    async with DB.reading(actor):
        given = Values(*_always())
        where = _where(wanted, given)
        if needle := wanted.search.strip().lower():
            by_name = await _named(vault, where, given.all, needle)
            found = _FOUND.format(needle=given(needle))
            where = f"{where} and ({found} or p.id = any({given(by_name)}))"
        if wanted.sort == "name":
            ids = await _by_name(vault, where, given.all, down=wanted.down)
            return ids[offset : None if limit is None else offset + limit], len(ids)
        direction = "desc" if wanted.down else "asc"
        order = ", ".join([*(f"{key} {direction}" for key in _SORTS.get(wanted.sort, ())), _ORDER])
        rows = await DB.fetch(
            f"select p.id, (count(*) over ())::int as total {_FROM} where {where} order by {order}"
            f" limit {'all' if limit is None else int(limit)} offset {int(offset)}",
            *given.all,
        )
        if rows or not offset:
            return [row["id"] for row in rows], rows[0]["total"] if rows else 0
        # a page behind the last one has no row that could tell
        return [], int(await DB.fetch_value(f"select count(*) {_FROM} where {where}", *given.all))


async def figures(actor: Actor) -> dict[str, int]:
    """Placements that go on (`going`), are on post (`active`), whose insurance runs out
    (`expiring`); those that are over and not closed (`over`); and of all these, files with gaps
    (`gaps`) and files that wait to be judged (`waiting`)."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            f"select (count(*) filter (where {_GOING}))::int as going,"
            f" (count(*) filter (where p.state = 'active' and {_GOING}))::int as active,"
            f" (count(*) filter (where {_OVER}))::int as over,"
            f" (count(*) filter (where {_GAPS}))::int as gaps,"
            f" (count(*) filter (where {_EXPIRING}))::int as expiring,"
            f" (count(*) filter (where f.judged is null))::int as waiting"
            f" {_FILES} where p.state = any(t.going)",
            *_always(),
        )
    return dict(row or {})


def _always() -> list[object]:
    """The values of `_FILES`."""
    today = clock.today()
    return [list(OPEN_STATES), today + EXPIRES_WITHIN, today - SEASON, today]


def _where(wanted: Wanted, given: Values) -> str:
    """Conditions but for the search."""
    parts = ["true"]
    if wanted.state == "over":
        parts.append(_OVER)
    elif wanted.state:
        parts.append(f"p.state = {given(wanted.state)} and not {_OVER}")
    if wanted.lacks == "expiring":
        parts.append(_EXPIRING)
    elif wanted.lacks == "any":
        parts.append(_GAPS)
    elif wanted.lacks:
        parts.append(f"{_OPEN} and {given(wanted.lacks)} = any({_LACKING})")
    return " and ".join(parts)


async def _named(vault: Vault, where: str, values: Sequence[object], needle: str) -> list[UUID]:
    """Of the present season's placements those whose student's name, with what stands beside it,
    holds the needle."""
    rows = await DB.fetch(
        "select p.id, p.student, s.number, h.name as host_name, po.title, s.name as sealed, pe.key"
        f" {_FROM} join person pe on pe.id = s.person"
        f" where {where} and {_SEASON} order by {_ORDER} limit {MOST_NAMES}",
        *values,
    )
    names = await reading.compare(vault, rows)
    return [
        row["id"]
        for row, name in zip(rows, names, strict=True)
        if fits(name, needle)
        or needle in f"{row['number']} {row['host_name']} {row['title']}".lower()
    ]


async def _by_name(vault: Vault, where: str, values: Sequence[object], *, down: bool) -> list[UUID]:
    """All placements, those of the present season by name and the others after them."""
    rows = await DB.fetch(
        f"select p.id, p.student, {_SEASON} as season, s.name as sealed, pe.key {_FROM} join "
        "person pe on pe.id = s.person"
        f" where {where}"
        f" order by {_ORDER}",
        *values,
    )
    present = [row for row in rows if row["season"]][:MOST_NAMES]
    names = await reading.compare(vault, present)
    named = sorted(
        zip(names, [row["id"] for row in present], strict=True),
        key=lambda each: in_order(each[0]),
        reverse=down,
    )
    ids = [placement for _name, placement in named]
    chosen = set(ids)
    return ids + [row["id"] for row in rows if row["id"] not in chosen]
