"""Every read of runs, series, imports and advertisements."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from alliance.advertisements.naming import NAMES
from alliance.forecasts.levels import name_of
from alliance.forecasts.runs.staffing import KINDS, Course
from alliance.kit.actors import Actor
from alliance.kit.database import containing
from alliance.kit.engine import DB
from alliance.kit.problems import Missing

SORTS = {
    "name": "coalesce(k.name_zh, s.skill, oc.name_zh, i.name_zh, t.name_zh, s.code)",
    "past": "s.past",
    "expected": "s.expected",
    "change": "s.change",
    "rising": "s.rising",
    "advertisements": "s.advertisements",
}

_RUN = """
select r.id, r.number, r.state, r.step, r.done, r.total, r.attempts, r.error, r.seed,
  r.configuration, r.data_until, r.first_month,
  r.panel_digest, r.quality, r.scores, r.yearly, r.code, r.card, r.drivers, r.learnt,
  r.result_digest,
    length(r.model) as model_size,
  r.requested, r.started, r.finished, r.organisation,
  array_remove(array[case when r.panel is not null then 'cells' end, case when r.place_panel is not
    null then 'places' end,
    case when r.skill_panel is not null then 'skills' end, case when r.use_panel is not null then
      'uses' end], null) as panels,
  (select count(*) from forecast_series s where s.run = r.id)::int as series
from forecast_run r
"""
_JSON = ("configuration", "quality", "scores", "yearly", "code", "card", "drivers", "learnt")
_SERIES = """
from forecast_series s left join occupation oc on oc.code = s.occupation left join industry i on
  i.code = s.industry
  left join skill k on k.code = s.skill left join town t on t.code = s.town
"""
PANEL_COLUMNS = {
    "cells": "panel",
    "places": "place_panel",
    "skills": "skill_panel",
    "uses": "use_panel",
}
"""Panel that a run saw (`panels.PANELS`) → the column that keeps it."""
_NAMES = (
    "oc.name_zh as occupation_zh, oc.name_en as occupation_en, i.name_zh as industry_zh, i.name_en "
    "as industry_en,"
    " k.name_zh as skill_zh, k.name_en as skill_en, t.name_zh as town_zh, t.name_en as town_en"
)
_SHORT = f"""
select s.id, s.level, s.code, s.occupation, s.industry, s.town, s.skill, s.advertisements, s.past,
  s.expected, s.coming, s.coming_low,
  s.coming_high, s.change, s.change_low, s.change_high, s.rising, {_NAMES} {_SERIES}
"""


class SeriesFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of series shows; empty means all."""

    level: str = ""
    search: str = ""
    skill: str = ""
    occupation: str = ""
    sort: str = "expected"
    down: bool = True


async def runs(actor: Actor, limit: int = 50) -> list[dict[str, Any]]:
    """Forecast runs, the latest first."""
    async with DB.reading(actor):
        rows = await DB.fetch(f"{_RUN} order by r.number desc limit $1", limit)
    return [_opened(row) for row in rows]


async def run_of(actor: Actor, run_id: UUID) -> dict[str, Any]:
    """One run. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(f"{_RUN} where r.id = $1", run_id)
    if row is None:
        raise Missing
    return _opened(row)


async def latest_run(actor: Actor) -> dict[str, Any] | None:
    """The latest run that ended well."""
    async with DB.reading(actor):
        row = await DB.fetch_one(f"{_RUN} where r.state = 'done' order by r.number desc limit 1")
    return None if row is None else _opened(row)


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """The latest run that ended well, for rooms that count with what it found."""

    id: UUID
    number: int
    seed: int
    data_until: str
    finished: datetime
    yearly: dict[str, object]
    """What growth and replacement came from; {} of a run from before they were computed."""
    elsewhere: dict[str, float] | None
    """Occupation → which part of its heads others than the counted members advertise; None of a
    run that does not know."""


async def latest(actor: Actor) -> Latest | None:
    """The run that other rooms count with; None before the first one has ended."""
    run = await latest_run(actor)
    if run is None:
        return None
    yearly = run["yearly"]
    return Latest(
        id=run["id"],
        number=run["number"],
        seed=run["seed"],
        data_until=run["data_until"],
        finished=run["finished"],
        yearly=yearly,
        elsewhere=yearly.get("elsewhere"),
    )


async def run_under_way(actor: Actor) -> dict[str, Any] | None:
    """The run that is queued or being done."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            f"{_RUN} where r.state in ('queued', 'running') order by r.number desc limit 1"
        )
    return None if row is None else _opened(row)


async def panel_of(actor: Actor, run_id: UUID, name: str) -> bytes:
    """A panel that a run saw, as its parquet file. Raises Missing for another name or a run that
    kept none."""
    if name not in PANEL_COLUMNS:
        raise Missing
    async with DB.reading(actor):
        found = await DB.fetch_value(
            f"select {PANEL_COLUMNS[name]} from forecast_run where id = $1 and state = 'done'",
            run_id,
        )
    if found is None:
        raise Missing
    return bytes(found)


async def model_of(actor: Actor, run_id: UUID) -> bytes:
    """What a run fitted, as its skops file. Raises Missing."""
    async with DB.reading(actor):
        found = await DB.fetch_value(
            "select model from forecast_run where id = $1 and state = 'done'", run_id
        )
    if found is None:
        raise Missing
    return bytes(found)


async def result_of(actor: Actor, run_id: UUID) -> list[tuple[str, str, dict[str, Any]]]:
    """(level, code, tables by kind) of every series of a run, then of its growth and
    replacement."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select level, code, months, years from forecast_series where run = $1", run_id
        )
        yearly = await DB.fetch(
            "select level, code, ahead from forecast_yearly where run = $1", run_id
        )
    decode = msgspec.json.decode
    found = [
        (row["level"], row["code"], {"month": decode(row["months"]), "year": decode(row["years"])})
        for row in rows
    ]
    return found + [(row["level"], row["code"], _in_order(decode(row["ahead"]))) for row in yearly]


def _in_order(ahead: dict[str, Any]) -> dict[str, Any]:
    return {kind: ahead[kind] for kind in KINDS}


async def yearly_of(actor: Actor, run_id: UUID, level: str, code: str) -> dict[str, Any] | None:
    """Growth and replacement by year of an occupation, an industry or the county; None where the
    run found none."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select stock, ahead, rate from forecast_yearly where run = $1 and level = $2 and code "
            "= $3",
            run_id,
            level,
            code,
        )
    if row is None:
        return None
    ahead = msgspec.json.decode(row["ahead"], type=dict[str, Course])
    return {**row, "ahead": _in_order(ahead), "rate": msgspec.json.decode(row["rate"])}


async def yearly_paths(actor: Actor, run_id: UUID) -> bytes:
    """The sample paths of growth and replacement by occupation and year that a run kept; empty
    where it found none."""
    async with DB.reading(actor):
        found = await DB.fetch_value(
            "select yearly_paths from forecast_run where id = $1 and state = 'done'", run_id
        )
    return bytes(found or b"")


async def year_paths(actor: Actor, run_id: UUID) -> bytes:
    """The sample paths by occupation and year that a run kept. Raises Missing."""
    async with DB.reading(actor):
        found = await DB.fetch_value(
            "select year_paths from forecast_run where id = $1 and state = 'done'", run_id
        )
    if found is None:
        raise Missing
    return bytes(found)


async def year_means(actor: Actor, run_id: UUID) -> dict[str, dict[str, float]]:
    """By occupation the heads that a run expects in each calendar year: what its series' pages show
    and planning counts with."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select code, years from forecast_series where run = $1 and level = 'occupation'",
            run_id,
        )
    tables = {row["code"]: msgspec.json.decode(row["years"]) for row in rows}
    return {
        code: dict(zip(table["periods"], table["mean"], strict=True))
        for code, table in tables.items()
    }


async def series_list(
    actor: Actor, run_id: UUID, wanted: SeriesFilter, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the series of a run and how many there are."""
    order = (
        f"{SORTS.get(wanted.sort, SORTS['expected'])} {'desc' if wanted.down else 'asc'} nulls last"
    )
    where = (
        "s.run = $1 and ($2 = '' or s.level = $2) and ($3 = '%%' or s.code ilike $3 or oc.name_zh "
        "ilike $3 or oc.name_en ilike $3"
        " or i.name_zh ilike $3 or i.name_en ilike $3 or k.name_zh ilike $3 or k.name_en ilike $3 "
        "or t.name_zh ilike $3"
        " or t.name_en ilike $3) and ($4 = '' or s.skill = $4) and ($5 = '' or s.occupation = $5)"
    )
    values = (run_id, wanted.level, containing(wanted.search), wanted.skill, wanted.occupation)
    async with DB.reading(actor):
        # which filters are empty decides how the series are found: one plan for all takes ten times
        # as long
        await DB.connection().execute("set local plan_cache_mode = force_custom_plan")
        total = await DB.fetch_value(f"select count(*) {_SERIES} where {where}", *values)
        rows = await DB.fetch(
            f"{_SHORT} where {where} order by {order}, s.level, s.code limit {int(limit)} offset "
            f"{int(offset)}",
            *values,
        )
    return [{**row, "name": name_of(row)} for row in rows], int(total)


async def series_of(actor: Actor, run_id: UUID, level: str, code: str) -> dict[str, Any]:
    """One series with history and forecast. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            f"select s.*, {_NAMES} {_SERIES} where s.run = $1 and s.level = $2 and s.code = $3",
            run_id,
            level,
            code,
        )
    if row is None:
        raise Missing
    for name in ("months", "years", "parts", "breaks", "changed"):
        row[name] = msgspec.json.decode(row[name])
    return {**row, "name": name_of(row)}


async def uses_of(
    actor: Actor, run_id: UUID, row: dict[str, Any], limit: int
) -> tuple[list[dict[str, Any]], int]:
    """The skills that an occupation asks for most in the next twelve months, or the occupations
    that ask for a skill, each with `part`, the name of what is not the series itself, and how many
    there are; none for other levels."""
    if row["level"] not in ("occupation", "skill"):
        return [], 0
    found, total = await series_list(
        actor, run_id, SeriesFilter(level="use", **{row["level"]: row["code"]}), limit=limit
    )
    other = "skill" if row["level"] == "occupation" else "occupation"
    alone = dict.fromkeys(NAMES)
    return [{**one, "part": name_of({**one, **alone, other: one[other]})} for one in found], total


async def movers(
    actor: Actor, run_id: UUID, least: float = 24, limit: int = 10
) -> list[dict[str, Any]]:
    """The occupations that most surely change over the next twelve months, growing ones first:
    those whose 80 % interval leaves out no change before the others, then by change over the
    interval's width; only those with enough heads."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"select * from ({_SHORT} where s.run = $1 and s.level = 'occupation' and s.past >= $2 "
            "and oc.code is not null"
            " order by (s.change_low > 0 or s.change_high < 0) desc,"
            " abs(s.change) / greatest(s.change_high - s.change_low, 1e-9) desc, s.code limit $3) "
            "t order by t.change desc, t.code",
            run_id,
            least,
            limit,
        )
    return [{**row, "name": name_of(row)} for row in rows]


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: msgspec.json.decode(row[name]) for name in _JSON}}
