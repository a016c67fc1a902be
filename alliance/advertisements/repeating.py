"""Marking advertisements that are the same one seen again, and letting the hub's own job posts
in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from alliance.advertisements.reading import HUB
from alliance.advertisements.repeats import WITHIN, Seen, first_seen, heads_of
from alliance.advertisements.skills.reading import recogniser
from alliance.advertisements.skills.vocabulary import read_skills
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.reference import queries as reference

_GROUPS = """
select a.id, a.source, a.identity, a.published, a.title, a.text, a.heads, a.several,
  a.employer_key, g.code, a.duplicate_of,
  a.published < g.since as settled
from advertisement a join unnest($1::text[], $2::text[], $3::text[], $4::date[]) as g(employer_key,
  occupation, code, since)
  on g.employer_key = a.employer_key and g.occupation = coalesce(a.occupation, '') and a.published
    >= g.since - $5::int
"""
_MARK = (
    "update advertisement a set duplicate_of = v.first from unnest($1::uuid[], $2::uuid[]) as "
    "v(id, first) where a.id = v.id"
)
_TELL = (
    "update advertisement a set heads = v.heads from unnest($1::uuid[], $2::int[]) as v(id, "
    "heads) where a.id = v.id"
)

Group = tuple[str, str]
"""Employer and occupation ("" where it is not given) of advertisements that may repeat each
other."""


def group_of(employer_key: str, occupation: str | None) -> Group:
    """The group of an advertisement."""
    return employer_key, occupation or ""


async def mark_repeated(groups: Mapping[Group, date]) -> int:
    """Find again which advertisements of these groups repeat another, from each group's first new
    day on, and how many heads those ask for that only say several; returns how many repeat. In the
    open transaction; two at once wait for each other.

    Codes that count as one occupation today are one group."""
    await DB.connection().execute(
        "select pg_advisory_xact_lock(hashtext('advertisements that repeat'))"
    )
    forms = _forms(groups, await reference.present_occupations(SYSTEM))
    rows = (
        await DB.fetch(_GROUPS, *(list(column) for column in zip(*forms, strict=True)), WITHIN.days)
        if forms
        else []
    )
    members: dict[Group, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        members[row["employer_key"], row["code"]].append(row)
    changed, told, repeated = [], [], 0
    for group in members.values():
        keys = {row["id"]: _key(row) for row in group}
        seen = [_seen(row, keys) for row in group]
        found = first_seen(seen)
        for row, index, heads in zip(group, found, heads_of(seen, found), strict=True):
            if heads != row["heads"]:
                told.append((row["id"], heads))
            if row["settled"]:
                continue
            first: UUID | None = None if index is None else group[index]["id"]
            repeated += first is not None
            if first != row["duplicate_of"]:
                changed.append((row["id"], first))
    for sql, found_anew in ((_MARK, changed), (_TELL, told)):
        if found_anew:
            await DB.change(
                sql,
                *(list(column) for column in zip(*found_anew, strict=True)),
                expect=len(found_anew),
            )
    return repeated


def _forms(
    groups: Mapping[Group, date], present: Mapping[str, str]
) -> list[tuple[str, str, str, date]]:
    """(employer, occupation as it may be stored, the code that stands for it today, first new day)
    of the groups."""
    codes: dict[str, list[str]] = defaultdict(list)
    for old, today in present.items():
        codes[today].append(old)
    since: dict[Group, date] = {}
    for (employer, code), day in groups.items():
        group = group_of(employer, present.get(code, code))
        since[group] = min(since.get(group, day), day)
    return [
        (employer, form, code, day)
        for (employer, code), day in sorted(since.items())
        for form in codes.get(code, [code])
    ]


def _key(row: dict[str, Any]) -> str:
    # the hub's own post is the origin of what others repeat of it
    return f"{row['source'] != HUB}|{row['source']}|{row['identity']}"


def _seen(row: dict[str, Any], keys: Mapping[UUID, str]) -> Seen:
    counts = row["duplicate_of"] is None if row["settled"] else None
    heads = None if row["several"] else row["heads"]
    return Seen(
        keys[row["id"]],
        row["published"],
        row["title"],
        row["text"],
        heads,
        counts,
        keys.get(row["duplicate_of"], ""),
    )


async def take_post(payload: dict[str, Any]) -> None:
    """Subscriber of `posts.published`: a job (not an internship) becomes an advertisement of the
    hub's own source, with the skills that its text asks for."""
    table = await recogniser()
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select p.id, p.enterprise, p.title, p.description, p.occupation, p.head_count, "
            "p.pay_monthly, p.town,"
            " (p.published at time zone 'Asia/Shanghai')::date as day, p.version, o.name, "
            "o.industry"
            " from post p join organisation o on o.id = p.enterprise where p.id = $1 and p.kind = "
            "'job' and p.state = 'published'",
            UUID(payload["post"]),
        )
        if row is None:
            return
        identity = hashlib.sha256(f"{row['id']}|{row['day']}".encode()).hexdigest()
        digest = hashlib.sha256(f"{row['id']}|{row['version']}".encode()).hexdigest()
        key = f"member:{row['enterprise']}"
        skills, origins = read_skills(table, (), row["title"], row["description"])
        await DB.connection().execute(
            "insert into advertisement (id, source, identity, digest, published, received, "
            "enterprise, enterprise_name,"
            " employer_key, title, text, occupation, industry, skills, skill_origins, heads, "
            "pay_low, pay_high, town, url,"
            " post) values (gen_random_uuid(), $1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, "
            "$16, $17, $12, $13, $13, $14, '',"
            " $15)"
            " on conflict (source, identity) do update set digest = excluded.digest, title = "
            "excluded.title,"
            " text = excluded.text, occupation = excluded.occupation, heads = excluded.heads, "
            "pay_low = excluded.pay_low,"
            " pay_high = excluded.pay_high, town = excluded.town, skills = excluded.skills, "
            "skill_origins = excluded.skill_origins",
            HUB,
            identity,
            digest,
            row["day"],
            row["enterprise"],
            row["name"],
            key,
            row["title"],
            row["description"],
            row["occupation"],
            row["industry"],
            row["head_count"],
            row["pay_monthly"],
            row["town"],
            row["id"],
            list(skills),
            list(origins),
        )
        await mark_repeated({group_of(key, row["occupation"]): row["day"]})
