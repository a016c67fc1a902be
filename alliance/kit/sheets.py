"""Tables that people upload: spreadsheets and separated text, as real offices make them.

Reading forgives what keeps the meaning (title rows, merged cells, full-width digits, four encodings) and refuses with a
sentence that says what to do. Nothing here knows what the columns mean.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from statistics import median

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet

from alliance.kit.language import N_, _

__all__ = [
    "Cell",
    "Column",
    "Header",
    "Limits",
    "Sheet",
    "SheetError",
    "find_header",
    "heading_key",
    "normalise",
    "read_table",
]

Cell = str | int | float | Decimal | date | None

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
UNPACKED_FACTOR = 8
"""A workbook may unpack to so many times the bytes that may be uploaded."""
MAX_COLUMNS = 256
MAX_MERGED_CELLS = 500_000
HEADER_WITHIN_ROWS = 30
_MERGE = re.compile(rb'mergeCell\s[^>]*ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')

MESSAGES = {
    "too_large": N_("The file is larger than %(limit)s MB. Split it, or remove pictures and empty sheets."),
    "not_spreadsheet": N_("“%(file)s” is not a spreadsheet the hub can read. Open it in Excel or WPS and save it as .xlsx."),
    "old_xls": N_("“%(file)s” is in the old .xls format. Open it in Excel or WPS, save it as .xlsx and upload that file."),
    "encrypted": N_("“%(file)s” is protected by a password. Remove the password, save and upload it again."),
    "unpacks_too_large": N_("“%(file)s” unpacks to far more data than a table needs. Copy the table into a new workbook."),
    "unknown_encoding": N_("The text of “%(file)s” cannot be read. Save it as CSV UTF-8 or as .xlsx."),
    "empty": N_("“%(file)s” holds no rows. Check that the table is on the first sheet and save it again."),
    "no_such_sheet": N_("There is no sheet “%(sheet)s”. The workbook has: %(seen)s."),
    "too_many_rows": N_("The table has more than %(limit)s rows. Split it into several files."),
    "too_many_columns": N_("The table has more than %(limit)s columns. Delete the columns that are not needed."),
    "merged_too_large": N_("“%(file)s” merges whole rows or columns. Undo those merged cells and save it again."),
    "no_header": N_("These columns are missing: %(missing)s. The headings seen were: %(seen)s. Use the template's headings."),
}


class SheetError(Exception):
    """A table that cannot be read; `code` is a key of `MESSAGES`, `values` fill its places."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(MESSAGES[code] % values)

    def message(self) -> str:
        """What is wrong and what to do, in the reader's language."""
        return _(MESSAGES[self.code], **self.values)


@dataclass(frozen=True)
class Sheet:
    """A table as it stood in the file: `rows[0]` is row 1 of the spreadsheet; rows may differ in length.

    `fills_merged` tells whether merged cells were filled from their top-left one; text formats cannot know them.
    """

    rows: list[list[Cell]]
    name: str = ""
    fills_merged: bool = False

    def numbered(self, first: int = 1) -> Iterator[tuple[int, list[Cell]]]:
        """(row number, cells) from row `first` on."""
        yield from enumerate(self.rows[first - 1 :], start=first)


@dataclass(frozen=True)
class Column:
    """A column that a table may or must have; the first spelling is the one shown to people."""

    name: str
    spellings: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True)
class Header:
    """Where the headings are: `first_row`..`last_row` (1-based, two rows when merged), 0-based `positions` by name."""

    first_row: int
    last_row: int
    positions: dict[str, int]
    headings: dict[str, str]

    def cell(self, row: Sequence[Cell], name: str) -> Cell:
        """The cell of the named column, None where the column or the cell is absent."""
        position = self.positions.get(name)
        return row[position] if position is not None and position < len(row) else None


def normalise(value: object) -> str:
    """A cell as plain text: full-width forms folded (NFKC), zero-width marks removed, white space single and trimmed.

    >>> normalise("\\u3000２０２５级 数控\\u200b１班 ")
    '2025级 数控1班'
    >>> normalise(2025.0)
    '2025'
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.isprintable() and unicodedata.is_normalized("NFKC", value):
        # most cells, and many times faster: printable text has no other white space than blanks, and no zero-width marks
        return " ".join(value.split())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        value = value.date()
    text = unicodedata.normalize("NFKC", str(value))
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())


def heading_key(text: object) -> str:
    """A heading without what people add to it: marks of required columns, remarks in brackets, spaces, case.

    >>> heading_key("*身份证 号（18 位）：")
    '身份证号'
    """
    return re.sub(r"\(.*?\)|\[.*?\]|【.*?】|[\s*:;、/]", "", normalise(text)).casefold()


@dataclass(frozen=True)
class Limits:
    """How large a table may be: bytes of the file, rows with headings."""

    bytes: int
    rows: int


def read_table(content: bytes, file_name: str, sheet_name: str | None = None, limits: Limits | None = None) -> Sheet:
    """The table in an uploaded .xlsx, .csv or .txt file, told by content rather than by name.

    Workbooks: the named sheet, else the first visible one that is not empty; hidden rows are read, formulas give their
    stored values, merged cells repeat their top-left one. Text: UTF-8, GB18030 or UTF-16; comma, semicolon or tab.

    Raises:
        SheetError: with every code of `MESSAGES` but "no_header".
    """
    limits = limits or Limits(MAX_BYTES, MAX_ROWS)
    if len(content) > limits.bytes:
        raise SheetError("too_large", limit=limits.bytes // 1024 // 1024)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise SheetError("encrypted" if locked else "old_xls", file=file_name)
    if content.startswith(b"PK"):
        sheet = _read_workbook(content, file_name, sheet_name, limits)
    else:
        sheet = Sheet(_read_text(content, file_name, limits))
    _trim(sheet.rows)
    if not sheet.rows:
        raise SheetError("empty", file=file_name)
    return sheet


def find_header(sheet: Sheet, columns: Sequence[Column]) -> Header:
    """The heading row (or two merged heading rows) among the first 30 rows that names the most of `columns`.

    Raises:
        SheetError: "no_header" with the missing required columns and the headings of the best row.
    """
    names = {heading_key(spelling): column.name for column in columns for spelling in column.spellings}
    required = {column.name for column in columns if column.required}
    best = Header(1, 1, {}, {})
    for number, row in list(sheet.numbered())[:HEADER_WITHIN_ROWS]:
        below = sheet.rows[number] if number < len(sheet.rows) else []
        for candidate in (_one_row_header(number, row, names), _two_row_header(number, row, below, names)):
            if _worth(candidate, required) > _worth(best, required):
                best = candidate
    missing = [column.spellings[0] for column in columns if column.required and column.name not in best.positions]
    if missing:
        seen = [text for text in map(normalise, sheet.rows[best.last_row - 1]) if text] if sheet.rows else []
        raise SheetError("no_header", missing="、".join(missing), seen="、".join(dict.fromkeys(seen))[:300] or "–")
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


def _two_row_header(number: int, upper: Sequence[Cell], lower: Sequence[Cell], names: dict[str, str]) -> Header:
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


def _read_workbook(content: bytes, file_name: str, sheet_name: str | None, limits: Limits) -> Sheet:
    _refuse_bombs(content, file_name, limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), data_only=True)
        sheets = book.worksheets
    except Exception as error:  # a broken workbook makes openpyxl raise anything, from KeyError to ParseError
        raise SheetError("not_spreadsheet", file=file_name) from error
    if sheet_name is not None:
        named = [sheet for sheet in sheets if sheet.title == sheet_name]
        if not named:
            raise SheetError("no_such_sheet", sheet=sheet_name, seen="、".join(sheet.title for sheet in sheets))
        return _read_worksheet(named[0], limits)
    for worksheet in sorted(sheets, key=lambda sheet: sheet.sheet_state != "visible"):
        found = _read_worksheet(worksheet, limits)
        if any(normalise(cell) for row in found.rows for cell in row):
            return found
    raise SheetError("empty", file=file_name)


def _refuse_bombs(content: bytes, file_name: str, limits: Limits) -> None:
    """Refuse what would exhaust memory before openpyxl sees it: sizes, entity declarations, merged whole columns."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > UNPACKED_FACTOR * limits.bytes or len(parts) > 2_000:
                raise SheetError("unpacks_too_large", file=file_name)
            merged = 0
            for part in parts:
                if not part.filename.endswith((".xml", ".rels")):
                    continue
                text = package.read(part)
                if b"<!ENTITY" in text[:4096]:
                    raise SheetError("not_spreadsheet", file=file_name)
                if part.filename.startswith("xl/worksheets/"):
                    merged += _merged_cells(text)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error) as e:
        raise SheetError("not_spreadsheet", file=file_name) from e
    if merged > MAX_MERGED_CELLS:
        raise SheetError("merged_too_large", file=file_name)


def _merged_cells(worksheet_xml: bytes) -> int:
    area = 0
    for left, top, right, bottom in _MERGE.findall(worksheet_xml):
        width = abs(column_index_from_string(right.decode()) - column_index_from_string(left.decode())) + 1
        area += width * (abs(int(bottom) - int(top)) + 1)
    return area


def _read_worksheet(worksheet: Worksheet, limits: Limits) -> Sheet:
    # iter_rows() would create every cell up to a stray one in the last row; only the stored cells are walked.
    stored = {place: _plain(cell.value) for place, cell in worksheet._cells.items() if cell.value is not None}
    last_row = max((row for row, _column in stored), default=0)
    last_column = max((column for _row, column in stored), default=0)
    if last_row > limits.rows:
        raise SheetError("too_many_rows", limit=limits.rows)
    if last_column > MAX_COLUMNS:
        raise SheetError("too_many_columns", limit=MAX_COLUMNS)
    rows: list[list[Cell]] = [[None] * last_column for _ in range(last_row)]
    for (row, column), value in stored.items():
        rows[row - 1][column - 1] = value
    for span in worksheet.merged_cells.ranges:
        value = stored.get((span.min_row, span.min_col))
        for row in range(span.min_row, min(span.max_row, last_row) + 1):
            for column in range(span.min_col, min(span.max_col, last_column) + 1):
                rows[row - 1][column - 1] = value
    return Sheet(rows, worksheet.title, fills_merged=True)


def _plain(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    if isinstance(value, (str, int, float, Decimal, date)) and not isinstance(value, bool):
        return value
    return str(value)


def _read_text(content: bytes, file_name: str, limits: Limits) -> list[list[Cell]]:
    text = _decode(content, file_name)
    if "\0" in text or text.lstrip()[:1] == "<":
        raise SheetError("not_spreadsheet", file=file_name)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise SheetError("not_spreadsheet", file=file_name) from error
    if len(rows) > limits.rows:
        raise SheetError("too_many_rows", limit=limits.rows)
    if max((len(row) for row in rows), default=0) > MAX_COLUMNS:
        raise SheetError("too_many_columns", limit=MAX_COLUMNS)
    return [[_without_guard(text) or None for text in row] for row in rows]


def _decode(content: bytes, file_name: str) -> str:
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content[:4096]:
        encodings = ["utf-16-le", "utf-16-be"] if content[1:4096:2].count(0) >= content[:4096:2].count(0) else ["utf-16-be"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError("unknown_encoding", file=file_name)


def _delimiter(text: str) -> str:
    lines = [line for line in text[:65536].splitlines() if line.strip()][:30]

    def fields(delimiter: str) -> float:
        return median([len(row) for row in csv.reader(lines, delimiter=delimiter)] or [0])

    return max((",", "\t", ";"), key=fields)


FORMULA = frozenset("=+-@\t\r")
"""A text that begins so would run as a formula in a spreadsheet."""


def _without_guard(text: str) -> str:
    """Without the quote that `sheet_writing.write_csv` puts before a formula, or before quotes before a formula."""
    return text[1:] if text[:1] == "'" and text.lstrip("'")[:1] in FORMULA else text


def _trim(rows: list[list[Cell]]) -> None:
    while rows and not any(normalise(cell) for cell in rows[-1]):
        rows.pop()
