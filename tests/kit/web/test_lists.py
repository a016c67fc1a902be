"""A list's address, its pages and its export say the same; exports say words and the county's time."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from litestar import Litestar
from litestar.response import Response
from openpyxl import load_workbook

from alliance import app as app_module
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import speaking
from alliance.kit.sheets.writing import write_csv
from alliance.kit.web.lists import ORDER, Column, Listing, held
from tests.architecture.test_routes import foreign_ids, handlers
from tests.world import World


class Wanted(msgspec.Struct, frozen=True):
    search: str = ""
    state: str = "open"
    since: date | None = None
    only: bool = False
    sort: str = "changed"
    down: bool = True


class Sent:
    """As much of a request as a list reads."""

    def __init__(self, **query: str) -> None:
        self.query_params = query


LIST: Listing[Wanted, int] = Listing(
    Wanted,
    lambda: [Column("number", lambda row: row), Column("square", lambda row: row * row)],
    name=lambda: "numbers",
    choices={"state": ("open", "over"), "sort": ("changed", "name")},
    per_page=3,
    most=8,
)


def asked(**query: str) -> tuple[Wanted, dict[str, str]]:
    found = LIST.asked(Sent(**query))  # type: ignore[arg-type]  # it reads nothing else
    return found.wanted, found.query


def test_an_address_that_says_nothing_asks_for_the_defaults() -> None:
    wanted, query = asked()
    assert wanted == Wanted()
    assert {name: text for name, text in query.items() if text} == {"state": "open"}


def test_what_an_address_asks_for_is_read_by_kind_and_the_rest_is_left_out() -> None:
    wanted, query = asked(
        search="数控", state="over", since="2026-9-1", only="1", sort="name", down=""
    )
    assert wanted == Wanted(
        search="数控", state="over", since=date(2026, 9, 1), only=True, sort="name", down=False
    )
    assert (query["search"], query["sort"], query["down"]) == ("数控", "name", "")
    wanted, query = asked(state="'; drop", since="yesterday", sort="password", down="1")
    assert wanted == Wanted()
    assert (query["state"], query["since"], query["sort"], query["down"]) == ("open", "", "", "")


async def test_the_pages_and_the_export_show_the_same_rows_in_the_same_order() -> None:
    numbers = list(range(20, 13, -1))

    async def fetch(wanted: Wanted, limit: int, offset: int) -> tuple[list[int], int]:
        return numbers[offset : offset + limit], len(numbers)

    found = LIST.asked(Sent())  # type: ignore[arg-type]  # it reads nothing else
    pages = [await LIST.page(found, at, fetch) for at in (1, 2, 3)]
    assert [row for page in pages for row in page["rows"]] == numbers
    assert {(page["total"], page["per_page"]) for page in pages} == {(7, 3)}
    with speaking("zh"):
        file = await LIST.export(Sent(), fetch, "csv", names_people=True)  # type: ignore[arg-type]  # as above
    assert isinstance(file, Response)
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows == [["number", "square"], *([str(n), str(n * n)] for n in numbers)], (
        "nobody is left out"
    )


async def test_rows_in_hand_are_sorted_and_what_they_lack_stands_last() -> None:
    fetch = held([(1, "b"), (2, None), (3, "a")], {"name": lambda row: row[1]})
    rising, falling = Wanted(sort="name", down=False), Wanted(sort="name", down=True)
    assert await fetch(Wanted(), 2, 1) == ([(2, None), (3, "a")], 3)
    assert [row[0] for row in (await fetch(rising, 9, 0))[0]] == [3, 1, 2]
    assert [row[0] for row in (await fetch(falling, 9, 0))[0]] == [1, 3, 2]


def test_every_list_says_its_filters_in_words() -> None:
    """What is printed names what it was narrowed to: no filter without words."""
    assert app_module.ROOMS, "all rooms are imported"
    lists = [
        one
        for name, module in sys.modules.items()
        if name.startswith("alliance.")
        for one in vars(module).values()
        if isinstance(one, Listing)
    ]
    with speaking("zh"):
        assert [
            f"{one.wanted.__module__}.{name}"
            for one in lists
            for name in one.wanted.__struct_fields__
            if name not in (*ORDER, *one.by())
        ] == []
    assert len(lists) > 12


def test_separated_text_writes_moments_by_the_countys_clock() -> None:
    written = write_csv(["when"], [[datetime(2026, 11, 30, 17, 5, 9, 77, UTC)], [date(2026, 1, 2)]])
    assert written.decode("utf-8-sig").split() == ["when", "2026-12-01", "01:05:09", "2026-01-02"]


CODE = re.compile(r"[a-z][a-z_]*")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:\d\d)")
SAID = {"hub"}
"""Words that are names and no codes: the source of posts that came from the hub itself."""
NAMES = {("/privacy/register/export", "表格"), ("/privacy/register/export", "列")}
"""Columns of names: the register says which table and column of the database it speaks of."""


def cells(content: bytes, kind: str) -> Iterator[tuple[str, Any]]:
    """(heading, value) of each cell of a table below its headings."""
    if "csv" in kind:
        rows: list[Any] = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).active]
    for row in rows[1:]:
        yield from zip(rows[0], row, strict=False)


async def test_every_export_says_words_and_the_countys_time(
    browse: Callable[..., Any], app: Litestar, world: World, vault: Vault
) -> None:
    wrong, seen, printed = [], set(), set[str]()
    async with browse("coordinator.health", "zh"):
        ids = await foreign_ids(world, vault)
    routes = [
        (path, re.sub(r"\{(\w+)\}", lambda name: str(ids.get(name.group(1), "-")), path))
        for path, method, _handler in handlers(app)
        if method == "GET" and path.rsplit("/", 1)[-1] in ("export", "problems")
    ]
    assert len(routes) > 20
    for login in ("coordinator.health", "secretary.centre", "planner.centre", "hr.hotel"):
        async with browse(login, "zh") as browser:
            await browser.submit("/access/purpose", {"purpose": "report"})
            for path, address in routes:
                if path not in printed:
                    sheet = await browser.get(f"{address}?form=print")
                    if "on-paper" in sheet.text:
                        printed.add(path)
                answer = await browser.get(f"{address}?form=csv")
                kind = answer.headers.get("content-type", "")
                if answer.status_code != 200 or "html" in kind:
                    continue
                if "json" in kind:
                    assert "+00:00" not in answer.text
                    continue
                for heading, value in cells(answer.content, kind):
                    seen.add(path)
                    text = value if isinstance(value, str) else ""
                    if (path, heading) in NAMES:
                        continue
                    if (CODE.fullmatch(text) and text not in SAID) or INSTANT.search(text):
                        wrong.append(f"{path} as {login}, {heading}: {text}")
    assert sorted(set(wrong))[:30] == []
    assert len(seen) >= 15, sorted(seen)
    assert len(printed) >= 13, sorted(printed)
