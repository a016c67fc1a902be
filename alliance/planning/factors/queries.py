"""Reads of factors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing


async def factors(actor: Actor) -> list[dict[str, Any]]:
    """All factors with the names of what they are for."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select f.*, coalesce(oc.name_zh, s.name_zh) as name_zh, coalesce(oc.name_en, "
            "s.name_en) as name_en"
            " from planning_factor f"
            " left join occupation oc on oc.code = f.code and f.kind in ('capture', 'level')"
            " left join specialty s on s.code = f.code and f.kind not in ('capture', 'level') "
            "order by f.kind, f.code"
        )


async def factor(actor: Actor, factor_id: UUID) -> dict[str, Any]:
    """One factor. Raises Missing."""
    row = next((row for row in await factors(actor) if row["id"] == factor_id), None)
    if row is None:
        raise Missing
    return row


async def factor_history(actor: Actor, factor_id: UUID) -> list[dict[str, Any]]:
    """Earlier values of a factor that the actor may see, the latest first."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select at, before, after from audit_entry where subject = $1 and action = "
            "'change_factor' order by id desc limit 20",
            factor_id,
        )
    return [{**row, "before": msgspec.json.decode(row["before"])} for row in rows if row["before"]]
