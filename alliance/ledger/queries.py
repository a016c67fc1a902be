"""How full hosts and posts are: every read of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.ledger.model import Day, Fullness, Peak, Stay

_FULLEST: Final = """
select asked.place::int as place, fullest.day, fullest.interns
from unnest($1::uuid[], $2::date[], $3::date[]) with ordinality
    as asked (id, starts, ends, place)
  cross join lateral (
    select greatest(level.first, asked.starts) as day, level.interns from (
      select change.day as first, lead(change.day) over days as next,
        (sum(change.more) over days)::int as interns
      from (select c.day, sum(c.interns) as more from occupancy_change c
        where {} = asked.id group by c.day) as change
      window days as (order by change.day)) as level
    where level.first <= asked.ends and level.next > asked.starts and level.interns > 0
    order by level.interns desc, level.first limit 1) as fullest
"""
"""Between two changes every day is as full as the first."""
_AT_HOSTS: Final = _FULLEST.format("c.host")
_AT_POSTS: Final = _FULLEST.format("c.post")
_OF_HOSTS: Final = """
select host, sum(interns)::int as interns from occupancy_change where day <= $1 group by host
having sum(interns) > 0
"""
_DAY_BY_DAY: Final = """
select day, coalesce(sum(interns) filter (where post is distinct from $2), 0)::int as others,
  coalesce(sum(interns) filter (where post = $2), 0)::int as here
from occupancy_day where host = $1 and day between $3 and $4 group by day
"""


class _Found(msgspec.Struct, frozen=True):
    place: int
    day: date
    interns: int


_Window = tuple[UUID, date | None, date | None]


async def fullness(stays: Sequence[Stay]) -> list[Fullness]:
    """How full host and post are during each of these stays, in the open transaction."""
    at_hosts = {(stay.host, stay.starts, stay.ends): Peak() for stay in stays}
    at_posts = {(stay.post, stay.starts, stay.ends): Peak() for stay in stays if stay.post}
    hosts = await DB.fetch_as(_Found, _AT_HOSTS, *_columns(list(at_hosts)))
    posts = await DB.fetch_as(_Found, _AT_POSTS, *_columns(list(at_posts)))
    at_hosts |= _peaks(list(at_hosts), hosts)
    at_posts |= _peaks(list(at_posts), posts)
    return [
        Fullness(
            at_hosts[stay.host, stay.starts, stay.ends],
            at_posts[stay.post, stay.starts, stay.ends] if stay.post else Peak(),
        )
        for stay in stays
    ]


async def interns_of_hosts(day: date) -> dict[UUID, int]:
    """Host → its interns of all schools on a day, of hosts that have any; in the open
    transaction."""
    rows = await DB.fetch(_OF_HOSTS, day)
    return {row["host"]: row["interns"] for row in rows}


async def at_work(actor: Actor, day: date) -> int:
    """Interns of all schools at all hosts on a day."""
    async with DB.reading(actor):
        return sum((await interns_of_hosts(day)).values())


async def day_by_day(
    actor: Actor, post: UUID | None, starts: date | None, ends: date | None
) -> list[Day]:
    """Each day in a window on which the actor's enterprise has any intern of any school."""
    async with DB.reading(actor):
        return await DB.fetch_as(Day, _DAY_BY_DAY, actor.organisation, post, starts, ends)


def _columns(windows: Sequence[_Window]) -> list[list[UUID] | list[date | None]]:
    return [
        [window[0] for window in windows],
        [window[1] for window in windows],
        [window[2] for window in windows],
    ]


def _peaks(windows: Sequence[_Window], found: Sequence[_Found]) -> dict[_Window, Peak]:
    return {windows[one.place - 1]: Peak(day=one.day, interns=one.interns) for one in found}
