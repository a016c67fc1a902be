"""Csv files for the commands: every fault named by file, line and column; written whole or not at
all."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from errno import EISDIR
from pathlib import Path

MOST_FAULTS = 20
LARGEST = 2**31 - 1


class FaultyFilesError(ValueError):
    """Files that cannot be understood; `faults` says where and why, in reading order."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass
class Faults:
    """What is wrong, in reading order."""

    found: list[str] = field(default_factory=list)

    def add(self, path: Path, line: int, column: str, reason: str) -> None:
        self.found.append(f"{path}:{line}: {column}: {reason}")

    def stop(self) -> None:
        if self.found:
            more = len(self.found) - MOST_FAULTS
            raise FaultyFilesError(
                self.found[:MOST_FAULTS] + ([f"and {more} more"] if more > 0 else [])
            )


def rows_of(
    path: Path, columns: tuple[str, ...], faults: Faults, optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, list[str]]]:
    """(line, the named columns' texts) of every row that is not blank; an optional column that is
    missing reads as empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        faults.add(path, 0, "file", f"cannot be read: {error.strerror}")
        return
    except UnicodeDecodeError as error:
        faults.add(path, 1, "file", f"is not UTF-8 (byte {error.start})")
        return
    # a list of wishes may be as long as its file
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        head = [cell.strip() for cell in next(reader, [])]
        if not _fits(path, head, columns, optional, faults):
            return
        places = [head.index(one) if one in head else None for one in (*columns, *optional)]
        # a quotation mark that does not close swallows rows: where it stands is told
        line = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row):
                if len(row) == len(head):
                    yield line, ["" if place is None else row[place].strip() for place in places]
                else:
                    faults.add(path, line, "row", f"has {len(row)} cells, the header {len(head)}")
            line = reader.line_num + 1
    except csv.Error as error:
        faults.add(path, line, "row", f"is no csv ({error}): look for a lone quotation mark")


def _fits(
    path: Path,
    head: list[str],
    columns: tuple[str, ...],
    optional: tuple[str, ...],
    faults: Faults,
) -> bool:
    """Whether a header has every column it needs, and each that is read once; faults otherwise."""
    times = Counter(head)
    for column in (*columns, *optional):
        if times[column] > 1:
            faults.add(path, 1, column, "column stands twice; which one counts cannot be told")
        elif column in columns and not times[column]:
            faults.add(
                path, 1, column, f"column is missing; the header has {', '.join(head) or 'nothing'}"
            )
    return all(times[one] == 1 for one in columns) and all(times[one] < 2 for one in optional)


def is_new(
    path: Path, line: int, column: str, name: str, known: Mapping[str, object], faults: Faults
) -> bool:
    """Whether a name is neither empty nor known; a fault otherwise."""
    if not name:
        faults.add(path, line, column, "is empty")
    elif name in known:
        faults.add(path, line, column, f"{name!r} comes twice")
    else:
        return True
    return False


def whole_number(path: Path, line: int, column: str, text: str, faults: Faults) -> int | None:
    """The number in a cell, None and a fault if it is none from 0 to LARGEST."""
    digits = text.lstrip("0") or "0"
    # int() itself refuses thousands of digits
    if (
        not (text.isascii() and text.isdigit())
        or len(digits) > len(str(LARGEST))
        or int(digits) > LARGEST
    ):
        faults.add(path, line, column, f"{text!r} is not a whole number from 0 to {LARGEST}")
        return None
    return int(digits)


def write_rows(path: Path, rows: Iterable[Iterable[object]]) -> None:
    """Write csv rows. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def write_together(writers: Iterable[tuple[Path | None, Callable[[Path], object]]]) -> None:
    """Write several files, all of them whole or none; a writer is given where to write, and one
    without a path is left out. Raises OSError with the name of the file that cannot be written."""
    written: list[tuple[Path, Path]] = []
    try:
        for path, write in writers:
            if path is None:
                continue
            beside = path.with_name(f".{path.name}.{os.getpid()}")
            written.append((beside, path))
            try:
                if path.is_dir():
                    raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
                write(beside)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(path)) from error
        for beside, path in written:
            beside.replace(path)
    finally:
        for beside, _path in written:
            beside.unlink(missing_ok=True)
