"""A planner's drivers: entering, changing and withdrawing them, each with its source and its trace
in the audit trail."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing

_COLUMNS = (
    "title",
    "occupation",
    "industry",
    "skill",
    "kind",
    "amount",
    "first_month",
    "months",
    "source",
)


class DriverDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver says. `amount` is heads in all (`total`), heads a month (`monthly`) or a share,
    0.2 being a fifth more; `months` None means until further notice."""

    title: str
    occupation: str | None
    industry: str | None
    skill: str | None
    kind: str
    amount: float
    first_month: str
    months: int | None
    source: str


async def add_driver(actor: Actor, draft: DriverDraft) -> UUID:
    """Enter a driver for the actor's organisation."""
    driver_id = uuid4()
    async with DB.acting_for(actor):
        await DB.connection().execute(
            "insert into demand_driver (id, organisation, title, occupation, industry, skill, "
            "kind, amount, first_month, months,"
            " source, state, version, created, changed, changed_by)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'active', 1, $12, $12, $13)",
            driver_id,
            actor.organisation,
            *msgspec.structs.astuple(draft),
            clock.now(),
            actor.person,
        )
        await audit.record(
            actor, "add_driver", "demand_driver", driver_id, after=msgspec.structs.asdict(draft)
        )
    return driver_id


async def change_driver(actor: Actor, driver_id: UUID, version: int, draft: DriverDraft) -> None:
    """Save new values over the version that the editor saw. Raises Missing for a driver that is not
    the organisation's own, Conflict when somebody was faster or it was withdrawn."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select * from demand_driver where id = $1 and organisation = $2 for update",
            driver_id,
            actor.organisation,
        )
        if row is None:
            raise Missing
        if row["version"] != version or row["state"] != "active":
            raise Conflict(
                _(
                    "Somebody changed this driver meanwhile. Look at the present values and change "
                    "them again."
                )
            )
        await DB.change(
            "update demand_driver set title = $2, occupation = $3, industry = $4, skill = $5, kind "
            "= $6, amount = $7,"
            " first_month = $8, months = $9, source = $10, version = version + 1, changed = $11, "
            "changed_by = $12 where id = $1",
            driver_id,
            *msgspec.structs.astuple(draft),
            clock.now(),
            actor.person,
        )
        old, new = audit.changes(
            {name: row[name] for name in _COLUMNS}, msgspec.structs.asdict(draft)
        )
        await audit.record(
            actor, "change_driver", "demand_driver", driver_id, before=old, after=new
        )


async def withdraw_driver(actor: Actor, driver_id: UUID) -> None:
    """Take a driver out of force; it stays on record. Raises Missing, Conflict for one that is
    withdrawn already."""
    async with DB.acting_for(actor):
        state = await DB.fetch_value(
            "select state from demand_driver where id = $1 and organisation = $2 for update",
            driver_id,
            actor.organisation,
        )
        if state is None:
            raise Missing
        if state != "active":
            raise Conflict(_("This driver was withdrawn already."))
        await DB.change(
            "update demand_driver set state = 'withdrawn', version = version + 1, changed = $2, "
            "changed_by = $3 where id = $1",
            driver_id,
            clock.now(),
            actor.person,
        )
        await audit.record(actor, "withdraw_driver", "demand_driver", driver_id)
