"""Ending all placements at once whose last day has passed."""

from __future__ import annotations

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.placements.actions import LOCKED, put
from alliance.placements.model import OPEN_STATES


async def end_over(actor: Actor) -> int:
    """End all placements of the actor's school whose last day has passed; returns how many."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            f"{LOCKED} where p.school = $1 and p.state = any($2) and p.ends < $3"
            " order by p.id for update of p",
            actor.organisation,
            list(OPEN_STATES),
            clock.today(),
        )
        await DB.connection().execute("select lock_hosts($1)", sorted({r["host"] for r in rows}))
        for row in rows:
            await put(actor, row, "end", "ended", "")
    return len(rows)
