"""A list is one declaration: what may be asked for, a page of it, its export exactly as filtered.

    LIST = Listing(Filter, columns, name=lambda: _("Posts"), choices={"sort": SORTS})

    asked = LIST.asked(request)
    shown = await LIST.page(asked, at, fetch)        # rows, total, at, per_page, query
    return await LIST.export(asked, fetch, form)     # the same rows in the same order, all pages

`fetch` is the room's query: it takes the filter, how many rows and from which on, and returns them
with how many there are. A cell of an export is what the page says: a word and never its code, a
moment by the county's clock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Generic, TypeVar

import msgspec
from litestar.response import Response

from alliance.kit import clock, reading
from alliance.kit.forms import Form
from alliance.kit.language import day
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import filters
from alliance.kit.web.pages import WebRequest

Wanted = TypeVar("Wanted", bound=msgspec.Struct)
Row = TypeVar("Row")
Fetch = Callable[[Wanted, int, int], Awaitable[tuple[Sequence[Row], int]]]
"""Rows that a filter finds, at most so many from that one on, and how many there are in all."""


ORDER = ("sort", "down")
"""Fields that say in which order; an address names none where the list has its own."""


class Column(msgspec.Struct, Generic[Row], frozen=True):
    """A column of an export: its heading in words, and what stands in a row's cell."""

    label: str
    cell: Callable[[Row], Cell]


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
        per_page: int = 25,
        most: int = 5_000,
    ) -> None:
        self.wanted = wanted
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
        asked: Asked[Wanted],
        fetch: Fetch[Wanted, Row],
        form: str = "xlsx",
        *,
        names_people: bool = False,
    ) -> Response[bytes]:
        """All that the filter finds, as a file of the form that was asked for; where its rows are
        people, it says of how many the use is restricted, whom the page shows and no file takes.

        Its cells are made beside the loop.
        """
        rows, total = await fetch(asked.wanted, self.most, 0)
        below: Sequence[Sequence[Cell]] = ()
        if names_people:
            with reading.carrying(away=False):
                _none, listed = await fetch(asked.wanted, 0, 0)
            below = reading.left_out(listed - total)
        columns = list(self._columns())
        cells = ([column.cell(row) for column in columns] for row in rows)
        name = f"{self._name()}-{day(clock.today())}"
        return await files.table(
            [column.label for column in columns], _then(cells, below), name, form
        )


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
