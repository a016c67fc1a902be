"""Postgres notifications fanned out to this process's open pages; it outlives a lost connection.

`say` is part of the caller's transaction: what is rolled back is never heard. A payload names
things by id, nothing more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeAlias

import asyncpg

from alliance.kit.engine import DB

log = logging.getLogger(__name__)

CHANNEL = "hub"
LONGEST_PAUSE = 5.0
ANSWER = 10.0
"""Seconds after which a silent database counts as lost."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def say(topic: str) -> None:
    """Tell every open page that reads this topic, once the open transaction commits."""
    await DB.connection().execute("select pg_notify($1, $2)", CHANNEL, topic)


class Feed:
    """LISTENs for the whole process; a slow reader loses its oldest messages, never the server's
    memory."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], backlog: int = 100) -> None:
        self._connect = connect
        self._backlog = backlog
        self._readers: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self.listening = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Feed]:
        """Listen while the application lives; use it in the lifespan."""
        task = asyncio.create_task(self._listen(), name="feed")
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @contextlib.contextmanager
    def reading(self, topic: str) -> Iterator[asyncio.Queue[str]]:
        """A queue of what is said on the topic from now on."""
        queue: asyncio.Queue[str] = asyncio.Queue(self._backlog)
        self._readers[topic].add(queue)
        try:
            yield queue
        finally:
            self._readers[topic].discard(queue)
            if not self._readers[topic]:
                del self._readers[topic]

    async def _listen(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._listen_once()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("the feed lost its connection: %s", error)
            # once it was heard, the next attempt comes at once; a database that stays away is asked
            # ever more seldom
            pause = 0.1 if self.listening.is_set() else min(pause * 2, LONGEST_PAUSE)
            self.listening.clear()
            await asyncio.sleep(pause)

    async def _listen_once(self) -> None:
        connection = await self._connect()
        lost = asyncio.Event()
        connection.add_termination_listener(lambda *_: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._hear)
            self.listening.set()
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), 30)
                if not lost.is_set():
                    # a network that swallows everything gives no sign of it
                    await connection.execute("select 1", timeout=ANSWER)
        finally:
            connection.terminate()

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        for queue in self._readers.get(str(payload), ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(str(payload))
