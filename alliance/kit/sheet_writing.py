"""Tables that people download: workbooks and separated text in which nothing runs as a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from alliance.kit.sheets import Cell, normalise
from alliance.kit.sheets.text import FORMULA


def write_xlsx(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook with one sheet: bold frozen headings, fitting widths, every text stored as text, never as a formula.

    Text cells get the text format, so that an identity number typed over one of them keeps its last digits.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    widths = [_width(column) for column in columns]
    for number, row in enumerate([list(columns), *rows], start=1):
        for position, value in enumerate(row):
            cell = sheet.cell(number, position + 1)
            if isinstance(value, str):
                cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
                cell.data_type = "s"
                cell.number_format = "@"
            else:
                cell.value = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            if position < len(widths):
                widths[position] = max(widths[position], _width(value))
    for position, width in enumerate(widths, start=1):
        head = sheet.cell(1, position)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="E6EEF5")
        head.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(position)].width = min(width + 2, 48)
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Comma-separated UTF-8 with a byte order mark; a text that would run as a formula gets a leading quote."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in [list(columns), *rows]:
        writer.writerow([f"'{value}" if isinstance(value, str) and value.lstrip("'")[:1] in FORMULA else value for value in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _width(value: object) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in normalise(value))
