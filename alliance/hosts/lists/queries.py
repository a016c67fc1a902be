"""Every read of host lists."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judge
from alliance.evidence.actions import evidence_of
from alliance.hosts.facts import tell_uses
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.regulation import Finding, HostUse

_LISTS = """
select l.*, o.name as school_name, (select count(*)::int from host_list_entry e where e.list =
  l.id) as hosts
from host_list l join organisation o on o.id = l.school
"""


async def lists(actor: Actor) -> list[dict[str, Any]]:
    """The lists that the reader may see, the newest first: a school's own, else published ones
    (authority, secretary: all)."""
    own = actor.organisation if actor.role in ("coordinator", "instructor") else None
    async with DB.reading(actor):
        return await DB.fetch(
            f"{_LISTS} where $1::uuid is null or l.school = $1 order by l.created desc, l.id", own
        )


async def host_list(actor: Actor, list_id: UUID) -> dict[str, Any]:
    """One list with its hosts (`entries`: id, name, uscc, industry, address) and the files behind
    its minutes. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(f"{_LISTS} where l.id = $1", list_id)
        if row is None:
            raise Missing
        row["entries"] = await DB.fetch(
            "select o.id, o.name, o.name_en, o.uscc, o.address, o.industry, i.name_zh as "
            "industry_zh, i.name_en as industry_en"
            " from host_list_entry e join organisation o on o.id = e.host left join industry i on "
            "i.code = o.industry"
            " where e.list = $1 order by o.name, o.id",
            list_id,
        )
        evidence = await evidence_of("school", [list_id])
    return {**row, "evidence": {slot: files for (_subject, slot), files in evidence.items()}}


async def candidates(actor: Actor, school: UUID) -> list[dict[str, Any]]:
    """Every enterprise with what the gate would say of it (`findings`) if the school's list were
    decided and public today."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select o.id, o.name, o.name_en, o.industry, i.name_zh as industry_zh, i.name_en as "
            "industry_en from organisation o"
            " left join industry i on i.code = o.industry where o.kind = 'enterprise' order by "
            "o.name, o.id"
        )
        found = await judged_on_list(
            school, [row["id"] for row in rows], clock.today(), clock.today()
        )
    return [{**row, "findings": found[row["id"]]} for row in rows]


async def judged_on_list(
    school: UUID, hosts: list[UUID], decided: date, published: date
) -> dict[UUID, tuple[Finding, ...]]:
    """What the gate says of hosts on a list with these days, in the open transaction."""
    if not hosts:
        return {}
    subjects = subjects_of(school, hosts, published)
    given = {"use": await listed_uses(subjects, decided, published)}
    judgement = await judge("host.use", subjects, clock.today(), given)
    return dict(zip(hosts, judgement.each, strict=True))


def subjects_of(school: UUID, hosts: list[UUID], published: date) -> list[Subject]:
    """A school's use of hosts from the day after today, or after publication if that is later."""
    day = max(clock.today(), published) + timedelta(days=1)
    return [Subject(host=host, school=school, starts=day, ends=day) for host in hosts]


async def listed_uses(
    subjects: list[Subject], decided: date, published: date
) -> list[HostUse | None]:
    """A school's use of hosts as if a list with these days held them: the list cannot be refused
    for not being there yet."""
    return [
        None
        if use is None
        else msgspec.structs.replace(use, list_decided_on=decided, list_published_on=published)
        for use in await tell_uses(subjects)
    ]
