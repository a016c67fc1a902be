"""Reads of the catalogues."""

from __future__ import annotations

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
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


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
