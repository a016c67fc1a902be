"""One guardian's account for children at two schools: a child added by the school's own slip, and
taken off again.

What proves that it is the same person is the slip, opened while signed in; a name or a phone alone
never does. Each school goes on seeing its own child only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import audit, clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.ids import PersonId, StudentId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.accounts.links import fingerprint
from alliance.members.erasing import erase_person
from alliance.notices.actions import Message, tell_people, tell_role
from alliance.programmes.slips.issuing import take_turns
from alliance.programmes.tables import Guardianship

_SLIP = """
select a.id as account, a.person, a.login, a.organisation as school, o.name as school_name,
  a.name as sealed, p.key, a.password_hash is not null as in_use,
  not exists (select from role_grant g where g.account = a.id and g.role <> 'guardian') as guardian,
  array(select s.number::text from guardianship g join student s on s.id = g.student
    where g.guardian = a.person order by s.number) as numbers
from one_time_link l join account a on a.id = l.account join organisation o on o.id = a.organisation
  join person p on p.id = a.person
where l.fingerprint = $1 and l.used is null and l.expires > $2 and a.active and p.key is not null
"""


class Opened(msgspec.Struct, frozen=True):
    """A slip that somebody opened, as it was printed."""

    name: str
    school: str
    numbers: tuple[str, ...]


class Child(msgspec.Struct, frozen=True):
    """A child on a guardian's account."""

    id: UUID
    name: str
    class_name: str
    school: str


async def open_slip(actor: Actor, vault: Vault, token: str) -> Opened:
    """Whose slip a guardian opened while signed in. Raises Refusal with why it adds no child."""
    async with DB.acting_for(SYSTEM):
        rows = reading.staff_names(vault, await DB.fetch(_SLIP, fingerprint(token), clock.now()))
    row = _fits(actor, rows[0] if rows else None)
    return Opened(row["name"], row["school_name"], tuple(row["numbers"]))


async def add_children(actor: Actor, vault: Vault, token: str) -> UUID:
    """Put the children of a slip on the guardian's own account and end the one made for the slip;
    returns one of the children.

    Open links of the account end, because a school that made one could read the other's child.
    Raises Refusal for what is not an unused slip of a guardian.
    """
    async with DB.acting_for(actor):
        async with DB.acting_for(SYSTEM):
            # one after the other with whoever makes slips for this guardian, and two presses
            sought = await DB.fetch_one(_SLIP, fingerprint(token), clock.now())
            school = _fits(actor, sought)["school"]
            await take_turns(school)
            row = _fits(actor, await DB.fetch_one(_SLIP, fingerprint(token), clock.now()))
            earlier = await _wards(actor.person)
            added = await DB.fetch(
                "insert into guardianship (id, guardian, student, mark) select gen_random_uuid(), "
                "$1, g.student, g.mark from guardianship g where g.guardian = $2"
                " on conflict (guardian, student) do nothing returning student",
                actor.person,
                row["person"],
            )
            await DB.sweep(Guardianship.delete().where(Guardianship.guardian == row["person"]))
            await DB.sweep(
                "insert into role_grant (id, account, organisation, role) values "
                "(gen_random_uuid(), $1, $2, 'guardian') on conflict do nothing",
                actor.account,
                school,
            )
            await DB.sweep(
                "update one_time_link set expires = now() where account = $1 and used is null and "
                "expires > now()",
                actor.account,
            )
            await erase_person(SYSTEM, vault, row["person"], "mistake")
            children = [each["student"] for each in added]
            await _tell_joined(actor, school, row["school_name"], children, earlier)
        for child in children:
            await audit.record(
                actor, "add_child", "student", child, after={"account": str(actor.account)}
            )
    return children[0] if children else next(iter(earlier))


async def children_of(actor: Actor, vault: Vault) -> list[Child]:
    """The children whom a guardian reads, with class and school."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select s.id, s.name, p.key, c.name as class_name, o.name as school from student s"
            " join person p on p.id = s.person join school_class c on c.id = s.school_class"
            " join organisation o on o.id = s.school where s.id in (select wards())"
            " order by o.name, s.number, s.id",
        )
        await reading.show(vault, rows)
    return [Child(row["id"], row["name"], row["class_name"], row["school"]) for row in rows]


async def take_off(actor: Actor, student: StudentId, guardian: PersonId) -> None:
    """The school takes a child off a guardian's account, which stays with the other children.

    Raises Missing for another school's child, Conflict for the only child of an account.
    """
    async with DB.acting_for(actor):
        await take_turns(actor.organisation)
        # as the coordinator: row security answers whether the child is theirs
        found = await DB.fetch_value(
            "select id from guardianship where guardian = $1 and student = $2 and "
            "school_of(student) = app_organisation() for update",
            guardian,
            student,
        )
        if found is None or actor.role != "coordinator":
            raise Missing
        async with DB.acting_for(SYSTEM):
            school_name = await _part(guardian, student)
            await tell_people(
                [guardian],
                await _account_place(guardian),
                "child_taken_off",
                "/my-children",
                f"child-off-{found}",
                {"school": school_name},
            )
        await audit.record(
            actor, "take_child_off", "student", student, after={"guardian": str(guardian)}
        )


async def leave(actor: Actor, student: UUID) -> None:
    """A guardian takes a child off the own account; the school is told.

    Raises Missing for a child that is not theirs, Conflict for the only one.
    """
    if actor.person is None:
        raise Missing
    async with DB.acting_for(actor):
        async with DB.acting_for(SYSTEM):
            row = await DB.fetch_one(
                "select g.id, s.school from guardianship g join student s on s.id = g.student"
                " where g.guardian = $1 and g.student = $2",
                actor.person,
                student,
            )
            if row is None:
                raise Missing
            await take_turns(row["school"])
            await _part(PersonId(actor.person), StudentId(student))
            await tell_role(
                "coordinator",
                [
                    Message(
                        row["school"],
                        "guardian_left",
                        {},
                        f"/students/{student}",
                        f"guardian-left-{row['id']}",
                    )
                ],
            )
        await audit.record(
            actor, "take_child_off", "student", student, after={"guardian": str(actor.person)}
        )


def _fits(actor: Actor, row: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if row is None:
        raise Refusal(_("This link was used already or has expired. Ask for a new one."))
    if not row["guardian"]:
        raise Refusal(_("This slip is a student's and not a guardian's. It adds no child."))
    if row["person"] == actor.person:
        raise Refusal(_("This slip is for the account that you are signed in to."))
    if row["in_use"]:
        raise Refusal(
            _(
                "This slip renews the password of an account that is in use already (%(login)s). "
                "Ask the school to take the child off that account and to make a new slip; open "
                "it here.",
                login=row["login"],
            )
        )
    return row


async def _part(guardian: PersonId, student: StudentId) -> str:
    """End one guardianship, in the open transaction of the hub; returns the name of the school.

    What the school of the last child there could do with the account goes to the school of another.
    """
    schools = await _wards(guardian)
    if student not in schools:
        raise Missing
    if len(schools) == 1:
        raise Conflict(
            _("It is the only child of this account. Close the account instead, or have it erased.")
        )
    left = schools.pop(student)
    await DB.change(
        Guardianship.delete().where(
            Guardianship.guardian == guardian, Guardianship.student == student
        )
    )
    if left not in schools.values():
        home = next(iter(schools.values()))
        await DB.sweep(
            "delete from role_grant g using account a where a.id = g.account and a.person = $1"
            " and g.organisation = $2 and g.role = 'guardian'",
            guardian,
            left,
        )
        for table, column in (("account", "person"), ("person", "id")):
            await DB.sweep(
                f"update {table} set organisation = $3 where {column} = $1 and organisation = $2",
                guardian,
                left,
                home,
            )
    name: str = await DB.fetch_value("select name from organisation where id = $1", left)
    return name


async def _wards(guardian: UUID | None) -> dict[UUID, UUID]:
    """A guardian's students and their schools, locked, in the open transaction of the hub."""
    rows = await DB.fetch(
        "select g.student, s.school from guardianship g join student s on s.id = g.student"
        " where g.guardian = $1 order by s.number, g.student for update of g",
        guardian,
    )
    return {row["student"]: row["school"] for row in rows}


async def _account_place(guardian: UUID) -> UUID:
    place: UUID = await DB.fetch_value(
        "select organisation from account where person = $1", guardian
    )
    return place


async def _tell_joined(
    actor: Actor,
    school: UUID,
    school_name: str,
    children: list[UUID],
    earlier: dict[UUID, UUID],
) -> None:
    """Tell the guardian and the coordinators of both schools, each of their own child alone."""
    assert actor.person is not None
    for child in children:
        await tell_people(
            [actor.person],
            school,
            "child_added",
            "/my-children",
            f"child-added-{child}",
            {"school": school_name},
        )
    firsts = {at: child for child, at in reversed(earlier.items())}
    told = [(school, child, "guardian_joined") for child in children]
    told += [
        (at, child, "guardian_shared") for at, child in firsts.items() if at != school and children
    ]
    await tell_role(
        "coordinator",
        [
            Message(at, kind, {}, f"/students/{child}", f"{kind}-{child}-{actor.person}")
            for at, child, kind in told
        ],
    )
