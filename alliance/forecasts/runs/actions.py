"""A forecast run, as the worker does it: freeze the panel, forecast, look back, write every series.

The outcome is written in one transaction at the end. A run that is taken over from a dead worker
starts from the beginning; one that was cancelled writes nothing (`kit.lease`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.advertisements.skills.taxonomy import present_by_level
from alliance.advertisements.skills.vocabulary import code_today
from alliance.forecasts.drivers.queries import COUNTED, PARTS
from alliance.forecasts.panel import counting
from alliance.forecasts.panel.building import DemandPanel
from alliance.forecasts.runs import backtesting, forecasting, keeping, versions
from alliance.forecasts.runs.explaining import Before
from alliance.forecasts.runs.forecasting import FEWEST_MONTHS
from alliance.forecasts.runs.staffing import (
    MIX_MONTHS,
    StaffCount,
    YearlyOutcome,
    openings,
    split_industries,
)
from alliance.forecasts.tables import ForecastRun, ForecastSeries, ForecastYearly
from alliance.forecasts.trust import learning, scoring
from alliance.kit import audit, clock, events, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.lease import Held, Lease
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members import queries as members
from alliance.reference import queries as reference

RUN = "demand.run"
RUNS = Lease(ForecastRun, "forecast", waiting="queued", working="running")
SEED = 7

_DRIVERS = f"""
select coalesce(jsonb_agg(to_jsonb(x) order by x.created, x.id), '[]')::text from (
  select d.*, {COUNTED}, {PARTS} as parts from demand_driver d left join organisation m on m.id =
    d.member where d.state = 'active') x
"""


async def request_run(actor: Actor) -> UUID:
    """Queue a forecast run. Raises Conflict while another one is under way, Refusal without any
    advertisement."""
    run_id = uuid4()
    async with DB.acting_for(actor):
        await DB.connection().execute("select pg_advisory_xact_lock(hashtext('forecast runs'))")
        if await DB.fetch_value(
            "select exists (select from forecast_run where state in ('queued', 'running'))"
        ):
            raise Conflict(_("A forecast run is under way. Wait until it has ended, or cancel it."))
        if not await DB.fetch_value("select exists (select from advertisement)"):
            raise Refusal(_("There is no advertisement yet. Import some first."))
        await DB.connection().execute(
            "insert into forecast_run (id, number, state, step, seed, configuration, organisation, "
            "requested, requested_by)"
            " select $1, coalesce(max(number), 0) + 1, 'queued', 'waiting', $2, $3::jsonb, $4, $5, "
            "$6 from forecast_run",
            run_id,
            SEED,
            msgspec.json.encode(forecasting.configuration()).decode(),
            actor.organisation,
            clock.now(),
            actor.person,
        )
        await jobs.enqueue(RUN, {"run": str(run_id)}, priority=jobs.WAITED_FOR)
        await audit.record(actor, "request_forecast", "forecast_run", run_id)
    return run_id


async def repeat_run(actor: Actor, run_id: UUID) -> None:
    """Queue the latest run again, which failed. Raises Missing, Conflict for another one or while
    one is under way."""
    async with DB.acting_for(actor):
        await DB.connection().execute("select pg_advisory_xact_lock(hashtext('forecast runs'))")
        if await DB.fetch_value(
            "select exists (select from forecast_run where state in ('queued', 'running'))"
        ):
            raise await _gone(run_id) or Conflict(
                _("A forecast run is under way. Wait until it has ended, or cancel it.")
            )
        if await DB.fetch_value(
            "select exists (select from forecast_run where number > (select number from "
            "forecast_run where id = $1))",
            run_id,
        ):
            raise Conflict(_("A later run was made since. Start a new one."))
        if not await RUNS.wait_again(run_id):
            raise await _gone(run_id) or Conflict(_("Only a failed run can be repeated."))
        await jobs.enqueue(RUN, {"run": str(run_id)}, priority=jobs.WAITED_FOR)


async def cancel_run(actor: Actor, run_id: UUID) -> None:
    """Stop a queued or running run; what it had done is thrown away. Raises Missing, Conflict when
    it has ended."""
    async with DB.acting_for(actor):
        if not await RUNS.stop(run_id, "cancelled"):
            raise await _gone(run_id) or Conflict(_("This run has ended already."))
        await audit.record(actor, "cancel_forecast", "forecast_run", run_id)


async def _gone(run_id: UUID) -> Missing | None:
    return (
        None
        if await DB.fetch_value("select 1 from forecast_run where id = $1", run_id)
        else Missing()
    )


async def perform(run_id: UUID, *, looking_back: bool = True) -> None:
    """Do a queued run (the worker's entry). A failure is kept with its reason in the run and can be
    repeated.

    Without looking back, which takes most of the time, a run has no scores of the method's past:
    enough where the months that it forecast have come since, as for the earlier runs of the
    demonstration.
    """
    held = await RUNS.claim(run_id, "freeze")
    if held is not None:
        async with RUNS.working_on(held):
            await _perform(held, looking_back)


async def _perform(held: Held, looking_back: bool) -> None:
    seed = await _set(held)
    panel = await counting.counting_panel()
    if panel is None or len(panel.months) < FEWEST_MONTHS:
        raise Refusal(
            _("A forecast needs at least %(n)s complete months of advertisements.", n=FEWEST_MONTHS)
        )
    before = await _before(held.id)
    learnt = await learning.learnt_so_far()
    loop = asyncio.get_running_loop()

    def telling(step: str) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            # called in the thread that computes: wait for the write, so that a cancelled run stops
            # computing
            moved = RUNS.progress(held, done, total, step=step)
            asyncio.run_coroutine_threadsafe(moved, loop).result()

        return tell

    outcome = await asyncio.to_thread(
        forecasting.forecast_all, panel, seed, before, telling("forecast"), learnt
    )
    looked_back = telling("look_back")
    scores: dict[str, Any] = {"skipped": True}
    seen: dict[str, Any] = {}
    if looking_back:
        await RUNS.progress(held, 0, 0, step="look_back")
        scores = await asyncio.to_thread(backtesting.look_back, panel, seed, looked_back)
        seen = await asyncio.to_thread(backtesting.close_look, panel, seed, looked_back)
    yearly = await _by_year(seed, panel)
    await RUNS.progress(held, 0, len(outcome.series), step="write")
    await _write(held, panel, outcome, yearly, scores, seen, learnt)


async def _set(held: Held) -> int:
    """Keep with the run the settings of the code that computes, which may be newer than the code
    that queued it; returns the run's seed."""
    async with DB.acting_for(SYSTEM):
        await RUNS.keep(held)
        settings = msgspec.json.encode(forecasting.configuration()).decode()
        rows = (
            await ForecastRun.update({ForecastRun.configuration: settings})
            .where(ForecastRun.id == held.id)
            .returning(ForecastRun.seed)
        )
    return int(rows[0]["seed"])


async def _by_year(seed: int, panel: DemandPanel) -> YearlyOutcome:
    """Growth and replacement from the staff that members have counted up to now, and which part of
    each occupation's heads others than these members advertise."""
    today = clock.today()
    counts = [
        StaffCount(str(row.organisation), row.industry, row.counted_on, row.staff)
        for row in await members.staff_counts(SYSTEM, today)
    ]
    rates = await reference.leaving_rates(SYSTEM, today)
    found = await asyncio.to_thread(openings, counts, panel, rates, seed, forecasting.PATHS)
    split = split_industries(panel)
    elsewhere = await counting.elsewhere(
        sorted({UUID(row.organisation) for row in counts if row.industry[:3] in split}),
        panel.months[-MIX_MONTHS:],
    )
    return msgspec.structs.replace(found, basis={**found.basis, "elsewhere": elsewhere})


async def _before(run_id: UUID) -> Before | None:
    """What the latest run that ended before this one expected."""
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select b.id, b.number, b.data_until, b.configuration = r.configuration as alike, "
            "b.code"
            " from forecast_run b, forecast_run r where r.id = $1 and b.state = 'done' and "
            "b.number < r.number"
            " order by b.number desc limit 1",
            run_id,
        )
        if row is None:
            return None
        rows = await DB.fetch(
            "select level, code, (months->'periods')::text as periods, (months->'mean')::text as "
            "means from forecast_series"
            " where run = $1 order by level, code",
            row["id"],
        )
    code = msgspec.json.decode(row["code"]).get("digest")
    decode = msgspec.json.decode
    return Before(
        number=row["number"],
        until=row["data_until"],
        alike=row["alike"] and code == versions.code_version()["digest"],
        means=_by_todays_codes(
            {
                (one["level"], one["code"]): dict(
                    zip(decode(one["periods"]), decode(one["means"]), strict=True)
                )
                for one in rows
            },
            await present_by_level(SYSTEM),
        ),
    )


def _by_todays_codes(
    means: dict[tuple[str, str], dict[str, float]], present: Mapping[str, Mapping[str, str]]
) -> dict[tuple[str, str], dict[str, float]]:
    """Means by (level, code) with retired skills and occupations added to those that stand for
    them."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for (level, code), line in means.items():
        own = found.setdefault((level, code_today(level, code, present)), {})
        for period, mean in line.items():
            own[period] = own.get(period, 0.0) + mean
    return found


async def _write(
    held: Held,
    panel: DemandPanel,
    outcome: forecasting.Outcome,
    yearly: YearlyOutcome,
    scores: dict[str, Any],
    seen: dict[str, Any],
    learnt: learning.Known,
) -> None:
    encode = msgspec.json.encode
    found = [
        (one.level, one.code, {"month": one.months, "year": one.years}) for one in outcome.series
    ]
    found += [(one.level, one.code, msgspec.to_builtins(one.ahead)) for one in yearly.rows]
    async with DB.acting_for(SYSTEM):
        await RUNS.keep(held)
        await DB.sweep(ForecastSeries.delete().where(ForecastSeries.run == held.id))
        await DB.execute_many(
            "insert into forecast_series (id, run, level, code, occupation, industry, town, skill, "
            "observed, history, months,"
            " years, parts, breaks, changed, advertisements, past, expected, coming, coming_low, "
            "coming_high, change, change_low,"
            " change_high, rising)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, "
            "$11::jsonb, $12::jsonb, $13::jsonb,"
            " $14::jsonb, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)",
            [(held.id, *keeping.row_values(one)) for one in outcome.series],
        )
        await DB.sweep(ForecastYearly.delete().where(ForecastYearly.run == held.id))
        await DB.execute_many(
            "insert into forecast_yearly (id, run, level, code, stock, ahead, rate)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5::jsonb, $6::jsonb)",
            [
                (
                    held.id,
                    one.level,
                    one.code,
                    one.stock,
                    encode(one.ahead).decode(),
                    encode(one.rate).decode(),
                )
                for one in yearly.rows
            ],
        )
        await RUNS.end(
            held,
            "done",
            step="finished",
            data_until=panel.months[-1],
            first_month=panel.months[0],
            panel=outcome.panel_files["cells"],
            skill_panel=outcome.panel_files["skills"],
            place_panel=outcome.panel_files["places"],
            use_panel=outcome.panel_files["uses"],
            panel_digest=outcome.digest,
            quality=encode(
                {
                    "months": panel.quality,
                    "steady": panel.steady,
                    "later": panel.later,
                    "taken": panel.taken,
                    "family": outcome.family,
                }
            ).decode(),
            scores=encode(scores).decode(),
            year_paths=outcome.year_paths,
            code=encode(versions.code_version()).decode(),
            card=encode(seen).decode(),
            model=outcome.model,
            learnt=encode(learnt).decode(),
            result_digest=hashlib.sha256(keeping.result_file(found)).hexdigest(),
            yearly=encode(yearly.basis).decode(),
            yearly_paths=yearly.paths,
            drivers=await DB.fetch_value(_DRIVERS),
        )
        await audit.record(
            SYSTEM, "finish_forecast", "forecast_run", held.id, after={"digest": outcome.digest}
        )
        await jobs.enqueue(scoring.SCORE, {})
        await events.publish("demand.forecast_finished", {"run": str(held.id)})
