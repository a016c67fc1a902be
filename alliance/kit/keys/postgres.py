"""Personal keys in a PostgreSQL of their own, for several web hosts; never the hub's database,
whose dump holds the values.

Opening a page of names must not cost a hundred round trips, so every process keeps the wrapped keys
in memory and follows their destruction through LISTEN. A process that lost touch forgets them all
and asks the database for each.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from alliance.kit.keys.model import Erased, KeyStore, KeysUnavailable

PATIENCE = 5.0
"""Seconds for an answer, and between two signs of life: after both, a process that hears nothing
forgets every key."""
_SCHEMA = """
create table if not exists personal_key (handle uuid primary key, wrapped bytea not null, made
  timestamptz not null);
create table if not exists erased_person (
  id bigserial primary key, person uuid not null, handle uuid, day date not null, unique nulls not
    distinct (person, handle));
create table if not exists chain_head (one boolean primary key default true check (one), head text
  not null);
"""


class PostgresKeys(KeyStore):
    """Keys behind an address of their own. A thread with its own loop holds the one connection of
    the process."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._starting = threading.Lock()
        self._thread: _Thread | None = None

    def put(self, keys: Mapping[UUID, bytes]) -> None:
        """Keep new keys in one transaction."""
        made = datetime.now(UTC)
        self._do(
            lambda database: database.put(
                [(handle, wrapped, made) for handle, wrapped in keys.items()]
            )
        )

    def get(self, handle: UUID) -> bytes | None:
        """The wrapped key: from memory while the process follows the store, else from the
        database."""
        known = self._running().database.known.get(handle)
        return known if known is not None else self._do(lambda database: database.get(handle))

    def handles(self, before: datetime | None = None) -> set[UUID]:
        """Every handle, or those put before a moment."""
        sql = "select handle from personal_key where $1::timestamptz is null or made < $1"
        return {row["handle"] for row in self._do(lambda database: database.fetch(sql, before))}

    def delete(self, handles: Iterable[UUID]) -> None:
        """Delete keys and tell every process that follows to forget them."""
        gone = list(handles)
        self._do(lambda database: database.delete(gone))

    def remember(self, erased: Sequence[Erased]) -> None:
        """Add to the list, each once."""
        sql = (
            "insert into erased_person (person, handle, day) select * from unnest($1::uuid[], "
            "$2::uuid[], $3::date[])"
            " on conflict do nothing"
        )
        values = (
            [one.person for one in erased],
            [one.handle for one in erased],
            [one.day for one in erased],
        )
        self._do(lambda database: database.fetch(sql, *values))

    def erased(self) -> list[Erased]:
        """What the list says."""
        rows = self._do(
            lambda database: database.fetch(
                "select person, handle, day from erased_person order by id"
            )
        )
        return [Erased(row["person"], row["handle"], row["day"]) for row in rows]

    def head(self) -> str:
        """The head as the last writer left it."""
        rows = self._do(lambda database: database.fetch("select head from chain_head"))
        return str(rows[0]["head"]) if rows else ""

    def keep_head(self, head: str) -> None:
        """Replace the head."""
        sql = (
            "insert into chain_head (head) values ($1) on conflict (one) do update set head = "
            "excluded.head"
        )
        self._do(lambda database: database.fetch(sql, head))

    def close(self) -> None:
        """End the thread and its connection, and forget every key."""
        with self._starting:
            if self._thread is not None and self._thread.process == os.getpid():
                self._thread.stop()
            self._thread = None

    def _running(self) -> _Thread:
        running = self._thread
        if running is not None and running.process == os.getpid():
            return running
        with self._starting:
            if self._thread is None or self._thread.process != os.getpid():
                self._thread = _Thread(self._dsn)
            return self._thread

    def _do(self, what: Any) -> Any:
        running = self._running()
        return running.do(what(running.database))


class _Thread:
    """A loop of its own, so that ordinary code can wait for a coroutine while the web's loop runs
    it."""

    def __init__(self, dsn: str) -> None:
        self.process = os.getpid()
        self.database = _Database(dsn)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="personal keys", daemon=True
        )
        self._thread.start()
        self._alive = asyncio.run_coroutine_threadsafe(self.database.stay_alive(), self._loop)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(PATIENCE * 2)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            future.cancel()
            raise KeysUnavailable(
                f"the key store does not answer: {type(error).__name__}"
            ) from error

    def stop(self) -> None:
        self._alive.cancel()
        with contextlib.suppress(KeysUnavailable):
            self.do(self.database.disconnect())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()


class _Database:
    """The connection: asks, listens, and keeps what it may believe."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._turn = asyncio.Lock()
        self.known: dict[UUID, bytes] = {}

    async def put(self, rows: list[tuple[UUID, bytes, datetime]]) -> None:
        async with self._turn:
            connection = await self._connected()
            await connection.copy_records_to_table(
                "personal_key", records=rows, columns=["handle", "wrapped", "made"]
            )

    async def get(self, handle: UUID) -> bytes | None:
        async with self._turn:
            connection = await self._connected()
            wrapped: bytes | None = await connection.fetchval(
                "select wrapped from personal_key where handle = $1", handle
            )
            if wrapped is not None and not connection.is_closed():
                # the news of its destruction comes over this same connection, after this answer
                self.known[handle] = wrapped
            return wrapped

    async def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        async with self._turn:
            return list(await (await self._connected()).fetch(sql, *values))

    async def delete(self, handles: list[UUID]) -> None:
        async with self._turn:
            connection = await self._connected()
            async with connection.transaction():
                await connection.execute("delete from personal_key where handle = any($1)", handles)
                await connection.executemany(
                    "select pg_notify('personal_key_gone', $1)",
                    [(str(handle),) for handle in handles],
                )
            # dead rows keep their bytes until they are swept
            await connection.execute("vacuum personal_key")
            for handle in handles:
                self.known.pop(handle, None)

    async def stay_alive(self) -> None:
        while True:
            with contextlib.suppress(
                OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError
            ):
                async with self._turn:
                    await asyncio.wait_for((await self._connected()).fetchval("select 1"), PATIENCE)
                await asyncio.sleep(PATIENCE)
                continue
            await self.disconnect()
            await asyncio.sleep(0.2)

    async def disconnect(self) -> None:
        self.known.clear()
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        if self._connection is None or self._connection.is_closed():
            self.known.clear()
            connection = await asyncpg.connect(
                self._dsn, timeout=PATIENCE, command_timeout=PATIENCE
            )
            connection.add_termination_listener(lambda _gone: self.known.clear())
            await connection.execute(_SCHEMA)
            await connection.add_listener("personal_key_gone", self._heard)
            self._connection = connection
            self.known = {
                row["handle"]: row["wrapped"]
                for row in await connection.fetch("select handle, wrapped from personal_key")
            }
        return self._connection

    def _heard(self, _connection: object, _process: int, _channel: str, handle: Any) -> None:
        self.known.pop(UUID(handle), None)
