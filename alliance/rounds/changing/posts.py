"""Posts of rounds that their enterprises close, pause, shrink or change: who counts on them, who is
told, which wait for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit.asking.ids import PostId, RoundId, RunId
from alliance.kit.asking.needs import Need
from alliance.kit.engine import DB
from alliance.notices.actions import Message, tell_people, tell_role

_ROUNDS = """
select r.id, r.school, r.title, p.title as post, o.name as host,
  (select count(distinct q.student)::int from preference q where q.round = r.id and q.post = p.id)
    as lists
from round_post rp join placement_round r on r.id = rp.round join post p on p.id = rp.post
  join organisation o on o.id = p.enterprise
where rp.post = $1 and r.state <> 'published' order by r.id
"""
_LISTED = """
select r.school, array_agg(distinct x.person) as people from preference q
  join placement_round r on r.id = q.round and r.state <> 'published'
  cross join lateral told_of(q.student) as x (person)
where q.post = $1 group by r.school order by r.school
"""
_ALTERED = """
select p.id, p.title, p.state, p.closed, p.head_count, o.name as host_name,
  coalesce(q.lists, 0) as lists, coalesce(d.proposed, 0) as proposed
from round_post rp join post p on p.id = rp.post join organisation o on o.id = p.enterprise
  -- all posts' lists and proposals at once, not those of each post by themselves
  left join (select post, count(distinct student)::int as lists from preference where round = $1
    group by post) q on q.post = p.id
  left join (select case when decision = 'overridden' then decided_post else post end as post,
      count(*)::int as proposed
    from proposal where run = $2 group by 1) d on d.post = p.id
where rp.round = $1 order by o.name, p.title, p.id
"""


class Listed(msgspec.Struct, frozen=True):
    """A school's students who have a post on their lists, and their guardians."""

    school: UUID
    people: list[UUID]


class Altered(msgspec.Struct, frozen=True):
    """A post of a round whose enterprise took it back, or that has fewer places than proposals."""

    id: UUID
    title: str
    state: str
    closed: Any
    head_count: int
    host_name: str
    lists: int
    """Students who have it on their lists."""
    proposed: int
    """Students whom the latest run or a decision would bring there."""

    @property
    def waits(self) -> bool:
        """Whether something is to be decided before the round is published."""
        return self.proposed > (self.head_count if self.state == "published" else 0)


async def needing(post: PostId) -> Sequence[Need]:
    """The schools in whose rounds a post is, in the open transaction."""
    rows = await DB.fetch("select * from rounds_with_post($1)", post)
    return [Need(**row, placed=0) for row in rows]


async def altered(round_id: RoundId, run_id: RunId | None) -> list[Altered]:
    """The posts of a round that are not on offer any more or too small for their proposals, in the
    open transaction."""
    rows = await DB.fetch_as(Altered, _ALTERED, round_id, run_id)
    return [row for row in rows if row.state != "published" or row.waits]


async def tell(payload: dict[str, Any]) -> None:
    """Subscriber: tell those who count on a post what its enterprise did with it, in the open
    transaction of the hub."""
    post, what = UUID(payload["post"]), payload["what"]
    rounds = await DB.fetch(_ROUNDS, post)
    if not rounds:
        return
    key = f"post {post} {what} {payload['at']}"
    params = {"post": rounds[0]["post"], "host": rounds[0]["host"]}
    places = {"before": payload["before"], "after": payload["after"]}
    await tell_role(
        "coordinator",
        [
            Message(
                row["school"],
                f"post_{what}",
                {**params, **places, "round": row["title"], "lists": row["lists"]},
                f"/rounds/{row['id']}",
                f"{key} {row['id']}",
            )
            for row in rounds
        ],
    )
    for listed in await DB.fetch_as(Listed, _LISTED, post):
        await tell_people(
            listed.people,
            listed.school,
            f"listed_{what}",
            "/preferences",
            key,
            params={**params, **places},
        )
