"""Separated text read as a table."""

from __future__ import annotations

import csv
import io
from collections import Counter

from alliance.kit.sheets.model import MAX_COLUMNS, Cell, Limits, SheetError

FORMULA = frozenset("=+-@\t\r")
"""A text that begins so would run as a formula in a spreadsheet."""
_LONGEST_FIELD = 32_767
"""As many characters as a cell of a workbook holds."""
_SAMPLE = 65_536
_NARROW = 4
"""From so many columns on a line with as many delimiters is taken for a row, not for a sentence."""
csv.field_size_limit(4 * _LONGEST_FIELD)


def read_text(content: bytes, file_name: str, limits: Limits) -> list[list[Cell]]:
    """Rows of UTF-8, GB18030 or UTF-16 text with commas, semicolons or tabs.

    Raises:
        SheetError: "unknown_encoding", "not_spreadsheet", "stray_quote" or a limit.
    """
    text = decode(content, file_name)
    if "\0" in text or text.lstrip()[:1] == "<":
        raise SheetError("not_spreadsheet", file=file_name)
    rows: list[list[Cell]] = []
    cells = 0
    mark = delimiter(text)
    # strict: a quotation mark that stands where it opens or closes nothing is no part of the text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    width = _width(text, mark)
    try:
        for row in reader:
            if len(row) > MAX_COLUMNS:
                raise SheetError("too_many_columns", limit=MAX_COLUMNS)
            if any(len(field) > _LONGEST_FIELD for field in row):
                # a quotation mark that never closes takes the rest of the file for one cell
                raise SheetError("not_spreadsheet", file=file_name)
            if _swallows(row, mark, width):
                raise SheetError("stray_quote", row=len(rows) + 1)
            rows.append([without_guard(field) or None for field in row])
            cells += len(row)
            if len(rows) > limits.rows:
                raise SheetError("too_many_rows", limit=limits.rows)
            if cells > limits.cells:
                raise SheetError("too_many_cells", limit=limits.cells)
    except csv.Error as error:
        if "field larger" in str(error):
            raise SheetError("not_spreadsheet", file=file_name) from error
        raise SheetError("stray_quote", row=len(rows) + 1) from error
    return rows


def _swallows(row: list[str], mark: str, width: int) -> bool:
    """Whether a cell holds rows, because a lone quotation mark opened it. A cell of several lines
    that its writer meant leaves its row as wide as the others, and none of its lines is a row."""
    for field in row:
        if width and mark in field and len(lines := field.splitlines()) > 1:
            counts = [line.count(mark) for line in lines]
            if len(row) != width or width - 1 in (*counts[1:-1], counts[0] + counts[-1]):
                return True
    return False


def _width(text: str, mark: str) -> int:
    """How many fields most of the first lines have; 0 where they are too few to tell a row from a
    sentence."""
    counts = Counter(line.count(mark) + 1 for line in text[:_SAMPLE].splitlines() if mark in line)
    width = max(counts, key=lambda count: (counts[count], count), default=0)
    return width if width >= _NARROW else 0


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
