"""Where the headings of a table are, which columns they name, and which columns nobody knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from alliance.kit.sheets.model import (
    MAX_COLUMNS,
    Cell,
    Remark,
    Sheet,
    SheetError,
    letters,
    listed,
    normalise,
    unguarded,
)

HEADER_WITHIN_ROWS = 30
_COUNTERS = frozenset({"序号", "行号", "no", "no.", "#"})
"""Headings of columns that only count the rows: leaving them out loses nothing."""
_ROW_OF_DATA = 4
"""From so many different cells on a row above the headings is no title."""
_GROUP = re.compile(r"(基本)?(信息|情况|资料)$|information$")
"""What the name of a group of columns ends with besides whose they are."""


@dataclass(frozen=True)
class Column:
    """A column that a table may or must have; the first spelling is the one shown to people."""

    name: str
    spellings: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True)
class Header:
    """Where the headings are: `first_row`..`last_row` (1-based, two rows when merged), 0-based
    `positions` by name; `second` are columns that name what another one, which was taken, names
    too."""

    first_row: int
    last_row: int
    positions: dict[str, int]
    headings: dict[str, str]
    second: dict[int, str] = field(default_factory=dict)

    def cell(self, row: Sequence[Cell], name: str) -> Cell:
        """The cell of the named column, None where the column or the cell is absent."""
        position = self.positions.get(name)
        return row[position] if position is not None and position < len(row) else None


_Names = Mapping[str, tuple[str, int]]
"""By key of a heading the column and how far down its spellings stand."""


def heading_key(text: object) -> str:
    """A heading without what people add to it: marks of required columns, remarks in brackets,
    spaces, case.

    >>> heading_key("*身份证 号（18 位）：")
    '身份证号'
    """
    return re.sub(r"\(.*?\)|\[.*?\]|【.*?】|[\s*:;、/]", "", normalise(unguarded(text))).casefold()


def find_header(
    sheet: Sheet, columns: Sequence[Column], assigned: Mapping[str, str] | None = None
) -> Header:
    """The heading row (or two merged heading rows) among the first 30 rows that names the most of
    `columns`; `assigned` says by key of a heading which column somebody said it is.

    Raises:
        SheetError: "no_header" with the missing required columns and the headings of the best row;
        "heading_twice" when one heading stands above two columns that differ.
    """
    names = {
        heading_key(spelling): (column.name, rank)
        for column in columns
        for rank, spelling in enumerate(column.spellings)
    }
    names |= {key: (name, -1) for key, name in (assigned or {}).items()}
    required = {column.name for column in columns if column.required}
    best = Header(1, 1, {}, {})
    within = list(sheet.numbered())[:HEADER_WITHIN_ROWS]
    below = {number: sheet.rows[number] if number < len(sheet.rows) else [] for number, _ in within}
    # two rows only where they say more than one: a row of data above the headings is no heading
    for candidate in (
        *(_one_row_header(number, row, names) for number, row in within),
        *(_two_row_header(number, row, below[number], names) for number, row in within),
    ):
        if _worth(candidate, required) > _worth(best, required):
            best = candidate
    missing = [
        column.spellings[0]
        for column in columns
        if column.required and column.name not in best.positions
    ]
    if missing:
        seen = (
            [text for text in map(normalise, sheet.rows[best.last_row - 1]) if text]
            if sheet.rows
            else []
        )
        raise SheetError(
            "no_header",
            missing="、".join(missing),
            seen="、".join(dict.fromkeys(seen))[:300] or "–",
        )
    _refuse_repeated(sheet, best)
    return best


def repeats_heading(sheet: Sheet, header: Header) -> Callable[[int, Sequence[Cell]], bool]:
    """Tells of (row, cells) below the headings whether they are these headings again, as printed
    lists have on each page.

    Asked so, it raises SheetError "heading_moved" when they stand in another order: what is below
    would be read under the wrong ones.
    """
    rows = sheet.rows[header.first_row - 1 : header.last_row]
    above = [[heading_key(cell) for cell in one] for one in rows]
    known = {key for one in above for key in one} | set(map(heading_key, header.headings.values()))

    def repeats(row: int, cells: Sequence[Cell]) -> bool:
        texts = []
        for cell in cells:
            if (text := heading_key(cell)) and text not in known:
                # most rows say with their first cell that they are data
                return False
            texts.append(text)
        if not any(texts):
            return False
        if len(set(texts) - {""}) >= 2 and not any(
            all(text in ("", *one[place : place + 1]) for place, text in enumerate(texts))
            for one in above
        ):
            raise SheetError("heading_moved", row=row, above=header.last_row)
        return True

    return repeats


def unread(sheet: Sheet, header: Header) -> list[Remark]:
    """What the file holds and nobody reads: the sheet's own remarks, and one for every column that
    holds something below the headings and is not taken."""
    taken = set(header.positions.values())
    filled: dict[int, list[int]] = {}
    for number, row in sheet.numbered(header.last_row + 1):
        if len(set(map(normalise, row))) <= 2 and len(row) > 2:
            # one text across the whole row, merged or alone, is a note, and said to be one
            continue
        for position, cell in enumerate(row):
            if position not in taken and cell is not None and normalise(cell):
                filled.setdefault(position, []).append(number)
    own = [_named(sheet, header, remark) for remark in sheet.remarks]
    above = [
        number
        for number, row in enumerate(sheet.rows[: header.first_row - 1], start=1)
        if len(set(map(normalise, row)) - {""}) >= _ROW_OF_DATA
    ]
    if above:
        own.append(Remark("rows_above", above[0], "", {"rows": listed(above)}))
    return own + [
        _remark(sheet, header, position, rows)
        for position, rows in sorted(filled.items())
        if heading_key(_heading(sheet, header, position)) not in _COUNTERS
    ]


def _named(sheet: Sheet, header: Header, remark: Remark) -> Remark:
    """The remark with the heading of its column in place of the letter."""
    position = next((p for p in range(MAX_COLUMNS) if letters(p) == remark.column), None)
    if remark.code not in ("formula_empty", "cell_error") or position is None:
        return remark
    return replace(remark, column=_heading(sheet, header, position) or remark.column)


def _remark(sheet: Sheet, header: Header, position: int, rows: list[int]) -> Remark:
    heading = _heading(sheet, header, position)
    if (name := header.second.get(position)) is not None:
        return Remark("column_second", rows[0], heading, {"taken": header.headings[name]})
    if heading:
        return Remark("column_unknown", header.last_row, heading, {"count": len(rows)})
    return Remark("column_unheaded", rows[0], letters(position), {"count": len(rows)})


def _heading(sheet: Sheet, header: Header, position: int) -> str:
    rows = sheet.rows[header.first_row - 1 : header.last_row]
    texts = [normalise(row[position]) if position < len(row) else "" for row in rows]
    return " ".join(dict.fromkeys(text for text in texts if text))


def _refuse_repeated(sheet: Sheet, header: Header) -> None:
    for position, name in header.second.items():
        taken = header.positions[name]
        if heading_key(_heading(sheet, header, position)) != heading_key(
            _heading(sheet, header, taken)
        ):
            continue
        values = [
            [normalise(row[place]) if place < len(row) else "" for place in (taken, position)]
            for row in sheet.rows[header.last_row :]
        ]
        if any(other not in ("", one) for one, other in values):
            raise SheetError(
                "heading_twice",
                heading=header.headings[name],
                columns="、".join(map(letters, sorted((taken, position)))),
                row=header.last_row,
            )


def _worth(header: Header, required: set[str]) -> tuple[int, int, int]:
    return (
        len(required & header.positions.keys()),
        len(header.positions),
        -len(header.second),
    )


def _header(first: int, last: int, found: Iterable[tuple[int, str, str, int]]) -> Header:
    """The header that names these columns: (position, heading, name, rank); of several that name
    one the better spelling is taken, then the one further left."""
    header = Header(first, last, {}, {})
    ranks: dict[str, int] = {}
    for position, heading, name, rank in found:
        if name in header.positions and rank >= ranks[name]:
            header.second[position] = name
            continue
        if name in header.positions:
            header.second[header.positions[name]] = name
        header.positions[name], header.headings[name], ranks[name] = position, heading, rank
    return header


def _one_row_header(number: int, row: Sequence[Cell], names: _Names) -> Header:
    keyed = [(position, normalise(cell), heading_key(cell)) for position, cell in enumerate(row)]
    return _header(
        number,
        number,
        ((position, text, *names[key]) for position, text, key in keyed if key in names),
    )


def _two_row_header(
    number: int, upper: Sequence[Cell], lower: Sequence[Cell], names: _Names
) -> Header:
    """Two heading rows read as one. A group that gives one of its columns another meaning than the
    column has by itself (the name of a parent) gives it to all: none of them is taken by its own
    name alone."""
    width = max(len(upper), len(lower))
    over = [normalise(upper[place]) if place < len(upper) else "" for place in range(width)]
    under = [normalise(lower[place]) if place < len(lower) else "" for place in range(width)]
    if not any(heading_key(text) in names for text in under) or len(set(over) - {""}) < 2:
        return Header(number, number + 1, {}, {})
    whose = [_GROUP.sub("", text) for text in over]

    def combined(place: int) -> tuple[str, int] | None:
        texts = (over[place] + under[place], whose[place] + under[place])
        return next((names[key] for key in map(heading_key, texts) if key in names), None)

    foreign = {
        over[place]
        for place in range(width)
        if over[place] != under[place]
        and (both := combined(place)) is not None
        and (alone := names.get(heading_key(under[place]))) is not None
        and both[0] != alone[0]
    }
    found = []
    for place in range(width):
        name = combined(place)
        if name is None and over[place] not in foreign:
            name = names.get(heading_key(under[place])) or names.get(heading_key(over[place]))
        if name is not None:
            text = under[place] or over[place]
            if over[place] in foreign:
                text = whose[place] + under[place]
            found.append((place, text, *name))
    return _header(number, number + 1, found)
