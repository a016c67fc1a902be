"""Reads of drivers."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from alliance.advertisements.skills.taxonomy import present_by_level
from alliance.forecasts.drivers.hiring import Hires, Hiring, Part, hires_of
from alliance.forecasts.drivers.laying import Laid, lay, monthly
from alliance.forecasts.drivers.towns import Towns, towns_of
from alliance.forecasts.levels import name_of
from alliance.forecasts.runs.forecasting import horizon_of
from alliance.forecasts.runs.staffing import rate_for
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, language
from alliance.kit.problems import Missing
from alliance.reference import queries as reference
from alliance.reference.model import LeavingRate
from ml.demand.periods import following

COUNTED = """
coalesce(d.industry, left(m.industry, 3)) as counted_industry, coalesce(d.town, m.town) as
  counted_town
"""
"""Where a driver is counted: what it names itself, else where its member is."""
PARTS = """
(select coalesce(jsonb_agg(jsonb_build_object('occupation', p.occupation, 'low', p.low, 'middle',
  p.middle, 'high', p.high, 'turnover', p.turnover) order by p.middle desc, p.occupation), '[]')
  from demand_driver_part p where p.driver = d.id)
"""
"""The parts of a driver, the largest first."""
_DRIVERS = f"""
select d.*, {COUNTED}, {PARTS}::text as parts, o.name as owner, m.name as member_name,
  i.name_zh as industry_zh, i.name_en as industry_en, t.name_zh as town_zh, t.name_en as town_en
from demand_driver d join organisation o on o.id = d.organisation
left join organisation m on m.id = d.member
left join industry i on i.code = coalesce(d.industry, left(m.industry, 3))
left join town t on t.code = coalesce(d.town, m.town)
"""


_MEANS = """
select code, jsonb_build_object('periods', months->'periods', 'mean', months->'mean') as months,
  jsonb_build_object('periods', years->'periods', 'mean', years->'mean') as years from
    forecast_series
"""
_PANEL_MONTHS = 24
"""How industries are parted over towns is told by what came in so many months."""


async def drivers(actor: Actor, *, active: bool = False) -> list[dict[str, Any]]:
    """All drivers with their parts and the names of what they are on, those in force first."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_DRIVERS} where d.state = 'active' or not $1 order by d.state, d.first_month, "
            "d.created, d.id",
            active,
        )
    return await _told(actor, rows)


async def driver(actor: Actor, driver_id: UUID) -> dict[str, Any]:
    """One driver of the actor's organisation; `counted_as` of each part is its occupation's code
    today. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            f"{_DRIVERS} where d.id = $1 and d.organisation = $2", driver_id, actor.organisation
        )
    if row is None:
        raise Missing
    return (await _told(actor, [row]))[0]


async def _told(actor: Actor, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with `parts` read, each with its occupation's `name` and code today; of lasting staff
    with the leaving `rate` that holds where none is given."""
    rows = [{**row, "parts": msgspec.json.decode(row["parts"])} for row in rows]
    named = sorted({part["occupation"] for row in rows for part in row["parts"]} - {None})
    async with DB.reading(actor):
        found = await DB.fetch(
            "select code, name_zh, name_en from occupation where code = any($1)", named
        )
    names = {one["code"]: one[f"name_{language()}"] for one in found}
    present = await reference.present_occupations(actor) if named else {}
    rates = (
        await reference.leaving_rates(actor, clock.today())
        if any(row["lasting"] for row in rows)
        else ()
    )
    told = []
    for row in rows:
        for part in row["parts"]:
            code = part["occupation"]
            part["name"] = names.get(code, code)
            part["counted_as"] = present.get(code, code)
            part["rate"] = _rate(rates, code) if row["lasting"] else None
        told.append({**row, "on": place_of(row), "where": where_of(row)})
    return told


async def places(
    actor: Actor, run_id: UUID | None, keep: Sequence[str] = ()
) -> dict[str, list[tuple[str, str]]]:
    """What a driver may be on, (code, name) each: occupations in force that are advertised or
    taught for, and those that are to be kept; industries, towns, member enterprises, skills."""
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
                *keep,
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
        towns = await DB.fetch(f"select code, name_{chosen} as name from town order by position")
        members = await DB.fetch(
            "select id::text as code, name from organisation where kind = 'enterprise' order by "
            "name, id"
        )
    return {
        "town": [(row["code"], row["name"]) for row in towns],
        "member": [(row["code"], row["name"]) for row in members],
        "occupation": [(row["code"], f"{row['name']} · {row['code']}") for row in occupations],
        "industry": [(row["code"], f"{row['name']} · {row['code']}") for row in industries],
        "skill": [(row["code"], row["code"]) for row in skills],
    }


async def count_in_force(actor: Actor) -> int:
    """How many drivers are in force."""
    async with DB.reading(actor):
        return int(
            await DB.fetch_value("select count(*) from demand_driver where state = 'active'")
        )


async def in_force(actor: Actor, run_id: UUID, data_until: str) -> Laid | None:
    """The drivers in force over a run; None where there is none."""
    chosen = await drivers(actor, active=True)
    return await laid(actor, run_id, data_until, chosen) if chosen else None


async def laid(
    actor: Actor, run_id: UUID, data_until: str, chosen: Sequence[dict[str, Any]]
) -> Laid:
    """These drivers over a run, but for hires, which are no advertised heads."""
    chosen = await _by_codes_of_run(
        actor, run_id, [_in_parts(one) for one in chosen if one["kind"] != "hires"]
    )
    pairs = {
        (part["occupation"], one["counted_industry"])
        for one in chosen
        for part in one["parts"]
        if not one["skill"]
    }
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_MEANS} where run = $1 and level = 'cell' and ($2 or occupation = any($3) or "
            "industry = any($4) or code = any($5))"
            " order by code",
            run_id,
            (None, None) in pairs,
            sorted(occupation for occupation, industry in pairs if occupation and not industry),
            sorted(industry for occupation, industry in pairs if industry and not occupation),
            sorted("|".join(pair) for pair in pairs if pair[0] and pair[1]),
        )
        skills = await DB.fetch(
            f"{_MEANS} where run = $1 and level = 'skill' and code = any($2) order by code",
            run_id,
            sorted({one["skill"] for one in chosen if one["skill"]}),
        )
    towns = await towns_in(actor, run_id, data_until)
    return await asyncio.to_thread(
        lay,
        chosen,
        [_means(row) for row in rows],
        [_means(row) for row in skills],
        towns,
        data_until,
    )


async def towns_in(actor: Actor, run_id: UUID, data_until: str) -> Towns:
    """How each industry is parted over the towns in a run."""
    async with DB.reading(actor):
        sums = await DB.fetch(
            f"{_MEANS.replace('select code', 'select level, code')} where run = $1 and level in "
            "('industry', 'town') order by code",
            run_id,
        )
        panel = await DB.fetch_value("select place_panel from forecast_run where id = $1", run_id)
    return await asyncio.to_thread(_towns, sums, panel, data_until)


def _towns(sums: Sequence[dict[str, Any]], panel: bytes | None, until: str) -> Towns:
    months = following([until], horizon_of(until))
    by_level: dict[str, dict[str, Any]] = {"industry": {}, "town": {}}
    for row in map(_means, sums):
        by_level[row["level"]][row["code"]] = monthly(row["months"], row["years"], months)
    return towns_of(_counted(panel), by_level["industry"], by_level["town"])


def _counted(panel: bytes | None) -> dict[tuple[str, str], float]:
    """Heads by industry and town in the last months of the panel that a run saw."""
    if panel is None:
        return {}
    import pandas as pd

    frame = pd.read_parquet(io.BytesIO(panel), columns=["period", "value", "industry", "town"])
    last = sorted(frame["period"].unique())[-_PANEL_MONTHS:]
    frame = frame[frame["period"].isin(last)]
    found: dict[tuple[str, str], float] = {}
    for industry, town, heads in zip(frame["industry"], frame["town"], frame["value"], strict=True):
        found[industry, town] = found.get((industry, town), 0.0) + heads
    return found


def _in_parts(row: dict[str, Any]) -> dict[str, Any]:
    """A driver as runs of before kept it, in parts; any other as it is."""
    if "parts" in row:
        return row
    part = {"occupation": row["occupation"], "middle": row["amount"]}
    return {**row, "parts": [part], "counted_industry": row["industry"], "counted_town": None}


async def _by_codes_of_run(
    actor: Actor, run_id: UUID, chosen: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Drivers that name a retired code under the one that stands for it, except where the run was
    made before and still counts under the old one."""
    if not chosen:
        return []
    # most are on no skill, and the table of skills is long
    present = {"occupation": await reference.present_occupations(actor)}
    if any(one["skill"] for one in chosen):
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

    return [
        {
            **one,
            "skill": code("skill", one["skill"]),
            "parts": [
                {**part, "occupation": code("occupation", part["occupation"])}
                for part in one["parts"]
            ],
        }
        for one in chosen
    ]


async def hires(actor: Actor, run_id: UUID) -> Hires:
    """What the hires in force bring in the calendar years of a run, by the occupations' codes as it
    counts them."""
    rows = [row for row in await drivers(actor, active=True) if row["kind"] == "hires"]
    rows = await _by_codes_of_run(actor, run_id, rows)
    async with DB.reading(actor):
        years = await DB.fetch_value(
            "select years->'periods' from forecast_series where run = $1 and level = 'total'",
            run_id,
        )
    hirings = [hiring_of(row) for row in rows]
    occupations = sorted({part.occupation for one in hirings for part in one.parts})
    return hires_of(rows, hirings, occupations, [int(year) for year in msgspec.json.decode(years)])


async def rates_of(actor: Actor, codes: Sequence[str]) -> list[LeavingRate | None]:
    """The leaving rate that holds today for each occupation; None for none chosen or known."""
    rates = await reference.leaving_rates(actor, clock.today())
    return [_rate(rates, code) if code else None for code in codes]


def _rate(rates: Sequence[LeavingRate], code: str) -> LeavingRate | None:
    # a county without a rate for all has none for some
    return rate_for(rates, code) if any(code.startswith(one.code) for one in rates) else None


def hiring_of(row: dict[str, Any]) -> Hiring:
    """A driver of the kind hires as it is counted: its own turnover, else the leaving rate of the
    occupation, nothing where the staff does not last."""
    return Hiring(
        entropy=row["id"].int,
        first_month=row["first_month"],
        months=row["months"],
        probability=row["probability"],
        parts=tuple(
            Part(part["occupation"], part["low"], part["middle"], part["high"], turnover_of(part))
            if row["lasting"]
            else Part(part["occupation"], part["low"], part["middle"], part["high"])
            for part in row["parts"]
        ),
    )


def turnover_of(part: dict[str, Any]) -> float:
    """What share of a part's lasting staff leaves in a year; nothing where no rate is known."""
    if part["turnover"] is not None:
        return float(part["turnover"])
    return part["rate"].middle if part["rate"] else 0.0


def place_of(row: dict[str, Any]) -> str:
    """What a driver is on, in the reader's language: occupations, member, industry, town."""
    occupations = [part["name"] for part in row["parts"] if part["occupation"]]
    return " · ".join(part for part in (_(", ").join(occupations), where_of(row)) if part)


def where_of(row: dict[str, Any]) -> str:
    """Where a driver is: its skill, or member, industry, town, or the whole county."""
    if row["skill"]:
        return _("skill %(name)s", name=row["skill"])
    names = {
        "industry": row["counted_industry"],
        "industry_zh": row["industry_zh"],
        "industry_en": row["industry_en"],
        "town": row["counted_town"],
        "town_zh": row["town_zh"],
        "town_en": row["town_en"],
    }
    place = name_of(names) if names["industry"] or names["town"] or not row["member"] else ""
    return " · ".join(part for part in (row["member_name"], place) if part)


def _means(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "months": msgspec.json.decode(row["months"]),
        "years": msgspec.json.decode(row["years"]),
    }
