"""Reads of drivers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from alliance.advertisements.skills.taxonomy import present_by_level
from alliance.forecasts.drivers.laying import Laid, lay
from alliance.forecasts.levels import name_of
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, language
from alliance.kit.problems import Missing
from alliance.reference import queries as reference

_DRIVERS = """
select d.*, oc.name_zh as occupation_zh, oc.name_en as occupation_en, i.name_zh as industry_zh,
  i.name_en as industry_en,
  o.name as owner
from demand_driver d join organisation o on o.id = d.organisation
left join occupation oc on oc.code = d.occupation left join industry i on i.code = d.industry
"""


_MEANS = """
select code, jsonb_build_object('periods', months->'periods', 'mean', months->'mean') as months,
  jsonb_build_object('periods', years->'periods', 'mean', years->'mean') as years from
    forecast_series
"""


async def drivers(actor: Actor, *, active: bool = False) -> list[dict[str, Any]]:
    """All drivers with the names of what they are on, those in force first."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_DRIVERS} where d.state = 'active' or not $1 order by d.state, d.first_month, "
            "d.created, d.id",
            active,
        )
    return [{**row, "on": place_of(row)} for row in rows]


async def driver(actor: Actor, driver_id: UUID) -> dict[str, Any]:
    """One driver of the actor's organisation; `counted_as` is its occupation's code today. Raises
    Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            f"{_DRIVERS} where d.id = $1 and d.organisation = $2", driver_id, actor.organisation
        )
    if row is None:
        raise Missing
    present = await reference.present_occupations(actor)
    return {
        **row,
        "on": place_of(row),
        "counted_as": present.get(row["occupation"], row["occupation"]),
    }


async def driver_history(actor: Actor, driver_id: UUID) -> list[dict[str, Any]]:
    """What happened to a driver, the latest first: when, what, the values before."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select at, action, before from audit_entry where subject = $1 and subject_kind = "
            "'demand_driver'"
            " order by id desc limit 20",
            driver_id,
        )
    return [
        {**row, "before": msgspec.json.decode(row["before"]) if row["before"] else {}}
        for row in rows
    ]


async def places(
    actor: Actor, run_id: UUID | None, keep: str | None = None
) -> dict[str, list[tuple[str, str]]]:
    """What a driver may be on, (code, name) each: occupations in force that are advertised or
    taught for, and the one that is to be kept; industries, skills."""
    chosen = language()
    present = await reference.present_occupations(actor)
    in_force = {one.code for one in await reference.occupations_in_force(actor)}
    async with DB.reading(actor):
        named = await DB.fetch(
            "select occupation from advertisement union select occupation from specialty_occupation"
        )
        occupations = await DB.fetch(
            f"select code, name_{chosen} as name from occupation where code = any($1) order by "
            "code",
            [
                *({present.get(row["occupation"], row["occupation"]) for row in named} & in_force),
                keep,
            ],
        )
        industries = await DB.fetch(
            f"select code, name_{chosen} as name from industry where length(code) = 3 union"
            f" select s.code, coalesce(i.name_{chosen}, s.code) from forecast_series s left join "
            "industry i on i.code = s.code"
            " where s.run = $1 and s.level = 'industry' and s.code <> '-' order by 1",
            run_id,
        )
        skills = await DB.fetch(
            "select code from forecast_series where run = $1 and level = 'skill' order by code",
            run_id,
        )
    return {
        "occupation": [(row["code"], f"{row['name']} · {row['code']}") for row in occupations],
        "industry": [(row["code"], f"{row['name']} · {row['code']}") for row in industries],
        "skill": [(row["code"], row["code"]) for row in skills],
    }


async def laid(actor: Actor, run: dict[str, Any], chosen: Sequence[dict[str, Any]]) -> Laid:
    """These drivers over a run."""
    chosen = await _by_codes_of_run(actor, run["id"], chosen)
    occupations = sorted(
        {one["occupation"] for one in chosen if one["occupation"] and not one["industry"]}
    )
    industries = sorted(
        {one["industry"] for one in chosen if one["industry"] and not one["occupation"]}
    )
    cells = sorted(
        {
            f"{one['occupation']}|{one['industry']}"
            for one in chosen
            if one["occupation"] and one["industry"]
        }
    )
    everything = any(not (one["occupation"] or one["industry"] or one["skill"]) for one in chosen)
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_MEANS} where run = $1 and level = 'cell' and ($2 or occupation = any($3) or "
            "industry = any($4) or code = any($5))"
            " order by code",
            run["id"],
            everything,
            occupations,
            industries,
            cells,
        )
        skills = await DB.fetch(
            f"{_MEANS} where run = $1 and level = 'skill' and code = any($2) order by code",
            run["id"],
            sorted({one["skill"] for one in chosen if one["skill"]}),
        )
    return await asyncio.to_thread(
        lay,
        chosen,
        [_means(row) for row in rows],
        [_means(row) for row in skills],
        run["data_until"],
    )


async def _by_codes_of_run(
    actor: Actor, run_id: UUID, chosen: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Drivers that name a retired code under the one that stands for it, except where the run was
    made before and still counts under the old one."""
    present = await present_by_level(actor)
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select level, code from forecast_series where run = $1 and level = any($2)",
            run_id,
            list(present),
        )
    known = {(row["level"], row["code"]) for row in rows}

    def code(level: str, code: str | None) -> str | None:
        return code if code is None or (level, code) in known else present[level].get(code, code)

    return [{**one, **{level: code(level, one[level]) for level in present}} for one in chosen]


def place_of(row: dict[str, Any]) -> str:
    """What a driver is on, in the reader's language."""
    if row["skill"]:
        return _("skill %(name)s", name=row["skill"])
    return name_of({**row, "skill": None})


def _means(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "months": msgspec.json.decode(row["months"]),
        "years": msgspec.json.decode(row["years"]),
    }
