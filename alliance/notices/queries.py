"""Every read of notices."""

from __future__ import annotations

from typing import Any

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.members.who import NAMESPACE, Asked


async def look(key: str) -> Asked | None:
    """The session with this key, who is behind it at this moment and how many notices wait for
    them, in one round trip; None when there is none."""
    rows = await DB.fetch_alone("select * from who_asks($1, $2)", NAMESPACE, key)
    return Asked(*rows[0]) if rows else None


async def unread(actor: Actor) -> int:
    """How many notices the actor has not read, in whatever role."""
    async with DB.reading(actor):
        return int(
            await DB.fetch_value(
                "select count(*) from notice where person = $1 and read is null", actor.person
            )
        )


async def notices(
    actor: Actor, *, only_unread: bool, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the actor's notices, the newest first, with `params` decoded, and how many there
    are."""
    where = "person = $1" + (" and read is null" if only_unread else "")
    async with DB.reading(actor):
        total = await DB.fetch_value(f"select count(*) from notice where {where}", actor.person)
        rows = await DB.fetch(
            f"select n.*, o.name as organisation_name from (select * from notice where {where}) n"
            " join organisation o on o.id = n.organisation order by n.at desc, n.id desc limit "
            f"{int(limit)} offset {int(offset)}",
            actor.person,
        )
    return [{**row, "params": msgspec.json.decode(row["params"])} for row in rows], int(total)


async def target(actor: Actor, notice: int) -> str:
    """The address that a notice of the actor's leads to. Raises Missing."""
    async with DB.reading(actor):
        href: str | None = await DB.fetch_value(
            "select href from notice where id = $1 and person = $2", notice, actor.person
        )
    if href is None:
        raise Missing
    return href
