"""Restricting the use of somebody's data: granted until a day, lifted by the person at any time, or
by the officer with a reason.

What it means is in the database (`schema.sql`): restrictive policies withhold the rows, triggers
refuse changes, and a run of the matching leaves the student out.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.ids import OrganisationId, PersonId
from alliance.kit.asking.restrictions import Restriction
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover, keyrings
from alliance.privacy import tables
from alliance.privacy.model import deadline

_IN_FORCE = "lifted is null and until >= $1"


def last_day(today: date) -> date:
    """Until when a restriction lasts where nobody says otherwise."""
    return today + timedelta(days=deadline("restriction", today).days)


async def begin(
    actor: Actor, person: PersonId, organisation: OrganisationId, request: UUID, until: date | None
) -> None:
    """Restrict the use of a person's data from today on, in the open transaction; one that is in
    force stays as it is.

    Raises Refusal without a last day, or with one that is past or more than three years ahead.
    """
    today = clock.today()
    if until is None or not today <= until <= today + timedelta(days=3 * 366):
        sentence = _("Say until when, within three years from today.")
        raise Refusal(sentence, {"until": sentence})
    if (
        await DB.fetch_value(
            f"select 1 from restriction where person = $2 and {_IN_FORCE}", today, person
        )
        is not None
    ):
        return
    # one whose last day is past makes room; it ended by itself
    await DB.sweep(
        tables.Restriction.update(
            {tables.Restriction.lifted: clock.now(), tables.Restriction.lifted_by: actor.person}
        ).where(tables.Restriction.person == person, tables.Restriction.lifted.is_null())
    )
    await DB.insert(
        tables.Restriction(
            id=uuid4(),
            person=person,
            organisation=organisation,
            request=request,
            starts=today,
            until=until,
            granted=clock.now(),
            granted_by=actor.person,
        )
    )
    await audit.record(
        actor, "restrict_use", "person", person, after={"request": request, "until": until}
    )


async def lift(actor: Actor, person: UUID, reason: str = "") -> None:
    """Let the data be used again: the person and a guardian at any time, whoever answers for the
    data with a reason.

    Raises Missing, Refusal without a reason, Conflict when nothing is restricted any more.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select id, lifted from restriction where person = $1 order by granted desc for update",
            person,
        )
        if row is None:
            raise Missing
        if row["lifted"] is not None:
            raise Conflict(_("This restriction was lifted already. Look again."))
        own = person == actor.person or bool(
            await DB.fetch_value("select $1::uuid in (select wards())", person)
        )
        if not own and not reason.strip():
            sentence = _("Write why; the person reads it.")
            raise Refusal(sentence, {"reason": sentence})
        await DB.change(
            tables.Restriction.update(
                {
                    tables.Restriction.lifted: clock.now(),
                    tables.Restriction.lifted_by: actor.person,
                    tables.Restriction.lifted_reason: await cover(person, reason.strip()),
                }
            ).where(tables.Restriction.id == row["id"])
        )
        await audit.record(
            actor,
            "lift_restriction",
            "person",
            person,
            after={"by": "person" if own else "officer"},
        )


async def end_of(actor: Actor, request: UUID) -> None:
    """The wish to restrict is taken back: what was granted on it holds no longer, in the open
    transaction."""
    await DB.sweep(
        tables.Restriction.update(
            {tables.Restriction.lifted: clock.now(), tables.Restriction.lifted_by: actor.person}
        ).where(tables.Restriction.request == request, tables.Restriction.lifted.is_null())
    )


async def every() -> list[Restriction]:
    """Every restriction that ever was, cut on the day before it was lifted; reads with the hub's
    eyes, inside the caller's transaction."""
    async with DB.reading(SYSTEM):
        return await DB.fetch_as(
            Restriction,
            "select person, starts, least(until, (lifted at time zone 'Asia/Shanghai')::date - 1)"
            " as until from restriction",
        )


async def of_person(actor: Actor, person: UUID) -> dict[str, Any] | None:
    """The latest restriction of a person as far as the actor sees it, with `holds` and the reason
    readable; None for none."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            f"select *, {_IN_FORCE} as holds from restriction where person = $2 order by granted "
            "desc limit 1",
            clock.today(),
            person,
        )
    if row is None:
        return None
    return {
        **row,
        "lifted_reason": (await keyrings([person]))[person].uncover(row["lifted_reason"]),
    }
