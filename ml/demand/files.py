"""Panels and forecasts as files: faults named by file, line and column; written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from ml.demand.model import SEASONS, Floats, Forecast, Panel
from ml.demand.periods import label, ordinal, usual_season

COLUMNS = ("series", "period", "value")


class PanelError(ValueError):
    """A panel file that cannot be understood: `file`, `line` (1 is the header; 0 the whole file), `column`, `reason`."""

    def __init__(self, file: Path, line: int, column: str, reason: str) -> None:
        super().__init__(f"{file}:{line}: {column}: {reason}")
        self.file, self.line, self.column, self.reason = file, line, column, reason


def read_panel(path: Path | str, season: int | None = None) -> Panel:
    """Read `series,period,value[, groups...]` in long form from csv or parquet; `season` overrides what the periods tell.

    Empty values and absent rows are missing; rows may come in any order. Series keep the order of their first row. Raises PanelError.
    """
    path = Path(path)
    frame, lines = _read_parquet(path) if path.suffix.lower() in {".parquet", ".pq"} else _read_csv(path)
    for column in COLUMNS:
        if column not in frame.columns:
            raise PanelError(path, 1, column, f"column is missing; the file has {', '.join(map(str, frame.columns)) or 'nothing'}")
    if frame.empty:
        raise PanelError(path, 1, "series", "the file has no rows")
    rows, names = pd.factorize(_texts(frame["series"]))
    _refuse(path, lines, "series", rows < 0, frame["series"], "is empty")
    _refuse(path, lines, "series", np.asarray(names == "", bool)[rows], frame["series"], "is empty")
    codes, labels = pd.factorize(_texts(frame["period"]))
    _refuse(path, lines, "period", codes < 0, frame["period"], "is empty")
    places, kind = _places(path, lines, codes, [str(text) for text in labels])
    values = _values(path, lines, frame["value"])
    if season is not None and season not in SEASONS:
        raise PanelError(path, 0, "period", f"season {season} is none of {', '.join(map(str, SEASONS))}")
    start, end = int(places.min()), int(places.max())
    length = end - start + 1
    if length > max(100_000, 50 * len(labels)):
        raise PanelError(path, 0, "period", f"the periods span {length} steps but only {len(labels)} occur")
    cells = rows.astype(np.int64) * length + (places - start)[codes]
    order = np.argsort(cells, kind="stable")
    again = np.flatnonzero(np.diff(cells[order]) == 0)
    if again.size:
        row = int(order[again + 1].min())
        raise PanelError(path, int(lines[row]), "period", f"series {names[rows[row]]!r} has {labels[codes[row]]!r} twice")
    table = np.full(len(names) * length, np.nan)
    table[cells] = values
    groups = {str(column): _labels(path, lines, frame[column], rows, len(names)) for column in frame.columns if column not in COLUMNS}
    periods = tuple(label(kind, place) for place in range(start, end + 1))
    return Panel(tuple(map(str, names)), periods, table.reshape(len(names), length), groups, season or usual_season(kind))


def _read_csv(path: Path) -> tuple[pd.DataFrame, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
    """All columns as text, and the line of each row."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PanelError(path, 0, "file", f"cannot be read: {error.strerror}") from error
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PanelError(path, raw[: error.start].count(b"\n") + 1, "file", f"is not UTF-8 (byte {error.start})") from error
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        raise PanelError(path, 1, "file", "is empty")
    head = next(iter(pd.read_csv(_first_line(raw), header=None, dtype=str).to_numpy()))
    names = [str(name).strip() for name in head]
    broken: list[tuple[int, int, int]] = []

    def report(row: pa_csv.InvalidRow) -> str:
        broken.append((row.number or 0, row.actual_columns, row.expected_columns))
        return "error"

    options = pa_csv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=False)
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(raw),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            parse_options=pa_csv.ParseOptions(ignore_empty_lines=True, invalid_row_handler=report, newlines_in_values=b'"' in raw),
            convert_options=options,
        )
    except pa.ArrowInvalid as error:
        if broken:
            line, cells, wanted = broken[0]
            raise PanelError(path, line, "row", f"has {cells} cells, the header {wanted}") from error
        if "Empty CSV" in str(error):
            table = pa.table({name: pa.array([], pa.string()) for name in names})
        else:
            raise PanelError(path, 0, "file", f"is no csv: {error}") from error
    frame = table.to_pandas()
    return frame, _lines(raw, len(frame))


def _lines(raw: bytes, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """The line on which each row begins; blank lines are skipped."""
    texts = raw.splitlines()
    if len(texts) == count + 1:
        return np.arange(2, count + 2, dtype=np.int64)
    lines = np.array([number for number, text in enumerate(texts[1:], start=2) if text], np.int64)
    return lines[:count] if len(lines) >= count else np.arange(2, count + 2, dtype=np.int64)


def _first_line(raw: bytes) -> pd.io.common.StringIO:  # type: ignore[name-defined]
    from io import StringIO

    return StringIO(raw.splitlines()[0].decode())
