"""A list is one declaration: what may be asked for, a page of it, its export and its print exactly
as filtered.

    LIST = Listing(Filter, columns, name=lambda: _("Posts"), choices={"sort": SORTS},
                   by=lambda: {"search": By(_("Search")), "state": By(_("State"), STATES)})

    shown = await LIST.page(LIST.asked(request), at, fetch)   # rows, total, at, per_page, query
    return await LIST.export(request, fetch, form)            # the same rows in the same order, all

`fetch` is the room's query: it takes the filter, how many rows and from which on, and returns them
with how many there are; `held` makes one of rows that are all in hand. A cell of an export is what
the page says: a word and never its code, a moment by the county's clock. `form=print` is the list
on paper: heading, filters in words, day, all rows up to `PRINTED`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import msgspec
from litestar.response import Response, Template

from alliance.kit import clock, reading
from alliance.kit.forms import Form
from alliance.kit.language import _, day
from alliance.kit.language import clock as time_of
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import filters
from alliance.kit.web.pages import WebRequest, page

Wanted = TypeVar("Wanted", bound=msgspec.Struct)
Row = TypeVar("Row")
Fetch = Callable[[Wanted, int, int], Awaitable[tuple[Sequence[Row], int]]]
"""Rows that a filter finds, at most so many from that one on, and how many there are in all."""


ORDER = ("sort", "down")
"""Fields that say in which order; an address names none where the list has its own."""
PRINTED = 2_000
"""Rows that a list on paper has at most; it says how many there are beyond."""
Taken = Response[bytes] | Template
"""A list as it is taken along: a file, or a page to print."""


class Column(msgspec.Struct, Generic[Row], frozen=True):
    """A column of an export: its heading in words, and what stands in a row's cell; `paper` is no
    where it is too long to be printed."""

    label: str
    cell: Callable[[Row], Cell]
    paper: bool = True


class By(msgspec.Struct, frozen=True):
    """What a list is filtered by, in words: its label, and the words of its codes where it has
    some."""

    label: str
    words: Mapping[str, str] = {}


class Asked(msgspec.Struct, Generic[Wanted], frozen=True):
    """What an address asks for, and how it says so."""

    wanted: Wanted
    query: dict[str, str]


class Listing(Generic[Wanted, Row]):
    """A kind of list. `wanted` is a struct of texts, ticks and days whose defaults hold where an
    address says nothing; `choices` says what a field may be."""

    def __init__(
        self,
        wanted: type[Wanted],
        columns: Callable[[], Iterable[Column[Row]]],
        *,
        name: Callable[[], str],
        choices: Mapping[str, Collection[str]] | None = None,
        by: Callable[[], Mapping[str, By]] = dict,
        per_page: int = 25,
        most: int = 5_000,
    ) -> None:
        self.wanted = wanted
        self.by = by
        self._columns = columns
        self._name = name
        self._choices = choices or {}
        self.per_page = per_page
        self.most = most

    def asked(self, request: WebRequest) -> Asked[Wanted]:
        """The filter of an address; a value that is none of its choices asks for nothing."""
        query = filters(request, self.wanted.__struct_fields__)
        sort = self._choices.get("sort")
        if not query.get("sort") or (sort is not None and query["sort"] not in sort):
            query.pop("down", None)  # the order of a list that nobody sorted has its own direction
        wanted: dict[str, Any] = {}
        for field in msgspec.structs.fields(self.wanted):
            given = _read(field.type, query.get(field.name), self._choices.get(field.name))
            if given is not None:
                wanted[field.name] = given
                query[field.name] = query[field.name] if given else ""
            elif field.name in ORDER or not isinstance(field.default, str):
                query[field.name] = ""
            else:
                query[field.name] = field.default
        return Asked(self.wanted(**wanted), query)

    async def page(
        self, asked: Asked[Wanted], at: int, fetch: Fetch[Wanted, Row]
    ) -> dict[str, Any]:
        """What a page of the list shows: `rows`, `total`, `at`, `per_page` and `query`."""
        rows, total = await fetch(asked.wanted, self.per_page, (at - 1) * self.per_page)
        return {
            "rows": rows,
            "total": total,
            "at": at,
            "per_page": self.per_page,
            "query": asked.query,
        }

    async def export(
        self,
        request: WebRequest,
        fetch: Fetch[Wanted, Row],
        form: str = "xlsx",
        *,
        names_people: bool = False,
        of: str = "",
        words: Mapping[str, str] | None = None,
    ) -> Taken:
        """All that the filter finds, as a file or a page to print; where its rows are people, it
        says of how many the use is restricted, whom the page shows and nothing takes away.

        `of` is what the list is of, where its name does not say; `words` says the values of filters
        that only the database knows. Its cells are made beside the loop.
        """
        asked = self.asked(request)
        most = min(PRINTED, self.most) if form == "print" else self.most
        rows, total = await fetch(asked.wanted, most, 0)
        below: Sequence[Sequence[Cell]] = ()
        if names_people:
            with reading.carrying(away=False):
                _none, listed = await fetch(asked.wanted, 0, 0)
            below = reading.left_out(listed - total)
        if form == "print":
            columns = [column for column in self._columns() if column.paper]
            return page(
                request,
                "layout/listed.html",
                title=f"{self._name()} · {of}" if of else self._name(),
                narrowed=self._in_words(asked.query, words or {}),
                heads=[column.label for column in columns],
                rows=await asyncio.to_thread(_on_paper, columns, rows),
                total=total,
                most=most,
                below=[line[0] for line in below],
            )
        columns = list(self._columns())
        cells = ([column.cell(row) for column in columns] for row in rows)
        name = f"{self._name()}-{of or day(clock.today())}"
        return await files.table(
            [column.label for column in columns], _then(cells, below), name, form
        )

    def _in_words(self, query: Mapping[str, str], words: Mapping[str, str]) -> list[str]:
        """What the list is narrowed to, one phrase a filter."""
        told = []
        for name, by in self.by().items():
            if text := query.get(name, ""):
                said = words.get(name) or (_(by.words[text]) if text in by.words else text)
                ticked = text == "1" and text not in by.words
                told.append(by.label if ticked else _(": ").join((by.label, said)))
        return told


def held(
    rows: Sequence[Row], by: Mapping[str, Callable[[Row], Any]] | None = None
) -> Fetch[Any, Row]:
    """A fetch of rows that are all in hand: sorted by the key of `by` that the filter names, in
    their own order without one; what a row lacks stands last in either direction."""

    async def fetch(wanted: Any, limit: int, offset: int) -> tuple[Sequence[Row], int]:
        key = (by or {}).get(getattr(wanted, "sort", ""))
        found = rows
        if key is not None:
            known = sorted(
                (row for row in rows if key(row) is not None), key=key, reverse=wanted.down
            )
            found = [*known, *(row for row in rows if key(row) is None)]
        return found[offset : offset + limit], len(found)

    return fetch


def _on_paper(columns: Sequence[Column[Row]], rows: Sequence[Row]) -> list[list[tuple[str, bool]]]:
    """The cells of a printed list as texts, each with whether it is a number."""
    return [[_printed(column.cell(row)) for column in columns] for row in rows]


def _printed(cell: Cell) -> tuple[str, bool]:
    if cell is None or cell == "":
        return "–", False
    if isinstance(cell, bool):
        return (_("yes") if cell else _("no")), False
    if isinstance(cell, datetime):
        return f"{day(cell)} {time_of(cell)}", False
    if isinstance(cell, date):
        return day(cell), False
    if isinstance(cell, float):
        return (f"{cell:.3f}".rstrip("0").rstrip(".") if math.isfinite(cell) else "–"), True
    return str(cell), isinstance(cell, int)


def _read(kind: Any, text: str | None, allowed: Collection[str] | None) -> str | bool | date | None:
    """What a text of an address says as a value of this kind; None where it says nothing."""
    if kind is bool:
        return None if text is None else text == "1"
    if not text or (allowed is not None and text not in allowed):
        return None
    if kind == date | None:
        return Form({"day": text}).day("day", required=False)
    return text


def _then(
    cells: Iterable[Sequence[Cell]], last: Sequence[Sequence[Cell]]
) -> Iterable[Sequence[Cell]]:
    yield from cells
    yield from last
