"""What a student waits for after a round was published without a place for them, and waiting no
longer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.asking import restrictions
from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.problems import Missing

_WAITING = "select * from round_waiting($1, $2) order by post, gone, ahead, rank, student"


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A student who waits for a post of a published round that had no place for them."""

    student: UUID
    post: UUID
    rank: int
    score: float | None
    ahead: int
    """Those with a higher score who wait for the same post."""
    waiting: int
    """All who wait for the post."""
    gone: bool
    """The student left this waiting list."""


async def of_round(round_id: RoundId) -> list[Wait]:
    """Who waits for what, as far as the reader may see it, in the open transaction: by post, the
    highest score first, whoever left last."""
    return await DB.fetch_as(Wait, _WAITING, round_id, list(await restrictions.in_force()))


async def of_student(actor: Actor, row: dict[str, Any], student: StudentId) -> list[Wait]:
    """What one student waits for in a round, their best choice first; nothing once it is over."""
    if row["state"] != "published" or row["ends"] < clock.today():
        return []
    async with DB.reading(actor):
        found = [one for one in await of_round(row["id"]) if one.student == student]
    return sorted(found, key=lambda one: one.rank)


async def leave(actor: Actor, round_id: RoundId, post: PostId) -> None:
    """Let a student wait no longer for a post; pressed again it stays so. Raises Missing for what
    they do not wait for."""
    async with DB.acting_for(actor):
        row = await _waits(actor, round_id, post)
        done = await DB.fetch_value(
            "insert into waiting_left (id, round, school, student, post, made)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5)"
            " on conflict on constraint waiting_left_round_student_post_key do nothing"
            " returning id",
            round_id,
            row["school"],
            actor.person,
            post,
            clock.now(),
        )
        if done is not None:
            await audit.record(actor, "leave_waiting", "round", round_id, after={"post": post})


async def rejoin(actor: Actor, round_id: RoundId, post: PostId) -> None:
    """Let a student who left wait for a post again; the score places them as before. Raises
    Missing."""
    async with DB.acting_for(actor):
        await _waits(actor, round_id, post)
        done = await DB.fetch_value(
            "delete from waiting_left where round = $1 and student = $2 and post = $3 returning id",
            round_id,
            actor.person,
            post,
        )
        if done is not None:
            await audit.record(actor, "rejoin_waiting", "round", round_id, after={"post": post})


async def _waits(actor: Actor, round_id: RoundId, post: PostId) -> dict[str, Any]:
    row = await DB.fetch_one("select * from placement_round where id = $1", round_id)
    waits = [one for one in await of_round(round_id) if one.student == actor.person]
    if row is None or row["ends"] < clock.today() or post not in {one.post for one in waits}:
        raise Missing
    return row
