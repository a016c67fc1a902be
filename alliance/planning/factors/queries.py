"""Reads of factors."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.database import containing
from alliance.kit.engine import DB
from alliance.kit.postgres.paging import ordered
from alliance.kit.problems import Missing

_NAMED = """from planning_factor f
 left join occupation oc on oc.code = f.code and f.kind in ('capture', 'level')
 left join specialty s on s.code = f.code and f.kind not in ('capture', 'level')"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which factors the list shows; empty means all."""

    kind: str = ""
    search: str = ""
    sort: str = ""
    down: bool = False


SORTS: Final = {
    "code": "f.code",
    "middle": "f.middle",
    "source": "f.source",
    "changed": "f.changed",
}


async def factors_wanted(
    actor: Actor, wanted: Wanted, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the factors, each kind by itself, and how many fit."""
    fits = (
        "($1 = '' or f.kind = $1) and concat_ws(' ', f.code, f.source, oc.name_zh, oc.name_en,"
        " s.name_zh, s.name_en) ilike $2"
    )
    values = (wanted.kind, containing(wanted.search))
    order = ordered(SORTS, wanted.sort, down=wanted.down, then="f.code")
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"select f.*, coalesce(oc.name_zh, s.name_zh) as name_zh, coalesce(oc.name_en, "
            f"s.name_en) as name_en {_NAMED} where {fits} order by f.kind, {order}, f.id limit $3 "
            "offset $4",
            *values,
            limit,
            offset,
        )
        total = await DB.fetch_value(f"select count(*) {_NAMED} where {fits}", *values)
    return rows, int(total)


async def factors(actor: Actor) -> list[dict[str, Any]]:
    """All factors with the names of what they are for."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select f.*, coalesce(oc.name_zh, s.name_zh) as name_zh, coalesce(oc.name_en, "
            f"s.name_en) as name_en {_NAMED} order by f.kind, f.code"
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
