"""Reads of imports of advertisements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing


async def imports(actor: Actor, limit: int = 100) -> list[dict[str, Any]]:
    """The organisation's imports, the latest first, without their files."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select id, file_name, state, done, total, error, summary, received, uploaded, decided "
            "from advertisement_import"
            " order by uploaded desc, id limit $1",
            limit,
        )
    return [{**row, "summary": msgspec.json.decode(row["summary"])} for row in rows]


async def import_of(actor: Actor, import_id: UUID) -> dict[str, Any]:
    """One import without its file. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select id, file_name, state, done, total, tries, error, summary, problems, received, "
            "uploaded, decided"
            " from advertisement_import where id = $1",
            import_id,
        )
    if row is None:
        raise Missing
    return {**row, "summary": msgspec.json.decode(row["summary"])}
