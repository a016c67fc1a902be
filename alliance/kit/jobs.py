"""Heavy work in `alliance worker`, through PgQueuer: enqueued inside the caller's transaction, taken over when a worker dies.

PgQueuer delivers; what a job is about (state, progress, error) lives in the domain's own table.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from alliance.kit.engine import DB

log = logging.getLogger(__name__)

Work = Callable[[dict[str, Any]], Awaitable[None]]
HEARTBEAT = timedelta(seconds=10)
"""A job whose worker was silent for so long is given to another one."""


async def enqueue(name: str, payload: Mapping[str, Any], after: timedelta | None = None) -> None:
    """Queue a job in the open transaction, to start at once or after a pause: rolled back, it never existed."""
    await Queries(AsyncpgDriver(DB.connection())).enqueue(name, msgspec.json.encode(payload), execute_after=after)


def queue_of(connection: asyncpg.Connection[asyncpg.Record], work: Mapping[str, Work]) -> PgQueuer:
    """A queue manager that knows these jobs by name."""
    queue = PgQueuer(AsyncpgDriver(connection))
    for name, function in work.items():
        queue.entrypoint(name)(_entry(function))
    return queue


def _entry(function: Work) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        await function(msgspec.json.decode(job.payload or b"{}"))

    return run


async def work_until_stopped(dsn: str, work: Mapping[str, Work], heartbeat: timedelta = HEARTBEAT) -> None:
    """Take jobs until SIGTERM or SIGINT; the job at hand is finished first."""
    connection = await asyncpg.connect(dsn)
    try:
        queue = queue_of(connection, work)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, queue.shutdown.set)
        await queue.run(dequeue_timeout=timedelta(seconds=2), heartbeat_timeout=heartbeat, batch_size=1)
    finally:
        await connection.close()
