"""Which interns wait for an enterprise, and how many are at work in the county."""

from __future__ import annotations

from datetime import date

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext
from alliance.kit.room import Figure, Task, Waiting
from alliance.ledger import queries as ledger
from alliance.placements.model import OPEN_STATES

_COMING = """
select count(*)::int as interns, min(starts) as first_day
from placement where host = $1 and state <> 'cancelled' and starts > $2
"""
_PRESENT = """
select count(*) from placement where host = $1 and state <> 'cancelled' and ends >= $2
"""

_OVER = "select count(*) from placement where school = $1 and ends < $2 and state = any($3)"


class Coming(msgspec.Struct, frozen=True):
    """Interns who have not begun yet, and the first day on which one does."""

    interns: int
    first_day: date | None


async def for_hr(actor: Actor) -> list[Task]:
    """Interns to prepare for."""
    row = await DB.fetch_one_as(Coming, _COMING, actor.organisation, clock.today())
    if row is None:
        return []
    return [
        Task(
            place=30,
            count=row.interns,
            what=ngettext("intern to prepare for", "interns to prepare for", row.interns),
            why=_("placed and published"),
            verb=_("See"),
            href="/interns",
            due=row.first_day,
        )
    ]


async def for_mentor(actor: Actor) -> list[Task]:
    """Interns of the mentor's enterprise, now or soon."""
    count = await DB.fetch_value(_PRESENT, actor.organisation, clock.today())
    return [
        Task(
            place=10,
            count=count,
            what=ngettext("intern at your enterprise", "interns at your enterprise", count),
            why=_("now or soon"),
            verb=_("See"),
            href="/interns",
        )
    ]


async def for_coordinator(actor: Actor) -> list[Task]:
    """Placements whose last day has passed and that nobody has ended."""
    over = await DB.fetch_value(_OVER, actor.organisation, clock.today(), list(OPEN_STATES))
    return [
        Task(
            place=40,
            count=over,
            what=ngettext("placement that is over", "placements that are over", over),
            why=_("nobody has closed it"),
            verb=_("End"),
            href="/placements?state=over",
        )
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {
    "coordinator": (for_coordinator,),
    "hr": (for_hr,),
    "mentor": (for_mentor,),
}


async def figures(actor: Actor) -> list[Figure]:
    """How many interns are at work today."""
    return [
        Figure(
            label=_("Interns at work today"),
            value=await ledger.at_work(actor, clock.today()),
            note=_("of all schools"),
        )
    ]
