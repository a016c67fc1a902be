"""Every read of cognitive visits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alliance.compliance.passing import judge
from alliance.kit.actors import Actor
from alliance.kit.asking.sections import Section
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.members.keyrings import keyrings
from alliance.orientation.actions import arrangement_of, subject_of
from alliance.regulation import Finding

_VISITS = """
select v.*, h.name as host_name, h.address as host_address, s.name as school_name,
  coalesce((select array_agg(c.name order by c.name) from visit_class x join school_class c on c.id
    = x.school_class
    where x.visit = v.id), '{}') as class_names,
  coalesce((select array_agg(x.school_class) from visit_class x where x.visit = v.id), '{}') as
    classes
from visit v join organisation h on h.id = v.host join organisation s on s.id = v.school
"""


async def visits(actor: Actor) -> list[dict[str, Any]]:
    """The visits that the actor may see, the latest first."""
    async with DB.reading(actor):
        return await _opened(await DB.fetch(f"{_VISITS} order by v.starts desc, v.title, v.id"))


async def tell_own(actor: Actor) -> Section | None:
    """The visits of a student's class, for their own file."""
    rows = await visits(actor)
    return Section("orientation/_own.html", {"visits": rows}) if rows else None


async def visit(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    """One visit with its classes. Raises Missing."""
    async with DB.reading(actor):
        rows = await _opened(await DB.fetch(f"{_VISITS} where v.id = $1", visit_id))
    if not rows:
        raise Missing
    return rows[0]


async def _opened(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rings = await keyrings({row["reported_by"] for row in rows if row["reported_by"] is not None})
    for row in rows:
        row["report"] = (
            rings[row["reported_by"]].uncover(row["report"]) if row["reported_by"] in rings else ""
        )
    return rows


async def findings_of(actor: Actor, row: dict[str, Any]) -> tuple[Finding, ...]:
    """What the gate says of a visit as it stands."""
    async with DB.reading(actor):
        judgement = await judge(
            "visit.confirm",
            [subject_of(row)],
            row["starts"],
            {"arrangement": [arrangement_of(row)]},
        )
    return judgement.findings


async def hosts(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of every enterprise that is not struck off."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select id, name from organisation where kind = 'enterprise' and id not in (select "
            "struck_off_hosts()) order by name, id"
        )
    return [(str(row["id"]), row["name"]) for row in rows]


async def classes(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of the school's classes, the youngest first."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select id, name, entry_year from school_class where school = $1 order by entry_year "
            "desc, name, id",
            actor.organisation,
        )
    return [(str(row["id"]), row["name"]) for row in rows]
