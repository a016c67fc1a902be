"""Lines of a log that nobody else can write: what a request says stays inside its own line."""

from __future__ import annotations

import logging

LONGEST = 500


def one_line(text: str) -> str:
    r"""The text as part of one line: control characters and line breaks of every script stand escaped.

    >>> one_line("/posts\n2026-11-30 root signed in")
    '/posts\\n2026-11-30 root signed in'
    """
    plain = "".join(
        character if character.isprintable() else character.encode("unicode_escape", "backslashreplace").decode()
        for character in text[:LONGEST]
    )
    return plain if len(text) <= LONGEST else f"{plain}…"


class Lines(logging.Formatter):
    """One line an entry; the lines of a traceback are set in, so that none of them passes for an entry."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry."""
        first, _break, rest = super().format(record).partition("\n")
        entry = [first.translate(_SHOWN), *(f"    | {line}" for line in rest.translate(_SHOWN_BUT_BREAKS).splitlines() if line)]
        return "\n".join(entry)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """The entry without its traceback."""
        return super().formatMessage(record).translate(_SHOWN)


_SHOWN = {code: chr(code).encode("unicode_escape").decode() for code in (*range(32), 127, *range(128, 160), 0x2028, 0x2029)}
_SHOWN_BUT_BREAKS = {code: shown for code, shown in _SHOWN.items() if chr(code) != "\n"}


def write_lines(level: int) -> None:
    """Send this process's log to standard error in such lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
