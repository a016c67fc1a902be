"""What the worker does for operations every night: the queue's and the events' own rows do not grow
for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB

TERM: Final = timedelta(days=30)
"""So long delivered events, ended jobs and slow statements are kept."""
FAILED_TERM: Final = timedelta(days=180)
"""So long a job that failed waits for somebody to look at it."""
TIDY: Final = "operations.tidy"


async def tidy(_payload: dict[str, Any]) -> None:
    """Remove what was delivered, ended or seen long ago; what was given up stays until somebody
    tries it again."""
    async with DB.acting_for(SYSTEM):
        await DB.sweep(
            "delete from event e where e.at < now() - $1::interval and not exists (select from "
            "event_delivery d"
            " where d.event = e.id and (d.acknowledged is null or d.acknowledged > now() - "
            "$1::interval))",
            TERM,
        )
        await DB.sweep("delete from slow_query where at < now() - $1::interval", TERM)
        await DB.sweep(
            "delete from pgqueuer where status = 'failed' and updated < now() - $1::interval",
            FAILED_TERM,
        )
        await DB.sweep(
            "delete from pgqueuer_log l where l.created < now() - $1::interval"
            " and not exists (select from pgqueuer q where q.id = l.job_id)",
            TERM,
        )


WORK = {TIDY: tidy}
TIMES = {TIDY: "20 19 * * *"}
