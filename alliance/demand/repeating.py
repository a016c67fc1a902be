"""Marking advertisements that are the same one seen again, and letting the hub's own job posts in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from alliance.demand.reading import HUB
from alliance.demand.repeats import WITHIN, Seen, first_seen
from alliance.demand.skill_reading import recogniser
from alliance.demand.skills import read_skills
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB

_GROUPS = """
select a.id, a.source, a.identity, a.published, a.title, a.text, a.heads, a.employer_key, coalesce(a.occupation, '') as code,
  a.duplicate_of, a.published < g.since as settled
from advertisement a join unnest($1::text[], $2::text[], $3::date[]) as g(employer_key, occupation, since)
  on g.employer_key = a.employer_key and g.occupation = coalesce(a.occupation, '') and a.published >= g.since - $4::int
"""

Group = tuple[str, str]
"""Employer and occupation ("" where it is not given) of advertisements that may repeat each other."""


def group_of(employer_key: str, occupation: str | None) -> Group:
    """The group of an advertisement."""
    return employer_key, occupation or ""


async def mark_repeated(groups: Mapping[Group, date]) -> int:
    """Find again which advertisements of these groups repeat another, from each group's first new day on; returns how many of
    those do. In the open transaction; two at once wait for each other."""
    await DB.connection().execute("select pg_advisory_xact_lock(hashtext('advertisements that repeat'))")
    ordered = sorted(groups)
    rows = await DB.fetch(
        _GROUPS,
        [employer for employer, _code in ordered],
        [code for _employer, code in ordered],
        [groups[group] for group in ordered],
        WITHIN.days,
    )
    members: dict[Group, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        members[row["employer_key"], row["code"]].append(row)
    changed, repeated = [], 0
    for group in members.values():
        for row, index in zip(group, first_seen([_seen(row) for row in group]), strict=True):
            if row["settled"]:
                continue
            first: UUID | None = None if index is None else group[index]["id"]
            repeated += first is not None
            if first != row["duplicate_of"]:
                changed.append((row["id"], first))
    await DB.execute_many("update advertisement set duplicate_of = $2 where id = $1", changed)
    return repeated


def _seen(row: dict[str, Any]) -> Seen:
    # the hub's own post is the origin of what others repeat of it
    key = f"{row['source'] != HUB}|{row['source']}|{row['identity']}"
    counts = row["duplicate_of"] is None if row["settled"] else None
    return Seen(key, row["published"], row["title"], row["text"], row["heads"], counts)


async def take_post(payload: dict[str, Any]) -> None:
    """Subscriber of `posts.published`: a job (not an internship) becomes an advertisement of the hub's own source,
    with the skills that its text asks for."""
    table = await recogniser()
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select p.id, p.enterprise, p.title, p.description, p.occupation, p.head_count, p.pay_monthly, p.town,"
            " (p.published at time zone 'Asia/Shanghai')::date as day, p.version, o.name, o.industry"
            " from post p join organisation o on o.id = p.enterprise where p.id = $1 and p.kind = 'job' and p.state = 'published'",
            UUID(payload["post"]),
        )
        if row is None:
            return
        identity = hashlib.sha256(f"{row['id']}|{row['day']}".encode()).hexdigest()
        digest = hashlib.sha256(f"{row['id']}|{row['version']}".encode()).hexdigest()
        key = f"member:{row['enterprise']}"
        skills, origins = read_skills(table, (), row["title"], row["description"])
        await DB.connection().execute(
            "insert into advertisement (id, source, identity, digest, published, received, enterprise, enterprise_name,"
            " employer_key, title, text, occupation, industry, skills, skill_origins, heads, pay_low, pay_high, town, url,"
            " post) values (gen_random_uuid(), $1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $16, $17, $12, $13, $13, $14, '',"
            " $15)"
            " on conflict (source, identity) do update set digest = excluded.digest, title = excluded.title,"
            " text = excluded.text, occupation = excluded.occupation, heads = excluded.heads, pay_low = excluded.pay_low,"
            " pay_high = excluded.pay_high, town = excluded.town, skills = excluded.skills, skill_origins = excluded.skill_origins",
            HUB, identity, digest, row["day"], row["enterprise"], row["name"], key, row["title"], row["description"],
            row["occupation"], row["industry"], row["head_count"], row["pay_monthly"], row["town"], row["id"],
            list(skills), list(origins),
        )  # fmt: skip
        await mark_repeated({group_of(key, row["occupation"]): row["day"]})
