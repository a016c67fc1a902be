"""Separated text read as a table."""

from __future__ import annotations

import csv
import io

from alliance.kit.sheets.model import MAX_COLUMNS, Cell, Limits, SheetError

FORMULA = frozenset("=+-@\t\r")
"""A text that begins so would run as a formula in a spreadsheet."""
_LONGEST_FIELD = 32_767
"""As many characters as a cell of a workbook holds."""
_SAMPLE = 65_536
csv.field_size_limit(4 * _LONGEST_FIELD)


def read_text(content: bytes, file_name: str, limits: Limits) -> list[list[Cell]]:
    """Rows of UTF-8, GB18030 or UTF-16 text with commas, semicolons or tabs.

    Raises:
        SheetError: "unknown_encoding", "not_spreadsheet" or a limit.
    """
    text = decode(content, file_name)
    if "\0" in text or text.lstrip()[:1] == "<":
        raise SheetError("not_spreadsheet", file=file_name)
    rows: list[list[Cell]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text)):
            if len(row) > MAX_COLUMNS:
                raise SheetError("too_many_columns", limit=MAX_COLUMNS)
            if any(len(field) > _LONGEST_FIELD for field in row):
                # a quotation mark that never closes takes the rest of the file for one cell
                raise SheetError("not_spreadsheet", file=file_name)
            rows.append([without_guard(field) or None for field in row])
            cells += len(row)
            if len(rows) > limits.rows:
                raise SheetError("too_many_rows", limit=limits.rows)
            if cells > limits.cells:
                raise SheetError("too_many_cells", limit=limits.cells)
    except csv.Error as error:
        raise SheetError("not_spreadsheet", file=file_name) from error
    return rows


def decode(content: bytes, file_name: str) -> str:
    """The text in the encoding that fits; raises SheetError "unknown_encoding"."""
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content[:4096]:
        encodings = (
            ["utf-16-le", "utf-16-be"]
            if content[1:4096:2].count(0) >= content[:4096:2].count(0)
            else ["utf-16-be"]
        )
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError("unknown_encoding", file=file_name)


def delimiter(text: str) -> str:
    """Comma, tab or semicolon: the one that divides most of the first lines into the most
    fields."""
    lines = [line for line in text[:_SAMPLE].splitlines() if line.strip()][:30]

    def fields(mark: str) -> int:
        counts = sorted(len(row) for row in csv.reader(lines, delimiter=mark))
        return counts[len(counts) // 2] if counts else 0

    return max((",", "\t", ";"), key=fields)


def without_guard(text: str) -> str:
    """Without the quote that `sheet_writing.write_csv` puts before a formula, or before quotes
    before a formula."""
    return text[1:] if text[:1] == "'" and text.lstrip("'")[:1] in FORMULA else text
