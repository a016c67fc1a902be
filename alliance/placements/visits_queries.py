"""Every read of cognitive visits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alliance.compliance.actions import judge
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.placements.visits_actions import arrangement_of, subject_of
from alliance.regulation import Finding

_VISITS = """
select v.*, h.name as host_name, h.address as host_address, s.name as school_name,
  coalesce((select array_agg(c.name order by c.name) from visit_class x join school_class c on c.id = x.school_class
    where x.visit = v.id), '{}') as class_names,
  coalesce((select array_agg(x.school_class) from visit_class x where x.visit = v.id), '{}') as classes
from visit v join organisation h on h.id = v.host join organisation s on s.id = v.school
"""


async def visits(actor: Actor) -> list[dict[str, Any]]:
    """The visits that the actor may see, the latest first."""
    async with DB.acting_for(actor):
        return await DB.fetch(f"{_VISITS} order by v.starts desc, v.title, v.id")


async def visit(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    """One visit with its classes. Raises Missing."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"{_VISITS} where v.id = $1", visit_id)
    if row is None:
        raise Missing
    return row


async def findings_of(actor: Actor, row: dict[str, Any]) -> tuple[Finding, ...]:
    """What the gate says of a visit as it stands."""
    async with DB.acting_for(actor):
        judgement = await judge("visit.confirm", [subject_of(row)], row["starts"], {"arrangement": [arrangement_of(row)]})
    return judgement.findings


async def hosts(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of every enterprise."""
    async with DB.acting_for(actor):
        rows = await DB.fetch("select id, name from organisation where kind = 'enterprise' order by name, id")
    return [(str(row["id"]), row["name"]) for row in rows]


async def classes(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of the school's classes, the youngest first."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select id, name, entry_year from school_class where school = $1 order by entry_year desc, name, id", actor.organisation
        )
    return [(str(row["id"]), row["name"]) for row in rows]
