"""Whose data somebody may ask about: their own, and as a guardian those of a child until the child
is of age."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import clock, reading
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring, Vault
from alliance.kit.language import language
from alliance.kit.problems import Missing

_SUBJECT = """
select p.id, p.organisation, p.key,
  case when $2 = 'en' and o.name_en <> '' then o.name_en else o.name end as organisation_name,
    s.born,
  coalesce(s.name, a.name) as name, s.id is not null as student
from person p join organisation o on o.id = p.organisation left join student s on s.id = p.id
left join account a on a.person = p.id where p.id = $1
"""

NAMED = (
    "left join student s on s.id = p.id left join school_class c on c.id = s.school_class "
    "left "
    "join account a on a.person = p.id"
)
"""Behind `person p`: who that is, a student with a class or somebody with an account of their
own."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The person whom data concern, and in which capacity the reader asks."""

    person: UUID
    organisation: UUID
    organisation_name: str
    name: str
    ring: Keyring
    student: bool
    born: date | None
    capacity: str

    @property
    def minor(self) -> bool:
        """Whether the person is under 18 today."""
        return self.born is not None and not of_age(self.born, clock.today())


def of_age(born: date, day: date) -> bool:
    """Whether somebody born then is 18 on the day.

    >>> born = date(2008, 11, 30)
    >>> of_age(born, date(2026, 11, 29)), of_age(born, date(2026, 11, 30))
    (False, True)
    """
    return not under(born, 18, day)


def under(born: date, years: int, day: date) -> bool:
    """Whether somebody born then is younger than so many years on the day."""
    return (day.year - born.year, day.month, day.day) < (years, born.month, born.day)


async def subject_for(actor: Actor, vault: Vault, person: UUID | None = None) -> Subject:
    """The actor, or the child that the actor is a guardian of; raises Missing for anybody else, and
    for a child of age."""
    wanted = person or actor.person
    capacity = "self"
    if wanted != actor.person:
        if wanted not in [child["id"] for child in await children(actor, vault)]:
            raise Missing
        capacity = "guardian"
    async with DB.acting_for(actor):
        row = await DB.fetch_one(_SUBJECT, wanted, language())
        if row is None:
            raise Missing
    ring = vault.keyring(row["key"])
    return Subject(
        person=row["id"],
        organisation=row["organisation"],
        organisation_name=row["organisation_name"],
        name=ring.decrypt(row["name"]),
        ring=ring,
        student=row["student"],
        born=row["born"],
        capacity=capacity,
    )


async def log_opening(actor: Actor, subject: Subject, kind: reading.Kind) -> None:
    """Log that everything about a subject is opened or taken away; by themself only what is taken
    away is logged."""
    if subject.student:
        async with DB.acting_for(actor):
            await reading.opened_for(subject.person, kind)


async def children(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """The students under 18 whose guardian the actor is: id, name."""
    if actor.role != "guardian":
        return []
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select s.id, s.name, s.born, p.key from guardianship g join student s on s.id = "
            "g.student"
            " join person p on p.id = s.person"
            " where g.guardian = $1 order by s.born, s.id",
            actor.person,
        )
    return [
        {"id": row["id"], "name": vault.keyring(row["key"]).decrypt(row["name"])}
        for row in rows
        if not of_age(row["born"], clock.today())
    ]
