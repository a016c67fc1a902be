"""Heavy work in `alliance worker`, through PgQueuer: enqueued inside the caller's transaction,
taken over when a worker dies.

PgQueuer delivers; what a job is about (state, progress, error) lives in the domain's own table.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule
from pgqueuer.queries import Queries
from structlog.contextvars import bound_contextvars

from alliance.kit.actors import SYSTEM
from alliance.kit.database import UnreachableError, is_lost
from alliance.kit.engine import DB
from alliance.kit.postgres import primary
from alliance.kit.showing import figures
from alliance.kit.showing.requests import during, present_number
from alliance.kit.showing.spans import span
from alliance.kit.tables import WorkerBeat

log = logging.getLogger(__name__)

REQUEST = "request"
"""The header of a job that says which request queued it."""
Work = Callable[[dict[str, Any]], Awaitable[None]]
HEARTBEAT = timedelta(seconds=10)
"""A job whose worker was silent for so long is given to another one."""
BEAT = timedelta(seconds=10)
"""How often a worker says in `worker_beat` that it lives."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds between two attempts to reach a database that is away: doubled each time up to the
longest."""
ANSWER = 30.0
"""Seconds after which a silent database counts as lost."""

AT_ONCE = 3
"""Jobs that one worker has at hand together: fewer than its connections, so that none waits for one
until it times out."""
WAITED_FOR = 10
"""The priority of what a person waits for: it goes before any backlog of the hub's own."""


async def enqueue(
    name: str, payload: Mapping[str, Any], after: timedelta | None = None, *, priority: int = 0
) -> None:
    """Queue a job in the open transaction, to start at once or after a pause: rolled back, it never
    existed.

    It carries the number of the request that queued it, so that the worker's lines name it too.
    """
    number = present_number()
    await Queries(AsyncpgDriver(DB.connection())).enqueue(
        name,
        msgspec.json.encode(payload),
        priority,
        after,
        headers={REQUEST: number} if number else None,
    )


def queue_of(
    connection: asyncpg.Connection[asyncpg.Record],
    work: Mapping[str, Work],
    times: Mapping[str, str] | None = None,
) -> PgQueuer:
    """A queue manager that knows these jobs by name, and those that start by themselves by their
    times (cron, UTC).

    The next time of each stands in the database: of several workers one queues the job, and a time
    that passed while no worker ran is made up for once, when the next one starts.
    """
    queue = PgQueuer(AsyncpgDriver(connection))
    for name, function in work.items():
        # a job that failed is kept until somebody looks at it
        queue.entrypoint(name, on_failure="hold")(_entry(function))
    for name, expression in (times or {}).items():
        queue.schedule(name, expression)(_due(name))
    return queue


def _due(name: str) -> Callable[[Schedule], Awaitable[None]]:
    # only queued here, so that a worker that dies in the middle of the work leaves it to another
    # one
    async def run(_schedule: Schedule) -> None:
        async with DB.acting_for(SYSTEM):
            await enqueue(name, {})

    return run


def _request_of(job: Job) -> str | None:
    number = (job.headers or {}).get(REQUEST)
    return number if isinstance(number, str) else None


def _entry(function: Work) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        began, outcome = time.perf_counter(), "failed"
        with during(_request_of(job)), bound_contextvars(job=job.entrypoint), span(job.entrypoint):
            try:
                await function(msgspec.json.decode(job.payload or b"{}"))
                outcome = "done"
            except Exception as error:
                if is_lost(error):
                    # says nothing about the job: queued again, or, where even that cannot be
                    # written, taken over as a dead worker's
                    outcome = "again"
                    raise RetryRequested(
                        timedelta(seconds=1), f"the database was lost: {error}"
                    ) from error
                raise
            finally:
                seconds = time.perf_counter() - began
                figures.job_ended(job.entrypoint, outcome, seconds)
                log.info("job ended", extra={"outcome": outcome, "ms": round(seconds * 1000)})

    return run


async def work_until_stopped(
    dsn: str,
    work: Mapping[str, Work],
    heartbeat: timedelta = HEARTBEAT,
    times: Mapping[str, str] | None = None,
) -> None:
    """Take jobs until SIGTERM or SIGINT; the job at hand is finished first. `times` as in
    `queue_of`.

    A database that goes away is waited for, however long that takes; what was at hand then is done
    again.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    pause = FIRST_PAUSE
    async with _beating():
        while not stop.is_set():
            try:
                connection = await primary.connect(dsn, timeout=ANSWER, command_timeout=ANSWER)
                pause = FIRST_PAUSE
                await _work_while_connected(
                    connection, queue_of(connection, work, times), stop, heartbeat
                )
            except Exception as error:
                if not (isinstance(error, OSError) or is_lost(error)):
                    raise
                log.warning(
                    "the worker lost the database, next attempt in %.1f s: %s", pause, error
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE)


async def _work_while_connected(
    connection: asyncpg.Connection[asyncpg.Record],
    queue: PgQueuer,
    stop: asyncio.Event,
    heartbeat: timedelta,
) -> None:
    """Take jobs until `stop` or until the connection is lost. Raises what ended the work."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda *_: lost.set())
    working = asyncio.create_task(
        queue.run(
            timedelta(seconds=2),
            batch_size=1,
            max_concurrent_tasks=AT_ONCE,
            heartbeat_timeout=heartbeat,
        ),
        name="queue",
    )
    waiting = {working, *(asyncio.create_task(event.wait()) for event in (stop, lost))}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        queue.shutdown.set()
        if lost.is_set():
            # nothing can be written about the job at hand any more; another worker takes it after
            # the heartbeat
            await asyncio.wait({working}, timeout=heartbeat.total_seconds())
            working.cancel()
        await asyncio.wait({working})
        if not working.cancelled():
            working.result()
    finally:
        for task in waiting:
            task.cancel()
        connection.terminate()


@contextlib.asynccontextmanager
async def _beating() -> AsyncIterator[None]:
    worker = uuid4()
    task = asyncio.create_task(_beat(worker), name="beat")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        # a worker that was stopped is not missed
        with contextlib.suppress(
            OSError, UnreachableError, asyncpg.PostgresError, asyncpg.InterfaceError
        ):
            async with DB.acting_for(SYSTEM):
                await DB.sweep(WorkerBeat.delete().where(WorkerBeat.worker == worker))


async def _beat(worker: UUID) -> None:
    while True:
        try:
            async with asyncio.timeout(ANSWER), DB.acting_for(SYSTEM):
                await DB.connection().execute(
                    "insert into worker_beat (worker, host, started, seen) values ($1, $2, now(), "
                    "now())"
                    " on conflict (worker) do update set seen = now()",
                    worker,
                    socket.gethostname()[:120],
                )
                await DB.sweep("delete from worker_beat where seen < now() - interval '1 day'")
        except Exception as error:
            if not is_lost(error):
                raise
            log.warning("the worker's beat was not written: %s", error)
        await asyncio.sleep(BEAT.total_seconds())
