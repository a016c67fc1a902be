"""Reads of requests, restrictions, holds and refused erasures: a person's own, and those that an
officer answers for; what a host keeps of earlier interns, and
a file that the authority opens."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.evidence.actions import opened
from alliance.kit import clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.sharing import PastIntern
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _, day, fits, language
from alliance.kit.problems import Missing
from alliance.members.keyrings import cover, keyrings
from alliance.privacy import holds
from alliance.privacy.subjects import NAMED, Subject

_REQUEST: Final = f"""
select r.*, p.key, coalesce(s.name, a.name) as sealed_name, s.id is not null as student,
  s.pseudonym, c.name as class_name,
  o.name as organisation_name, r.state in ('asked', 'accepted') and r.due < $1 as overdue,
  (coalesce(r.decided, r.withdrawn) at time zone 'Asia/Shanghai')::date <= r.due as in_time
from data_request r join person p on p.id = r.person join organisation o on o.id = r.organisation
{NAMED}
"""
_SHOWN: Final = {
    "open": "r.state in ('asked', 'accepted')",
    "overdue": "r.state in ('asked', 'accepted') and r.due < $1",
    "over": "r.state not in ('asked', 'accepted')",
}
SORTS: Final = {"due": "r.due", "asked": "r.asked", "kind": "r.kind", "state": "r.state"}


async def own_requests(actor: Actor, subject: Subject) -> list[dict[str, Any]]:
    """What was asked about a subject, the latest first, with its words readable."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_REQUEST} where r.person = $2 order by r.asked desc, r.id",
            clock.today(),
            subject.person,
        )
    return [_opened(row, subject.ring) for row in rows]


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests a list shows, as its address says it; empty means all, the overdue first, then
    by deadline."""

    search: str = ""
    show: str = ""
    kind: str = ""
    sort: str = ""
    down: bool = False


async def requests(
    actor: Actor, vault: Vault, sought: Sought, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the requests that the actor answers, and how many fit."""
    where = (
        "r.person <> $2 and r.made_by <> $2 and answers_for(r.person, r.organisation) and "
        f"{_SHOWN.get(sought.show, 'true')}"
    )
    where += " and ($3 = '' or r.kind = $3) and ($4::uuid[] is null or r.id = any($4))"
    order = "r.state in ('asked', 'accepted') desc, r.due"
    if sought.sort in SORTS:
        order = f"{SORTS[sought.sort]} {'desc' if sought.down else 'asc'}"
    today = clock.today()
    async with DB.reading(actor):
        found = None
        if wanted := sought.search.strip().lower():
            every = await DB.fetch(
                f"{_REQUEST} where {where}", today, actor.person, sought.kind, None
            )
            # people at work are named, not logged: only names of students are a search among
            # students
            students = [row for row in every if row["student"]]
            names = await reading.compare(vault, students, "sealed_name", "person", "request")
            told = [(row, name) for row, name in zip(students, names, strict=True)]
            told += [
                (row, vault.keyring(row["key"]).decrypt(row["sealed_name"]))
                for row in every
                if not row["student"]
            ]
            found = [
                row["id"]
                for row, name in told
                if fits(name, wanted) or wanted in (row["class_name"] or "").lower()
            ]
        values = (today, actor.person, sought.kind, found)
        total = await DB.fetch_value(
            f"select count(*) from ({_REQUEST} where {where}) found", *values
        )
        rows = await DB.fetch(
            f"{_REQUEST} where {where} order by {order}, r.id limit {int(limit)} offset "
            f"{int(offset)}",
            *values,
        )
        await reading.opened_all(
            [row["person"] for row in rows if row["student"]], "name", "request"
        )
    return [_opened(row, vault.keyring(row["key"])) for row in rows], int(total)


async def request_of(actor: Actor, vault: Vault, request: UUID) -> dict[str, Any]:
    """One request that the actor answers; the log says which value it wants corrected. Raises
    Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            f"{_REQUEST} where r.id = $2 and answers_for(r.person, r.organisation)",
            clock.today(),
            request,
        )
        if row is None:
            raise Missing
        if row["student"]:
            wanted: reading.Kind = "text" if row["kind"] != "correct" else "record"
            await reading.opened_for(
                row["person"],
                "identity" if row["field"] == "identity_number" else wanted,
                "request",
            )
    return _opened(row, vault.keyring(row["key"]))


async def restricted(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """The restrictions that hold and that the actor answers for, the one that ends first on top:
    name, class, until."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select r.person, r.starts, r.until, r.request, p.key, coalesce(s.name, a.name) as "
            "sealed, s.id as student, c.name as"
            " class_name from restriction r join person p on p.id = r.person left join student s "
            "on s.id = r.person"
            " left join school_class c on c.id = s.school_class left join account a on a.person = "
            "r.person"
            " where r.lifted is null and r.until >= $1 and r.person <> $2 and "
            "answers_for(r.person, r.organisation)"
            " order by r.until, r.id",
            clock.today(),
            actor.person,
        )
        await reading.opened_all(
            [row["student"] for row in rows if row["student"] is not None], "name", "keeping"
        )
    return [{**row, "name": vault.keyring(row["key"]).decrypt(row["sealed"])} for row in rows]


async def held(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """The holds in force that the actor answers for, the first to end on top: name, class, ground,
    reason, until, since."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select h.id, h.person, h.ground, h.reason, h.until, h.begun, h.breach, p.key, "
            "coalesce(s.name, a.name) as sealed,"
            " s.id as student, c.name as class_name, coalesce(s.pseudonym, a.login) as handle from "
            "legal_hold h"
            f" join person p on p.id = h.person {NAMED} where {holds.IN_FORCE} and "
            "answers_for(h.person, h.organisation)"
            " order by h.until, h.id",
            clock.today(),
        )
        await reading.opened_all(
            [row["student"] for row in rows if row["student"] is not None], "name", "keeping"
        )
    found = []
    for row in rows:
        ring = vault.keyring(row["key"])
        found.append(
            {**row, "name": ring.decrypt(row["sealed"]), "reason": ring.uncover(row["reason"])}
        )
    return found


async def refusals(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """Whom the last night did not erase, of those whom the actor answers for: name, class, why,
    first such night (`since`)."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select r.night, r.kind, f.why_zh, f.why_en, p.key, coalesce(s.name, a.name) as "
            "sealed, s.id as student,"
            " c.name as class_name, (select min(o.night) from retention_refusal e join "
            "retention_run o on o.id = e.run"
            "   where e.person = f.person) as since from retention_refusal f join retention_run r "
            "on r.id = f.run"
            f" join person p on p.id = f.person {NAMED} where answers_for(f.person, f.organisation)"
            " and r.night = (select max(n.night) from retention_run n where n.kind = r.kind) order "
            "by since, f.id",
        )
        await reading.opened_all(
            [row["student"] for row in rows if row["student"] is not None], "name", "keeping"
        )
    return [
        {
            **row,
            "name": vault.keyring(row["key"]).decrypt(row["sealed"]),
            "why": row[f"why_{language()}"],
        }
        for row in rows
    ]


async def waiting(actor: Actor) -> int:
    """How many requests wait for the actor's answer."""
    async with DB.reading(actor):
        found = await DB.fetch_value(
            "select count(*) from data_request where state in ('asked', 'accepted') and person <> "
            "$1 and made_by <> $1"
            " and answers_for(person, organisation)",
            actor.person,
        )
    return int(found)


async def officers(organisation: UUID) -> list[dict[str, Any]]:
    """Names (sealed, with their keys) of those who answer for an organisation, in the open
    transaction."""
    return await DB.fetch(
        "select a.name, p.key, g.role from role_grant g join account a on a.id = g.account join "
        "person p on p.id = a.person"
        " where g.organisation = $1 and g.role in ('coordinator', 'hr') and a.active order by "
        "a.created, a.id",
        organisation,
    )


def _opened(row: dict[str, Any], ring: Any) -> dict[str, Any]:
    sealed = {name: ring.decrypt(row[name]) for name in ("wanted", "reason", "answer")}
    return {
        **row,
        **sealed,
        "name": ring.decrypt(row["sealed_name"]),
        "key": None,
        "sealed_name": None,
    }


async def past_interns() -> list[PastIntern]:
    """The placements at the reader's enterprise of which it keeps the fact alone, in the open
    transaction."""
    return await DB.fetch_as(
        PastIntern,
        "select i.placement, i.school, o.name as school_name, p.title, i.pseudonym, i.starts,"
        " i.ends from past_interns() i join post p on p.id = i.post"
        " join organisation o on o.id = i.school where i.state <> 'cancelled'"
        " order by i.starts desc, p.title, i.pseudonym",
    )


async def inspect(actor: Actor, evidence: UUID, reason: str) -> dict[str, Any]:
    """A file about a student for the authority, which says why; logged.

    Raises Missing unless a finding about the placement is open or it was filed with the authority,
    and, with the day, while the use of the student's data is restricted.
    """
    async with DB.acting_for(actor):
        judged = await DB.fetch_one("select subject from inspect_evidence($1)", evidence)
        if judged is None:
            until = await DB.fetch_value("select evidence_restricted_until($1)", evidence)
            raise Missing(None if until is None else _restricted_sentence(until))
        await reading.opened_for(
            judged["subject"], "file", "inspection", await cover(judged["subject"], reason)
        )
        # the office never sees a student's key: the function above has judged that it may see this
        # one file
        async with DB.acting_for(SYSTEM):
            row = await DB.fetch_one(
                "select person, name, content_type, content from evidence where id = $1", evidence
            )
            if row is None:
                raise Missing
            ring = (
                None if row["person"] is None else (await keyrings([row["person"]]))[row["person"]]
            )
    name, content = opened(row["name"], ring), opened(row["content"], ring)
    if name is None or content is None:
        raise Missing
    return {"name": name.decode(), "content_type": row["content_type"], "content": content}


def _restricted_sentence(until: date) -> str:
    return _(
        "The use of this student's data is restricted until %(day)s. The school answers for them "
        "and can lift the restriction, with"
        " a reason that the student reads.",
        day=day(until),
    )
