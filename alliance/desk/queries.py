"""What changed, and the search; every read with the actor's eyes."""

from __future__ import annotations

from typing import Any

from alliance.desk.wording import ACTIONS
from alliance.kit.actors import Actor
from alliance.kit.database import containing
from alliance.kit.engine import DB
from alliance.kit.language import _


async def changes(actor: Actor, limit: int = 6) -> list[dict[str, Any]]:
    """The latest entries of the organisation's audit trail that the actor may see, in words."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select at, action, role, subject_kind, after from audit_entry where organisation = $1 "
            "and action = any($2)"
            " order by id desc limit $3",
            actor.organisation,
            list(ACTIONS),
            limit,
        )
    for row in rows:
        words = ACTIONS[row["action"]]
        row["words"] = _(words)
    return rows


async def search(
    actor: Actor, words: str, limit: int = 8
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Posts and organisations whose name contains the words; row security decides which."""
    pattern = containing(words)
    async with DB.reading(actor):
        posts = await DB.fetch(
            "select p.id, p.title, o.name as host_name from post p join organisation o on o.id = "
            "p.enterprise"
            " where p.title ilike $1 or o.name ilike $1 order by p.title, o.name, p.id limit $2",
            pattern,
            limit,
        )
        organisations = await DB.fetch(
            "select id, name, kind from organisation where name ilike $1 or name_en ilike $1 order "
            "by name, id limit $2",
            pattern,
            limit,
        )
    return posts, organisations
