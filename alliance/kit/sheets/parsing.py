"""A file parsed into a table, told by content rather than by name; only what the child process
needs."""

from __future__ import annotations

from alliance.kit.sheets.model import Cell, Limits, Sheet, SheetError, normalise
from alliance.kit.sheets.plain import refuse_plainly
from alliance.kit.sheets.text import read_text
from alliance.kit.sheets.workbook import read_workbook


def parse_table(
    content: bytes, file_name: str, sheet_name: str | None = None, limits: Limits | None = None
) -> Sheet:
    """The table in a .xlsx, .csv or .txt file. Call it where a hostile file may do no harm:
    `reading.read_table` does.

    Workbooks: the named sheet, else the first visible one that is not empty; hidden rows are read,
    formulas give their stored values, merged cells repeat their top-left one. Text: UTF-8, GB18030
    or UTF-16; comma, semicolon or tab. What holds something and is not read stands in the remarks.

    Raises:
        SheetError: with every code of `MESSAGES` but "no_header" and "gave_up".
    """
    limits = limits or Limits()
    refuse_plainly(content, file_name, limits)
    if content.startswith(b"PK"):
        sheet = read_workbook(content, file_name, sheet_name, limits)
    else:
        sheet = Sheet(read_text(content, file_name, limits))
    _trim(sheet.rows)
    if not sheet.rows:
        raise SheetError("empty", file=file_name)
    return sheet


def _trim(rows: list[list[Cell]]) -> None:
    while rows and not any(normalise(cell) for cell in rows[-1]):
        rows.pop()
