"""The log: one entry a line, JSON for machines and readable on a terminal; nobody but the hub can
write an entry.

What a request says stays inside its own line, and what a database says about values (`DETAIL`)
stays out of the log.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

_SHOWN = {
    code: chr(code).encode("unicode_escape").decode()
    for code in (*range(32), 127, *range(128, 160), 0x2028, 0x2029)
}
_VALUES = re.compile(r"^(DETAIL|CONTEXT): .*$", re.MULTILINE)
_TOLD = ("method", "route", "status", "ms", "bytes", "role", "outcome", "statement")
"""What an entry may tell besides its words; a library's own attributes stay out."""
_FIRST = ("timestamp", "level", "logger", "event", "exception")


def write_log(level: int, stream: TextIO | None = None) -> None:
    """Send this process's log to standard error: what the hub says from INFO, what its libraries
    say from `level`."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter(readable=out.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alliance").setLevel(logging.INFO)


def formatter(*, readable: bool) -> logging.Formatter:
    """One entry as JSON, or as a person reads it."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=_TOLD),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _without_values,
            _readable if readable else _as_json,
        ],
    )


def _without_values(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    # PostgreSQL quotes the row that it refused
    for name in ("event", "exception"):
        if name in entry:
            entry[name] = _VALUES.sub(r"\1: (kept out of the log)", str(entry[name]))
    return entry


def _as_json(_logger: Any, _method: str, entry: Mapping[str, Any]) -> str:
    order = (*_FIRST[:4], *(name for name in entry if name not in _FIRST), "exception")
    return json.dumps({name: entry[name] for name in order if name in entry}, default=str)


def _readable(_logger: Any, _method: str, entry: Mapping[str, Any]) -> str:
    more = " ".join(f"{name}={entry[name]}" for name in entry if name not in _FIRST)
    first = (
        f"{entry['timestamp']} {entry['level'].upper()} {entry['logger']} {entry['event']} {more}"
    ).rstrip()
    trace = [
        f"    | {line.translate(_SHOWN)}"
        for line in str(entry.get("exception", "")).split("\n")
        if line
    ]
    return "\n".join([first.translate(_SHOWN), *trace])
