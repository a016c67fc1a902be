"""Panels and forecasts as files: faults named by file, line and column; written whole or not at
all."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet
from numpy.typing import NDArray

from ml.demand.model import SEASONS, Floats, Forecast, Panel
from ml.demand.periods import label, ordinal, parted, usual_season

COLUMNS = ("series", "period", "value")
LONGEST_GAP = 50
Integers = NDArray[np.int64]


class PanelError(ValueError):
    """A panel file that cannot be understood: `file`, `line` (1 is the header, 0 the whole file),
    `column`, `reason`."""

    def __init__(self, file: Path, line: int, column: str, reason: str) -> None:
        super().__init__(f"{file}:{line}: {column}: {reason}")
        self.file, self.line, self.column, self.reason = file, line, column, reason


def read_panel(path: Path | str, season: int | None = None) -> Panel:
    """Read `series,period,value[, groups...]` in long form from csv or parquet; `season` overrides
    what the periods tell.

    Empty values and absent rows are missing. Rows may come in any order; series keep the order of
    their first row. Lines of a parquet file count its rows, the header being line 1. Raises
    PanelError.
    """
    path = Path(path)
    table, lines = (
        _read_parquet(path) if path.suffix.lower() in {".parquet", ".pq"} else _read_csv(path)
    )
    for column in COLUMNS:
        if column not in table.column_names:
            raise PanelError(
                path,
                1,
                column,
                f"column is missing; the file has {', '.join(table.column_names) or 'nothing'}",
            )
    if not table.num_rows:
        raise PanelError(path, 1, "series", "the file has no rows")
    if season is not None and season not in SEASONS:
        raise PanelError(
            path, 0, "period", f"season {season} is none of {', '.join(map(str, SEASONS))}"
        )
    rows, names = _codes(path, lines, table, "series")
    marks, labels = _codes(path, lines, table, "period")
    places, kind = _places(path, lines, marks, labels)
    values = _values(path, lines, table.column("value"))
    start, end = int(places.min()), int(places.max())
    length = end - start + 1
    if length > 1_000 + LONGEST_GAP * len(labels):
        raise PanelError(
            path,
            0,
            "period",
            f"the periods span {length} steps, but only {len(labels)} of them occur",
        )
    cells = rows * length + (places - start)[marks]
    order = np.argsort(cells, kind="stable")
    again = np.flatnonzero(np.diff(cells[order]) == 0)
    if again.size:
        row = int(order[again + 1].min())
        raise PanelError(
            path,
            int(lines[row]),
            "period",
            f"series {names[rows[row]]!r} has {labels[marks[row]]!r} twice",
        )
    grid = np.full(len(names) * length, np.nan)
    grid[cells] = values
    groups = {
        name: _group(path, lines, table, name, rows, names)
        for name in table.column_names
        if name not in COLUMNS
    }
    periods = tuple(label(kind, place) for place in range(start, end + 1))
    return Panel(
        tuple(names),
        periods,
        grid.reshape(len(names), length),
        groups,
        season or usual_season(kind),
    )


def _read_csv(path: Path) -> tuple[pa.Table, Integers]:
    """All columns as text, and the line on which each row begins."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PanelError(path, 0, "file", f"cannot be read: {error.strerror}") from error
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PanelError(path, line, "file", f"is not UTF-8 (byte {error.start})") from error
    texts = raw.splitlines()
    head = [name.strip() for name in next(csv.reader([texts[0].decode()] if texts else []), [])]
    if len(set(head)) != len(head):
        raise PanelError(path, 1, "header", "a column comes twice")
    lines = np.array([number for number, text in enumerate(texts[1:], start=2) if text], np.int64)
    empty = pa.table({name: pa.array([], pa.string()) for name in head})
    if not lines.size:
        return empty, lines
    broken: list[arrow_csv.InvalidRow] = []

    def refuse(row: arrow_csv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(raw),
            read_options=arrow_csv.ReadOptions(column_names=head, skip_rows=1, use_threads=False),
            parse_options=arrow_csv.ParseOptions(invalid_row_handler=refuse),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(head, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise PanelError(path, 0, "file", f"is no csv: {error}") from error
    if broken:
        row = broken[0]
        line = int(lines[row.number - 2]) if row.number and row.number - 2 < len(lines) else 0
        raise PanelError(
            path, line, "row", f"has {row.actual_columns} cells, the header {row.expected_columns}"
        )
    return table, lines if len(lines) == table.num_rows else np.arange(
        2, table.num_rows + 2, dtype=np.int64
    )


def _read_parquet(path: Path) -> tuple[pa.Table, Integers]:
    try:
        table = arrow_parquet.read_table(path, use_threads=False)
    except OSError as error:
        raise PanelError(path, 0, "file", f"cannot be read: {error.strerror or error}") from error
    except pa.ArrowInvalid as error:
        raise PanelError(path, 0, "file", f"is no parquet: {error}") from error
    return table, np.arange(2, table.num_rows + 2, dtype=np.int64)


def _codes(path: Path, lines: Integers, table: pa.Table, column: str) -> tuple[Integers, list[str]]:
    """Which distinct text each row has, and the texts by first appearance. Raises PanelError for an
    empty one."""
    texts = table.column(column)
    if frequency := _frequency(table.schema.field(column)):
        texts = _labels_of_pandas(path, column, texts, frequency)
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        if pa.types.is_dictionary(texts.type):
            texts = texts.cast(texts.type.value_type)
        try:
            texts = texts.cast(pa.string())
        except pa.ArrowInvalid as error:
            raise PanelError(path, 0, column, f"is no text: {error}") from error
    coded = texts.combine_chunks().dictionary_encode()
    marks = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    raw = coded.dictionary.to_pylist()
    stripped = [text.strip() for text in raw]
    place: dict[str, int] = {}
    merged = np.array([place.setdefault(text, len(place)) for text in stripped] or [0], np.int64)
    codes = np.where(marks < 0, -1, merged[marks])
    nothing = np.flatnonzero((codes < 0) | (codes == place.get("", -2)))
    if nothing.size:
        raise PanelError(path, int(lines[nothing[0]]), column, "is empty")
    return codes, list(place)


def _frequency(field: pa.Field) -> str:
    """The frequency of pandas' periods, which a file keeps as numbers since 1970; "" for others."""
    metadata = field.metadata or {}
    if isinstance(field.type, pa.BaseExtensionType):
        return str(getattr(field.type, "freq", ""))
    if metadata.get(b"ARROW:extension:name") != b"pandas.period":
        return ""
    return str(json.loads(metadata[b"ARROW:extension:metadata"])["freq"])


def _labels_of_pandas(
    path: Path, column: str, numbers: pa.ChunkedArray, frequency: str
) -> pa.ChunkedArray:
    form = {"M": "%Y-%m", "Q": "%Y-Q%q", "Y": "%Y", "A": "%Y"}.get(frequency[:1])
    if form is None:
        raise PanelError(path, 1, column, f"periods of frequency {frequency!r} are none of M, Q, Y")
    if isinstance(numbers.type, pa.BaseExtensionType):
        numbers = numbers.cast(numbers.type.storage_type)
    known = numbers.drop_null()
    if len(known) != len(numbers):
        raise PanelError(path, 2 + numbers.is_null().index(True).as_py(), column, "is empty")
    labels = [
        pd.Period(ordinal=number, freq=frequency).strftime(form) for number in known.to_pylist()
    ]
    return pa.chunked_array([pa.array(labels, pa.string())])


def _places(
    path: Path, lines: Integers, marks: Integers, labels: list[str]
) -> tuple[Integers, str]:
    """The clock's place of every distinct label, and the kind of clock. Raises PanelError at the
    first that fits not."""
    kinds: list[str] = []
    places: list[int] = []
    for code, text in enumerate(parted(labels)):
        try:
            kind, place = ordinal(text)
        except ValueError as error:
            raise PanelError(path, _first(lines, marks, code), "period", str(error)) from error
        if kinds and kind != kinds[0]:
            reason = f"{labels[code]!r} is of another kind than {labels[0]!r}"
            raise PanelError(path, _first(lines, marks, code), "period", reason)
        kinds.append(kind)
        places.append(place)
    return np.array(places, np.int64), kinds[0]


def _first(lines: Integers, marks: Integers, code: int) -> int:
    return int(lines[int((marks == code).argmax())])


def _values(path: Path, lines: Integers, column: pa.ChunkedArray) -> Floats:
    """Numbers, nan where empty. Raises PanelError for text, negatives and infinities."""
    values: Floats
    if pa.types.is_string(column.type):
        texts = pd.Series(column.to_numpy(zero_copy_only=False), dtype=object)
        try:
            values = column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
        except pa.ArrowInvalid:
            texts = texts.str.strip()
            values = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
        written = (texts.fillna("") != "").to_numpy()
    else:
        try:
            values = column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise PanelError(path, 0, "value", f"is not numeric: {error}") from error
        texts, written = pd.Series(values), np.zeros(len(values), bool)
    for wrong, reason in (
        (np.isnan(values) & written, "is not a number"),
        (np.isinf(values), "is not finite"),
        (values < 0, "is negative"),
    ):
        if wrong.any():
            row = int(wrong.argmax())
            raise PanelError(path, int(lines[row]), "value", f"{str(texts.iloc[row])!r} {reason}")
    return np.asarray(values, np.float64)


def _group(
    path: Path, lines: Integers, table: pa.Table, column: str, rows: Integers, names: list[str]
) -> tuple[str, ...]:
    """One label a series. Raises PanelError when a series has two."""
    series = table.column(column)
    if pa.types.is_dictionary(series.type):
        series = series.cast(series.type.value_type)
    texts = series.cast(pa.string()).combine_chunks().fill_null("")
    coded = texts.dictionary_encode()
    marks = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    labels = coded.dictionary.to_pylist()
    first = np.full(len(names), len(rows), np.int64)
    np.minimum.at(first, rows, np.arange(len(rows)))
    own = marks[first]
    other = np.flatnonzero(own[rows] != marks)
    if other.size:
        row = int(other[0])
        reason = (
            f"series {names[rows[row]]!r} has {labels[marks[row]]!r}, before "
            f"{labels[own[rows[row]]]!r}"
        )
        raise PanelError(path, int(lines[row]), column, reason)
    return tuple(str(labels[mark]).strip() for mark in own)


def write_forecast(forecast: Forecast | Sequence[Forecast], path: Path | str) -> None:
    """Write `series,period,mean,median,lo-80,hi-80,...` as csv (or parquet by the name's end); the
    file appears whole. Several forecasts, of the same levels, stand one after the other."""
    path = Path(path)
    parts = [forecast] if isinstance(forecast, Forecast) else forecast
    table = pa.concat_tables([_table(part) for part in parts])
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    os.close(handle)
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            arrow_parquet.write_table(table, name)
        else:
            arrow_csv.write_csv(table, name, arrow_csv.WriteOptions(quoting_style="needed"))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _table(forecast: Forecast) -> pa.Table:
    count, horizon = forecast.mean.shape
    # a number that nobody can give is left empty
    columns: dict[str, pa.Array] = {
        "series": pa.DictionaryArray.from_arrays(
            np.repeat(np.arange(count, dtype=np.int32), horizon), list(forecast.series)
        ).cast(pa.string()),
        "period": pa.DictionaryArray.from_arrays(
            np.tile(np.arange(horizon, dtype=np.int32), count), list(forecast.periods)
        ).cast(pa.string()),
        "mean": pa.array(_rounded(forecast.mean), from_pandas=True),
        "median": pa.array(_rounded(forecast.median), from_pandas=True),
    }
    for place, level in enumerate(forecast.levels):
        columns[f"lo-{level}"] = pa.array(_rounded(forecast.lower[place]), from_pandas=True)
        columns[f"hi-{level}"] = pa.array(_rounded(forecast.upper[place]), from_pandas=True)
    return pa.table(columns)


def _rounded(values: Floats) -> Floats:
    """Four decimals are enough on paper, and the same on every machine; small numbers have four
    digits."""
    flat = values.ravel()
    size = np.floor(np.log10(np.where(flat > 0, flat, 1.0)))
    scale = 10.0 ** np.maximum(4, 3 - size)
    rounded: Floats = np.round(flat * scale) / scale
    return rounded
