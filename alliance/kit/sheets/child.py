"""The process that parses one upload: `python -m alliance.kit.sheets.child`, started by
`reading.read_table`.

It reads a line of JSON (what is asked) and the file from standard input and writes one JSON
document. Before the first byte of the file it takes from itself what a hostile file could use:
memory and processor time beyond the limits, new files and sockets, new processes, core dumps, and
root's rights. It ends by itself when nobody waits for it any more.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import resource
import signal
import sys
from dataclasses import asdict
from datetime import date, datetime

from alliance.kit.sheets.model import Cell, Limits, Sheet, SheetError
from alliance.kit.sheets.parsing import parse_table

NOBODY = 65534
"""The user and group that own nothing."""
ENCODINGS = ("utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "cp437")


def main() -> None:
    """Answer one request."""
    asked = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**asked["limits"])
    confine(limits, asked["within"])
    try:
        found: object = answer(
            parse_table(sys.stdin.buffer.read(), asked["file"], asked["sheet"], limits)
        )
    except SheetError as error:
        found = {"error": error.code, "values": error.values}
    except MemoryError:
        found = {"error": "too_heavy", "values": {"file": asked["file"]}}
    out = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).iterencode(found)
    with open(1, "w", encoding="utf-8", errors="replace", newline="", closefd=False) as file:
        file.writelines(out)


def confine(limits: Limits, within: int) -> None:
    """Give up, for good, what parsing needs no more of."""
    for encoding in ENCODINGS:
        # loaded now: later no file can be opened
        codecs.lookup(encoding)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    signal.alarm(within)
    if os.geteuid() == 0:
        # limits on processes do not bind root, and root opens what it likes
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def answer(sheet: Sheet) -> dict[str, object]:
    """The table as `reading` understands it."""
    rows: list[object] = []
    for row in sheet.rows:
        if row:
            rows.append([_told(cell) for cell in row])
        elif rows and isinstance(rows[-1], int):
            # many blank rows are one number
            rows[-1] += 1
        else:
            rows.append(1)
    return {
        "name": sheet.name,
        "fills_merged": sheet.fills_merged,
        "remarks": [asdict(remark) for remark in sheet.remarks],
        "rows": rows,
    }


def _told(cell: Cell) -> object:
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    return cell


if __name__ == "__main__":
    main()
