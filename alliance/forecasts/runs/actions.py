"""A forecast run, as the worker does it: freeze the panel, forecast, look back, write every series.

Progress is written in short transactions of its own and announced; the outcome is written in one
transaction at the end. A run that is taken over from a dead worker starts from the beginning; one
that was cancelled writes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.advertisements.skills.taxonomy import present_by_level
from alliance.advertisements.skills.vocabulary import code_today
from alliance.forecasts.panel import counting
from alliance.forecasts.panel.building import DemandPanel
from alliance.forecasts.runs import backtesting, forecasting, keeping, versions
from alliance.forecasts.runs.explaining import Before
from alliance.forecasts.runs.forecasting import FEWEST_MONTHS
from alliance.forecasts.runs.staffing import StaffCount, YearlyOutcome, openings
from alliance.forecasts.trust import scoring
from alliance.kit import audit, clock, events, feed, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import is_lost
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members import queries as members
from alliance.reference import queries as reference

log = logging.getLogger(__name__)

RUN = "demand.run"
STEPS = ("waiting", "freeze", "forecast", "look_back", "write", "finished")
SEED = 7


class RunCancelledError(Exception):
    """Somebody cancelled the run, or another worker took it over."""


def topic(run_id: UUID) -> str:
    """What the feed says when a run has moved on."""
    return f"forecast:{run_id}"


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
        found = await DB.fetch_value(
            "update forecast_run set state = 'queued', step = 'waiting', error = null where id = "
            "$1 and state = 'failed'"
            " returning id",
            run_id,
        )
        if found is None:
            raise await _gone(run_id) or Conflict(_("Only a failed run can be repeated."))
        await jobs.enqueue(RUN, {"run": str(run_id)}, priority=jobs.WAITED_FOR)
        await feed.say(topic(run_id))


async def cancel_run(actor: Actor, run_id: UUID) -> None:
    """Stop a queued or running run; what it had done is thrown away. Raises Missing, Conflict when
    it has ended."""
    async with DB.acting_for(actor):
        found = await DB.fetch_value(
            "update forecast_run set state = 'cancelled', finished = $2 where id = $1 and state in "
            "('queued', 'running')"
            " returning id",
            run_id,
            clock.now(),
        )
        if found is None:
            raise await _gone(run_id) or Conflict(_("This run has ended already."))
        await audit.record(actor, "cancel_forecast", "forecast_run", run_id)
        await feed.say(topic(run_id))


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
    async with DB.acting_for(SYSTEM):
        run = await DB.fetch_one(
            "update forecast_run set state = 'running', started = $2, attempts = attempts + 1, "
            "step = 'freeze', done = 0,"
            " total = 0, error = null, configuration = $3::jsonb where id = $1 and state in "
            "('queued', 'running')"
            " returning id, seed, attempts",
            run_id,
            clock.now(),
            # the settings of the code that computes, which may be newer than the code that queued
            # the run
            msgspec.json.encode(forecasting.configuration()).decode(),
        )
        await feed.say(topic(run_id))
    if run is None:
        return
    try:
        await _perform(run, looking_back)
    except RunCancelledError:
        log.info("forecast run %s was cancelled", run_id)
    except Exception as error:
        if is_lost(error):
            raise
        log.exception("forecast run %s failed", run_id)
        reason = (
            error.sentence if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
        )
        async with DB.acting_for(SYSTEM):
            await DB.sweep(
                "update forecast_run set state = 'failed', error = $2, finished = $3"
                " where id = $1 and state = 'running' and attempts = $4",
                run_id,
                reason,
                clock.now(),
                run["attempts"],
            )
            await feed.say(topic(run_id))


async def _perform(run: dict[str, Any], looking_back: bool) -> None:
    panel = await counting.counting_panel()
    if panel is None or len(panel.months) < FEWEST_MONTHS:
        raise Refusal(
            _("A forecast needs at least %(n)s complete months of advertisements.", n=FEWEST_MONTHS)
        )
    before = await _before(run)
    loop = asyncio.get_running_loop()

    def telling(step: str) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            # called in the thread that computes: wait for the write, so that a cancelled run stops
            # computing
            asyncio.run_coroutine_threadsafe(_progress(run, step, done, total), loop).result()

        return tell

    outcome = await asyncio.to_thread(
        forecasting.forecast_all, panel, run["seed"], before, telling("forecast")
    )
    looked_back = telling("look_back")
    scores: dict[str, Any] = {"skipped": True}
    seen: dict[str, Any] = {}
    if looking_back:
        await _progress(run, "look_back", 0, 0)
        scores = await asyncio.to_thread(backtesting.look_back, panel, run["seed"], looked_back)
        seen = await asyncio.to_thread(backtesting.close_look, panel, run["seed"], looked_back)
    yearly = await _by_year(run, panel)
    await _progress(run, "write", 0, len(outcome.series))
    await _write(run, panel, outcome, yearly, scores, seen)


async def _by_year(run: dict[str, Any], panel: DemandPanel) -> YearlyOutcome:
    """Growth and replacement from the staff that members have counted up to now."""
    today = clock.today()
    counts = [
        StaffCount(str(row["organisation"]), row["industry"], row["counted_on"], row["staff"])
        for row in await members.staff_counts(SYSTEM, today)
    ]
    rates = await reference.leaving_rates(SYSTEM, today)
    return await asyncio.to_thread(openings, counts, panel, rates, run["seed"], forecasting.PATHS)


async def _before(run: dict[str, Any]) -> Before | None:
    """What the latest run that ended before this one expected."""
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select b.id, b.number, b.data_until, b.configuration = r.configuration as alike, "
            "b.code"
            " from forecast_run b, forecast_run r where r.id = $1 and b.state = 'done' and "
            "b.number < r.number"
            " order by b.number desc limit 1",
            run["id"],
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


async def _progress(run: dict[str, Any], step: str, done: int, total: int) -> None:
    async with DB.acting_for(SYSTEM):
        held = await DB.fetch_value(
            "update forecast_run set step = $2, done = $3, total = $4 where id = $1 and attempts = "
            "$5 and state = 'running'"
            " returning id",
            run["id"],
            step,
            done,
            total,
            run["attempts"],
        )
        await feed.say(topic(run["id"]))
    if held is None:
        raise RunCancelledError


async def _write(
    run: dict[str, Any],
    panel: DemandPanel,
    outcome: forecasting.Outcome,
    yearly: YearlyOutcome,
    scores: dict[str, Any],
    seen: dict[str, Any],
) -> None:
    encode = msgspec.json.encode
    found = [
        (one.level, one.code, {"month": one.months, "year": one.years}) for one in outcome.series
    ]
    found += [(one.level, one.code, one.ahead) for one in yearly.rows]
    async with DB.acting_for(SYSTEM):
        held = await DB.fetch_value(
            "select 1 from forecast_run where id = $1 and state = 'running' and attempts = $2 for "
            "update",
            run["id"],
            run["attempts"],
        )
        if held is None:
            raise RunCancelledError
        await DB.sweep("delete from forecast_series where run = $1", run["id"])
        await DB.execute_many(
            "insert into forecast_series (id, run, level, code, occupation, industry, town, skill, "
            "observed, history, months,"
            " years, parts, breaks, changed, advertisements, past, coming, coming_low, "
            "coming_high, change, change_low,"
            " change_high, rising)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, "
            "$11::jsonb, $12::jsonb, $13::jsonb,"
            " $14::jsonb, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
            [(run["id"], *keeping.row_values(one)) for one in outcome.series],
        )
        await DB.sweep("delete from forecast_yearly where run = $1", run["id"])
        await DB.execute_many(
            "insert into forecast_yearly (id, run, level, code, stock, ahead, rate)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5::jsonb, $6::jsonb)",
            [
                (
                    run["id"],
                    one.level,
                    one.code,
                    one.stock,
                    encode(one.ahead).decode(),
                    encode(one.rate).decode(),
                )
                for one in yearly.rows
            ],
        )
        await DB.change(
            "update forecast_run set state = 'done', step = 'finished', finished = $2, data_until "
            "= $3, first_month = $4,"
            " panel = $5, skill_panel = $6, panel_digest = $7, quality = $8::jsonb, scores = "
            "$9::jsonb, year_paths = $10,"
            " code = $11::jsonb, card = $12::jsonb, model = $13, result_digest = $14, yearly = "
            "$15::jsonb, yearly_paths = $16,"
            " place_panel = $17, use_panel = $18,"
            " drivers = (select coalesce(jsonb_agg(to_jsonb(d) order by d.created, d.id), '[]') "
            "from demand_driver d"
            "   where d.state = 'active')"
            " where id = $1",
            run["id"],
            clock.now(),
            panel.months[-1],
            panel.months[0],
            outcome.panel_files["cells"],
            outcome.panel_files["skills"],
            outcome.digest,
            encode(
                {
                    "months": panel.quality,
                    "steady": panel.steady,
                    "later": panel.later,
                    "family": outcome.family,
                }
            ).decode(),
            encode(scores).decode(),
            outcome.year_paths,
            encode(versions.code_version()).decode(),
            encode(seen).decode(),
            outcome.model,
            hashlib.sha256(keeping.result_file(found)).hexdigest(),
            encode(yearly.basis).decode(),
            yearly.paths,
            outcome.panel_files["places"],
            outcome.panel_files["uses"],
        )
        await audit.record(
            SYSTEM, "finish_forecast", "forecast_run", run["id"], after={"digest": outcome.digest}
        )
        await jobs.enqueue(scoring.SCORE, {})
        await events.publish("demand.forecast_finished", {"run": str(run["id"])})
        await feed.say(topic(run["id"]))
