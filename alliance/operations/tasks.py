"""What of the hub itself waits for who operates it."""

from __future__ import annotations

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.events import MOST_ATTEMPTS
from alliance.kit.language import _, ngettext
from alliance.kit.room import Task, Waiting

_STUCK = """
select
  (select count(*) from event_delivery
    where acknowledged is null and attempts >= $1)::int as given_up,
  (select count(*) from pgqueuer where status = 'failed')::int as failed
"""


class Stuck(msgspec.Struct, frozen=True):
    """Events that nobody took after all attempts, and jobs that failed."""

    given_up: int
    failed: int


async def for_secretary(actor: Actor) -> list[Task]:
    """Events that were given up, and jobs that failed."""
    row = await DB.fetch_one_as(Stuck, _STUCK, MOST_ATTEMPTS)
    if row is None:
        return []
    return [
        Task(
            place=10,
            count=row.given_up,
            what=ngettext(
                "event given up after five attempts",
                "events given up after five attempts",
                row.given_up,
            ),
            why=_("nothing tries them again by itself"),
            verb=_("See"),
            href="/operations#given-up",
            stop=True,
        ),
        Task(
            place=20,
            count=row.failed,
            what=ngettext("job that failed", "jobs that failed", row.failed),
            why=_("what it was to do is not done"),
            verb=_("See"),
            href="/operations?show=failed",
            stop=True,
        ),
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {"secretary": (for_secretary,)}
