"""The keys of people, for what is encrypted or read about them in the open transaction."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring, present_vault


async def keyrings(people: Collection[UUID]) -> dict[UUID, Keyring]:
    """Open the keys of people: whoever sees a row about somebody may read it, also where row
    security hides the person."""
    if not people:
        return {}
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch("select id, key from person where id = any($1)", list(people))
    return {row["id"]: present_vault().keyring(row["key"]) for row in rows}


async def cover(person: UUID, text: str) -> str:
    """Free text about a person under that person's key. Raises Refusal for an erased one."""
    return (await keyrings([person]))[person].cover(text)
