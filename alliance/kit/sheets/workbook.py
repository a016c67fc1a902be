"""Workbooks (.xlsx) read as a table, by calamine: values only, whatever the styles, the namespaces
and the places of the parts."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from python_calamine import CalamineWorkbook, SheetMetadata, SheetTypeEnum, SheetVisibleEnum

from alliance.kit.sheets.model import (
    MAX_COLUMNS,
    Cell,
    Limits,
    Remark,
    Sheet,
    SheetError,
    normalise,
)
from alliance.kit.sheets.parts import remarks
from alliance.kit.sheets.zeros import padded

UNPACKED_FACTOR = 8
"""A workbook may unpack to so many times the bytes that may be uploaded."""
MAX_PARTS = 2_000
MAX_MERGED_CELLS = 500_000
MAX_BLANK_ROWS = 500_000
"""Rows between others that were formatted and never filled do not count as rows of the table,
within reason."""
BLANK: list[Cell] = []
"""The one blank row, which nobody writes into."""
_EXACT = 1e15
"""A spreadsheet keeps fifteen digits; a longer whole number stays the float that it became, so that
it is not taken for exact."""

Merged = list[tuple[tuple[int, int], tuple[int, int]]]


def read_workbook(content: bytes, file_name: str, sheet_name: str | None, limits: Limits) -> Sheet:
    """The named sheet, else the first visible one that is not empty, else the first hidden one;
    with a remark on every other sheet and on cells that have no value.

    Raises:
        SheetError: "unpacks_too_large", "not_spreadsheet", "no_such_sheet", "empty",
        "merged_too_large" or a limit.
    """
    refuse_bombs(content, file_name, limits)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        names = [
            sheet.name
            for sheet in sorted(sheets, key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)
        ]
        if sheet_name is not None and sheet_name not in names:
            raise SheetError(
                "no_such_sheet", sheet=sheet_name, seen="、".join(sheet.name for sheet in sheets)
            )
        for name in names if sheet_name is None else [sheet_name]:
            sheet = book.get_sheet_by_name(name)
            rows = _table(sheet.iter_rows(), sheet.start[1] if sheet.start else 0, limits)
            _show_zeros(rows, content, name)
            _fill(rows, sheet.merged_cell_ranges or [], file_name)
            if rows:
                return Sheet(rows, name, True, _remarks(content, name, sheets))
    except (SheetError, MemoryError):
        raise
    # of a broken workbook anything comes, panics of the reader too, which are no Exception
    except BaseException as error:
        raise SheetError("not_spreadsheet", file=file_name) from error
    raise SheetError("empty", file=file_name)


def _show_zeros(rows: list[list[Cell]], content: bytes, name: str) -> None:
    """Put numbers as texts where their format shows zeros before them."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            found = padded(package, name)
    except MemoryError:
        raise
    # as with remarks: calamine reads what nobody else does, and then there are the numbers
    except Exception:
        return
    for (row, column), text in found.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text


def _remarks(content: bytes, read: str, sheets: list[SheetMetadata]) -> tuple[Remark, ...]:
    others = {
        sheet.name: sheet.visible != SheetVisibleEnum.Visible
        for sheet in sheets
        if sheet.name != read
    }
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return remarks(package, read, others)
    except MemoryError:
        raise
    # calamine read the table out of parts that are too odd for anybody else
    except Exception:
        return ()


def refuse_bombs(content: bytes, file_name: str, limits: Limits) -> None:
    """Refuse what says itself that it unpacks to more than a table needs; what lies about it meets
    the limit of memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
        zlib.error,
    ) as e:
        raise SheetError("not_spreadsheet", file=file_name) from e
    if (
        sum(part.file_size for part in parts) > UNPACKED_FACTOR * limits.bytes
        or len(parts) > MAX_PARTS
    ):
        raise SheetError("unpacks_too_large", file=file_name)


def _table(found: Iterable[Sequence[object]], left: int, limits: Limits) -> list[list[Cell]]:
    """The rows to the last one that holds anything, as wide as the widest; a blank row is an empty
    one. The rows begin with the first of the sheet, their cells after the `left` columns in which
    there is nothing."""
    rows: list[list[Cell]] = []
    pending = blank = width = cells = 0
    for values in found:
        row: list[Cell] = (
            [] if values.count("") == len(values) else [_plain(value) for value in values]
        )
        while row and not (row[-1] is not None and normalise(row[-1])):
            row.pop()
        if not row:
            pending += 1
            continue
        blank += pending
        if len(rows) + pending - blank >= limits.rows or blank > MAX_BLANK_ROWS:
            raise SheetError("too_many_rows", limit=limits.rows)
        if left + len(row) > MAX_COLUMNS:
            raise SheetError("too_many_columns", limit=MAX_COLUMNS)
        rows.extend([BLANK] * pending)
        pending = 0
        rows.append([None] * left + row)
        width = max(width, left + len(row))
        cells += width
        if cells > limits.cells:
            raise SheetError("too_many_cells", limit=limits.cells)
    for kept in rows:
        if kept:
            kept.extend([None] * (width - len(kept)))
    return rows if width else []


def _fill(rows: list[list[Cell]], merged: Merged, file_name: str) -> None:
    """Repeat the top-left cell of every merged range in its other cells."""
    width = max(map(len, rows), default=0)
    area = 0
    for (top, left), (bottom, right) in merged:
        area += (abs(bottom - top) + 1) * (abs(right - left) + 1)
        if area > MAX_MERGED_CELLS:
            raise SheetError("merged_too_large", file=file_name)
        if top >= len(rows) or left >= len(rows[top]) or rows[top][left] is None:
            continue
        value = rows[top][left]
        end = min(right + 1, width)
        for number in range(top, min(bottom + 1, len(rows))):
            row = rows[number] or [None] * width
            row[left:end] = [value] * (end - left)
            rows[number] = row


def _plain(value: object) -> Cell:
    if isinstance(value, str):
        return value or None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    if isinstance(value, date) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return None if value is None else str(value)
