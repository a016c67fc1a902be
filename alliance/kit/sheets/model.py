"""A table as it was read, its limits and its refusals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | float | Decimal | date | None

MAX_COLUMNS = 256
_GUARD = re.compile(r'^(?:="(.*)"|[\'\u2018\u2019]+([\d=+-].*))$', re.DOTALL)
MIB = 2**20
_LISTED = 10


class SheetError(Exception):
    """A table that cannot be read; `code` is a key of `messages.MESSAGES`, `values` fill its
    places."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code, values)

    def message(self) -> str:
        """What is wrong and what to do, in the reader's language."""
        # imported when a person is to be told: the child process, which tells nobody, starts
        # without the catalogues
        from alliance.kit.language import _
        from alliance.kit.sheets.messages import MESSAGES

        return _(MESSAGES[self.code], **self.values)


@dataclass(frozen=True)
class Remark:
    """What holds something and was not read: `code` is a key of `messages.REMARKS`, `row` the first
    one of several, `column` a heading, a letter or the name of a sheet."""

    code: str
    row: int
    column: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """A table as it stood in the file: `rows[0]` is row 1 of the spreadsheet; rows may differ in
    length.

    `fills_merged` tells whether merged cells were filled from their top-left one; text formats
    cannot know them. `remarks` name what else the file holds.
    """

    rows: list[list[Cell]]
    name: str = ""
    fills_merged: bool = False
    remarks: tuple[Remark, ...] = ()

    def numbered(self, first: int = 1) -> Iterator[tuple[int, list[Cell]]]:
        """(row number, cells) from row `first` on."""
        yield from enumerate(self.rows[first - 1 :], start=first)


@dataclass(frozen=True)
class Limits:
    """How large a table may be (bytes of the file, rows with headings, cells), and what reading it
    may take (`memory` in bytes, `seconds` of processor time)."""

    bytes: int = 10 * MIB
    rows: int = 20_000
    cells: int = 1_000_000
    memory: int = 768 * MIB
    seconds: int = 20


def letters(position: int) -> str:
    """The letters of a column, counted from 0.

    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    return (letters(position // 26 - 1) if position >= 26 else "") + chr(ord("A") + position % 26)


def listed(rows: Sequence[int]) -> str:
    """The first rows of several, as a sentence names them."""
    return ", ".join(map(str, rows[:_LISTED])) + ("…" if len(rows) > _LISTED else "")


def unguarded(cell: object) -> object:
    """A cell without what systems write around a number so that Excel keeps it a text.

    >>> unguarded('="00123"'), unguarded("'00123"), unguarded("'t Hooft")
    ('00123', '00123', "'t Hooft")
    """
    if isinstance(cell, str) and cell.lstrip()[:1] in ("=", "'", "\u2018", "\u2019"):
        return _GUARD.sub(lambda found: found[1] or found[2], cell.strip())
    return cell


def normalise(value: object) -> str:
    """A cell as plain text: full-width forms folded (NFKC), zero-width marks removed, white space
    single and trimmed.

    >>> normalise("\\u3000２０２５级 数控\\u200b１班 ")
    '2025级 数控1班'
    >>> normalise(2025.0)
    '2025'
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.isprintable() and unicodedata.is_normalized("NFKC", value):
        # most cells, and many times faster: printable text has no other white space than blanks,
        # and no zero-width marks
        return " ".join(value.split())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        value = value.date()
    text = unicodedata.normalize("NFKC", str(value))
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())
