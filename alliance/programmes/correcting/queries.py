"""Reads of the corrections of a student."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.members.keyrings import keyrings


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """One correction: when, by which role, why."""

    at: datetime
    role: str
    reason: str


async def corrections(actor: Actor, student: UUID) -> list[Corrected]:
    """The corrections of a student's identity data, the latest first."""
    async with DB.reading(actor):
        rows = await DB.fetch_as(
            Corrected,
            "select at, role, after ->> 'reason' as reason from audit_entry"
            " where subject = $1 and action = 'correct_student' order by id desc limit 20",
            student,
        )
        ring = (await keyrings([student])).get(student) if rows else None
    if ring is None:
        return []
    return [msgspec.structs.replace(row, reason=ring.uncover(row.reason)) for row in rows]
