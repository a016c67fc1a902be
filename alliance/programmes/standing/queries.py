"""Reads of the state of students."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.members.keyrings import keyrings


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the history: the state from a day on, why, and when it was recorded."""

    state: str
    since: date
    reason: str
    recorded: datetime


async def history(actor: Actor, student: UUID) -> list[Entry]:
    """The states of a student, the latest first; empty for who was enrolled all along."""
    async with DB.reading(actor):
        rows = await DB.fetch_as(
            Entry,
            "select state, since, reason, recorded from student_state where student = $1"
            " order by since desc, recorded desc, id",
            student,
        )
        ring = (await keyrings([student])).get(student) if rows else None
    if ring is None:
        return []
    return [msgspec.structs.replace(row, reason=ring.uncover(row.reason)) for row in rows]


async def states_today(actor: Actor, students: list[UUID]) -> dict[UUID, str]:
    """Student → state, of those who are not enrolled today."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select u.id, student_state_on(u.id, $2) as state from unnest($1::uuid[]) as u(id)"
            " where student_state_on(u.id, $2) <> 'enrolled'",
            students,
            clock.today(),
        )
    return {row["id"]: row["state"] for row in rows}
