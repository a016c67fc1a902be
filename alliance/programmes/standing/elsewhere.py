"""One identity on the registers of two schools: both are told before either places the person."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import msgspec

from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.notices.actions import Message, tell_role


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """A student of another school with the same identity number."""

    mark: bytes
    student: UUID
    school: UUID
    school_name: str


async def elsewhere(marks: Collection[bytes]) -> list[Elsewhere]:
    """Who of these identities is on the register of another school too, in the open transaction."""
    return await DB.fetch_as(
        Elsewhere, "select * from registered_elsewhere($1) order by school, student", list(marks)
    )


async def tell_elsewhere(actor: Actor, marks: Collection[bytes]) -> None:
    """Tell the coordinators of both schools of every identity that both have, once, in the open
    transaction."""
    found = await elsewhere(marks)
    if not found:
        return
    own = {
        row["identity_mark"]: row["id"]
        for row in await DB.fetch(
            "select id, identity_mark from student where school = $1 and identity_mark = any($2)",
            actor.organisation,
            [one.mark for one in found],
        )
    }
    name = await DB.fetch_value("select name from organisation where id = $1", actor.organisation)
    messages = []
    for one in found:
        mine = own.get(one.mark)
        if mine is None or actor.organisation is None:
            continue
        key = "elsewhere:" + ":".join(sorted((str(mine), str(one.student))))
        for organisation, student, other in (
            (actor.organisation, mine, one.school_name),
            (one.school, one.student, name),
        ):
            messages.append(
                Message(
                    organisation, "student_elsewhere", {"what": other}, f"/students/{student}", key
                )
            )
    async with DB.acting_for(SYSTEM):
        await tell_role("coordinator", messages)
