"""Statements that took longer than the limit: logged and counted without any value, kept until
somebody writes them down."""

from __future__ import annotations

import logging
import re
from collections import deque
from datetime import datetime

import msgspec
from asyncpg.connection import LoggedQuery

from alliance.kit import clock
from alliance.kit.showing import figures, spans
from alliance.kit.showing.requests import present_number

log = logging.getLogger("alliance.slow")
# a command that keeps no log, such as the one that makes the demonstration, would print the bare
# words
log.addHandler(logging.NullHandler())

MOST = 100
"""So many wait to be written down; of more the oldest are only counted."""
_LONGEST = 160
_LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![$\w])\d+(?:\.\d+)?\b")


class Statement(msgspec.Struct, frozen=True):
    """One statement that was slow: its first words, how long it took, on whose behalf."""

    at: datetime
    words: str
    ms: int
    request: str | None


class Slow:
    """What was slow in this process; `limit` in milliseconds."""

    def __init__(self) -> None:
        self.limit = 500
        self.kept: deque[Statement] = deque(maxlen=MOST)

    def notice(self, query: LoggedQuery) -> None:
        """Called by asyncpg after every statement."""
        if spans.are_made():
            spans.past(first_words(query.query), query.elapsed)
        ms = query.elapsed * 1000
        if ms < self.limit:
            return
        statement = Statement(clock.now(), first_words(query.query), round(ms), present_number())
        figures.slow()
        log.warning("slow statement", extra={"statement": statement.words, "ms": statement.ms})
        self.kept.append(statement)

    def taken(self) -> list[Statement]:
        """What waits to be written down, once."""
        found = list(self.kept)
        self.kept.clear()
        return found


def first_words(sql: str) -> str:
    """The beginning of a statement without the values that stand in it.

    >>> first_words("select name from organisation  where uscc = '91500' and staff > 12")
    'select name from organisation where uscc = ? and staff > ?'
    """
    plain = " ".join(_LITERAL.sub("?", sql).split())
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "…"


SLOW = Slow()
"""Of this process."""
