"""Tables that people download: workbooks and separated text in which nothing runs as a formula."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from xlsxwriter import Workbook

from alliance.kit.language import COUNTY_TIME
from alliance.kit.sheets import Cell, normalise
from alliance.kit.sheets.text import FORMULA

_WIDEST = 48
_LONGEST = 32_767
"""Characters that a cell holds."""
_BREAK = re.compile(r"\r\n?")
"""Within a cell a line ends with a line feed alone."""
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_xlsx(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook with one sheet: bold frozen headings, fitting widths, every text stored as text,
    never as a formula.

    Columns of text get the text format to their last row, so that an identity number typed into one
    keeps its last digits. Moments are written by the county's clock; a number that is none (nan,
    infinite) leaves its cell empty.
    """
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Sheet")
    text = book.add_format({"num_format": "@"})
    head = book.add_format(
        {
            "num_format": "@",
            "bold": True,
            "bg_color": "#E6EEF5",
            "valign": "vcenter",
            "text_wrap": True,
        }
    )
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    widths: dict[int, int] = {}
    others: set[int] = set()
    known: dict[str, int] = {}
    for number, row in enumerate([columns, *rows]):
        for position, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(number, position, _clean(value), text if number else head)
                if (width := known.get(value, 0)) == 0:
                    width = known[value] = _width(value)
                widths[position] = max(width, widths.get(position, 0))
                continue
            if isinstance(value, bool):
                sheet.write_boolean(number, position, value)
                width = 5
            elif isinstance(value, datetime):
                sheet.write_datetime(number, position, _local(value), moment)
                width = 19
            elif isinstance(value, date):
                sheet.write_datetime(number, position, value, day)
                width = 10
            elif math.isfinite(value):
                sheet.write_number(number, position, value)
                width = len(str(value))
            else:
                continue
            others.add(position)
            widths[position] = max(width, widths.get(position, 0))
    for position, width in widths.items():
        kind = None if position in others else text
        sheet.set_column(position, position, min(width + 2, _WIDEST), kind)
    sheet.freeze_panes(1, 0)
    book.close()
    return file.getvalue()


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Comma-separated UTF-8 with a byte order mark; a text that would run as a formula gets a
    leading quote. Moments are written by the county's clock."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in [list(columns), *rows]:
        writer.writerow([_plain(value) for value in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _plain(value: Cell) -> Cell:
    if isinstance(value, str):
        return f"'{value}" if value.lstrip("'")[:1] in FORMULA else value
    return _local(value) if isinstance(value, datetime) else value


def _local(value: datetime) -> datetime:
    """The moment on the county's clock, to the second, as tables write it."""
    local = value.astimezone(COUNTY_TIME).replace(tzinfo=None) if value.tzinfo else value
    return local.replace(microsecond=0)


def _clean(text: str) -> str:
    # most texts have neither line breaks nor anything else that does not print
    return (
        text[:_LONGEST]
        if text.isprintable()
        else _NO_XML.sub("", _BREAK.sub("\n", text)[:_LONGEST])
    )


def _width(text: str) -> int:
    """How many letters wide a text is, as far as that matters for the width of its column."""
    if text.isascii() or len(text) >= _WIDEST:
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in normalise(text))
