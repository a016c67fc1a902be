"""Every read of filings, and of what gates found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from alliance.kit.postgres.values import Values
from alliance.kit.problems import Missing
from alliance.members.keyrings import keyrings
from alliance.regulation import Filing, covers_days

_WORDS: Final = ("reason", "revoked_reason")
_FILING: Final = """
select f.*, o.name as organisation_name, o.kind as organisation_kind
from filing f join organisation o on o.id = f.organisation
"""
STATES: Final = {
    "waiting": "f.revoked is null and f.confirmed is null and f.ends >= {today}",
    "in_force": "f.revoked is null and f.confirmed is not null and f.ends >= {today}",
    "ended": "f.revoked is null and f.ends < {today}",
}
"""States that a day decides, in the words of a query; what was revoked is so on every day."""
_GRAVEST: Final = ("waiting", "outgrown", "late", "short", "ended", "lifts")
"""Which verdict is said of several works of which none is lifted."""
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
    given = Values()
    parts = ["f.revoked is not null" if wanted.state == "revoked" else "true"]
    if wanted.rule:
        parts.append(f"{given(wanted.rule)} = any(f.rules)")
    if wanted.about:
        parts.append(f"f.subject_kind = {given(wanted.about)}")
    if wanted.state in STATES:
        parts.append(STATES[wanted.state].format(today=given(clock.today())))
    where = " and ".join(parts)
    order = f"{SORTS.get(wanted.sort, SORTS['recorded'])} {'desc' if wanted.down else 'asc'}"
    async with DB.reading(actor):
        found = f"{_FILING} {await _searched(wanted.search, given)} where {where}"
        total = await DB.fetch_value(f"select count(*) from ({found}) found", *given.all)
        rows = await _described(
            await DB.fetch(
                f"{found} order by {order}, f.id limit {int(limit)} offset {int(offset)}",
                *given.all,
            )
        )
        if words:
            await _uncover(actor, rows)
    return rows, int(total)


async def _searched(search: str, given: Values) -> str:
    """The join that keeps filings whose words contain these."""
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
    named_so = [each or None for each in words.values()]
    return (
        f"join unnest({given(list(words))}::uuid[], {given(named_so)}::text[]) as named (id, words)"
        " on named.id = f.subject and concat_ws(' ', named.words, o.name, f.document, f.authority,"
        f" f.reason) ilike {given(containing(search))}"
    )


async def _described(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with what each is about, as far as the reader sees it, the work that it is for
    (`works`, whoever reads) and its `verdict`."""
    named = await subjects.describe([(row["subject_kind"], row["subject"]) for row in rows])
    works = await keeping.present(
        [(row["subject_kind"], row["subject"], tuple(row["rules"])) for row in rows]
    )
    described = []
    for row, mine in zip(rows, works, strict=True):
        about = named.get(row["subject"], subjects.Subject(id=row["subject"]))
        described.append(
            {
                **row,
                "about": about,
                "host": about.host,
                "works": mine,
                "verdict": verdict(row, mine),
            }
        )
    return described


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
    with the verdict of each and by what it goes `beyond`."""
    kind, subject = row["subject_kind"], row["subject"]
    async with DB.reading(actor):
        found = (await subjects.works([(kind, subject)]))[subject]
    told = {work.placement or work.post: work for work in row["works"]}
    return [
        {
            **msgspec.structs.asdict(each),
            "verdict": _verdict_of(row, work),
            "beyond": keeping.beyond(row, work.values),
        }
        for each in found
        if (work := told.get(each.placement or each.post)) is not None
    ]


def verdict(row: dict[str, Any], works: Sequence[keeping.Work]) -> str:
    """What a filing does for its work: `lifts`, `partly` (for some of it), `waiting` (nobody has
    confirmed it), `late` (made on or after the first day), `short` (does not cover all days),
    `outgrown` (confirmed for less than it is now), `ended` or `revoked`.

    Of several works those in its days count.
    """
    if row["revoked"] is not None:
        return "revoked"
    dated = [work for work in works if work.starts is not None and work.ends is not None]
    there = [work for work in dated if _meets(row, work)] or dated or works or [keeping.Work()]
    told = {_verdict_of(row, work) for work in there}
    if len(told) > 1 and "lifts" in told:
        return "partly"
    return next(each for each in _GRAVEST if each in told)


def _meets(row: dict[str, Any], work: keeping.Work) -> bool:
    return bool(
        work.starts and work.ends and work.starts <= row["ends"] and row["starts"] <= work.ends
    )


def _verdict_of(row: dict[str, Any], work: keeping.Work) -> str:
    if row["revoked"] is not None:
        return "revoked"
    first, last = work.starts or row["starts"], work.ends or row["ends"]
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
        return "outgrown" if keeping.beyond(row, work.values) else "lifts"
    return "late" if row["filed_on"] >= first else "short"


async def subject_choices(actor: Actor, kind: str, search: str = "") -> Sequence[Choice]:
    """What the actor may file for, of one kind, at most `MOST_CHOICES`."""
    async with DB.reading(actor):
        return await subjects.choices(actor, kind, pattern=containing(search))


async def subject_for(actor: Actor, kind: str, subject: UUID) -> Choice | None:
    """One thing that the actor may file for, in the open transaction; None where it is not among
    them."""
    return next(iter(await subjects.choices(actor, kind, subject)), None)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A filing as the page of its subject lists it, with its verdict against the subject's own
    days."""

    id: UUID
    document: str
    rules: list[str]
    starts: date
    ends: date
    organisation_name: str
    verdict: str


async def filings_of(actor: Actor, named: list[UUID]) -> list[Listed]:
    """The filings that name one of these, the latest first; verdicts against the subject's own
    days."""
    async with DB.reading(actor):
        rows = await _described(
            await DB.fetch(
                f"{_FILING} where f.subject = any($1) order by f.recorded desc, f.id", named
            )
        )
    return [Listed(**{name: row[name] for name in Listed.__struct_fields__}) for row in rows]
