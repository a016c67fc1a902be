"""Files of the command: programmes, needs, limits and uses in; the plan out."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from ml.rows import Faults, is_new, rows_of, whole_number, write_rows
from ml.seats.model import Aims, Floats, Limit, Plan, Programme, Question

PROGRAMMES = (
    "programme",
    "specialty",
    "school",
    "seats",
    "class_size",
    "least",
    "most",
    "share",
    "opening",
)
NEEDS = ("specialty", "intake", "path", "need")
FIRST_YEAR, LAST_YEAR = 1900, 2200


def read_question(
    programmes: Path,
    needs: Path,
    limits: Path | None = None,
    uses: Path | None = None,
    aims: Aims | None = None,
) -> Question:
    """The question that files ask. Raises FaultyFilesError; SeatsError for what no single row
    says."""
    faults = Faults()
    ones = _programmes(programmes, faults)
    found = _needs(needs, faults)
    known = _limits(limits, {intake for _, intake in found}, faults) if limits else []
    taken = (
        _uses(uses, {one.name for one in ones}, {one.resource for one in known}, faults)
        if uses
        else {}
    )
    if not faults.found:
        _complete(needs, ones, found, faults)
    faults.stop()
    intakes = tuple(sorted({intake for _, intake in found}))
    return Question(
        tuple(ones), intakes, found, tuple(known), taken, aims=aims if aims is not None else Aims()
    )


def _programmes(path: Path, faults: Faults) -> list[Programme]:
    found: dict[str, Programme] = {}
    for line, cells in rows_of(path, PROGRAMMES, faults, optional=("step",)):
        name, specialty, school, *counts = cells
        before = len(faults.found)
        is_new(path, line, "programme", name, found, faults)
        for column, text in (("specialty", specialty), ("school", school)):
            if not text:
                faults.add(path, line, column, "is empty")
        seats, size, least, most = (
            whole_number(path, line, column, text, faults)
            for column, text in zip(PROGRAMMES[3:7], counts[:4], strict=True)
        )
        share = _number(path, line, "share", counts[4], faults, least=0)
        opening = _number(path, line, "opening", counts[5], faults, least=0)
        step = whole_number(path, line, "step", counts[6], faults) if counts[6] else None
        if size == 0:
            faults.add(path, line, "class_size", "is 0, expected at least 1")
        if least is not None and most is not None and least > most:
            faults.add(path, line, "least", f"{least} is more than most, {most}")
        if len(faults.found) == before:
            assert None not in (seats, size, least, most, share, opening)
            found[name] = Programme(
                name, specialty, school, seats or 0, size or 1, least or 0, most or 0,
                share or 0.0, opening or 0.0, step,
            )  # fmt: skip
    if not found and not faults.found:
        faults.add(path, 1, "programme", "the file has no rows")
    return list(found.values())


def _number(
    path: Path, line: int, column: str, text: str, faults: Faults, least: float = -math.inf
) -> float | None:
    """The number in a cell, None and a fault if it is none."""
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < least:
        expected = "a number" if least == -math.inf else f"a number from {least:g}"
        faults.add(path, line, column, f"{text!r} is not {expected}")
        return None
    return number


def _year(path: Path, line: int, text: str, faults: Faults) -> int | None:
    year = whole_number(path, line, "intake", text, faults)
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        faults.add(path, line, "intake", f"{year} is no year from {FIRST_YEAR} to {LAST_YEAR}")
        return None
    return year


def _needs(path: Path, faults: Faults) -> dict[tuple[str, int], Floats]:
    """Specialty and intake → needs in the order of the paths' names."""
    rows = (
        _parquet_rows(path, faults)
        if path.suffix.lower() in {".parquet", ".pq"}
        else rows_of(path, NEEDS, faults)
    )
    found: dict[tuple[str, int], dict[str, float]] = {}
    for line, (specialty, intake, name, need) in rows:
        year = _year(path, line, intake, faults)
        number = _number(path, line, "need", need, faults)
        if not specialty:
            faults.add(path, line, "specialty", "is empty")
        elif year is not None:
            paths = found.setdefault((specialty, year), {})
            if is_new(path, line, "path", name, paths, faults):
                paths[name] = number or 0.0
    if not found and not faults.found:
        faults.add(path, 1, "specialty", "the file has no rows")
    return {
        key: np.array([paths[name] for name in sorted(paths, key=_in_order)])
        for key, paths in sorted(found.items())
    }


def _in_order(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isascii() and name.isdigit() and len(name) < 16 else (-1, name)


def _parquet_rows(path: Path, faults: Faults) -> list[tuple[int, list[str]]]:
    """Rows of a parquet file; lines count its rows, the header being line 1."""
    try:
        table = arrow_parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        faults.add(path, 0, "file", f"cannot be read: {error}")
        return []
    for column in NEEDS:
        if column not in table.column_names:
            faults.add(
                path, 1, column, f"column is missing; the file has {', '.join(table.column_names)}"
            )
    if faults.found:
        return []
    columns = [
        ["" if one is None else str(one) for one in table.column(name).to_pylist()]
        for name in NEEDS
    ]
    return [(line, list(cells)) for line, cells in enumerate(zip(*columns, strict=True), start=2)]


def _limits(path: Path, intakes: set[int], faults: Faults) -> list[Limit]:
    found: dict[str, Limit] = {}
    for line, (resource, intake, capacity) in rows_of(
        path, ("resource", "intake", "capacity"), faults
    ):
        year = _year(path, line, intake, faults)
        number = _number(path, line, "capacity", capacity, faults)
        if not resource:
            faults.add(path, line, "resource", "is empty")
        elif year is not None and number is not None:
            if year not in intakes:
                faults.add(
                    path,
                    line,
                    "intake",
                    f"{year} has no needs; they are for {min(intakes)} to {max(intakes)}"
                    if intakes
                    else f"{year} has no needs",
                )
            elif is_new(path, line, "resource", f"{resource} in {year}", found, faults):
                found[f"{resource} in {year}"] = Limit(resource, year, number)
    return list(found.values())


def _uses(
    path: Path, programmes: set[str], resources: set[str], faults: Faults
) -> dict[tuple[str, str], float]:
    found: dict[str, tuple[tuple[str, str], float]] = {}
    for line, (programme, resource, per_seat) in rows_of(
        path, ("programme", "resource", "per_seat"), faults
    ):
        number = _number(path, line, "per_seat", per_seat, faults)
        if programme not in programmes:
            faults.add(path, line, "programme", f"unknown programme {programme!r}")
        elif resource not in resources:
            faults.add(path, line, "resource", f"{resource!r} has no capacity in any intake")
        elif is_new(path, line, "resource", f"{resource} of {programme}", found, faults):
            found[f"{resource} of {programme}"] = (programme, resource), number or 0.0
    return dict(found.values())


def _complete(
    path: Path, programmes: list[Programme], needs: dict[tuple[str, int], Floats], faults: Faults
) -> None:
    """Every specialty has needs in every intake."""
    intakes = sorted({intake for _, intake in needs})
    told = {one.specialty: None for one in programmes} | {specialty: None for specialty, _ in needs}
    for specialty in told:
        lacking = [str(intake) for intake in intakes if (specialty, intake) not in needs]
        if lacking:
            faults.add(path, 0, "specialty", f"{specialty!r} has no need in {', '.join(lacking)}")


def write_plan(path: Path, question: Question, plan: Plan) -> None:
    """Write `programme,intake,seats`. Raises OSError."""
    rows = (
        (one.name, intake, int(plan.seats[row, column]))
        for row, one in enumerate(question.programmes)
        for column, intake in enumerate(question.intakes)
    )
    write_rows(path, [("programme", "intake", "seats"), *rows])


def write_report(path: Path, report: dict[str, object]) -> None:
    """Write a report. Raises OSError."""
    text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
