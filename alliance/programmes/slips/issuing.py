"""Making slips: accounts where there are none, and a new link for each, which ends the older."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.accounts import telling
from alliance.members.accounts.links import issue_link
from alliance.members.accounts.targets import target
from alliance.members.model import INVITATION_LIFE
from alliance.members.tables import Account, Person, RoleGrant
from alliance.programmes.slips.people import Invitee, mark_of, of_class, of_students


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed for one person, this once."""

    role: str
    name: str
    number: str
    login: str
    token: str
    until: datetime


async def issue_for_class(
    actor: Actor, vault: Vault, class_id: UUID, chosen: Collection[str] | None = None
) -> list[Slip]:
    """New slips for these of a class (`Invitee.key`), or for everybody who never signed in.

    Raises Missing for another school's class, Refusal when nobody was chosen, Conflict
    when none of them can get one.
    """
    async with DB.acting_for(actor):
        await take_turns(actor.organisation)
        found = await DB.fetch_value("select name from school_class where id = $1", class_id)
        if found is None:
            raise Missing
        people = [
            one
            for one in await of_class(actor, vault, class_id)
            if (one.state in ("none", "over", "open") if chosen is None else one.key in chosen)
        ]
        if not people:
            sentence = _("Nobody is chosen. Tick whom the slips are for.")
            raise Refusal(sentence, {"who": sentence})
        slips = await _issue(actor, vault, people)
        await audit.record(actor, "invite_students", "class", class_id, after={"count": len(slips)})
    return slips


async def issue_for_student(actor: Actor, vault: Vault, student_id: UUID, key: str) -> list[Slip]:
    """A new slip for a student, or for one of their guardians. Raises Missing, Conflict for a
    closed account."""
    async with DB.acting_for(actor):
        await take_turns(actor.organisation)
        people = [one for one in await of_students(vault, [student_id]) if one.key == key]
        if not people:
            raise Missing
        slips = await _issue(actor, vault, people)
        await audit.record(
            actor, "issue_slip", "student", student_id, after={"role": people[0].role}
        )
    return slips


async def invite_guardian(
    actor: Actor, vault: Vault, student_id: UUID, name: str, phone: str
) -> list[Slip]:
    """A slip for a guardian of a student; whoever looks after a sister or brother already gets this
    child besides, and no second account.

    Raises Missing, Conflict when this guardian of the student has signed in before or their account
    is closed.
    """
    async with DB.acting_for(actor):
        await take_turns(actor.organisation)
        number = await DB.fetch_value("select number from student where id = $1", student_id)
        if number is None:
            raise Missing
        known = [
            one
            for one in await of_students(vault, [student_id])
            if one.role == "guardian" and one.person and one.name == name
        ]
        if known and known[0].state == "in":
            raise Conflict(
                _("%(name)s has an account for this student already. Make a new slip.", name=name)
            )
        wanted = known or [
            Invitee(
                role="guardian",
                person=None,
                students=(student_id,),
                number=number,
                name=name,
                phone=phone,
                login="",
                account=None,
                state="none",
            )
        ]
        slips = await _issue(actor, vault, wanted)
        await audit.record(
            actor, "invite_guardian", "student", student_id, after={"known": bool(known)}
        )
    return slips


async def take_turns(school: UUID | None) -> None:
    """Two presses, and two classes with one guardian, come one after the other."""
    await DB.connection().execute(
        "select pg_advisory_xact_lock(hashtextextended('slips of ' || $1::text, 0))", str(school)
    )


async def _issue(actor: Actor, vault: Vault, people: Sequence[Invitee]) -> list[Slip]:
    slips: dict[UUID, Slip] = {}
    closed, shared = [], []
    for one in people:
        if one.state == "shared":
            shared.append(one.name)
            continue
        if one.state == "closed":
            closed.append(one.name)
            continue
        login, account = one.login, one.account
        if one.role == "guardian" and one.person is None:
            account, login, signed_in = await _guardian_of(actor, vault, one)
            if account is None:
                closed.append(one.name)
                continue
            if signed_in:
                # the account that they have shows this child from now on
                continue
        elif account is None and one.person is not None:
            login, account = await _account(
                actor, one.person, await _sealed_name(one.person), f"s{one.number}", "student"
            )
        if account is None:
            continue
        until = clock.now() + INVITATION_LIFE
        known = one.state == "in"
        token = await issue_link(account, "reset" if known else "invitation", INVITATION_LIFE)
        if known and (touched := await target(account)) is not None:
            await telling.tell(actor, vault, touched, "reset")
        slips[account] = Slip(
            role=one.role,
            name=one.name,
            number=one.number if account not in slips else f"{slips[account].number}, {one.number}",
            login=login,
            token=token,
            until=until,
        )
    if shared and not slips:
        raise Conflict(
            _(
                "%(names)s uses the account for a child at another school too, so no school makes "
                "a slip for it. Let the person open “Password help” on the sign-in page and read "
                "out the code to you; the other school confirms it.",
                names=_(", ").join(shared),
            )
        )
    if closed and not slips:
        raise Conflict(
            _(
                "The account of %(names)s is closed, so no slip can be made. It must be opened "
                "again first.",
                names=_(", ").join(closed),
            )
        )
    return list(slips.values())


async def _guardian_of(actor: Actor, vault: Vault, one: Invitee) -> tuple[UUID | None, str, bool]:
    """The account of the guardian whom a class list names, with its sign-in name and whether they
    have signed in before: that of a sister's or brother's guardian of the same name and phone, else
    a new one; no account where theirs is closed."""
    (student,) = one.students
    mark = mark_of(vault, one.name, one.phone)
    # also an account that another school made, which this one does not see
    async with DB.acting_for(SYSTEM):
        found = await DB.fetch_one(
            "select g.guardian, a.id, a.login, a.active, a.password_hash is not null as signed_in"
            " from guardianship g join student s on s.id = g.student"
            " join account a on a.person = g.guardian where s.school = $2"
            " and g.mark = $1 order by a.active desc, a.created, a.id limit 1",
            mark,
            actor.organisation,
        )
    if found is not None and not found["active"]:
        return None, "", False
    if found is None:
        person, key = uuid4(), vault.new_key()
        await DB.insert(Person(id=person, organisation=actor.organisation, key=key))
        name = vault.keyring(key).encrypt(one.name)
        login, account = await _account(actor, person, name, f"g{one.number}", "guardian")
        found = {"guardian": person, "id": account, "login": login, "signed_in": False}
    await DB.connection().execute(
        "insert into guardianship (id, guardian, student, mark)"
        " values (gen_random_uuid(), $1, $2, $3) on conflict (guardian, student) do nothing",
        found["guardian"],
        student,
        mark,
    )
    return found["id"], found["login"], found["signed_in"]


async def _sealed_name(student: UUID) -> bytes | None:
    name: bytes | None = await DB.fetch_value("select name from student where id = $1", student)
    return name


async def _account(
    actor: Actor, person: UUID, name: bytes | None, wanted: str, role: str
) -> tuple[str, UUID]:
    account = uuid4()
    login: str = await DB.fetch_value(
        "select free_login($1)", "".join(c for c in wanted.lower() if c.isalnum() or c in ".-")[:50]
    )
    await DB.insert(
        Account(
            id=account,
            person=person,
            organisation=actor.organisation,
            login=login,
            name=name,
            active=True,
        )
    )
    await DB.insert(RoleGrant(account=account, organisation=actor.organisation, role=role))
    return login, account
