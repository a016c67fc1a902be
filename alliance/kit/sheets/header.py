"""Where the headings of a table are, and which columns they name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from alliance.kit.sheets.model import Cell, Sheet, SheetError, normalise

HEADER_WITHIN_ROWS = 30


@dataclass(frozen=True)
class Column:
    """A column that a table may or must have; the first spelling is the one shown to people."""

    name: str
    spellings: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True)
class Header:
    """Where the headings are: `first_row`..`last_row` (1-based, two rows when merged), 0-based
    `positions` by name."""

    first_row: int
    last_row: int
    positions: dict[str, int]
    headings: dict[str, str]

    def cell(self, row: Sequence[Cell], name: str) -> Cell:
        """The cell of the named column, None where the column or the cell is absent."""
        position = self.positions.get(name)
        return row[position] if position is not None and position < len(row) else None


def heading_key(text: object) -> str:
    """A heading without what people add to it: marks of required columns, remarks in brackets,
    spaces, case.

    >>> heading_key("*身份证 号（18 位）：")
    '身份证号'
    """
    return re.sub(r"\(.*?\)|\[.*?\]|【.*?】|[\s*:;、/]", "", normalise(text)).casefold()


def find_header(sheet: Sheet, columns: Sequence[Column]) -> Header:
    """The heading row (or two merged heading rows) among the first 30 rows that names the most of
    `columns`.

    Raises:
        SheetError: "no_header" with the missing required columns and the headings of the best row.
    """
    names = {
        heading_key(spelling): column.name for column in columns for spelling in column.spellings
    }
    required = {column.name for column in columns if column.required}
    best = Header(1, 1, {}, {})
    for number, row in list(sheet.numbered())[:HEADER_WITHIN_ROWS]:
        below = sheet.rows[number] if number < len(sheet.rows) else []
        for candidate in (
            _one_row_header(number, row, names),
            _two_row_header(number, row, below, names),
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
    return best


def _worth(header: Header, required: set[str]) -> tuple[int, int]:
    return len(required & header.positions.keys()), len(header.positions)


def _one_row_header(number: int, row: Sequence[Cell], names: dict[str, str]) -> Header:
    header = Header(number, number, {}, {})
    for position, cell in enumerate(row):
        name = names.get(heading_key(cell))
        if name is not None and name not in header.positions:
            header.positions[name] = position
            header.headings[name] = normalise(cell)
    return header


def _two_row_header(
    number: int, upper: Sequence[Cell], lower: Sequence[Cell], names: dict[str, str]
) -> Header:
    header = Header(number, number + 1, {}, {})
    if not all(any(heading_key(cell) in names for cell in row) for row in (upper, lower)):
        return header
    for position in range(max(len(upper), len(lower))):
        over = normalise(upper[position]) if position < len(upper) else ""
        under = normalise(lower[position]) if position < len(lower) else ""
        for text in (over + under, under, over):
            name = names.get(heading_key(text))
            if name is not None:
                if name not in header.positions:
                    header.positions[name] = position
                    header.headings[name] = text
                break
    return header
