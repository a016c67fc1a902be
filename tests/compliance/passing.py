"""Placements of the world's students that are under way, written straight into the tables."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from alliance.compliance.review import review
from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import COUNTY_TIME
from tests.placements.files import filled
from tests.world import ENDS, STARTS, World

DAY = STARTS + timedelta(days=30)
"""When the world's placements are under way."""


def at(day: date) -> datetime:
    """Nine in the morning of a day in the county."""
    return datetime.combine(day, time(9), COUNTY_TIME)


async def place(
    world: World, student: int, post: str, *, starts: date = STARTS, ends: date = ENDS
) -> UUID:
    """One of the centre's students on post at a host of the world, with a file in order."""
    placement = uuid4()
    await as_hub(
        "insert into placement (id, school, student, host, post, starts, ends, state, created)"
        " select $1, $2, $3, p.enterprise, p.id, $4, $5, 'active', now() from post p where p.id = $6",
        placement,
        world.organisations["centre"],
        world.students[student],
        starts,
        ends,
        world.posts[post],
    )
    await filled(world, placement)
    return placement


async def as_hub(sql: str, *values: object) -> None:
    """Change something behind everybody's back."""
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(sql, *values)


async def standing(rule: str = "") -> list[dict[str, Any]]:
    """Open findings, of one rule or all."""
    async with DB.acting_for(SYSTEM):
        return await DB.fetch(
            "select * from standing_finding where mended is null and ($1 = '' or rule = $1) order by id",
            rule,
        )


async def told(actor: Actor, rule: str) -> list[dict[str, Any]]:
    """The notices of a person that speak of a rule."""
    async with DB.acting_for(actor):
        return await DB.fetch("select * from notice where params -> 'rules' ? $1 order by id", rule)


async def broken_world(world: World) -> None:
    """Three first-year students at one post of the centre, a night shift there, and the health school without its report."""
    for student in range(3):
        await place(world, student, "turning")
    await as_hub(
        "update school_class set entry_year = 2027 where school = $1", world.organisations["centre"]
    )
    await as_hub("update post set shift = 'night' where id = $1", world.posts["turning"])
    await as_hub(
        "update inspection set withdrawn = now() where school = $1 and host = $2",
        world.organisations["health"],
        world.organisations["hospital"],
    )
    with clock.frozen(at(DAY)):
        await review()
