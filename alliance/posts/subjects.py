"""What posts are where others name them: in a filing, in the list of what may be filed for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from alliance.kit.actors import Actor
from alliance.kit.asking.subjects import Choice, Kind, Subject
from alliance.kit.engine import DB

_POSTS: Final = """
select p.id, p.title, p.enterprise as host, o.name as host_name, p.starts, p.ends
from post p join organisation o on o.id = p.enterprise where p.id = any($1)
"""
_HOSTS: Final = """
select o.id, o.id as host, o.name as host_name from organisation o where o.id = any($1)
"""
_POST_CHOICES: Final = """
select p.id, p.title as label, o.name as note, p.enterprise as host
from post p join organisation o on o.id = p.enterprise
where p.kind = 'internship' and case when $2 then p.enterprise = $1 else p.state = 'published' end
  and ($3::uuid is null or p.id = $3) and p.title || o.name ilike $4
order by o.name, p.title, p.id limit $5
"""
_HOST_CHOICES: Final = """
select o.id, o.name as label, '' as note, o.id as host from organisation o
where o.kind = 'enterprise' and (not $2 or o.id = $1)
  and ($3::uuid is null or o.id = $3) and o.name ilike $4
order by o.name, o.id limit $5
"""
_OFFERED: Final = """
select p.id, p.title, p.enterprise as host, o.name as host_name, p.starts, p.ends, p.id as post,
  asked.of
from unnest($1::uuid[]) as asked (of) cross join lateral (
  select * from post where kind = 'internship'
    and (id = asked.of or enterprise = asked.of and state not in ('draft', 'closed'))
  order by starts, title, id limit 200) p
join organisation o on o.id = p.enterprise
order by p.starts, p.title, p.id
"""
"""A host's work is what it offers; a post is asked about whatever its state."""


async def _describe_posts(ids: Collection[UUID]) -> Sequence[Subject]:
    return await DB.fetch_as(Subject, _POSTS, list(ids))


async def _describe_hosts(ids: Collection[UUID]) -> Sequence[Subject]:
    return await DB.fetch_as(Subject, _HOSTS, list(ids))


async def _choose_posts(
    actor: Actor, only: UUID | None, pattern: str, most: int
) -> Sequence[Choice]:
    own = actor.role == "hr"
    return await DB.fetch_as(Choice, _POST_CHOICES, actor.organisation, own, only, pattern, most)


async def _choose_hosts(
    actor: Actor, only: UUID | None, pattern: str, most: int
) -> Sequence[Choice]:
    own = actor.role == "hr"
    return await DB.fetch_as(Choice, _HOST_CHOICES, actor.organisation, own, only, pattern, most)


async def _offered(subjects: Collection[UUID]) -> Sequence[Subject]:
    return await DB.fetch_as(Subject, _OFFERED, list(subjects))


KINDS: Final = {
    "post": Kind(describe=_describe_posts, choices=_choose_posts, works=_offered),
    "host": Kind(describe=_describe_hosts, choices=_choose_hosts, works=_offered),
}
"""A host is told here, because it is its posts that are filed for with it."""
