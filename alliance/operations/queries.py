"""What stands in the queue, what was given up, who works, what was slow.

PgQueuer's tables have no row security (their payloads are ids only); events, deliveries, beats and
slow statements do.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.events import MOST_ATTEMPTS

STATES: Final = ("queued", "picked", "failed")
SHOWN: Final = 100
"""So many given-up events stand on the page."""
SLOWEST: Final = 25
"""So many different slow statements stand on the page."""
STUCK: Final = timedelta(minutes=30)
"""A run that began so long ago and has not ended has probably lost its job."""
SILENT: Final = timedelta(seconds=60)
"""A worker that said nothing for so long is dead or cut off."""
ORDERS: Final = {
    "id": "q.id",
    "name": "q.entrypoint",
    "state": "q.status::text",
    "attempts": "q.attempts",
    "since": "q.created",
}
_VALUE = re.compile(r"'[^']*'")


async def figures(actor: Actor) -> dict[str, Any]:
    """Counts for the head of the page and the secretary's home."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select count(*) filter (where status = 'queued')::int as waiting,"
            " count(*) filter (where status = 'picked')::int as running,"
            " count(*) filter (where status = 'failed')::int as failed,"
            " extract(epoch from now() - min(execute_after)"
            "   filter (where status = 'queued' and execute_after <= now()))::int as oldest,"
            " (select count(*) from event_delivery where acknowledged is null and attempts >= "
            "$1)::int as given_up,"
            " (select count(*) from event_delivery where acknowledged is null and attempts < "
            "$1)::int as undelivered,"
            " (select count(*) from worker_beat where seen > now() - $2::interval)::int as workers "
            "from pgqueuer",
            MOST_ATTEMPTS,
            SILENT,
        )
    return row or {}


async def given_up(actor: Actor) -> list[dict[str, Any]]:
    """Deliveries that nobody tries any more, the latest first."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select d.id, e.at, e.name, d.subscriber, d.attempts, d.error from event_delivery d "
            "join event e on e.id = d.event"
            " where d.acknowledged is null and d.attempts >= $1 order by d.id desc limit $2",
            MOST_ATTEMPTS,
            SHOWN,
        )
    return [{**row, "error": brief(row["error"])} for row in rows]


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs the list shows; empty means all, what failed first."""

    show: str = ""
    name: str = ""
    sort: str = ""
    down: bool = False


async def jobs(
    actor: Actor, wanted: JobFilter, limit: int | None = None, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """Jobs of the queue and how many there are."""
    state, name = wanted.show, wanted.name
    order = "q.status = 'failed' desc, q.id"
    if wanted.sort in ORDERS:
        order = f"{ORDERS[wanted.sort]}{' desc' if wanted.down else ''}"
    where = "($1 = '' or q.status::text = $1) and ($2 = '' or q.entrypoint = $2)"
    async with DB.reading(actor):
        total = await DB.fetch_value(f"select count(*) from pgqueuer q where {where}", state, name)
        rows = await DB.fetch(
            "select q.id, q.entrypoint as name, q.status::text as state, q.attempts, q.created, "
            "q.execute_after, q.updated,"
            " q.headers ->> 'request' as request, l.traceback ->> 'exception_type' as kind,"
            " l.traceback ->> 'exception_message' as error from pgqueuer q left join lateral "
            "(select traceback from pgqueuer_log l"
            "   where l.job_id = q.id and l.traceback is not null order by l.id desc limit 1) l on "
            "true"
            f" where {where} order by {order}, q.id "
            "limit $3 offset $4",
            state,
            name,
            limit,
            offset,
        )
    return [{**row, "error": brief(row["error"], row["kind"])} for row in rows], total


async def names(actor: Actor) -> list[str]:
    """The names of the jobs that stand in the queue."""
    async with DB.reading(actor):
        return [
            row["entrypoint"]
            for row in await DB.fetch("select distinct entrypoint from pgqueuer order by 1")
        ]


async def workers(actor: Actor) -> list[dict[str, Any]]:
    """Who takes jobs; `silent` says that a worker has not been heard of."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select host, started, seen, seen < now() - $1::interval as silent from worker_beat "
            "order by seen desc",
            SILENT,
        )


async def schedules(actor: Actor) -> list[dict[str, Any]]:
    """What starts by itself; `late` says that its time has passed and nobody queued it."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select entrypoint as name, expression, last_run, next_run, next_run < now() - "
            "interval '5 minutes' as late"
            " from pgqueuer_schedules order by next_run, entrypoint"
        )


async def stuck(actor: Actor) -> list[dict[str, Any]]:
    """Runs that began long ago and have not ended."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select 'forecast' as kind, number, state, coalesce(started, requested) as since, "
            "attempts from forecast_run"
            " where state in ('queued', 'running') and coalesce(started, requested) < now() - "
            "$1::interval union all"
            " select 'matching', number, state, coalesce(started, requested), attempts from "
            "matching_run"
            " where state in ('queued', 'running') and coalesce(started, requested) < now() - "
            "$1::interval order by since",
            STUCK,
        )


async def slow(actor: Actor) -> list[dict[str, Any]]:
    """The slowest statements of those that took longer than the limit: how often, how long at most
    and in which request."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select words, count(*)::int as times, max(ms) as ms, max(at) as at,"
            " (array_agg(request order by ms desc))[1] as request"
            " from slow_query group by words order by max(ms) desc, words limit $1",
            SLOWEST,
        )


def brief(error: str | None, kind: str | None = None) -> str:
    """The first line of an error, without the values that it quotes.

    >>> brief("invalid input for query argument $1: '张三'\\nDETAIL: …", "DataError")
    'DataError: invalid input for query argument $1: …'
    """
    first = _VALUE.sub("…", (error or "").partition("\n")[0])[:200]
    return ": ".join(part for part in (kind, first) if part)
