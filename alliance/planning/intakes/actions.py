"""Typing, correcting and removing what planners know of leavers and earlier intakes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing, insist
from alliance.planning.intake import Leavers

LEAVERS = ("year", "low", "middle", "high", "source")
INTAKE = ("specialty", "entry_year", "students", "source")


async def add_leavers(actor: Actor, added: Leavers) -> UUID:
    """The leavers of a year. Raises Conflict at a year that stands there already."""
    values = [getattr(added, name) for name in LEAVERS]
    return await _add(actor, "school_leavers", LEAVERS, values, "add_leavers")


async def change_leavers(actor: Actor, row_id: UUID, seen: str, changed: Leavers) -> None:
    """Correct a year's leavers; both values stay in the history. Raises Missing, ChangedMeanwhile
    when somebody was faster."""
    values = [getattr(changed, name) for name in LEAVERS]
    await _change(actor, "school_leavers", row_id, seen, LEAVERS, values, "change_leavers")


async def remove_leavers(actor: Actor, row_id: UUID) -> None:
    """Take a year out again. Raises Missing."""
    await _remove(actor, "school_leavers", row_id, LEAVERS, "remove_leavers")


async def add_intake(
    actor: Actor, specialty: str, entry_year: int, students: int, source: str
) -> UUID:
    """An intake from the records of its year; it counts before what rosters tell. Raises Conflict
    at one that stands there already."""
    values = [specialty, entry_year, students, source]
    return await _add(actor, "past_intake", INTAKE, values, "add_intake")


async def change_intake(actor: Actor, row_id: UUID, seen: str, students: int, source: str) -> None:
    """Correct an intake; both values stay in the history. Raises Missing, ChangedMeanwhile
    when somebody was faster."""
    values = [students, source]
    await _change(actor, "past_intake", row_id, seen, INTAKE[2:], values, "change_intake")


async def remove_intake(actor: Actor, row_id: UUID) -> None:
    """Take an intake out again: what rosters tell counts then. Raises Missing."""
    await _remove(actor, "past_intake", row_id, INTAKE, "remove_intake")


async def load_intakes(folder: Path) -> int:
    """Bring in leavers and intakes of two csv files of a folder that are not there yet; what
    planners have changed stays. Returns how many were new."""
    new = 0
    async with DB.acting_for(SYSTEM):
        for table, names in (("school_leavers", LEAVERS), ("past_intake", INTAKE)):
            before = int(await DB.fetch_value(f"select count(*) from {table}"))
            with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
                rows = [
                    tuple(
                        row[name] if name in ("specialty", "source") else int(row[name])
                        for name in names
                    )
                    for row in csv.DictReader(file)
                ]
            places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
            await DB.execute_many(
                f"insert into {table} (id, {', '.join(names)}) values (gen_random_uuid(), "
                f"{places}) on conflict do nothing",
                rows,
            )
            new += int(await DB.fetch_value(f"select count(*) from {table}")) - before
    return new


async def _add(
    actor: Actor, table: str, names: tuple[str, ...], values: list[Any], action: str
) -> UUID:
    row_id = uuid4()
    places = ", ".join(f"${place}" for place in range(4, len(names) + 4))
    async with DB.acting_for(actor):
        await DB.connection().execute(
            f"insert into {table} (id, changed, changed_by, {', '.join(names)})"
            f" values ($1, $2, $3, {places})",
            row_id,
            clock.now(),
            actor.person,
            *values,
        )
        after = dict(zip(names, values, strict=True))
        await audit.record(actor, action, table, row_id, after=after)
    return row_id


async def _change(
    actor: Actor,
    table: str,
    row_id: UUID,
    seen: str,
    names: tuple[str, ...],
    values: list[Any],
    action: str,
) -> None:
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"select * from {table} where id = $1 for update", row_id)
        if row is None:
            raise Missing
        insist(seen, {name: row[name] for name in names})
        columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, start=4))
        await DB.change(
            f"update {table} set changed = $2, changed_by = $3, {columns} where id = $1",
            row_id,
            clock.now(),
            actor.person,
            *values,
        )
        old, new = audit.changes(
            {name: row[name] for name in names}, dict(zip(names, values, strict=True))
        )
        await audit.record(actor, action, table, row_id, before=old, after=new)


async def _remove(
    actor: Actor, table: str, row_id: UUID, names: tuple[str, ...], action: str
) -> None:
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"select * from {table} where id = $1 for update", row_id)
        if row is None:
            raise Missing
        await DB.change(f"delete from {table} where id = $1", row_id)
        before = {name: row[name] for name in names}
        await audit.record(actor, action, table, row_id, before=before)
