"""Reading skills with the table as it is loaded: for what comes in, and again for all
advertisements when the table changed."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

from alliance.advertisements.skills.vocabulary import LISTED, read_skills, recogniser_of
from alliance.kit import audit, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.reference import queries as reference
from ml.skills import Recogniser, Skill

log = logging.getLogger(__name__)

READ_AGAIN = "demand.read_skills"
CHUNK = 4000
_FIRST = UUID(int=0)

_CHANGE = """
update advertisement a set skills = string_to_array(r.skills, chr(31)), skill_origins =
  string_to_array(r.origins, chr(31))
from unnest($1::uuid[], $2::text[], $3::text[]) as r(id, skills, origins) where a.id = r.id
"""


async def recogniser() -> Recogniser | None:
    """The loaded table, compiled; None before one is loaded."""
    return await asyncio.to_thread(recogniser_of, await reference.skills(SYSTEM))


async def request_reading(actor: Actor) -> None:
    """Have the worker read the skills of all advertisements again."""
    async with DB.acting_for(actor):
        await jobs.enqueue(READ_AGAIN, {})
        await audit.record(actor, "read_skills_again", "skill", None)


async def follow_table(before: tuple[Skill, ...]) -> bool:
    """After the catalogues were loaded: have all advertisements read again if the table is another
    than `before` and there are any; returns whether."""
    if await reference.skills(SYSTEM) == before:
        return False
    async with DB.acting_for(SYSTEM):
        any_there = bool(await DB.fetch_value("select exists (select from advertisement)"))
        if any_there:
            await jobs.enqueue(READ_AGAIN, {})
    return any_there


async def read_again() -> int:
    """Read the skills of every advertisement with the present table (the worker's entry); returns
    how many changed.

    What a source listed stays listed. Each chunk is its own transaction: a reading that was broken
    off can be repeated.
    """
    table = await recogniser()
    last, changed = _FIRST, 0
    while True:
        async with DB.acting_for(SYSTEM):
            rows = await DB.fetch(
                "select id, title, text, skills, skill_origins from advertisement where id > $1 "
                "order by id limit $2 for update",
                last,
                CHUNK,
            )
            if not rows:
                log.info("read the skills of all advertisements again: %s changed", changed)
                break
            found = await asyncio.to_thread(_changed, table, rows)
            await DB.change(
                _CHANGE,
                *(list(column) for column in zip(*found, strict=True)) if found else ([], [], []),
                expect=len(found),
            )
            changed += len(found)
            last = rows[-1]["id"]
    await fold_tally()
    return changed


async def fold_tally() -> None:
    """Bring the counts of skills, of which every statement leaves some, to one row a skill; what
    they add up to stays."""
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute("select fold_skill_tally()")


def _changed(table: Recogniser | None, rows: list[dict[str, Any]]) -> list[tuple[UUID, str, str]]:
    found = []
    for row in rows:
        origins = row["skill_origins"] or [LISTED] * len(row["skills"])
        listed = [
            skill for skill, origin in zip(row["skills"], origins, strict=True) if origin == LISTED
        ]
        skills, origins_now = read_skills(table, listed, row["title"], row["text"])
        if (list(skills), list(origins_now)) != (row["skills"], row["skill_origins"]):
            found.append((row["id"], "\x1f".join(skills), "\x1f".join(origins_now)))
    return found
