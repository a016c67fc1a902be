"""Consents: given by the person, and for somebody under age also by a guardian; withdrawn with one
press, with effect at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Refusal
from alliance.notices.actions import tell_people
from alliance.privacy.model import CONSENT_VERSION, CONSENTS
from alliance.privacy.subjects import Subject, of_age, under
from alliance.privacy.tables import Consent


async def give(actor: Actor, subject: Subject, purpose: str) -> None:
    """Agree to a purpose, as the person or as a guardian. Raises Refusal for anything that needs no
    consent."""
    if purpose not in CONSENTS or not subject.student:
        raise Refusal(_("Choose one of the list."))
    async with DB.acting_for(actor):
        await DB.insert(
            Consent(
                person=subject.person,
                organisation=subject.organisation,
                purpose=purpose,
                version=CONSENT_VERSION,
                given_by=actor.person,
                capacity=subject.capacity,
                how="page",
                given=clock.now(),
            )
        )
        await audit.record(
            actor,
            "give_consent",
            "person",
            subject.person,
            after={"purpose": purpose, "as": subject.capacity},
        )
        await _ask_the_other(subject, purpose)


async def _ask_the_other(subject: Subject, purpose: str) -> None:
    """Tell whoever has to agree as well that this consent waits for them."""
    found = next((one for one in await standing(subject) if one.purpose == purpose), None)
    if found is None or found.holds:
        return
    key = f"consent:{subject.person}:{purpose}:{CONSENT_VERSION}"
    if subject.capacity == "guardian":
        people, kind, href = [subject.person], "consent_of_guardian", "/my-data"
    else:
        async with DB.acting_for(SYSTEM):
            rows = await DB.fetch(
                "select guardian from guardianship where student = $1", subject.person
            )
        people = [row["guardian"] for row in rows]
        kind, href = "consent_of_child", f"/my-data?of={subject.person}"
    await tell_people(people, subject.organisation, kind, href, key)


async def withdraw(actor: Actor, subject: Subject, purpose: str) -> None:
    """Withdraw what one has agreed to. Raises Conflict when nothing is in force."""
    async with DB.acting_for(actor):
        done = await DB.fetch_value(
            "update consent set withdrawn = $4, withdrawn_by = $5 where person = $1 and purpose = "
            "$2 and capacity = $3"
            " and withdrawn is null returning id",
            subject.person,
            purpose,
            subject.capacity,
            clock.now(),
            actor.person,
        )
        if done is None:
            raise Conflict(_("This consent is withdrawn already, or was never given."))
        await audit.record(
            actor,
            "withdraw_consent",
            "person",
            subject.person,
            after={"purpose": purpose, "as": subject.capacity},
        )


FOURTEEN: Final = 14
"""Younger than this nobody's own consent is enough (PIPL art. 31); from then on a guardian with an
account agrees as well."""


def holds(*, own: bool, guardian: bool, guarded: bool, born: date, today: date) -> bool:
    """Whether a purpose may be followed: the person agreed, and for somebody under age a guardian
    as well.

    >>> child, today = date(2010, 5, 1), date(2026, 11, 30)
    >>> holds(own=True, guardian=False, guarded=True, born=child, today=today)
    False
    >>> holds(own=True, guardian=False, guarded=False, born=child, today=today)
    True
    >>> holds(own=True, guardian=False, guarded=False, born=date(2013, 5, 1), today=today)
    False
    """
    return own and (
        guardian or of_age(born, today) or not (guarded or under(born, FOURTEEN, today))
    )


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one purpose stands for a student: who must agree, who has."""

    purpose: str
    own: bool
    guardian: bool
    needs_guardian: bool
    guarded: bool
    holds: bool
    own_withdrawn: bool
    guardian_withdrawn: bool


async def standing(subject: Subject) -> list[Standing]:
    """How every purpose stands for a student; nothing for anybody else. The caller has made sure
    that the reader may ask."""
    if subject.born is None:
        return []
    today = clock.today()
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select purpose, capacity, bool_or(withdrawn is null) as stands from consent"
            " where person = $1 and version = $2 group by purpose, capacity",
            subject.person,
            CONSENT_VERSION,
        )
        guarded = bool(
            await DB.fetch_value(
                "select exists (select from guardianship where student = $1)", subject.person
            )
        )
    given = {(row["purpose"], row["capacity"]) for row in rows if row["stands"]}
    withdrawn = {(row["purpose"], row["capacity"]) for row in rows} - given
    found = []
    for purpose in CONSENTS:
        own, guardian = (purpose, "self") in given, (purpose, "guardian") in given
        needs = not of_age(subject.born, today) and (
            guarded or under(subject.born, FOURTEEN, today)
        )
        agreed = holds(own=own, guardian=guardian, guarded=guarded, born=subject.born, today=today)
        found.append(
            Standing(
                purpose=purpose,
                own=own,
                guardian=guardian,
                needs_guardian=needs,
                guarded=guarded,
                holds=agreed,
                own_withdrawn=(purpose, "self") in withdrawn,
                guardian_withdrawn=(purpose, "guardian") in withdrawn,
            )
        )
    return found


async def in_force(purpose: str, people: Collection[UUID]) -> set[UUID]:
    """Who of these people has agreed: the person, and for somebody under age a guardian as well
    (`holds`).

    Reads with the hub's eyes, inside the caller's transaction: whoever is shown or not shown a
    value sees no consents.
    """
    if not people:
        return set()
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select s.id, s.born, bool_or(c.capacity = 'self') as own, bool_or(c.capacity = "
            "'guardian') as guardian,"
            " exists (select from guardianship g where g.student = s.id) as guarded from student s"
            " join consent c on c.person = s.id and c.purpose = $1 and c.version = $2 and "
            "c.withdrawn is null"
            " where s.id = any($3) group by s.id",
            purpose,
            CONSENT_VERSION,
            list(people),
        )
    today = clock.today()
    return {
        row["id"]
        for row in rows
        if holds(
            own=row["own"],
            guardian=row["guardian"],
            guarded=row["guarded"],
            born=row["born"],
            today=today,
        )
    }


async def consents_of(actor: Actor, subject: Subject) -> list[dict[str, Any]]:
    """Every consent about a subject that the actor sees, the latest first."""
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select purpose, version, capacity, how, given, withdrawn from consent where person = "
            "$1 order by given desc, id",
            subject.person,
        )
