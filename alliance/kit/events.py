"""Something happened in one domain that later domains act upon: an outbox in the caller's
transaction.

`publish` writes the event and one delivery per subscriber; a worker delivers each in a transaction
of its own, so that a subscriber that fails is retried without the others being told twice.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from alliance.kit import jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB

log = logging.getLogger(__name__)

Subscriber = Callable[[dict[str, Any]], Awaitable[None]]
MOST_ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=2)
DELIVER = "events.deliver"


class Subscriptions:
    """Who acts upon which event, wired in `alliance.app`; names are unique within an event."""

    def __init__(self, subscribers: Mapping[str, Mapping[str, Subscriber]]) -> None:
        self._subscribers = subscribers

    def names(self, event: str) -> Sequence[str]:
        """The subscribers of an event, in the order of wiring."""
        return list(self._subscribers.get(event, {}))

    def handler(self, event: str, subscriber: str) -> Subscriber | None:
        """What a subscriber does, or None if it is gone since the event was published."""
        return self._subscribers.get(event, {}).get(subscriber)


_wired = Subscriptions({})


def wire(subscriptions: Subscriptions) -> None:
    """Make these the process's subscriptions."""
    global _wired
    _wired = subscriptions


async def publish(name: str, payload: Mapping[str, Any]) -> None:
    """Write the event into the open transaction; deliveries start when it commits. The payload
    names things by id only."""
    subscribers = _wired.names(name)
    if not subscribers:
        return
    event = await DB.fetch_value(
        "select publish_event($1, $2::jsonb, $3)",
        name,
        msgspec.json.encode(payload).decode(),
        subscribers,
    )
    await jobs.enqueue(DELIVER, {"event": event})


async def deliver(event: int) -> None:
    """Hand an event to the subscribers that have not acknowledged it; what fails is tried again,
    later each time.

    The attempts and the last error stay in `event_delivery`, where an operator sees them.
    """
    again: list[int] = []
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select d.id, d.subscriber, e.name, e.payload from event_delivery d join event e on "
            "e.id = d.event"
            " where d.event = $1 and d.acknowledged is null and d.attempts < $2 order by d.id",
            event,
            MOST_ATTEMPTS,
        )
    for row in rows:
        handler = _wired.handler(row["name"], row["subscriber"])
        try:
            async with DB.acting_for(SYSTEM):
                # a second worker waits here and then finds it acknowledged
                open_still = await DB.fetch_value(
                    "select acknowledged is null from event_delivery where id = $1 for update",
                    row["id"],
                )
                if open_still and handler is not None:
                    await handler(msgspec.json.decode(row["payload"]))
                await DB.change(
                    "update event_delivery set acknowledged = now(), attempts = attempts + 1, "
                    "error = null where id = $1",
                    row["id"],
                )
        except Exception as error:
            log.exception("event %s for %s failed", row["name"], row["subscriber"])
            async with DB.acting_for(SYSTEM):
                tried = await DB.fetch_value(
                    "update event_delivery set attempts = attempts + 1, error = $2 where id = $1 "
                    "returning attempts",
                    row["id"],
                    str(error),
                )
            if tried < MOST_ATTEMPTS:
                again.append(tried)
    if again:
        async with DB.acting_for(SYSTEM):
            await jobs.enqueue(DELIVER, {"event": event}, after=FIRST_PAUSE * 4 ** (max(again) - 1))
