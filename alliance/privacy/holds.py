"""Holds: what something open needs is kept beyond its period and beyond a wish to be erased, until
it is lifted or its day is past.

Whoever answers for a person sets and lifts one; a breach that is no exercise holds everybody whom
it concerns until it is closed. `hold_person` is what erasing asks; `HELD` is what the nights of
retention leave out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, day
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover, keyrings
from alliance.privacy.model import BY_HAND, HOLDS, deadline
from alliance.privacy.tables import LegalHold

HELD: Final = "(select h.person from legal_hold h where h.lifted is null and h.until >= $1::date)"
"""The people whose data are held on the day $1."""
IN_FORCE: Final = "h.lifted is null and h.until >= $1"


def last_day(today: date) -> date:
    """Until when a hold lasts at the longest; then somebody judges anew."""
    return today + timedelta(days=deadline("hold", today).days)


async def find(actor: Actor, whom: str) -> tuple[UUID, UUID] | None:
    """(person, organisation) by student number, pseudonym or sign-in name, among those that the
    actor answers for."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select p.id, p.organisation from person p left join student s on s.id = p.id left "
            "join account a on a.person = p.id"
            " where (s.number = $1 or s.pseudonym = upper($1) or a.login = lower($1)) and p.key is "
            "not null and p.id <> $2"
            " and answers_for(p.id, p.organisation)",
            whom.strip(),
            actor.person,
        )
    return None if row is None else (row["id"], row["organisation"])


async def begin(actor: Actor, whom: str, ground: str, reason: str, until: date | None) -> UUID:
    """Hold the data of somebody from now on; returns the hold's id.

    Raises Refusal without ground, reason or day, and for nobody whom the actor answers for; a
    second one on the same ground comes back as its constraint's sentence.
    """
    today, form = clock.today(), {}
    if ground not in BY_HAND:
        form["ground"] = _("Choose one of the list.")
    if not reason.strip():
        form["reason"] = _("Write why; the person reads it.")
    if until is None or not today <= until <= last_day(today):
        form["until"] = _("Say until when, within three years from today.")
    found = await find(actor, whom)
    if found is None:
        form["whom"] = _("Nobody whom you answer for has this number, pseudonym or sign-in name.")
    if form or found is None:
        raise Refusal(next(iter(form.values())), form)
    (person, organisation), hold = found, uuid4()
    async with DB.acting_for(actor):
        # one whose day is past makes room; it ended by itself
        await DB.sweep(
            LegalHold.update(
                {LegalHold.lifted: clock.now(), LegalHold.lifted_by: actor.person}
            ).where(
                LegalHold.person == person,
                LegalHold.ground == ground,
                LegalHold.lifted.is_null(),
                LegalHold.until < today,
            )
        )
        await DB.insert(
            LegalHold(
                id=hold,
                person=person,
                organisation=organisation,
                ground=ground,
                reason=await cover(person, reason.strip()),
                until=until,
                begun=clock.now(),
                begun_by=actor.person,
            )
        )
        await audit.record(
            actor, "hold_data", "person", person, after={"ground": ground, "until": until}
        )
    return hold


async def lift(actor: Actor, hold: UUID, reason: str) -> None:
    """End a hold, with a reason that the person reads. Raises Missing, Refusal without a reason,
    Conflict when it is over."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select id, person, ground, lifted from legal_hold where id = $1 and "
            "answers_for(person, organisation) for update",
            hold,
        )
        if row is None:
            raise Missing
        if row["lifted"] is not None:
            raise Conflict(_("This hold was lifted already. Look again."))
        if not reason.strip():
            raise Refusal(
                _("Write why; the person reads it."),
                {"reason": _("Write why; the person reads it.")},
            )
        await DB.change(
            LegalHold.update(
                {
                    LegalHold.lifted: clock.now(),
                    LegalHold.lifted_by: actor.person,
                    LegalHold.lifted_reason: await cover(row["person"], reason.strip()),
                }
            ).where(LegalHold.id == hold)
        )
        await audit.record(
            actor, "lift_hold", "person", row["person"], after={"ground": row["ground"]}
        )


async def begin_for_breach(
    actor: Actor, breach: UUID, people: Sequence[UUID] | None = None
) -> None:
    """Hold everybody whom a breach concerns, or of them only these people, in the open transaction.

    Whoever is held for another breach stays so, and whom somebody released from this one by hand is
    not held for it again.
    """
    today, now = clock.today(), clock.now()
    async with DB.acting_for(SYSTEM):
        # one whose day is past makes room; it ended by itself
        await DB.sweep(
            "update legal_hold set lifted = $3, lifted_by = $4 where ground = 'breach' and lifted "
            "is null and until < $2"
            " and person in (select person from breach_person where breach = $1)",
            breach,
            today,
            now,
            actor.person,
        )
        await DB.connection().execute(
            "insert into legal_hold (id, person, organisation, ground, until, breach, begun, "
            "begun_by)"
            " select gen_random_uuid(), b.person, p.organisation, 'breach', $2, b.breach, $3, $4 "
            "from breach_person b"
            " join person p on p.id = b.person and p.key is not null where b.breach = $1 and "
            "($5::uuid[] is null or p.id = any($5))"
            # only who lifts by hand says why
            " and not exists (select from legal_hold h where h.breach = b.breach and h.person = "
            "b.person"
            " and h.lifted_reason is not null) on conflict (person, ground) where lifted is null "
            "do nothing",
            breach,
            last_day(today),
            now,
            actor.person,
            people,
        )


async def end_for_breach(actor: Actor, breach: UUID) -> None:
    """The breach is closed: whom it held is held no longer, but for whom another breach concerns
    that is not closed."""
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "update legal_hold set lifted = $2, lifted_by = $3 where breach = $1 and lifted is "
            "null returning person",
            breach,
            clock.now(),
            actor.person,
        )
        released = [row["person"] for row in rows]
        others = await DB.fetch(
            "select distinct b.id from breach b join breach_person p on p.breach = b.id where "
            "b.state <> 'closed' and not b.drill"
            " and b.id <> $1 and p.person = any($2) order by b.id",
            breach,
            released,
        )
    for other in others:
        await begin_for_breach(actor, other["id"], released)


async def hold_person(person: UUID) -> str | None:
    """Why somebody is not erased while a hold is in force, with its last day, or None; asks in the
    open transaction."""
    row = await DB.fetch_one(
        f"select h.ground, h.until from legal_hold h where h.person = $2 and {IN_FORCE} order by "
        "h.until desc limit 1",
        clock.today(),
        person,
    )
    if row is None:
        return None
    words = HOLDS[row["ground"]]
    return _(
        "Held until %(day)s: %(ground)s. Lift the hold first.",
        day=day(row["until"]),
        ground=_(words),
    )


async def of_person(actor: Actor, person: UUID) -> list[dict[str, Any]]:
    """The holds of a person that are in force, as far as the actor sees them, the last to end
    first, with readable reasons."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select h.ground, h.reason, h.until, h.begun from legal_hold h where h.person = $2 "
            f"and {IN_FORCE}"
            " order by h.until desc, h.id",
            clock.today(),
            person,
        )
        ring = (await keyrings([person]))[person]
    return [{**row, "reason": ring.uncover(row["reason"])} for row in rows]


async def held(people: Collection[str], today: date) -> set[str]:
    """Who of these people (ids as text) is held on a day, in the open transaction."""
    rows = await DB.fetch(
        f"select person::text from {HELD} as held (person) where person::text = any($2)",
        today,
        list(people),
    )
    return {row["person"] for row in rows}
