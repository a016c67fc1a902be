"""What is kept of a run: its rows, and its result as csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from alliance.advertisements.naming import NAMES
from alliance.forecasts.runs.forecasting import RESULT, Series


def result_file(rows: Iterable[tuple[str, str, Mapping[str, Mapping[str, Any]]]]) -> bytes:
    """What a run found (level, code, tables by kind: month, year, growth, replacement, openings) as
    csv, in the order of level and code: the same result, the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    ordered = sorted(rows, key=lambda row: row[:2])
    # runs of before 2026-11 have the intervals of 80 and 95 % alone
    names = [
        name
        for name in RESULT
        if all(name in table for _, _, tables in ordered for table in tables.values())
    ]
    writer.writerow(("level", "code", "kind", "period", *names))
    for level, code, tables in ordered:
        for kind, table in tables.items():
            for place, period in enumerate(table["periods"]):
                writer.writerow(
                    (
                        level,
                        code,
                        kind,
                        period,
                        *(repr(float(table[name][place])) for name in names),
                    )
                )
    return text.getvalue().encode()


def row_values(one: Series) -> tuple[object, ...]:
    """The columns of `forecast_series` after id and run, in the order of the insert."""
    encode = msgspec.json.encode
    change = one.change or (None, None, None)
    return (
        one.level,
        one.code,
        *(one.names.get(name) for name in NAMES),
        one.observed,
        one.history,
        encode(one.months).decode(),
        encode(one.years).decode(),
        encode(one.parts).decode(),
        encode(one.breaks).decode(),
        encode(one.changed).decode(),
        one.advertisements,
        one.past,
        one.expected,
        *one.coming,
        *change,
        one.rising,
    )
