"""Scores of finished runs in calendar years that have become complete, within the transaction that
scores their months."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from alliance.forecasts.runs.staffing import StaffCount
from alliance.forecasts.trust.judging import Score, Truth
from alliance.forecasts.trust.judging_years import (
    StaffChange,
    score_growth,
    score_years,
    staff_changes,
    whole_years,
)
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.members import queries as members

_RUNS = """
select r.id, r.data_until, r.yearly->'ahead'->>0 as grows_from,
  coalesce((select array_agg(distinct s.kind || s.year) from forecast_year_score s where s.run =
    r.id), '{}') as scored
from forecast_run r where r.state = 'done' order by r.number
"""


async def score_runs(truth: Truth, present: Mapping[str, Mapping[str, str]]) -> None:
    """Score every finished run in every year that has become complete since it was scored last, in
    the open transaction."""
    today = clock.today()
    counts = [
        StaffCount(str(row.organisation), row.industry, row.counted_on, row.staff)
        for row in await members.staff_counts(SYSTEM, today)
    ]
    whole, changes = whole_years(truth).months, staff_changes(counts, today)
    for run in await DB.fetch(_RUNS):
        years = [
            year
            for year in whole
            if f"{year}-12" > run["data_until"] and f"heads{year}" not in run["scored"]
        ]
        if years:
            await _score_heads(run, years, truth, present)
        if run["grows_from"]:
            grown = [
                str(year)
                for year in changes
                if str(year) >= run["grows_from"] and f"growth{year}" not in run["scored"]
            ]
            await _score_growth(run["id"], grown, changes)


async def _score_heads(
    run: dict[str, Any],
    years: Sequence[str],
    truth: Truth,
    present: Mapping[str, Mapping[str, str]],
) -> None:
    rows = await DB.fetch(
        "select level, code, history, years from forecast_series where run = $1 order by level, "
        "code",
        run["id"],
    )
    opened = [{**row, "years": msgspec.json.decode(row["years"])} for row in rows]
    found = await asyncio.to_thread(score_years, opened, run["data_until"], years, truth, present)
    await _keep(run["id"], "heads", found)


async def _score_growth(
    run_id: UUID, years: Sequence[str], changes: Mapping[int, StaffChange]
) -> None:
    if not years:
        return
    rows = await DB.fetch(
        "select level, code, stock, ahead->'growth' as growth from forecast_yearly where run = $1 "
        "and level <> 'occupation'"
        " order by level, code",
        run_id,
    )
    await _keep(
        run_id,
        "growth",
        score_growth(
            [{**row, "growth": msgspec.json.decode(row["growth"])} for row in rows], years, changes
        ),
    )


async def _keep(run_id: UUID, kind: str, scores: Sequence[Score]) -> None:
    await DB.execute_many(
        "insert into forecast_year_score (id, run, kind, year, level, lead, series, active, "
        "actual, predicted, absolute, squared,"
        " naive, inside80, inside95, quantiles, rebased, scored) values (gen_random_uuid(), $1, "
        "$2, $3, $4, $5, $6, $7, $8, $9,"
        " $10, $11, $12, $13, $14, $15::jsonb, $16, $17)",
        [
            (
                run_id,
                kind,
                one.month,
                one.level,
                one.lead,
                one.series,
                one.active,
                one.actual,
                one.predicted,
                one.absolute,
                one.squared,
                one.naive,
                one.inside80,
                one.inside95,
                msgspec.json.encode(one.quantiles).decode(),
                one.rebased,
                clock.now(),
            )
            for one in scores
        ],
    )
