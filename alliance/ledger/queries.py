"""How many interns are where: reads of the ledger alone. How full hosts and kinds of work are, with
what is published: `posts.caps`."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from alliance.kit.actors import Actor
from alliance.kit.engine import DB

_OF_HOSTS: Final = """
select host, sum(interns)::int as interns from occupancy_change where day <= $1 group by host
having sum(interns) > 0
"""


async def interns_of_hosts(day: date) -> dict[UUID, int]:
    """Host → its interns of all schools on a day, of hosts that have any; in the open
    transaction."""
    rows = await DB.fetch(_OF_HOSTS, day)
    return {row["host"]: row["interns"] for row in rows}


async def at_work(actor: Actor, day: date) -> int:
    """Interns of all schools at all hosts on a day."""
    async with DB.reading(actor):
        return sum((await interns_of_hosts(day)).values())
