"""Try again what was given up, or drop it: each conditional on what stood on the page, each in the
audit trail."""

from __future__ import annotations

from alliance.kit import audit, jobs
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.events import DELIVER, MOST_ATTEMPTS
from alliance.kit.language import _
from alliance.kit.problems import Conflict


async def retry_delivery(actor: Actor, delivery: int) -> None:
    """Deliver a given-up event again, five attempts from now on. Raises Conflict when it is not
    given up any more."""
    async with DB.acting_for(actor):
        if not await _again(actor, [delivery]):
            raise Conflict(_("This was tried again or delivered already."))


async def retry_deliveries(actor: Actor) -> int:
    """Deliver everything that was given up again; returns how much."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select id from event_delivery where acknowledged is null and attempts >= $1 order by "
            "id",
            MOST_ATTEMPTS,
        )
        return await _again(actor, [row["id"] for row in rows])


async def retry_job(actor: Actor, job: int) -> None:
    """Queue a failed job again. Raises Conflict when it does not stand as failed."""
    async with DB.acting_for(actor):
        name = await DB.fetch_value(
            "update pgqueuer set status = 'queued', execute_after = now(), updated = now(), "
            "attempts = 0, queue_manager_id = null"
            " where id = $1 and status = 'failed' returning entrypoint",
            job,
        )
        if name is None:
            raise Conflict(_("This job was tried again or dropped already."))
        await audit.record(actor, "retry_job", "job", None, after={"job": job, "name": name})


async def drop_job(actor: Actor, job: int) -> None:
    """Take a failed job out of the queue for good. Raises Conflict when it does not stand as
    failed."""
    async with DB.acting_for(actor):
        name = await DB.fetch_value(
            "delete from pgqueuer where id = $1 and status = 'failed' returning entrypoint", job
        )
        if name is None:
            raise Conflict(_("This job was tried again or dropped already."))
        await audit.record(actor, "drop_job", "job", None, before={"job": job, "name": name})


async def _again(actor: Actor, deliveries: list[int]) -> int:
    rows = await DB.fetch(
        "update event_delivery d set attempts = 0 from event e where e.id = d.event and d.id = "
        "any($1) and d.acknowledged is null"
        " and d.attempts >= $2 returning d.id, d.event, d.subscriber, e.name",
        deliveries,
        MOST_ATTEMPTS,
    )
    for row in rows:
        await audit.record(
            actor,
            "retry_event",
            "event",
            None,
            after={"delivery": row["id"], "name": row["name"], "for": row["subscriber"]},
        )
    for event in sorted({row["event"] for row in rows}):
        await jobs.enqueue(DELIVER, {"event": event})
    return len(rows)
