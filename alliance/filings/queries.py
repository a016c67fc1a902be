"""Every read of filings, and of what gates found."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.members.keyrings import keyrings
from alliance.regulation import Filing, covers_days

_WORDS: Final = ("reason", "revoked_reason")
_FILING: Final = """
select f.*, o.name as organisation_name, o.kind as organisation_kind, p.title as post_title,
  coalesce(p.starts, pl.starts) as subject_starts, coalesce(p.ends, pl.ends) as subject_ends,
  coalesce(h.name, ph.name, plh.name) as host_name, coalesce(h.id, p.enterprise, pl.host) as host,
  coalesce(s.pseudonym, pls.pseudonym) as pseudonym
from filing f join organisation o on o.id = f.organisation
  left join post p on f.subject_kind = 'post' and p.id = f.subject left join organisation ph on
    ph.id = p.enterprise
  left join organisation h on f.subject_kind = 'host' and h.id = f.subject
  left join student s on f.subject_kind = 'student' and s.id = f.subject
  left join placement pl on f.subject_kind = 'placement' and pl.id = f.subject
  left join organisation plh on plh.id = pl.host left join student pls on pls.id = pl.student
"""
_STATE: Final = {
    "in_force": "f.revoked is null and f.ends >= $1",
    "ended": "f.revoked is null and f.ends < $1",
    "revoked": "f.revoked is not null",
}
SORTS: Final = {
    "recorded": "f.recorded",
    "filed_on": "f.filed_on",
    "starts": "f.starts",
    "ends": "f.ends",
    "organisation": "o.name",
}
MOST_CHOICES: Final = 200
_POSTS: Final = (
    "select p.id, p.title as label, o.name as note, p.enterprise as host from post p join "
    "organisation o on o.id = p.enterprise"
    " where p.kind = 'internship' and {} and ($2::uuid is null or p.id = $2) and p.title || o.name "
    "ilike $3"
    " order by o.name, p.title, p.id"
)
_HOSTS: Final = (
    "select o.id, o.name as label, '' as note, o.id as host from organisation o where o.kind = "
    "'enterprise' and {}"
    " and ($2::uuid is null or o.id = $2) and o.name ilike $3 order by o.name, o.id"
)
_STUDENTS: Final = (
    "select s.id, s.pseudonym as label, c.name as note, null::uuid as host from student s"
    " join school_class c on c.id = s.school_class"
    " where s.school = $1 and ($2::uuid is null or s.id = $2) and s.pseudonym || s.number || "
    "c.name ilike $3"
    " order by c.name, s.number, s.id"
)
_PLACEMENTS: Final = (
    "select pl.id, s.pseudonym as label, p.title || ' · ' || o.name as note, pl.host from "
    "placement pl"
    " join student s on s.id = pl.student"
    " join post p on p.id = pl.post join organisation o on o.id = pl.host where pl.school = $1"
    " and pl.state not in ('ended', 'cancelled') and ($2::uuid is null or pl.id = $2) and "
    "s.pseudonym || p.title || o.name ilike $3"
    " order by s.pseudonym, pl.starts, pl.id"
)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What the list of filings shows; empty means all."""

    rule: str = ""
    about: str = ""
    state: str = ""
    search: str = ""
    sort: str = "recorded"
    down: bool = True


async def filings(
    actor: Actor, wanted: Filter, *, limit: int, offset: int = 0, words: bool = False
) -> tuple[list[dict[str, Any]], int]:
    """A page of the filings that the actor may see, each with its `verdict`, and how many there
    are.

    `words` opens the reasons of those about students, which is logged.
    """
    parts = ["$1::date is not null"]
    values: list[object] = [clock.today()]
    for text, value in (
        ("${} = any(f.rules)", wanted.rule),
        ("f.subject_kind = ${}", wanted.about),
        (
            "concat_ws(' ', p.title, h.name, ph.name, plh.name, o.name, f.document, f.authority, "
            "f.reason) ilike ${}",
            _like(wanted.search) if wanted.search.strip() else "",
        ),
    ):
        if value:
            values.append(value)
            parts.append(text.format(len(values)))
    parts.append(_STATE.get(wanted.state, "true"))
    where = " and ".join(parts)
    order = f"{SORTS.get(wanted.sort, SORTS['recorded'])} {'desc' if wanted.down else 'asc'}"
    async with DB.reading(actor):
        total = await DB.fetch_value(
            f"select count(*) from ({_FILING} where {where}) found", *values
        )
        rows = await DB.fetch(
            f"{_FILING} where {where} order by {order}, f.id limit {int(limit)} offset "
            f"{int(offset)}",
            *values,
        )
        if words:
            await _uncover(actor, rows)
    return [
        {**row, "verdict": verdict(row, row["subject_starts"], row["subject_ends"])} for row in rows
    ], int(total)


async def filing(actor: Actor, filing_id: UUID) -> dict[str, Any]:
    """One filing with the names around it. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(f"{_FILING} where f.id = $1", filing_id)
        if row is None:
            raise Missing
        await _uncover(actor, [row])
    return {**row, "verdict": verdict(row, row["subject_starts"], row["subject_ends"])}


async def students_of(subjects: Collection[tuple[str, UUID]]) -> dict[UUID, UUID]:
    """Subject → the student whom a filing for it is about, in the open transaction; posts and hosts
    have none."""
    async with DB.reading(SYSTEM):
        rows = await DB.fetch(
            "select id, student from placement where id = any($1) union all select id, id from "
            "student where id = any($2)",
            [subject for kind, subject in subjects if kind == "placement"],
            [subject for kind, subject in subjects if kind == "student"],
        )
    return {row["id"]: row["student"] for row in rows}


async def _uncover(actor: Actor, rows: list[dict[str, Any]]) -> None:
    """Read the reasons of filings about students, which are under the student's key, and log it."""
    students = await students_of([(row["subject_kind"], row["subject"]) for row in rows])
    rings = await keyrings(set(students.values()))
    about = [
        row for row in rows if row["subject"] in students and any(row[name] for name in _WORDS)
    ]
    if not about:
        return
    purpose = "inspection" if actor.role == "authority" else ""
    await reading.opened_all(sorted({students[row["subject"]] for row in about}), "text", purpose)
    for row in about:
        ring = rings[students[row["subject"]]]
        row |= {name: ring.uncover(row[name]) for name in _WORDS}


async def touched(actor: Actor, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What a filing is read for, among what the actor sees: the posts or placements of its subject,
    with the verdict of each."""
    async with DB.reading(actor):
        if row["subject_kind"] in ("post", "host"):
            found = await DB.fetch(
                "select p.id, p.title, o.name as host_name, p.starts, p.ends from post p join "
                "organisation o on o.id = p.enterprise"
                " where (p.id = $1 or p.enterprise = $1) and p.kind = 'internship' and (p.state <> "
                "'closed' or p.id = $1)"
                " order by p.starts, p.title, p.id limit 200",
                row["subject"],
            )
        else:
            found = await DB.fetch(
                "select p.id, p.title, o.name as host_name, pl.starts, pl.ends from placement pl "
                "join post p on p.id = pl.post"
                " join organisation o on o.id = pl.host where (pl.id = $1 or pl.student = $1) and "
                "pl.state <> 'cancelled'"
                " order by pl.starts, pl.id limit 200",
                row["subject"],
            )
    return [{**each, "verdict": verdict(row, each["starts"], each["ends"])} for each in found]


def verdict(row: dict[str, Any], starts: date | None, ends: date | None) -> str:
    """What a filing does for work between two days (for itself where they are unknown): `lifts`,
    `late` (made on or after the first day), `short` (does not cover them all), `ended` or
    `revoked`."""
    if row["revoked"] is not None:
        return "revoked"
    first, last = starts or row["starts"], ends or row["ends"]
    told = Filing(
        filing=str(row["id"]),
        rules=tuple(row["rules"]),
        subject=str(row["subject"]),
        filed_on=row["filed_on"],
        starts=row["starts"],
        ends=row["ends"],
    )
    if covers_days(told, first, last):
        return "lifts" if row["ends"] >= clock.today() else "ended"
    return "late" if row["filed_on"] >= first else "short"


async def subject_choices(actor: Actor, kind: str, search: str = "") -> list[dict[str, Any]]:
    """What the actor may file for, of one kind: `{id, label, note, host}`, at most
    `MOST_CHOICES`."""
    async with DB.reading(actor):
        return await _subjects(actor, kind, None, search)


async def subject_for(actor: Actor, kind: str, subject: UUID) -> dict[str, Any] | None:
    """One thing that the actor may file for, in the open transaction; None where it is not among
    them."""
    return next(iter(await _subjects(actor, kind, subject, "")), None)


async def _subjects(
    actor: Actor, kind: str, subject: UUID | None, search: str
) -> list[dict[str, Any]]:
    own = actor.role == "hr"
    sql = {
        "post": _POSTS.format(
            "p.enterprise = $1" if own else "p.state = 'published' and $1::uuid is not null"
        ),
        "host": _HOSTS.format("o.id = $1" if own else "$1::uuid is not null"),
        "student": _STUDENTS,
        "placement": _PLACEMENTS,
    }[kind]
    return await DB.fetch(f"{sql} limit {MOST_CHOICES}", actor.organisation, subject, _like(search))


async def filings_of(actor: Actor, subjects: list[UUID]) -> list[dict[str, Any]]:
    """The filings that name one of these, the latest first; verdicts against the subject's own
    days."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_FILING} where f.subject = any($1) order by f.recorded desc, f.id", subjects
        )
        await _uncover(actor, rows)
    return [
        {**row, "verdict": verdict(row, row["subject_starts"], row["subject_ends"])} for row in rows
    ]


def _like(search: str) -> str:
    return f"%{search.strip().replace('%', '').replace('_', '')}%"
