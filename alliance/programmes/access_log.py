"""Writes the log of readings: the database looks up the students who were read, whatever the reader
sees."""

from __future__ import annotations

from uuid import uuid4

from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.reading import Entry


async def write(entry: Entry) -> None:
    """Keep one reading in the open transaction, so that what cannot be logged is not read."""
    await DB.connection().execute(
        "select write_access($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        entry.why.reading or uuid4(),
        clock.now(),
        entry.kind,
        list(entry.subjects),
        entry.number,
        entry.purpose,
        entry.reason,
        entry.why.page[:200],
        entry.why.address[:45],
        entry.compared,
        entry.known_by,
    )
