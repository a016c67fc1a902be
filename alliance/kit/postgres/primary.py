"""Connects to the server that may be written to, of several in one address (`…@db1,db2/…`): the one
with the latest timeline.

A primary that was replaced and comes back as it was accepts writes too: PostgreSQL alone cannot
know. Its timeline is older.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

ANSWER = 3.0
"""Seconds that a server has to answer before the others are taken without it."""
_TIMELINE = (
    "select case when pg_is_in_recovery() then null else ('x' || "
    "left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end"
)
_latest = 0
"""The latest timeline that this process has seen."""


async def connect(dsn: str, **options: Any) -> Connection:
    """Connect; `options` as asyncpg takes them. Raises what the last server raised, or
    TargetServerAttributeNotMatched."""
    global _latest
    alone = addresses(dsn)
    if len(alone) == 1:
        return await asyncpg.connect(dsn, **options)
    asked = [asyncio.create_task(_ask(one, options)) for one in alone]
    error: BaseException = asyncpg.exceptions.TargetServerAttributeNotMatched(
        "no server that may be written to"
    )
    found: list[tuple[int, Connection]] = []
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(answer, BaseException):
            error = answer
        elif answer is not None:
            found.append(answer)
    found.sort(key=lambda one: one[0])
    chosen = found.pop() if found and found[-1][0] >= _latest else None
    for _timeline, connection in found:
        connection.terminate()
    if chosen is None:
        raise error
    _latest = chosen[0]
    return chosen[1]


async def _ask(dsn: str, options: dict[str, Any]) -> tuple[int, Connection] | None:
    async with asyncio.timeout(ANSWER):
        connection = await asyncpg.connect(dsn, **options)
        try:
            timeline = await connection.fetchval(_TIMELINE)
        except BaseException:
            connection.terminate()
            raise
    if timeline is None:
        connection.terminate()
        return None
    return timeline, connection


def addresses(dsn: str) -> list[str]:
    """One address for each server that an address names.

    >>> addresses("postgresql://app:x@db1:5432,db2/hub?target_session_attrs=read-write")
    ['postgresql://app:x@db1:5432/hub', 'postgresql://app:x@db2/hub']
    """
    parts = urlsplit(dsn)
    who, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return [dsn]
    query = urlencode(
        [pair for pair in parse_qsl(parts.query) if pair[0] != "target_session_attrs"]
    )
    return [
        urlunsplit(parts._replace(netloc=f"{who}{at}{host}", query=query))
        for host in hosts.split(",")
    ]
