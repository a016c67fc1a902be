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
from pgqueuer.models import Job, Schedule
from pgqueuer.queries import Queries

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB

log = logging.getLogger(__name__)

Work = Callable[[dict[str, Any]], Awaitable[None]]
HEARTBEAT = timedelta(seconds=10)
"""A job whose worker was silent for so long is given to another one."""


async def enqueue(name: str, payload: Mapping[str, Any], after: timedelta | None = None) -> None:
    """Queue a job in the open transaction, to start at once or after a pause: rolled back, it never existed."""
    await Queries(AsyncpgDriver(DB.connection())).enqueue(name, msgspec.json.encode(payload), execute_after=after)


def queue_of(
    connection: asyncpg.Connection[asyncpg.Record], work: Mapping[str, Work], times: Mapping[str, str] | None = None
) -> PgQueuer:
    """A queue manager that knows these jobs by name, and those that start by themselves by their times (cron, UTC).

    The next time of each stands in the database: of several workers one queues the job, and a time that passed while no worker
    ran is made up for once, when the next one starts.
    """
    queue = PgQueuer(AsyncpgDriver(connection))
    for name, function in work.items():
        queue.entrypoint(name)(_entry(function))
    for name, expression in (times or {}).items():
        queue.schedule(name, expression)(_due(name))
    return queue


def _due(name: str) -> Callable[[Schedule], Awaitable[None]]:
    # only queued here, so that a worker that dies in the middle of the work leaves it to another one
    async def run(_schedule: Schedule) -> None:
        async with DB.acting_for(SYSTEM):
            await enqueue(name, {})

    return run


def _entry(function: Work) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        await function(msgspec.json.decode(job.payload or b"{}"))

    return run


async def work_until_stopped(
    dsn: str, work: Mapping[str, Work], heartbeat: timedelta = HEARTBEAT, times: Mapping[str, str] | None = None
) -> None:
    """Take jobs until SIGTERM or SIGINT; the job at hand is finished first. `times` as in `queue_of`."""
    connection = await asyncpg.connect(dsn)
    try:
        queue = queue_of(connection, work, times)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, queue.shutdown.set)
        await queue.run(dequeue_timeout=timedelta(seconds=2), heartbeat_timeout=heartbeat, batch_size=1)
    finally:
        await connection.close()
