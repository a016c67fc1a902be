"""Every read of drivers, scores and alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from alliance.forecasts.levels import LEVELS
from alliance.forecasts.trust.scoring import SCORES
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import language


async def scores(actor: Actor, run_id: UUID | None = None) -> list[dict[str, Any]]:
    """Scores of all runs or of one, by month, run and level."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{SCORES} where $1::uuid is null or s.run = $1 order by s.month, r.number, s.level",
            run_id,
        )
    return [{**row, "quantiles": msgspec.json.decode(row["quantiles"])} for row in rows]


async def year_scores(actor: Actor) -> list[dict[str, Any]]:
    """Scores by calendar year: the latest year and run first, heads before growth, levels in the
    order of pages."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select s.*, r.number, r.data_until from forecast_year_score s join forecast_run r on "
            "r.id = s.run"
            " order by s.kind desc, s.year desc, r.number desc, array_position($1::text[], "
            "s.level::text)",
            list(LEVELS),
        )
    return [{**row, "quantiles": msgspec.json.decode(row["quantiles"])} for row in rows]


async def first_years(actor: Actor) -> dict[str, str | None]:
    """The first year of which any run forecast heads, and growth; None where none did."""
    async with DB.reading(actor):
        found = await DB.fetch_one(
            "select min(s.years->'periods'->>0) as heads, min(r.yearly->'ahead'->>0) as growth "
            "from forecast_run r"
            " left join forecast_series s on s.run = r.id and s.level = 'total' where r.state = "
            "'done'"
        )
    return found or {"heads": None, "growth": None}


_ALARMS = """
select d.*, r.number as repaired_number, n.organisation as noted_by
from drift_alarm d
left join forecast_run r on r.id = d.repaired_by
left join lateral (
  select o.name as organisation from audit_entry e join organisation o on o.id = e.organisation
  where e.subject_kind = 'drift_alarm' and e.subject = d.id and e.action = 'acknowledge_alarm'
  order by e.at desc limit 1
) n on d.note <> ''
where d.state = 'open' or not $1
order by d.state = 'open' desc, d.raised desc, d.kind, d.level, d.percent limit 50
"""


async def alarms(actor: Actor, *, open_only: bool = False) -> list[dict[str, Any]]:
    """Alarms on drift with the note of whoever looked into them and the run that repaired them;
    the open ones first, then the latest."""
    async with DB.reading(actor):
        rows = await DB.fetch(_ALARMS, open_only)
    return [{**row, "evidence": msgspec.json.decode(row["evidence"])} for row in rows]


async def run_numbered(actor: Actor, number: int) -> dict[str, Any] | None:
    """The drivers that were in force when a run ended."""
    async with DB.reading(actor):
        row = await DB.fetch_one("select id, drivers from forecast_run where number = $1", number)
    return None if row is None else {**row, "drivers": msgspec.json.decode(row["drivers"])}


async def names(actor: Actor, rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """What occupations and industries are called, by (level, code)."""
    chosen = language()
    codes = [row["code"] for row in rows]
    async with DB.reading(actor):
        found = await DB.fetch(
            f"select 'occupation' as level, code, name_{chosen} as name from occupation where code "
            "= any($1)"
            f" union all select 'industry', code, name_{chosen} from industry where code = any($1)",
            codes,
        )
    known = {(row["level"], row["code"]): row["name"] for row in found}
    return {
        (row["level"], row["code"]): known.get((row["level"], row["code"]), row["code"])
        for row in rows
    }
