"""Reads of the catalogues."""

from __future__ import annotations

from datetime import date

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.reference.model import LeavingRate
from ml.skills import Skill


async def skills(actor: Actor) -> tuple[Skill, ...]:
    """The table of skills as it is loaded, in its own order."""
    async with DB.acting_for(actor):
        rows = await DB.fetch("select * from skill order by position, code")
    return tuple(
        Skill(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            spellings=(*_parts(row["aliases_zh"]), *_parts(row["aliases_en"])),
            exclusions=_parts(row["exclusions"]),
            group_zh=row["group_zh"],
            group_en=row["group_en"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            replaced_by=row["replaced_by"],
        )
        for row in rows
    )


async def leaving_rates(actor: Actor, day: date) -> tuple[LeavingRate, ...]:
    """The leaving rates that hold on a day, by code: of each code the latest that has begun."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select distinct on (code) code, valid_from, low, middle, high, source from leaving_rate where valid_from <= $1"
            " order by code, valid_from desc",
            day,
        )
    return tuple(LeavingRate(**row) for row in rows)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
