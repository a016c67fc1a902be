"""A planner's drivers: entering, changing and withdrawing them, each with its source and its trace
in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.forecasts.tables import DemandDriver, DemandDriverPart
from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing


class PartDraft(msgspec.Struct, frozen=True, kw_only=True):
    """How much a driver brings of one occupation, or of all (None). `middle` is heads in all
    (`total`), heads a month (`monthly`), a share, 0.2 being a fifth more, or hired persons, then
    with `low` and `high`; `turnover` a year None means the leaving rate of the occupation."""

    occupation: str | None
    middle: float
    low: float | None = None
    high: float | None = None
    turnover: float | None = None


class DriverDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver says; `months` None means until further notice."""

    title: str
    industry: str | None
    skill: str | None
    member: UUID | None = None
    town: str | None = None
    kind: str
    first_month: str
    months: int | None
    lasting: bool = False
    probability: float = 1.0
    source: str
    parts: tuple[PartDraft, ...]


_COLUMNS = DriverDraft.__struct_fields__[:-1]
"""Those of the driver itself, in the order of the draft."""


async def add_driver(actor: Actor, draft: DriverDraft) -> UUID:
    """Enter a driver for the actor's organisation."""
    driver_id = uuid4()
    async with DB.acting_for(actor):
        driver = DemandDriver(
            **_columns(draft),
            id=driver_id,
            organisation=actor.organisation,
            state="active",
            version=1,
            created=clock.now(),
            changed=clock.now(),
            changed_by=actor.person,
        )
        await DB.insert(driver)
        await _store(driver_id, draft.parts)
        await audit.record(
            actor, "add_driver", "demand_driver", driver_id, after=msgspec.to_builtins(draft)
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
        parts = await DB.fetch_as(
            PartDraft,
            "select occupation, low, middle, high, turnover from demand_driver_part where driver = "
            "$1",
            driver_id,
        )
        before = DriverDraft(**{name: row[name] for name in _COLUMNS}, parts=tuple(parts))
        await DB.change(
            DemandDriverPart.delete().where(DemandDriverPart.driver == driver_id),
            expect=len(parts),
        )
        moved: dict[Any, Any] = {
            DemandDriver.version: version + 1,
            DemandDriver.changed: clock.now(),
            DemandDriver.changed_by: actor.person,
        }
        await DB.change(
            DemandDriver.update({**_columns(draft), **moved}).where(DemandDriver.id == driver_id)
        )
        await _store(driver_id, draft.parts)
        old, new = audit.changes(_plain(before), _plain(draft))
        await audit.record(
            actor, "change_driver", "demand_driver", driver_id, before=old, after=new
        )


async def _store(driver_id: UUID, parts: Sequence[PartDraft]) -> None:
    rows = [DemandDriverPart(driver=driver_id, **msgspec.structs.asdict(part)) for part in parts]
    await DB.insert(*rows)


def _columns(draft: DriverDraft) -> dict[Any, Any]:
    return {name: getattr(draft, name) for name in _COLUMNS}


def _plain(draft: DriverDraft) -> dict[str, Any]:
    """A draft as the trail keeps it, parts in one order, so that a row moved is no change."""
    parts = sorted(draft.parts, key=lambda part: (-part.middle, part.occupation or ""))
    found: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(draft, parts=tuple(parts)))
    return found


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
            DemandDriver.update(
                {
                    DemandDriver.state: "withdrawn",
                    DemandDriver.version: DemandDriver.version + 1,
                    DemandDriver.changed: clock.now(),
                    DemandDriver.changed_by: actor.person,
                }
            ).where(DemandDriver.id == driver_id)
        )
        await audit.record(actor, "withdraw_driver", "demand_driver", driver_id)
