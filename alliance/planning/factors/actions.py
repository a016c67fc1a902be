"""Changing and loading factors."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import number
from alliance.kit.problems import Missing, insist
from alliance.planning.factor import Factor
from alliance.planning.tables import PlanningFactor

NAMES = ("low", "middle", "high", "source")


async def change_factor(actor: Actor, factor_id: UUID, seen: str, changed: Factor) -> None:
    """Save new values over those that the editor saw. Raises Missing, ChangedMeanwhile when
    somebody was faster."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select * from planning_factor where id = $1 for update", factor_id
        )
        if row is None:
            raise Missing
        insist(seen, shown_of(row))
        await DB.change(
            PlanningFactor.update(
                {
                    PlanningFactor.low: changed.low,
                    PlanningFactor.middle: changed.middle,
                    PlanningFactor.high: changed.high,
                    PlanningFactor.source: changed.source,
                    PlanningFactor.version: PlanningFactor.version + 1,
                    PlanningFactor.changed: clock.now(),
                    PlanningFactor.changed_by: actor.person,
                }
            ).where(PlanningFactor.id == factor_id)
        )
        old, new = audit.changes(
            {name: row[name] for name in NAMES}, {name: getattr(changed, name) for name in NAMES}
        )
        await audit.record(
            actor, "change_factor", "planning_factor", factor_id, before=old, after=new
        )


def shown_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The values of a factor as its form shows them, shares in per cent."""
    return {
        name: str(row[name]) if name == "source" else number(row[name] * 100, 1) for name in NAMES
    }


async def add_factor(actor: Actor, added: Factor) -> UUID:
    """A factor of its own for an occupation or a specialty; the one for all stays for the
    others."""
    factor_id = uuid4()
    async with DB.acting_for(actor):
        await DB.insert(
            PlanningFactor(
                id=factor_id,
                kind=added.kind,
                code=added.code,
                low=added.low,
                middle=added.middle,
                high=added.high,
                source=added.source,
                changed=clock.now(),
                changed_by=actor.person,
            )
        )
        await audit.record(
            actor,
            "add_factor",
            "planning_factor",
            factor_id,
            after={"kind": added.kind, "code": added.code},
        )
    return factor_id


async def load_factors(path: Path) -> int:
    """Bring in the factors of a csv file (kind, code, low, middle, high, source) that are not there
    yet; what planners have changed stays. Returns how many were new."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            (
                row["kind"],
                row["code"],
                float(row["low"]),
                float(row["middle"]),
                float(row["high"]),
                row["source"],
            )
            for row in csv.DictReader(file)
        ]
    async with DB.acting_for(SYSTEM):
        before = await DB.fetch_value("select count(*) from planning_factor")
        await DB.execute_many(
            "insert into planning_factor (id, kind, code, low, middle, high, source)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6) on conflict (kind, code) do "
            "nothing",
            rows,
        )
        return int(await DB.fetch_value("select count(*) from planning_factor")) - int(before)
