"""Naming who answers for students' data, and approving and revoking who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

from alliance.access.tables import DataOfficer, ReadingApproval
from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import keyrings


async def appoint(actor: Actor, person: UUID) -> None:
    """From today on a person of the organisation answers for students' data, in place of who did.
    Raises Refusal, Conflict."""
    today = clock.today()
    async with DB.acting_for(actor):
        if not await DB.fetch_value("select is_of_organisation($1)", person):
            raise Refusal(_("Choose one of the list."), {"person": _("Choose one of the list.")})
        before = await DB.fetch_one(
            "update data_officer set ends = greatest(starts, $2::date) where organisation = $1 and "
            "ends is null returning person",
            actor.organisation,
            today - timedelta(days=1),
        )
        if before is not None and before["person"] == person:
            raise Conflict(_("This person answers for students' data already."))
        await DB.insert(
            DataOfficer(
                id=uuid4(),
                organisation=actor.organisation,
                person=person,
                starts=today,
                appointed_by=actor.person,
            )
        )
        await audit.record(
            actor,
            "appoint_data_officer",
            "organisation",
            actor.organisation,
            after={"person": person},
        )


async def publish_contact(actor: Actor, phone: str, mail: str) -> None:
    """Say how whoever answers for students' data in the actor's organisation is reached; everybody
    concerned reads it.

    Raises Missing while nobody is named.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select id, person from data_officer where organisation = $1 and ends is null for "
            "update",
            actor.organisation,
        )
        if row is None:
            raise Missing(_("Name first who answers for students' data."))
        # the officer may belong to another organisation and have a role in this one
        ring = (await keyrings([row["person"]]))[row["person"]]
        await DB.change(
            DataOfficer.update(
                {DataOfficer.phone: ring.encrypt(phone), DataOfficer.mail: ring.encrypt(mail)}
            ).where(DataOfficer.id == row["id"])
        )
        await audit.record(actor, "publish_contact", "organisation", actor.organisation)


async def approve(
    actor: Actor,
    *,
    role: str | None,
    person: UUID | None,
    purposes: Sequence[str],
    starts: date,
    ends: date,
    reason: str,
) -> None:
    """The officer lets a role or a person read for these purposes until a day. Raises Refusal,
    Missing for who is no officer."""
    async with DB.acting_for(actor):
        if not await DB.fetch_value("select is_data_officer()"):
            raise Missing(_("Only the person who answers for students' data approves."))
        if person is not None and not await DB.fetch_value("select is_of_organisation($1)", person):
            raise Refusal(_("Choose one of the list."), {"who": _("Choose one of the list.")})
        approval = uuid4()
        await DB.insert(
            ReadingApproval(
                id=approval,
                organisation=actor.organisation,
                role=role,
                person=person,
                purposes=list(purposes),
                starts=starts,
                ends=ends,
                reason=reason,
                approved=clock.now(),
                approved_by=actor.person,
            )
        )
        after = {"role": role, "person": person, "purposes": list(purposes), "ends": ends}
        await audit.record(actor, "approve_reading", "reading_approval", approval, after=after)


async def revoke(actor: Actor, approval: UUID) -> None:
    """The officer ends an approval at once, a standing one too. Raises Missing, Conflict when it
    was revoked already."""
    async with DB.acting_for(actor):
        if not await DB.fetch_value("select is_data_officer()"):
            raise Missing(_("Only the person who answers for students' data approves."))
        done = await DB.fetch_value(
            "update reading_approval set revoked = $2, revoked_by = $3 where id = $1 and "
            "organisation = $4 and revoked is null"
            " returning id",
            approval,
            clock.now(),
            actor.person,
            actor.organisation,
        )
        if done is None:
            known = await DB.fetch_value("select 1 from reading_approval where id = $1", approval)
            raise Missing if known is None else Conflict(_("This approval was revoked already."))
        await audit.record(actor, "revoke_reading", "reading_approval", approval)
