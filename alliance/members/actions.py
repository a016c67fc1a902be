"""Registering organisations and counting their staff."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, events
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Missing, Refusal, insist
from alliance.members.tables import Organisation


class OrganisationDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the secretariat types for an organisation."""

    kind: str
    name: str
    name_en: str
    uscc: str
    industry: str | None
    town: str | None
    address: str


async def register(actor: Actor, draft: OrganisationDraft) -> UUID:
    """A new organisation. A credit code that is registered already comes back as its constraint's
    sentence."""
    identifier = uuid4()
    async with DB.acting_for(actor):
        await DB.insert(Organisation(id=identifier, **msgspec.structs.asdict(draft)))
        await audit.record(
            actor,
            "register_organisation",
            "organisation",
            identifier,
            after=msgspec.to_builtins(draft),
        )
    return identifier


async def change(
    actor: Actor, organisation: UUID, draft: OrganisationDraft, seen: str = ""
) -> None:
    """Change an organisation: the secretariat any, others their own, and then neither kind nor
    credit code. Raises ChangedMeanwhile when it is not as the editor saw it."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select * from organisation where id = $1 for update", organisation
        )
        if row is None:
            raise Missing
        if actor.role != "secretary" and (draft.kind, draft.uscc) != (row["kind"], row["uscc"]):
            raise Refusal(_("Kind and credit code are changed by the alliance's secretariat."))
        values = msgspec.structs.asdict(draft)
        insist(seen, {name: row[name] for name in values})
        old, new = audit.changes(row, values)
        done = await DB.fetch_value(
            "update organisation set kind = $2, name = $3, name_en = $4, uscc = $5, industry = $6, "
            "town = $7, address = $8"
            " where id = $1 returning id",
            organisation,
            *values.values(),
        )
        if done is None:
            raise Missing
        await audit.record(
            actor, "change_organisation", "organisation", organisation, before=old, after=new
        )


async def record_staff(
    actor: Actor, organisation: UUID, counted_on: date, staff: int, source: str
) -> None:
    """The staff in post from a day on; a second count for one day corrects the first, and both
    stand in the history."""
    async with DB.acting_for(actor):
        corrected = await DB.fetch_value(
            "select staff from staff_count where organisation = $1 and counted_on = $2 for update",
            organisation,
            counted_on,
        )
        await DB.connection().execute(
            "insert into staff_count (id, organisation, counted_on, staff, source) values "
            "(gen_random_uuid(), $1, $2, $3, $4) on conflict (organisation, counted_on)"
            " do update set staff = excluded.staff, source = excluded.source",
            organisation,
            counted_on,
            staff,
            source,
        )
        after = {"counted_on": counted_on, "staff": staff}
        before = None if corrected is None else {"counted_on": counted_on, "staff": corrected}
        await audit.record(
            actor, "record_staff", "organisation", organisation, before=before, after=after
        )
        await events.publish("members.staff_counted", {"host": str(organisation)})
