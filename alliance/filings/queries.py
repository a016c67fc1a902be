"""Every read of filings, and of what gates found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.filings import keeping
from alliance.kit import clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking import subjects
from alliance.kit.asking.subjects import Choice
from alliance.kit.database import containing
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.members.keyrings import keyrings
from alliance.regulation import Filing, Value, covers_days

_WORDS: Final = ("reason", "revoked_reason")
_FILING: Final = """
select f.*, o.name as organisation_name, o.kind as organisation_kind
from filing f join organisation o on o.id = f.organisation
"""
_SEARCHED: Final = """
join unnest(${}::uuid[], ${}::text[]) as named (id, words) on named.id = f.subject
  and concat_ws(' ', named.words, o.name, f.document, f.authority, f.reason) ilike ${}
"""
STATES: Final = {
    "waiting": "f.revoked is null and f.confirmed is null and f.ends >= $1",
    "in_force": "f.revoked is null and f.confirmed is not null and f.ends >= $1",
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
    ):
        if value:
            values.append(value)
            parts.append(text.format(len(values)))
    parts.append(STATES.get(wanted.state, "true"))
    where = " and ".join(parts)
    order = f"{SORTS.get(wanted.sort, SORTS['recorded'])} {'desc' if wanted.down else 'asc'}"
    async with DB.reading(actor):
        found = f"{_FILING} {await _searched(wanted.search, values)} where {where}"
        total = await DB.fetch_value(f"select count(*) from ({found}) found", *values)
        rows = await _described(
            await DB.fetch(
                f"{found} order by {order}, f.id limit {int(limit)} offset {int(offset)}", *values
            )
        )
        if words:
            await _uncover(actor, rows)
    return rows, int(total)


async def _searched(search: str, values: list[object]) -> str:
    """The join that keeps filings whose words contain these; adds its values."""
    if not search.strip():
        return ""
    rows = await DB.fetch("select distinct subject_kind, subject from filing")
    named = await subjects.describe([(row["subject_kind"], row["subject"]) for row in rows])
    words = {
        row["subject"]: f"{about.title} {about.host_name}".strip()
        if (about := named.get(row["subject"]))
        else ""
        for row in rows
    }
    values += [list(words), [each or None for each in words.values()], containing(search)]
    return _SEARCHED.format(len(values) - 2, len(values) - 1, len(values))


async def _described(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with what each is about, as far as the reader sees it, and its `verdict`."""
    named = await subjects.describe([(row["subject_kind"], row["subject"]) for row in rows])
    values = await _values_now(rows)
    described = []
    for row in rows:
        about = named.get(row["subject"], subjects.Subject(id=row["subject"]))
        now = values[row["id"]]
        described.append(
            {
                **row,
                "about": about,
                "host": about.host,
                "now": now,
                "verdict": verdict(row, about.starts, about.ends, now),
            }
        )
    return described


async def _values_now(rows: Sequence[dict[str, Any]]) -> dict[UUID, dict[str, Value]]:
    """Filing → the present values of what it keeps, whoever reads."""
    lifts = [(row, lift) for row in rows for lift in row["rules"]]
    told = await keeping.present(
        [(row["subject_kind"], row["subject"], lift) for row, lift in lifts]
    )
    found: dict[UUID, dict[str, Value]] = {row["id"]: {} for row in rows}
    for (row, _lift), values in zip(lifts, told, strict=True):
        found[row["id"]] |= values
    return found


async def filing(actor: Actor, filing_id: UUID) -> dict[str, Any]:
    """One filing with the names around it. Raises Missing."""
    async with DB.reading(actor):
        rows = await _described(await DB.fetch(f"{_FILING} where f.id = $1", filing_id))
        if not rows:
            raise Missing
        await _uncover(actor, rows)
    return rows[0]


async def students_of(named: Collection[tuple[str, UUID]]) -> dict[UUID, UUID]:
    """Subject → the student whom a filing for it is about, in the open transaction; posts and hosts
    have none."""
    async with DB.reading(SYSTEM):
        return await subjects.students(named)


async def students_filed_for(filings: Collection[UUID]) -> dict[UUID, UUID]:
    """Filing → the student whom it is about, of filings that are about one; asked with the hub's
    eyes."""
    rows = await DB.fetch(
        "select id, subject_kind, subject from filing where id = any($1)", list(filings)
    )
    named = await subjects.students([(row["subject_kind"], row["subject"]) for row in rows])
    return {row["id"]: named[row["subject"]] for row in rows if row["subject"] in named}


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
        found = await subjects.works(row["subject_kind"], row["subject"])
    works: list[keeping.Named] = [
        ("post", each.post, lift) for each in found for lift in row["rules"] if each.post
    ]
    values: dict[UUID, dict[str, Value]] = {}
    for (_kind, post, _lift), told in zip(works, await keeping.present(works), strict=True):
        values.setdefault(post, {}).update(told)
    return [
        {
            **msgspec.structs.asdict(each),
            "verdict": verdict(
                row, each.starts, each.ends, values.get(each.post, {}) if each.post else {}
            ),
        }
        for each in found
    ]


def verdict(
    row: dict[str, Any], starts: date | None, ends: date | None, now: Mapping[str, Value]
) -> str:
    """What a filing does for work between two days (for itself where they are unknown): `lifts`,
    `waiting` (nobody has confirmed it), `late` (made on or after the first day), `short` (does not
    cover them all), `outgrown` (confirmed for less than it is now), `ended` or `revoked`."""
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
        if row["ends"] < clock.today():
            return "ended"
        if row["confirmed"] is None:
            return "waiting"
        return "outgrown" if keeping.beyond(row, now) else "lifts"
    return "late" if row["filed_on"] >= first else "short"


async def subject_choices(actor: Actor, kind: str, search: str = "") -> Sequence[Choice]:
    """What the actor may file for, of one kind, at most `MOST_CHOICES`."""
    async with DB.reading(actor):
        return await subjects.choices(actor, kind, pattern=containing(search))


async def subject_for(actor: Actor, kind: str, subject: UUID) -> Choice | None:
    """One thing that the actor may file for, in the open transaction; None where it is not among
    them."""
    return next(iter(await subjects.choices(actor, kind, subject)), None)


async def filings_of(actor: Actor, named: list[UUID]) -> list[dict[str, Any]]:
    """The filings that name one of these, the latest first; verdicts against the subject's own
    days."""
    async with DB.reading(actor):
        rows = await _described(
            await DB.fetch(
                f"{_FILING} where f.subject = any($1) order by f.recorded desc, f.id", named
            )
        )
        await _uncover(actor, rows)
    return rows
