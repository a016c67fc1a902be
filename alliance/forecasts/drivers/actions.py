"""A planner's drivers: entering, changing and withdrawing them, each with its source and its trace
in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

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
        await DB.connection().execute(
            f"insert into demand_driver ({', '.join(_COLUMNS)}, id, organisation, state, version, "
            "created, changed, changed_by)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'active', 1, $14, "
            "$14, $15)",
            *msgspec.structs.astuple(draft)[:-1],
            driver_id,
            actor.organisation,
            clock.now(),
            actor.person,
        )
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
            "delete from demand_driver_part where driver = $1", driver_id, expect=len(parts)
        )
        columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(_COLUMNS, 1))
        await DB.change(
            f"update demand_driver set {columns}, version = version + 1, changed = $13, "
            "changed_by = $14 where id = $12",
            *msgspec.structs.astuple(draft)[:-1],
            driver_id,
            clock.now(),
            actor.person,
        )
        await _store(driver_id, draft.parts)
        old, new = audit.changes(_plain(before), _plain(draft))
        await audit.record(
            actor, "change_driver", "demand_driver", driver_id, before=old, after=new
        )


async def _store(driver_id: UUID, parts: Sequence[PartDraft]) -> None:
    await DB.connection().executemany(
        "insert into demand_driver_part (id, driver, occupation, middle, low, high, turnover)"
        " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)",
        [(driver_id, *msgspec.structs.astuple(part)) for part in parts],
    )


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
            "update demand_driver set state = 'withdrawn', version = version + 1, changed = $2, "
            "changed_by = $3 where id = $1",
            driver_id,
            clock.now(),
            actor.person,
        )
        await audit.record(actor, "withdraw_driver", "demand_driver", driver_id)
