"""Who of a class may get a slip, and how far each has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from alliance.kit import clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import N_
from alliance.programmes.guiding import of_age

State = Literal["none", "over", "open", "in", "shared", "closed"]
"""No account yet; the link was lost or has expired; a link is open; has a password; has one and a
child at another school, so that neither school makes slips; closed."""
STATES = {
    "none": N_("no account yet"),
    "over": N_("link lost or over"),
    "open": N_("link open"),
    "in": N_("has a password"),
    "shared": N_("has a password, and a child at another school"),
    "closed": N_("account closed"),
}

_STUDENTS = """
select s.id, s.school, s.number, s.name, s.guardian_name, s.guardian_phone, s.born, p.key
from student s join person p on p.id = s.person
where s.id = any($1) and p.key is not null and p.restricted_until is null order by s.number, s.id
"""
_GUARDIANS = """
select g.guardian as person, g.mark, g.student, a.name as sealed, p.key, exists (select
  from guardianship o where o.guardian = g.guardian and o.student <> all($1)) as has_others
from guardianship g join person p on p.id = g.guardian join account a on a.person = g.guardian
where g.student = any($1) and p.key is not null order by a.login, g.student
"""
_ACCOUNTS = """
select a.person, a.id, a.active, is_shared(a.id, $3) as shared,
  case when a.organisation = $3 then a.login else '' end as login,
  a.password_hash is not null as has_password,
  (select max(l.expires) from one_time_link l
    where l.account = a.id and l.used is null and l.expires > $2) as until
from account a where a.person = any($1)
"""


class Invitee(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may get a slip: a student, a guardian with an account, or the guardian whom the
    class list names and who has none (`person` is None)."""

    role: Literal["student", "guardian"]
    person: UUID | None
    students: tuple[UUID, ...]
    number: str
    name: str
    phone: str
    login: str
    account: UUID | None
    state: State
    until: datetime | None = None
    has_others: bool = False
    """Whether a guardian's account stays when these students are taken off it."""

    @property
    def key(self) -> str:
        """What a form ticks."""
        return str(self.person) if self.person else f"guardian-of-{self.students[0]}"


async def of_class(actor: Actor, vault: Vault, class_id: UUID) -> list[Invitee]:
    """Everybody of a class who may get a slip, students first."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select id from student where school_class = $1 order by number", class_id
        )
        return await of_students(vault, [row["id"] for row in rows])


async def of_student(actor: Actor, vault: Vault, student_id: UUID) -> list[Invitee]:
    """A student and their guardians, as `of_class`."""
    async with DB.acting_for(actor):
        return await of_students(vault, [student_id])


async def of_students(vault: Vault, students: Sequence[UUID]) -> list[Invitee]:
    """These students and their guardians, in the open transaction."""
    rows = await DB.fetch(_STUDENTS, list(students))
    fields = {name: name for name in ("name", "guardian_name", "guardian_phone")}
    await reading.show(vault, rows, fields)
    if not rows:
        return []
    # the account of a guardian may be one that another school made
    async with DB.acting_for(SYSTEM):
        links = reading.staff_names(vault, await DB.fetch(_GUARDIANS, [row["id"] for row in rows]))
    people = [*(row["id"] for row in rows), *(link["person"] for link in links)]
    async with DB.acting_for(SYSTEM):
        found = await DB.fetch(_ACCOUNTS, people, clock.now(), rows[0]["school"])
    accounts = {one["person"]: one for one in found}
    told = [
        _invitee("student", row["id"], (row["id"],), row["number"], row["name"], "", accounts)
        for row in rows
    ]
    numbers = {row["id"]: row["number"] for row in rows}
    children: dict[UUID, list[UUID]] = {}
    for link in links:
        children.setdefault(link["person"], []).append(link["student"])
    names = {link["person"]: link["name"] for link in links}
    others = {link["person"] for link in links if link["has_others"]}
    for person, wards in children.items():
        listed = ", ".join(numbers[ward] for ward in wards)
        one = _invitee("guardian", person, tuple(wards), listed, names[person], "", accounts)
        told.append(msgspec.structs.replace(one, has_others=person in others))
    named = {(link["student"], link["name"]) for link in links}
    marked = {(link["student"], link["mark"]) for link in links}
    today = clock.today()
    for row in rows:
        name, phone = row["guardian_name"], row["guardian_phone"]
        known = (row["id"], name) in named or (row["id"], mark_of(vault, name, phone)) in marked
        if name and not known and _is_child(row, today):
            told.append(
                _invitee("guardian", None, (row["id"],), row["number"], name, phone, accounts)
            )
    return told


def mark_of(vault: Vault, name: str, phone: str) -> bytes | None:
    """By what the same guardian of two children is known; nothing without a phone, because names
    alone are shared by strangers."""
    return vault.mark(f"guardian|{name}|{phone}") if name and phone else None


def _is_child(row: dict[str, Any], today: date) -> bool:
    return today < of_age(row["born"])


def _invitee(
    role: Literal["student", "guardian"],
    person: UUID | None,
    students: tuple[UUID, ...],
    number: str,
    name: str,
    phone: str,
    accounts: dict[UUID, dict[str, Any]],
) -> Invitee:
    account = accounts.get(person) if person else None
    state: State = "none"
    if account is not None:
        state = "over" if account["until"] is None else "open"
        if account["has_password"]:
            state = "shared" if account["shared"] else "in"
        if not account["active"]:
            state = "closed"
    return Invitee(
        role=role,
        person=person,
        students=students,
        number=number,
        name=name,
        phone=phone,
        login="" if account is None else account["login"],
        account=None if account is None else account["id"],
        state=state,
        until=None if account is None else account["until"],
    )
