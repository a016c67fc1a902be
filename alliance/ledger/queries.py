"""Reads of the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing


async def peaks(
    actor: Actor, post_id: UUID | None, starts: date | None, ends: date | None
) -> dict[str, Any]:
    """Staff of the actor's enterprise today, and the interns of all schools on the fullest day of a
    window: at the enterprise (with that day) and at this post."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select o.name, o.industry, o.uscc, (select c.staff from staff_count c where "
            "c.organisation = o.id"
            " and c.counted_on <= $2 order by c.counted_on desc limit 1) as staff from "
            "organisation o where o.id = $1",
            actor.organisation,
            clock.today(),
        )
        busiest = await DB.fetch_one(
            "select day, sum(interns)::int as interns from occupancy_day where host = $1 and day "
            "between $2 and $3"
            " group by day order by interns desc, day limit 1",
            actor.organisation,
            starts or clock.today(),
            ends or clock.today(),
        )
        here = await DB.fetch_value(
            "select coalesce(max(interns), 0) from occupancy_day where post = $1 and day between "
            "$2 and $3",
            post_id,
            starts or clock.today(),
            ends or clock.today(),
        )
    if row is None:
        raise Missing
    return {
        **row,
        "host_peak": busiest["interns"] if busiest else 0,
        "host_day": busiest["day"] if busiest else None,
        "post_peak": here,
    }


async def occupancy(
    actor: Actor, post_id: UUID | None, starts: date | None, ends: date | None
) -> list[tuple[date, int, int]]:
    """(day, interns at the enterprise's other posts, interns at this post) of each day in a window
    with any intern of any school."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select day, coalesce(sum(interns) filter (where post is distinct from $2), 0)::int as "
            "others,"
            " coalesce(sum(interns) filter (where post = $2), 0)::int as here from occupancy_day"
            " where host = $1 and day between $3 and $4 group by day",
            actor.organisation,
            post_id,
            starts,
            ends,
        )
    return [(row["day"], row["others"], row["here"]) for row in rows]


async def at_work(actor: Actor, day: date) -> int:
    """Interns of all schools at all hosts on a day."""
    async with DB.reading(actor):
        return int(
            await DB.fetch_value(
                "select coalesce(sum(interns), 0) from occupancy_day where day = $1", day
            )
        )
