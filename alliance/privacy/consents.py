"""Consents: given by the person, and for somebody under age also by a guardian; withdrawn with one press, with effect at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Refusal
from alliance.privacy.model import CONSENT_VERSION, CONSENTS
from alliance.privacy.subjects import Subject, of_age


async def give(actor: Actor, subject: Subject, purpose: str) -> None:
    """Agree to a purpose, as the person or as a guardian. Raises Refusal for anything that needs no consent."""
    if purpose not in CONSENTS or not subject.student:
        raise Refusal(_("Choose one of the list."))
    async with DB.acting_for(actor):
        await DB.connection().execute(
            "insert into consent (id, person, organisation, purpose, version, given_by, capacity, how, given)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, 'page', $7)",
            subject.person,
            subject.organisation,
            purpose,
            CONSENT_VERSION,
            actor.person,
            subject.capacity,
            clock.now(),
        )
        await audit.record(actor, "give_consent", "person", subject.person, after={"purpose": purpose, "as": subject.capacity})


async def withdraw(actor: Actor, subject: Subject, purpose: str) -> None:
    """Withdraw what one has agreed to. Raises Conflict when nothing is in force."""
    async with DB.acting_for(actor):
        done = await DB.fetch_value(
            "update consent set withdrawn = $4, withdrawn_by = $5 where person = $1 and purpose = $2 and capacity = $3"
            " and withdrawn is null returning id",
            subject.person,
            purpose,
            subject.capacity,
            clock.now(),
            actor.person,
        )
        if done is None:
            raise Conflict(_("This consent is withdrawn already, or was never given."))
        await audit.record(actor, "withdraw_consent", "person", subject.person, after={"purpose": purpose, "as": subject.capacity})


async def in_force(purpose: str, people: Collection[UUID]) -> set[UUID]:
    """Who of these people has agreed: the person, and for somebody under age a guardian as well where one has an account.

    Reads with the hub's eyes, inside the caller's transaction: whoever is shown or not shown a value sees no consents.
    """
    if not people:
        return set()
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select s.id, s.born, bool_or(c.capacity = 'self') as own, bool_or(c.capacity = 'guardian') as guardian,"
            " exists (select from guardianship g where g.student = s.id) as guarded from student s"
            " join consent c on c.person = s.id and c.purpose = $1 and c.version = $2 and c.withdrawn is null"
            " where s.id = any($3) group by s.id",
            purpose,
            CONSENT_VERSION,
            list(people),
        )
    today = clock.today()
    return {row["id"] for row in rows if row["own"] and (row["guardian"] or not row["guarded"] or of_age(row["born"], today))}


async def consents_of(actor: Actor, subject: Subject) -> list[dict[str, Any]]:
    """Every consent about a subject that the actor sees, the latest first."""
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select purpose, version, capacity, how, given, withdrawn from consent where person = $1 order by given desc, id",
            subject.person,
        )
