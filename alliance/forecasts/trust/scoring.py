"""Past forecasts meet the truth: scores of finished runs in months that have become complete,
alarms on drift."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from alliance.advertisements.skills.taxonomy import present_by_level
from alliance.forecasts.panel.counting import counting_panel
from alliance.forecasts.tables import DriftAlarm
from alliance.forecasts.trust import judging, repairing, scoring_years
from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing

SCORE = "demand.score"
SCORES = """
select s.month, s.level, s.lead, s.series, s.active, s.actual, s.predicted, s.absolute, s.squared,
  s.naive, s.inside80, s.inside95,
  s.quantiles, s.rebased, s.scored, r.number, r.id as run, r.data_until
from forecast_score s join forecast_run r on r.id = s.run
"""


async def score_runs() -> int:
    """Score every finished run in every month and year that has become complete since it was scored
    last, then look for drift; returns how many months of runs are new. A month or year, once
    scored, keeps its score."""
    panel = await counting_panel()
    if panel is None:
        return 0
    truth = await asyncio.to_thread(judging.truth_of, panel)
    present = await present_by_level(SYSTEM)
    count = 0
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "select pg_advisory_xact_lock(hashtext('scores of forecast runs'))"
        )
        runs = await DB.fetch(
            "select r.id, r.data_until, coalesce((select array_agg(distinct s.month::text) from "
            "forecast_score s"
            " where s.run = r.id), '{}') as scored from forecast_run r where r.state = 'done' "
            "order by r.number"
        )
        for run in runs:
            count += await _score(run, truth, present)
        await scoring_years.score_runs(truth, present)
        await _watch()
    return count


async def _score(
    run: dict[str, Any], truth: judging.Truth, present: Mapping[str, Mapping[str, str]]
) -> int:
    months = sorted(
        month
        for month in truth.complete
        if month > run["data_until"] and month not in run["scored"]
    )
    if not months:
        return 0
    rows = await DB.fetch(
        "select level, code, history, months from forecast_series where run = $1 order by level, "
        "code",
        run["id"],
    )
    opened = judging.as_named_today(
        [{**row, "months": msgspec.json.decode(row["months"])} for row in rows], present
    )
    ahead = next(row for row in opened if row["level"] == "total")["months"]["periods"]
    months = [month for month in months if month in ahead]
    found = await asyncio.to_thread(judging.score, opened, run["data_until"], months, truth)
    await DB.execute_many(
        "insert into forecast_score (id, run, month, level, lead, series, active, actual, "
        "predicted, absolute, squared, naive,"
        " inside80, inside95, quantiles, rebased, reach, scored) values (gen_random_uuid(), $1, "
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
        " $12, $13, $14::jsonb, $15, $16::jsonb, $17)",
        [
            (run["id"], *(_plain(value) for value in msgspec.structs.astuple(one)), clock.now())
            for one in found
        ],
    )
    return len(months)


def _plain(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value


async def _watch() -> None:
    """Close the alarms that a later run has repaired and raise one for what has drifted; one that
    is open goes on with what is known now."""
    rows = await DB.fetch(f"{SCORES} order by s.month, r.number, s.level")
    scores = [{**row, "quantiles": msgspec.json.decode(row["quantiles"])} for row in rows]
    runs = {row["number"]: row["run"] for row in rows}
    standing = await DB.fetch(
        "select id, kind, level, percent, evidence, raised from drift_alarm where state = 'open'"
    )
    for alarm in standing:
        alarm = {**alarm, "evidence": msgspec.json.decode(alarm["evidence"])}
        number = repairing.repaired_by(alarm, scores)
        if number is not None:
            await DB.change(
                DriftAlarm.update(
                    {
                        DriftAlarm.state: "repaired",
                        DriftAlarm.repaired: clock.now(),
                        DriftAlarm.repaired_by: runs[number],
                    }
                ).where(DriftAlarm.id == alarm["id"], DriftAlarm.state == "open")
            )
    ended = await DB.fetch(
        "select d.kind, d.level, d.percent, max(r.number) as number from drift_alarm d"
        " join forecast_run r on r.id = d.repaired_by group by d.kind, d.level, d.percent"
    )
    since = {(row["kind"], row["level"], row["percent"]): row["number"] for row in ended}
    for one in judging.drifts(scores, since):
        await DB.connection().execute(
            "insert into drift_alarm (id, kind, level, percent, first_month, last_month, evidence, "
            "state, raised, note)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6::jsonb, 'open', $7, '')"
            " on conflict (kind, level, percent) where state = 'open'"
            " do update set last_month = excluded.last_month, evidence = excluded.evidence"
            " || jsonb_build_object('run', coalesce(drift_alarm.evidence->'run',"
            " excluded.evidence->'run'))",
            one.kind,
            one.level,
            one.percent,
            one.first_month,
            one.last_month,
            msgspec.json.encode(one.evidence).decode(),
            clock.now(),
        )


async def note_alarm(actor: Actor, alarm_id: UUID, note: str) -> None:
    """Write beside an alarm what was found; it stays until a later run repairs it. Raises Missing,
    Conflict when somebody has, or when it is over."""
    async with DB.acting_for(actor):
        found = await DB.fetch_value(
            "update drift_alarm set note = $2, acknowledged = $3, acknowledged_by = $4"
            " where id = $1 and state = 'open' and note = '' returning id",
            alarm_id,
            note,
            clock.now(),
            actor.person,
        )
        if found is None:
            state = await DB.fetch_value("select state from drift_alarm where id = $1", alarm_id)
            if state is None:
                raise Missing
            raise Conflict(
                _("Somebody has taken note of this alarm already.")
                if state == "open"
                else _("A later run has repaired this; the alarm is over.")
            )
        await audit.record(
            actor, "acknowledge_alarm", "drift_alarm", alarm_id, after={"note": note}
        )
