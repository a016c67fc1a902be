"""Every read of programmes, classes, students and imports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import clock, reading
from alliance.kit.actors import Actor
from alliance.kit.asking import restrictions
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Missing
from alliance.programmes.guiding import instructors_of
from alliance.programmes.rosters.documents import KINDS, kind_of
from alliance.programmes.rosters.model import KnownClass, Reference
from alliance.programmes.standing.elsewhere import elsewhere
from alliance.reference import queries as catalogues
from alliance.reference.model import replaced

_STUDENTS = """
select s.*, p.key, p.restricted_until, p.restricted_ground, c.name as class_name, c.entry_year,
  sp.code as specialty,
  sp.name_zh as specialty_zh,
  sp.name_en as specialty_en, t.name_zh as town_zh, t.name_en as town_en,
  exists (select from account a where a.person = s.id) as has_account,
  student_state_on(s.id, app_day()) as state
from student s join person p on p.id = s.person join school_class c on c.id = s.school_class
  join programme g on g.id = c.programme join specialty sp on sp.code = g.specialty left join town
    t on t.code = s.town
"""
PERSONAL = ("name", "identity_number", "phone", "guardian_name", "guardian_phone")
"""Columns that are ciphertext under the student's key."""
_LISTED = {"name": "name", "phone": "phone"}


class Class(msgspec.Struct, frozen=True, kw_only=True):
    """A class with its specialty; of its students the actor may read the names of `readable`."""

    id: UUID
    name: str
    entry_year: int
    years: int
    specialty: str
    specialty_zh: str
    specialty_en: str
    students: int
    readable: int


_CLASSES = """
select c.id, c.name, c.entry_year, g.years, sp.code as specialty, sp.name_zh as specialty_zh,
  sp.name_en as specialty_en, coalesce(n.students, 0)::int as students,
  (select count(*) from student s where s.school_class = c.id)::int as readable
from school_class c join programme g on g.id = c.programme
  join specialty sp on sp.code = g.specialty
  left join class_counts() n on n.school_class = c.id
where c.school = $1 order by c.entry_year desc, c.name, c.id
"""


async def classes(actor: Actor) -> list[Class]:
    """The classes of the actor's school, the newest entry year first."""
    async with DB.reading(actor):
        return await DB.fetch_as(Class, _CLASSES, actor.organisation)


async def class_of(actor: Actor, class_id: UUID) -> Class:
    """One class of the actor's school. Raises Missing."""
    found = next((row for row in await classes(actor) if row.id == class_id), None)
    if found is None:
        raise Missing
    return found


async def programmes(actor: Actor) -> list[dict[str, Any]]:
    """The programmes of the actor's school with the occupations that their specialty leads to."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select g.id, g.years, sp.code, sp.name_zh, sp.name_en,"
            " (select count(*) from school_class c where c.programme = g.id)::int as classes,"
            " (select count(distinct coalesce(r.new, l.occupation)) from specialty_occupation l"
            " left join unnest($2::varchar[], $3::varchar[]) as r(old, new) on r.old = l.occupation"
            " where l.specialty = sp.code)::int as occupations"
            " from programme g join specialty sp on sp.code = g.specialty where g.school = $1 "
            "order by sp.code",
            actor.organisation,
            *replaced(await catalogues.present_occupations(actor)),
        )


async def specialties_to_add(actor: Actor) -> list[dict[str, Any]]:
    """Specialties of the catalogue that the school does not offer yet."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select code, name_zh, name_en from specialty where code not in (select specialty from "
            "programme where school = $1)"
            " order by code",
            actor.organisation,
        )


async def specialty(actor: Actor, code: str) -> dict[str, Any]:
    """A specialty with its links to occupations of today (`links`: weight 0 to 1 and source, the
    strongest of several). Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select code, name_zh, name_en from specialty where code = $1", code
        )
        if row is None:
            raise Missing
        row["links"] = await DB.fetch(
            "select * from (select distinct on (o.code) o.code, o.name_zh, o.name_en, l.weight, "
            "l.source"
            " from specialty_occupation l left join unnest($2::varchar[], $3::varchar[]) as r(old, "
            "new) on r.old = l.occupation"
            " join occupation o on o.code = coalesce(r.new, l.occupation) where l.specialty = $1 "
            "order by o.code, l.weight desc) t"
            " order by weight desc, code",
            code,
            *replaced(await catalogues.present_occupations(actor)),
        )
    return row


async def students_of_class(actor: Actor, vault: Vault, class_id: UUID) -> list[dict[str, Any]]:
    """The students of a class with their names, by number."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_STUDENTS} where s.school_class = $1 order by s.number, s.id", class_id
        )
        restricted = await restrictions.in_force()
        for row in rows:
            row["erased"] = row["key"] is None
            row["use_restricted_until"] = restricted.get(row["id"])
        # phones are whole for who said that they want to reach people, masked for everybody else
        await reading.show(vault, rows, _LISTED)
    if reading.chosen_purpose() != "contact":
        for row in rows:
            row["phone"] = reading.masked_phone(row["phone"])
    return rows


async def instructors(
    actor: Actor, vault: Vault, class_id: UUID
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Who looks after a class (name, from when), and whom the coordinator may choose: (person,
    name) of instructors."""
    async with DB.reading(actor):
        present = reading.staff_names(vault, await instructors_of(class_id))
        known = await DB.fetch(
            "select a.person, a.name as sealed, p.key from account a join person p on p.id = "
            "a.person"
            " join role_grant g on g.account = a.id where a.active and g.organisation = $1 and "
            "g.role = 'instructor'",
            actor.organisation,
        )
    taken = {row["person"] for row in present}
    found = [
        (str(row["person"]), row["name"])
        for row in reading.staff_names(vault, known)
        if row["person"] not in taken
    ]
    return present, sorted(found, key=lambda each: each[1])


async def student(actor: Actor, vault: Vault, student_id: UUID) -> dict[str, Any]:
    """One student with everything personal readable but the identity number, which is masked, and
    how many guardians have an account. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(f"{_STUDENTS} where s.id = $1", student_id)
        if row is None:
            raise Missing
        row["guardians"] = await DB.fetch_value(
            "select count(*) from guardianship where student = $1", student_id
        )
        row["history"] = await DB.fetch(
            "select at, role, action from audit_entry where subject = $1 order by id desc limit 20",
            student_id,
        )
        row["elsewhere"] = [one.school_name for one in await elsewhere([row["identity_mark"]])]
        row["erased"] = row["key"] is None
        row["use_restricted_until"] = (await restrictions.in_force()).get(student_id)
        await reading.show(vault, [row], {name: name for name in PERSONAL}, kind="record")
    row["document"] = KINDS[kind_of(row["identity_number"])] if row["identity_number"] else ""
    row["identity_number"] = reading.masked_identity(row["identity_number"])
    return row


async def identity_number(
    actor: Actor, vault: Vault, student_id: UUID, purpose: str, reason: str
) -> str:
    """A student's whole identity number for who says why; logged with purpose and reason. Raises
    Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select s.id, s.identity_number, p.key from student s join person p on p.id = s.person "
            "where s.id = $1",
            student_id,
        )
        if row is None:
            raise Missing
        return await reading.show_identity(vault, row, purpose, reason)


async def class_named(actor: Actor, name: str, entry_year: int) -> UUID | None:
    """The school's class of this name and entry year."""
    async with DB.reading(actor):
        found: UUID | None = await DB.fetch_value(
            "select id from school_class where school = $1 and name = $2 and entry_year = $3",
            actor.organisation,
            name,
            entry_year,
        )
    return found


async def imports(actor: Actor) -> list[dict[str, Any]]:
    """The school's imports, the newest first."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select id, file_name, state, rows, summary, uploaded, decided from roster_import "
            "where school = $1"
            " order by uploaded desc, id limit 100",
            actor.organisation,
        )
    return [{**row, "summary": msgspec.json.decode(row["summary"])} for row in rows]


async def import_of(actor: Actor, import_id: UUID) -> dict[str, Any]:
    """One import with its sealed table. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select id, file_name, state, done, total, attempts as tries, error, rows, summary, "
            "uploaded, decided, parsed from roster_import where id = $1",
            import_id,
        )
    if row is None:
        raise Missing
    return {**row, "summary": msgspec.json.decode(row["summary"])}


async def import_state(actor: Actor, import_id: UUID) -> dict[str, Any]:
    """How far an import is. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select id, state, done, total, attempts as tries from roster_import where id = $1",
            import_id,
        )
    if row is None:
        raise Missing
    return row


async def reference() -> Reference:
    """What a roster is read against, in the open transaction: the acting school's classes, the
    catalogues, the day."""
    known = await DB.fetch(
        "select c.name, c.entry_year, g.specialty from school_class c join programme g on g.id = "
        "c.programme"
        " where c.school = app_organisation() order by c.entry_year desc, c.name"
    )
    specialties = await DB.fetch("select code, name_zh from specialty order by code")
    towns = await DB.fetch("select code, name_zh from town order by code")
    return Reference(
        classes=[KnownClass(row["name"], row["specialty"], row["entry_year"]) for row in known],
        specialties={row["code"]: row["name_zh"] for row in specialties},
        towns={row["code"]: row["name_zh"] for row in towns},
        on_day=clock.today(),
    )


async def towns(actor: Actor) -> list[dict[str, Any]]:
    """The county's towns, in their order."""
    async with DB.reading(actor):
        return await DB.fetch("select code, name_zh, name_en from town order by position, code")
