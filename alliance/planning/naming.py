"""Names of what is planned: occupations and specialties."""

from __future__ import annotations

from typing import Any

from alliance.advertisements.naming import UNKNOWN
from alliance.kit.actors import Actor
from alliance.kit.engine import DB


async def occupation_names(actor: Actor) -> dict[str, dict[str, Any]]:
    """Occupations by code; the unknown one is among them."""
    async with DB.reading(actor):
        rows = await DB.fetch("select code, name_zh, name_en from occupation order by code")
    return {row["code"]: row for row in rows} | {
        UNKNOWN: {"code": UNKNOWN, "name_zh": "未注明职业", "name_en": "occupation not given"}
    }


async def specialties(actor: Actor) -> dict[str, dict[str, Any]]:
    """Specialties by code, with the schools that offer them."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select s.code, s.name_zh, s.name_en,"
            " coalesce(array_agg(distinct o.name order by o.name) filter (where o.name is not "
            "null), '{}') as schools"
            " from specialty s left join programme p on p.specialty = s.code left join "
            "organisation o on o.id = p.school"
            " group by s.code, s.name_zh, s.name_en order by s.code"
        )
    return {row["code"]: row for row in rows}
