"""Every read of the access log, its officers and approvals. Students appear by pseudonym: reading
the log reads nobody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import COVER, Vault
from alliance.kit.language import language
from alliance.members.keyrings import keyrings

MANY: Final = 300
"""So many students of one reader within an hour are pointed out."""
NIGHT: Final = (22, 6)
"""Hours of the county between which a reading is pointed out."""
_MONTH: Final = timedelta(days=30)
MOST: Final = 50_000
"""Rows of one export."""
_SORTS: Final = {
    "at": "e.at",
    "who": "e.role, e.person",
    "whom": "e.pseudonym",
    "purpose": "e.purpose",
    "kind": "e.kind",
}
_NIGHT: Final = (
    f"(extract(hour from e.at at time zone 'Asia/Shanghai') >= {NIGHT[0]} or"
    f" extract(hour from e.at at time zone 'Asia/Shanghai') < {NIGHT[1]})"
)
_FOUND: Final = f"""
from access_entry e left join organisation o on o.id = e.organisation
where ($1 = '' or e.role = $1)
  and ($2 = '' or strpos(lower(e.pseudonym), lower($2)) > 0 or strpos(lower(o.name), lower($2)) > 0)
  and ($3 = '' or e.purpose = $3) and ($4 = '' or e.kind = $4)
  and ($5::date is null or e.at >= ($5::date)::timestamp at time zone 'Asia/Shanghai')
  and ($6::date is null or e.at < ($6::date + 1)::timestamp at time zone 'Asia/Shanghai') and ($7 =
    '' or (not e.own and {_NIGHT}))
"""
_COLUMNS: Final = """
e.id, e.at, e.person, e.role, e.own, e.kind, e.number, e.subject, e.pseudonym, e.purpose, e.reason,
  e.page, e.address,
{organisation} as organisation_name, a.name as sealed, p.key
"""
_NAMED: Final = """
left join account a on a.person = e.person and e.role not in ('student', 'guardian')
left join person p on p.id = a.person
"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the list shows, as its address says it; empty means all."""

    role: str = ""
    search: str = ""
    purpose: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    night: str = ""
    sort: str = ""
    down: str = ""


def _organisation() -> str:
    """An organisation's name in the reader's language, in SQL."""
    return "coalesce(nullif(o.name_en, ''), o.name)" if language() == "en" else "o.name"


async def entries(
    actor: Actor, vault: Vault, wanted: Wanted, *, limit: int = MOST, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the entries that the actor may see, the latest first unless sorted otherwise, and
    how many there are."""
    values = (
        wanted.role,
        wanted.search.strip(),
        wanted.purpose,
        wanted.kind,
        wanted.since,
        wanted.until,
        wanted.night,
    )
    direction = "desc" if wanted.down == "1" or not wanted.sort else "asc"
    order = ", ".join(
        f"{key.strip()} {direction}" for key in _SORTS.get(wanted.sort, "e.at").split(",")
    )
    async with DB.reading(actor):
        total = await DB.fetch_value(f"select count(*) {_FOUND}", *values)
        rows = await DB.fetch(
            f"select {_COLUMNS.format(organisation=_organisation())} from (select e.* {_FOUND}"
            f" order by {order}, e.id desc limit $8 offset $9) e"
            f" left join organisation o on o.id = e.organisation {_NAMED} order by {order}, e.id "
            "desc",
            *values,
            limit,
            offset,
        )
        await _with_reasons(rows)
    return _with_names(vault, rows), int(total)


async def _with_reasons(rows: list[dict[str, Any]]) -> None:
    """Why somebody read a student is written under that student's key: who sees the entry may read
    it."""
    rings = await keyrings(
        {
            row["subject"]
            for row in rows
            if row["subject"] is not None and row["reason"].startswith(COVER)
        }
    )
    for row in rows:
        if row["subject"] in rings:
            row["reason"] = rings[row["subject"]].uncover(row["reason"])


def _with_names(vault: Vault, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Names of staff where the reader of the log may read them; else empty."""
    reading.staff_names(
        vault, [row for row in rows if row["sealed"] is not None and row["key"] is not None]
    )
    return [{"name": "", **row} for row in rows]


class OwnReading(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody read one student: when, in which role, what, why, and whom."""

    at: datetime
    role: str
    own: bool
    """Whether the reader was the student or the guardian."""
    kind: str
    purpose: str
    reason: str
    subject: UUID
    pseudonym: str
    organisation_name: str | None


_OF_PERSON: Final = """
select e.at, e.role, e.own, e.kind, e.purpose, e.reason, e.subject, e.pseudonym,
  case when $4 = 'zh' then o.name else coalesce(nullif(o.name_en, ''), o.name)
    end as organisation_name
from access_entry e left join organisation o on o.id = e.organisation where e.subject is not null
  -- a guardian sees no entry but their own and those of the children in their care
  and (e.subject = $1 or app_role() = 'guardian')
  and e.person is distinct from $1 and ($3::uuid is null or e.subject = $3)
order by e.at desc, e.id desc limit $2
"""


async def access_of_person(
    actor: Actor, subject: UUID | None = None, *, limit: int = 100
) -> list[OwnReading]:
    """Who else read the actor's data, or that of the children in the actor's care (or of one
    `subject` among these), the latest first: one row a reading and student.

    Organisation and role are named, people are not: the person who answers for the data tells on
    request.
    """
    async with DB.reading(actor):
        rows = await DB.fetch_as(OwnReading, _OF_PERSON, actor.person, limit, subject, language())
        rings = await keyrings({row.subject for row in rows if row.reason.startswith(COVER)})
    return [
        msgspec.structs.replace(row, reason=rings[row.subject].uncover(row.reason))
        if row.subject in rings
        else row
        for row in rows
    ]


async def remarkable(actor: Actor) -> list[dict[str, Any]]:
    """Facts of the last 30 days: readers of `MANY` students within an hour (`students`, `at`), and
    readings at night (`night`)."""
    name = _organisation()
    async with DB.reading(actor):
        many = await DB.fetch(
            f"select e.person, e.role, {name} as organisation_name, date_trunc('hour', e.at) as at,"
            " count(distinct e.subject)::int as students, false as night from access_entry e"
            " left join organisation o on o.id = e.organisation where not e.own and e.at > $1"
            " group by e.person, e.role, 3, date_trunc('hour', e.at) having count(distinct "
            "e.subject) >= $2"
            " order by 5 desc limit 20",
            clock.now() - _MONTH,
            MANY,
        )
        late = await DB.fetch(
            f"select e.person, e.role, {name} as organisation_name, max(e.at) as at, "
            "count(distinct e.subject)::int as students,"
            " true as night from access_entry e left join organisation o on o.id = e.organisation"
            f" where not e.own and e.at > $1 and {_NIGHT} group by e.person, e.role, 3 order by 5 "
            "desc limit 20",
            clock.now() - _MONTH,
        )
    return [*many, *late]


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for personal data, since when, and how they are reached; a name, phone or mail
    that the reader may not read is empty."""

    starts: date
    name: str
    phone: str
    mail: str
    organisation_name: str = ""
    own: bool
    """Whether it is the reader themselves (`officers`), or one of the organisation that was asked
    for (`officer_of`)."""


async def officers(actor: Actor, vault: Vault) -> tuple[Officer | None, list[tuple[str, str]]]:
    """Who answers for students' data in the actor's organisation (name, since), and its staff to
    choose from."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select d.id, d.person, d.starts, d.phone, d.mail, a.name as sealed, p.key"
            " from data_officer d left join person p on p.id = d.person"
            " left join account a on a.person = d.person where d.organisation = $1 and d.ends is "
            "null",
            actor.organisation,
        )
        staff = await DB.fetch(
            "select distinct a.person, a.name as sealed, p.key from account a join person p on "
            "p.id = a.person"
            " join role_grant g on g.account = a.id where a.active and g.organisation = $1"
            " and g.role not in ('student', 'guardian')",
            actor.organisation,
        )
    named = [
        (str(each["person"]), each["name"])
        for each in reading.staff_names(vault, [s for s in staff if s["sealed"] is not None])
    ]
    officer = None
    if row is not None:
        if row["sealed"] is not None and row["key"] is not None:
            reading.staff_names(vault, [row], ("phone", "mail"))
        else:
            row |= {"name": "", "phone": "", "mail": ""}
        officer = _officer(row, own=row["person"] == actor.person)
    return officer, sorted(named, key=lambda each: each[1])


def _officer(row: dict[str, Any], *, own: bool) -> Officer:
    return Officer(
        starts=row["starts"],
        name=row["name"],
        phone=row["phone"],
        mail=row["mail"],
        organisation_name=row.get("organisation_name", ""),
        own=own,
    )


async def officer_of(organisation: UUID, vault: Vault) -> Officer | None:
    """Who answers for personal data in an organisation and how they are reached, for whoever asks;
    None while nobody is named there or at the authority, whose officer is told where an
    organisation has none.

    Reads with the hub's eyes: PIPL art. 52 has this published, and here every organisation does.
    """
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select d.starts, a.name as sealed, p.key, d.phone, d.mail, o.name as "
            "organisation_name, o.id = $1 as own"
            " from data_officer d join person p on p.id = d.person join account a on a.person = "
            "d.person"
            " join organisation o on o.id = d.organisation where (o.id = $1 or o.kind = "
            "'authority') and d.ends is null"
            " and a.name is not null order by o.id = $1 desc, d.starts, d.id limit 1",
            organisation,
        )
    named = reading.staff_names(vault, rows, ("phone", "mail"))
    return _officer(named[0], own=named[0]["own"]) if named else None


async def approvals(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """The approvals of the actor's organisation, those in force first."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select r.*, a.name as sealed, p.key, r.revoked is null and r.starts <= $2 and "
            "coalesce(r.ends, $2) >= $2 as holds"
            " from reading_approval r left join person p on p.id = r.person left join account a on "
            "a.person = r.person"
            " where r.organisation = $1 order by holds desc, r.approved desc, r.id",
            actor.organisation,
            clock.today(),
        )
    return _with_names(vault, rows)


async def purposes(actor: Actor) -> list[str]:
    """The purposes for which the actor may read today."""
    async with DB.reading(actor):
        rows = await DB.fetch("select each from reading_purposes() as each")
    found = {row["each"] for row in rows}
    return [code for code in reading.PURPOSES if code in found]
