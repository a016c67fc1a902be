"""Reading an upload in a process of its own, so that a hostile file costs nobody more than an
answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from alliance.kit.sheets.model import Cell, Limits, Remark, Sheet, SheetError

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[3]
AT_ONCE = asyncio.Semaphore(2)
"""So many files are parsed at once by one process of the hub."""
WITHIN = 120
"""Seconds after which a parser is given up, however little processor time it was given."""
_OWN_LIMITS = {-signal.SIGXCPU, -signal.SIGABRT}
"""How a parser ends that ran into its own limits: processor time, or memory that a library could
not do without."""
_SLACK = 4
"""The answer may be so many times as long as the file may be: a workbook is packed."""


class ParserError(Exception):
    """The parser ended without an answer, for a reason of its own or killed from outside; another
    try may succeed."""


class _Moment(msgspec.Struct, frozen=True):
    day: date | None = None
    moment: datetime | None = None


class _Answer(msgspec.Struct, frozen=True):
    error: str | None = None
    values: dict[str, Any] = {}
    name: str = ""
    fills_merged: bool = False
    remarks: list[Remark] = []
    rows: list[list[str | int | float | _Moment | None] | int] = []
    """Rows; a number stands for so many blank ones."""


async def read_table(
    content: bytes, file_name: str, limits: Limits, sheet_name: str | None = None
) -> bytes:
    """The table of an uploaded file, as `unpacked` opens it; to be kept beside the file, so that it
    is parsed once.

    Raises:
        SheetError: with every code of `MESSAGES` but "no_header" and "gave_up".
        ParserError: when there was no answer.
    """
    asked = {"file": file_name, "sheet": sheet_name, "limits": asdict(limits), "within": WITHIN}
    async with AT_ONCE:
        told = await _told(msgspec.json.encode(asked) + b"\n", content, file_name, limits)
    if told.startswith(b'{"error"'):
        refused = msgspec.json.decode(told, type=_Answer)
        raise SheetError(str(refused.error), **refused.values)
    return told


def unpacked(table: bytes) -> Sheet:
    """The table that `read_table` gave."""
    found = msgspec.json.decode(table, type=_Answer)
    blank: list[Cell] = []
    rows: list[list[Cell]] = []
    for row in found.rows:
        if isinstance(row, int):
            rows.extend([blank] * row)
        else:
            rows.append([_cell(cell) for cell in row])
    return Sheet(rows, found.name, found.fills_merged, tuple(found.remarks))


def _cell(cell: str | int | float | _Moment | None) -> Cell:
    return cell.moment or cell.day if isinstance(cell, _Moment) else cell


async def _told(asked: bytes, content: bytes, file_name: str, limits: Limits) -> bytes:
    # no variable of the hub's environment and no open file of its goes along: nothing there to be
    # stolen
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-E",
        "-s",
        "-m",
        "alliance.kit.sheets.child",
        cwd=ROOT,
        env={},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    feeding = asyncio.create_task(_feed(child.stdin, asked, content))
    try:
        async with asyncio.timeout(WITHIN):
            told = await _heard(child.stdout, _SLACK * limits.bytes)
            code = await child.wait() if told is not None else 0
    except TimeoutError as error:
        raise ParserError("no answer in time") from error
    finally:
        feeding.cancel()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    if told is None or code in _OWN_LIMITS:
        raise SheetError("too_heavy", file=file_name)
    if code != 0 or not told.endswith(b"}"):
        log.warning("the parser of an upload ended with %s", code)
        raise ParserError(f"ended with {code}")
    return told


async def _feed(stdin: asyncio.StreamWriter, asked: bytes, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(asked)
        stdin.write(content)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _heard(stdout: asyncio.StreamReader, most: int) -> bytes | None:
    """All that was said; None when it was more than so many bytes."""
    parts, length = [], 0
    while part := await stdout.read(2**18):
        parts.append(part)
        length += len(part)
        if length > most:
            return None
    return b"".join(parts)
