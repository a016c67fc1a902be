"""Typing, correcting and removing what planners know of leavers and earlier intakes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from piccolo.table import Table

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing, insist
from alliance.planning.intake import Leavers
from alliance.planning.tables import PastIntake, SchoolLeavers

LEAVERS = ("year", "low", "middle", "high", "source")
INTAKE = ("specialty", "entry_year", "students", "source")
Kept = TypeVar("Kept", SchoolLeavers, PastIntake)
_NAMES: dict[type[Table], tuple[str, ...]] = {SchoolLeavers: LEAVERS, PastIntake: INTAKE}


async def add_leavers(actor: Actor, added: Leavers) -> UUID:
    """The leavers of a year. Raises Conflict at a year that stands there already."""
    return await _add(actor, SchoolLeavers, _of(added), "add_leavers")


async def change_leavers(actor: Actor, row_id: UUID, seen: str, changed: Leavers) -> None:
    """Correct a year's leavers; both values stay in the history. Raises Missing, ChangedMeanwhile
    when somebody was faster."""
    await _change(actor, SchoolLeavers, row_id, seen, _of(changed), "change_leavers")


async def remove_leavers(actor: Actor, row_id: UUID) -> None:
    """Take a year out again. Raises Missing."""
    await _remove(actor, SchoolLeavers, row_id, "remove_leavers")


async def add_intake(
    actor: Actor, specialty: str, entry_year: int, students: int, source: str
) -> UUID:
    """An intake from the records of its year; it counts before what rosters tell. Raises Conflict
    at one that stands there already."""
    values = dict(zip(INTAKE, (specialty, entry_year, students, source), strict=True))
    return await _add(actor, PastIntake, values, "add_intake")


async def change_intake(actor: Actor, row_id: UUID, seen: str, students: int, source: str) -> None:
    """Correct an intake; both values stay in the history. Raises Missing, ChangedMeanwhile
    when somebody was faster."""
    values = {"students": students, "source": source}
    await _change(actor, PastIntake, row_id, seen, values, "change_intake")


async def remove_intake(actor: Actor, row_id: UUID) -> None:
    """Take an intake out again: what rosters tell counts then. Raises Missing."""
    await _remove(actor, PastIntake, row_id, "remove_intake")


async def load_intakes(folder: Path) -> int:
    """Bring in leavers and intakes of two csv files of a folder that are not there yet; what
    planners have changed stays. Returns how many were new."""
    async with DB.acting_for(SYSTEM):
        return await _load(SchoolLeavers, folder) + await _load(PastIntake, folder)


async def _load(table: type[Kept], folder: Path) -> int:
    path = folder / f"{table._meta.tablename}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        read: list[dict[str, Any]] = [
            {
                name: row[name] if name in ("specialty", "source") else int(row[name])
                for name in _NAMES[table]
            }
            for row in csv.DictReader(file)
        ]
    before = await table.count()
    await table.insert(*[table(**one) for one in read]).on_conflict(action="DO NOTHING")
    return int(await table.count()) - int(before)


def _of(leavers: Leavers) -> dict[str, Any]:
    return {name: getattr(leavers, name) for name in LEAVERS}


async def _add(actor: Actor, table: type[Kept], values: dict[str, Any], action: str) -> UUID:
    row_id = uuid4()
    async with DB.acting_for(actor):
        added = table(id=row_id, changed=clock.now(), changed_by=actor.person, **values)
        await DB.insert(added)
        await audit.record(actor, action, table._meta.tablename, row_id, after=values)
    return row_id


async def _change(
    actor: Actor,
    table: type[Kept],
    row_id: UUID,
    seen: str,
    values: dict[Any, Any],
    action: str,
) -> None:
    async with DB.acting_for(actor):
        row = await _locked(table, row_id)
        before = {name: row[name] for name in values}
        insist(seen, before)
        moved: dict[Any, Any] = {table.changed: clock.now(), table.changed_by: actor.person}
        await DB.change(table.update({**values, **moved}).where(table.id == row_id))
        old, new = audit.changes(before, values)
        await audit.record(actor, action, table._meta.tablename, row_id, before=old, after=new)


async def _remove(actor: Actor, table: type[Kept], row_id: UUID, action: str) -> None:
    async with DB.acting_for(actor):
        row = await _locked(table, row_id)
        await DB.change(table.delete().where(table.id == row_id))
        before = {name: row[name] for name in _NAMES[table]}
        await audit.record(actor, action, table._meta.tablename, row_id, before=before)


async def _locked(table: type[Kept], row_id: UUID) -> dict[str, Any]:
    row: dict[str, Any] | None = (
        await table.select().where(table.id == row_id).first().lock_rows("UPDATE")
    )
    if row is None:
        raise Missing
    return row
