"""Drivers, scores, alarms, what a run keeps: coherent, stored, seen and changed by whom they may be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import numpy as np
import pytest

from alliance.forecasts import queries, tasks
from alliance.forecasts.drivers import actions as drivers
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.drivers.history import history_of
from alliance.forecasts.drivers.laying import with_drivers
from alliance.forecasts.panel.building import DemandPanel, build
from alliance.forecasts.runs import actions as runs
from alliance.forecasts.runs import keeping
from alliance.forecasts.trust import judging, learning, repairing, scoring
from alliance.forecasts.trust import queries as queries_trust
from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing
from ml.demand.storing import load
from tests.forecasts.test_panel import ad
from tests.forecasts.test_panel import months as panel_months
from tests.forecasts.test_runs import advertise, ran
from tests.world import World


def draft(occupation: str | None = None, amount: float = 400.0, **more: Any) -> drivers.DriverDraft:
    values: dict[str, Any] = {
        "title": "新园区企业招工",
        "industry": None,
        "skill": None,
        "kind": "total",
        "first_month": "2020-01",
        "months": 12,
        "source": "园区招商协议",
        "parts": (drivers.PartDraft(occupation=occupation, middle=amount),),
    }
    return drivers.DriverDraft(**{**values, **more})


async def test_a_driver_moves_its_cells_and_all_their_sums_by_the_same_heads(
    db: Database, world: World
) -> None:
    await advertise()
    run = await ran(world)
    actor = world.planner_centre
    rows, _n = await queries.series_list(
        actor, run["id"], queries.SeriesFilter(level="occupation"), limit=9
    )
    code = next(row["code"] for row in rows if row["code"] != "-")
    total = await queries.series_of(actor, run["id"], "total", "total")
    first = total["months"]["periods"][3]
    await drivers.add_driver(actor, draft(occupation=code, first_month=first))
    await drivers.add_driver(actor, draft(kind="share", amount=0.2, months=None, first_month=first))
    chosen = await drivers_queries.drivers(actor, active=True)
    laid = await drivers_queries.laid(actor, run["id"], run["data_until"], chosen)
    moved: dict[str, np.ndarray[Any, Any]] = {}
    for level in ("total", "occupation", "industry", "cell"):
        rows, _n = await queries.series_list(
            actor, run["id"], queries.SeriesFilter(level=level), limit=99
        )
        plain = [await queries.series_of(actor, run["id"], level, row["code"]) for row in rows]
        driven = [with_drivers(row, laid) for row in plain]
        moved[level] = np.array([row["months"]["mean"] for row in driven]).sum(axis=0)
        for before, after in zip(plain, driven, strict=True):
            assert after["months"]["mean"][:3] == before["months"]["mean"][:3]
            assert after["rising"] == (
                before["rising"]
                if after["months"]["mean"][:12] == before["months"]["mean"][:12]
                else None
            )
            assert all(
                low <= middle <= high
                for low, middle, high in zip(
                    *(after["months"][n] for n in ("lo95", "median", "hi95")), strict=True
                )
            )
            if level == "occupation" and before["code"] == code:
                added = np.array(after["months"]["mean"]) - np.array(
                    before["months"]["mean"]
                ) * np.where(np.arange(24) >= 3, 1.2, 1)
                assert np.allclose(added[3:15], 400 / 12, atol=0.01)
                assert np.allclose(added[15:], 0, atol=0.01)
    for level in ("occupation", "industry", "cell"):
        assert np.allclose(moved[level], moved["total"], atol=0.05)
    assert (await queries.series_of(actor, run["id"], "total", "total"))["months"] == total[
        "months"
    ]


async def test_a_driver_for_what_was_never_advertised_reaches_the_county(
    db: Database, world: World
) -> None:
    await advertise()
    run = await ran(world)
    await drivers.add_driver(
        world.planner_centre,
        draft(occupation="6-99-99-99", kind="monthly", amount=7.0, months=None),
    )
    laid = await drivers_queries.laid(
        world.planner_centre,
        run["id"],
        run["data_until"],
        await drivers_queries.drivers(world.planner_centre, active=True),
    )
    assert np.allclose(laid.of("total", "total"), 7.0)
    assert np.allclose(laid.of("occupation", "6-99-99-99"), 7.0)


async def test_drivers_are_changed_by_their_own_planners_and_once_at_a_time(
    db: Database, world: World
) -> None:
    actor = world.planner_centre
    other = Actor(
        role="planner",
        organisation=world.organisations["health"],
        person=world.coordinator_health.person,
        name="other",
    )
    driver_id = await drivers.add_driver(actor, draft())
    for stranger in (other, world.coordinator_centre):
        with pytest.raises(Missing):
            await drivers.change_driver(stranger, driver_id, 1, draft(amount=1.0))
        with pytest.raises(Missing):
            await drivers.withdraw_driver(stranger, driver_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await drivers.add_driver(world.authority_bureau, draft())
    await drivers.change_driver(actor, driver_id, 1, draft(amount=300.0))
    with pytest.raises(Conflict):
        await drivers.change_driver(actor, driver_id, 1, draft(amount=200.0))
    history = await history_of(actor, driver_id)
    assert [one["action"] for one in history] == ["change_driver", "add_driver"]
    assert list(history[0]["before"]) == ["parts"]
    await drivers.withdraw_driver(actor, driver_id)
    with pytest.raises(Conflict):
        await drivers.withdraw_driver(actor, driver_id)
    assert await drivers_queries.drivers(actor, active=True) == []
    assert len(await drivers_queries.drivers(world.authority_bureau)) == 1


async def test_a_run_keeps_code_model_and_the_hash_of_its_result_and_its_series_stand(
    db: Database, world: World
) -> None:
    await advertise(30)
    first, second = await ran(world), await ran(world)
    results = [
        keeping.result_file(await queries.result_of(world.planner_centre, run["id"]))
        for run in (first, second)
    ]
    assert results[0] == results[1]
    assert (
        first["result_digest"] == second["result_digest"] == hashlib.sha256(results[0]).hexdigest()
    )
    assert first["code"] == second["code"]
    assert len(first["code"]["digest"]) == 64
    kept = load(await queries.model_of(world.planner_centre, first["id"]))["cells"]
    row = await queries.series_of(world.planner_centre, first["id"], "cell", kept.series[0])
    assert np.allclose(kept.fit.mean[0, :24], row["months"]["mean"], atol=1e-3)
    for sql in (
        "update forecast_series set past = 0 where run = $1",
        "delete from forecast_series where run = $1",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.acting_for(SYSTEM):
                await db.fetch(sql, first["id"])


async def test_what_changed_since_the_run_before_adds_up(db: Database, world: World) -> None:
    await advertise(40)
    with clock.frozen(clock.now() - timedelta(days=95)):
        await ran(world)
    second = await ran(world)
    for level, code in (("total", "total"), ("occupation", "-")):
        row = await queries.series_of(world.planner_centre, second["id"], level, code)
        found = row["changed"]
        assert found["run"] == 1
        assert found["alike"]
        place = row["months"]["periods"].index(found["period"])
        assert sum(amount for _name, amount in found["parts"]) == pytest.approx(
            row["months"]["mean"][place], abs=0.05
        )
        if level == "total":
            assert dict(found["parts"])["own"] == pytest.approx(0, abs=0.02)
        assert any(abs(amount) > 0.05 for _name, amount in found["parts"][1:])


async def test_past_runs_are_scored_once_when_months_are_complete(
    db: Database, world: World
) -> None:
    await advertise(40)
    with clock.frozen(clock.now() - timedelta(days=200)):
        early = await ran(world)
    assert await scoring.score_runs() > 0
    assert await scoring.score_runs() == 0
    scores = await queries_trust.scores(world.planner_centre, early["id"])
    total = [one for one in scores if one["level"] == "total"]
    assert [one["lead"] for one in total] == list(range(1, len(total) + 1))
    for one in total:
        cells = next(
            row for row in scores if (row["level"], row["month"]) == ("cell", one["month"])
        )
        assert cells["actual"] == pytest.approx(one["actual"], rel=1e-6)
        assert cells["predicted"] == pytest.approx(one["predicted"], abs=0.1)
        assert one["quantiles"]["lo80"] <= one["quantiles"]["median"] <= one["quantiles"]["hi80"]
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.acting_for(SYSTEM):
            await db.fetch("update forecast_score set actual = 0 where run = $1", early["id"])


def made_up(factor: float, runs: int = 8) -> list[dict[str, Any]]:
    """Scores of runs a month apart whose truth is `factor` of the median."""
    quantiles = {"median": 100.0, "lo80": 85.0, "hi80": 118.0, "lo95": 78.0, "hi95": 128.0}
    inside = {"inside80": 32, "inside95": 38} if factor == 1 else {"inside80": 10, "inside95": 18}
    return [
        {
            "number": number,
            "month": f"2026-{number:02d}",
            "level": level,
            "lead": 1,
            "active": 40 if level != "total" else 1,
            "actual": 100 * factor,
            "predicted": 100.0,
            "quantiles": quantiles,
            **(inside if level != "total" else {"inside80": 1, "inside95": 1}),
        }
        for number in range(1, runs + 1)
        for level in ("total", "occupation")
    ]


def test_sound_runs_do_not_alarm_and_drifting_ones_do_until_repaired() -> None:
    assert judging.drifts(made_up(1.0), {}) == []
    found = {(one.kind, one.level, one.percent): one for one in judging.drifts(made_up(1.4), {})}
    assert set(found) == {
        ("coverage", "occupation", 80),
        ("coverage", "occupation", 95),
        ("bias", "total", 0),
    }
    assert found["bias", "total", 0].evidence["low"]
    assert found["coverage", "occupation", 80].evidence["narrow"]
    assert judging.drifts(made_up(1.4), dict.fromkeys(found, 9)) == []


def test_few_runs_alarm_on_gross_misses_alone() -> None:
    # 32 of 40 truths in 80 % intervals are what is promised; 10 of 40, and 18 of 40 in 95 % ones, are not
    assert judging.drifts(made_up(1.0, runs=3), {}) == []
    assert judging.drifts(made_up(1.4, runs=1), {}) == []
    for count in (2, 3):
        found = {
            (one.kind, one.level, one.percent): one
            for one in judging.drifts(made_up(1.4, runs=count), {})
        }
        assert set(found) == {("coverage", "occupation", 95), ("bias", "total", 0)}
        assert found["coverage", "occupation", 95].evidence["narrow"]
        bias = found["bias", "total", 0].evidence
        assert (bias["low"], bias["months"], bias["sum"]) == (True, count, None)
        assert bias["bias"] == pytest.approx(1 / 1.4 - 1, abs=1e-4)
        assert judging.drifts(made_up(1.4, runs=count), dict.fromkeys(found, count + 1)) == []


def _series(level: str, code: str, heads: float) -> dict[str, Any]:
    periods = ["2026-01", "2026-02"]
    names = ("mean", "median", "lo80", "hi80", "lo95", "hi95", "naive")
    return {
        "level": level,
        "code": code,
        "history": [heads] * 12,
        "months": {"periods": periods, **{n: [heads] * 2 for n in names}},
    }


def test_a_skill_that_got_another_code_is_forecast_and_true_under_one_name() -> None:
    rows = [
        _series("total", "total", 100.0),
        _series("skill", "old", 30.0),
        _series("skill", "older", 20.0),
    ]
    truth = judging.Truth(
        ("2025-12", "2026-01"),
        frozenset({"2026-01"}),
        {("total", "total"): np.full(2, 100.0), ("skill", "new"): np.full(2, 50.0)},
    )
    named = judging.as_named_today(rows, {"skill": {"old": "new", "older": "new"}})
    scores = {one.level: one for one in judging.score(named, "2025-12", ["2026-01"], truth)}
    assert (scores["skill"].predicted, scores["skill"].absolute, scores["skill"].inside80) == (
        50.0,
        0.0,
        1,
    )


def test_a_growing_hub_beside_a_steady_source_is_no_error_of_the_forecast() -> None:
    days = panel_months(36)

    def known_at(last: int) -> DemandPanel:
        rows = [ad(day, 200) for day in days[: last + 1]]
        rows += [
            ad(days[place], 5 if place < 24 else 100, source="hub") for place in range(20, last + 1)
        ]
        found = build(rows, days[last] + timedelta(days=140))
        assert found is not None
        return found

    then, now = known_at(23), known_at(35)
    total = then.cells.linked.sum(axis=0)
    row = _series("total", "total", float(total[-1])) | {"history": total.tolist()}
    row["months"]["periods"] = [f"{day:%Y-%m}" for day in days[24:26]]
    truth = judging.truth_of(now)
    months = [month for month in row["months"]["periods"] if month in truth.complete]
    scored = judging.score([row], then.months[-1], months, truth)
    assert months
    assert all(abs(one.actual / one.predicted - 1) < 0.02 for one in scored if one.level == "total")


def test_a_source_that_became_steady_is_no_error_of_a_run_that_saw_it_as_a_later_one() -> None:
    days = panel_months(40)
    # b began with the fourth month: by now it delivered in 9 of 10 months, when the run was made it had not
    rows = [ad(day, 200) for day in days] + [ad(day, 50, source="b") for day in days[3:]]
    then = build(
        [row for row in rows if row["published"] <= days[14]], days[14] + timedelta(days=140)
    )
    now = build(rows, days[-1] + timedelta(days=140))
    assert then is not None
    assert now is not None
    assert (then.later, now.later) == (("b",), ())
    truth = judging.truth_of(now)
    row = _series("total", "total", 250.0) | {
        "history": (then.cells.linked.sum(axis=0) * 0.8).tolist()
    }
    row["months"] = {name: [200.0] * 2 for name in row["months"]} | {
        "periods": [f"{day:%Y-%m}" for day in days[15:17]]
    }
    scored = judging.score([row], then.months[-1], row["months"]["periods"], truth)
    assert all(
        one.actual == pytest.approx(200.0, rel=0.02) for one in scored if one.level == "total"
    )


def test_a_month_that_no_steady_source_delivered_is_no_truth() -> None:
    days = panel_months(24)
    rows = [ad(day, 20) for day in days if day != days[20]] + [
        ad(day, 3, source="hub") for day in days[12:]
    ]
    panel = build(rows, days[-1] + timedelta(days=140))
    assert panel is not None
    complete = judging.truth_of(panel).complete
    assert f"{days[20]:%Y-%m}" not in complete
    assert f"{days[19]:%Y-%m}" in complete


async def test_hiring_that_turns_to_waves_raises_an_alarm_when_its_months_have_come(
    db: Database, world: World
) -> None:
    await advertise(50)
    async with db.acting_for(SYSTEM):
        # the last year swings: many heads in one month, few in the next
        await db.connection().execute(
            "update advertisement set heads = greatest(1, round(heads * case extract(month from published)::int % 2 when 0 then 2.2"
            " else 0.2 end)) where published > $1",
            clock.today() - timedelta(days=400),
        )
    for days in (395, 300, 210, 120):
        # nothing was scored on the way, so nobody could learn yet
        with clock.frozen(clock.now() - timedelta(days=days)):
            await runs.perform(await runs.request_run(world.planner_centre), looking_back=False)
    assert await scoring.score_runs() > 10
    alarms = await queries_trust.alarms(world.planner_centre, open_only=True)
    found = next(
        one
        for one in alarms
        if (one["kind"], one["level"], one["percent"]) == ("coverage", "total", 80)
    )
    assert found["evidence"]["narrow"]
    run = await queries.latest_run(world.planner_centre)
    assert run is not None
    assert run["scores"] == {"skipped": True}
    assert run["learnt"] == {}
    # the next run reads the misses, and says so
    learnt = await learning.learnt_so_far()
    near = learnt["total"][0]
    assert (near.first, near.last) == (1, 3)
    assert near.outside > near.cases * 0.2
    assert near.factor > 1.05
    assert near.since is not None
    await runs.perform(await runs.request_run(world.planner_centre), looking_back=False)
    told = await queries.latest_run(world.planner_centre)
    assert told is not None
    assert told["learnt"]["total"][0]["factor"] == near.factor
    total = await queries.series_of(world.planner_centre, told["id"], "total", "total")
    before = await queries.series_of(world.planner_centre, run["id"], "total", "total")
    wide = [
        (one["months"]["hi80"][0] - one["months"]["lo80"][0]) / one["months"]["mean"][0]
        for one in (before, total)
    ]
    assert wide[1] > wide[0]


async def waiting(planner: Actor) -> int:
    async with scoring.DB.reading(planner):
        return (await tasks.for_planner(planner))[0].count


async def test_a_note_is_written_once_by_a_planner_and_the_alarm_stays_for_everybody(
    db: Database, world: World
) -> None:
    alarm_id = uuid4()
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "insert into drift_alarm (id, kind, level, percent, first_month, last_month, evidence, state, note)"
            " values ($1, 'bias', 'total', 0, '2026-01', '2026-08', $2::jsonb, 'open', '')",
            alarm_id,
            '{"low": true, "sum": 6.1, "months": 8, "bias": -0.2}',
        )
    with pytest.raises(Missing):
        await scoring.note_alarm(world.coordinator_centre, alarm_id, "not mine")
    with pytest.raises(Conflict):
        await scoring.note_alarm(world.authority_bureau, alarm_id, "only read")
    assert await waiting(world.planner_centre) == 1
    await scoring.note_alarm(world.planner_centre, alarm_id, "新来源上线，口径已改")
    with pytest.raises(Conflict):
        await scoring.note_alarm(world.planner_centre, alarm_id, "twice")
    seen = await queries_trust.alarms(world.authority_bureau, open_only=True)
    assert [(one["id"], one["note"], one["noted_by"]) for one in seen] == [
        (alarm_id, "新来源上线，口径已改", world.planner_centre.organisation_name)
    ]
    assert await waiting(world.planner_centre) == 0
    await scoring.score_runs()
    assert len(await queries_trust.alarms(world.authority_bureau, open_only=True)) == 1


async def test_a_later_run_whose_months_hold_again_ends_the_alarm_and_is_named(
    db: Database, world: World
) -> None:
    await advertise(50)
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "insert into drift_alarm (id, kind, level, percent, first_month, last_month, evidence, state, note)"
            " values (gen_random_uuid(), 'coverage', 'cell', 80, '2025-01', '2025-08', $1::jsonb, 'open', '已查原因')",
            '{"narrow": true, "share": 0.2, "cases": 80, "worth": 8, "probability": 0.001, "run": 0}',
        )
    with clock.frozen(clock.now() - timedelta(days=300)):
        run_id = await runs.request_run(world.planner_centre)
        await runs.perform(run_id, looking_back=False)
    await scoring.score_runs()
    number = (await queries.run_of(world.planner_centre, run_id))["number"]
    found = await queries_trust.alarms(world.planner_centre)
    assert [(one["state"], one["repaired_number"], one["note"]) for one in found] == [
        ("repaired", number, "已查原因")
    ]


def _scored(number: int, month: str, inside: int, level: str = "total") -> dict[str, Any]:
    return {
        "number": number,
        "month": month,
        "level": level,
        "lead": 1,
        "active": 10,
        "inside80": inside,
        "inside95": inside,
        "actual": 100.0,
        "predicted": 100.0,
        "quantiles": {"median": 100.0, "lo80": 90.0, "hi80": 110.0, "lo95": 80.0, "hi95": 120.0},
    }


@pytest.mark.parametrize(
    ("later", "repaired"),
    [
        ([], None),  # no later run: neither time nor a note ends it
        ([(2, 8), (2, 8)], None),  # two months are luck
        ([(2, 8), (2, 8), (3, 7)], 2),
        ([(2, 3), (2, 3), (3, 8), (3, 8), (4, 8)], 3),  # the first run does no better
        ([(2, 5), (3, 5), (4, 5)], None),
    ],
)
def test_an_alarm_is_repaired_by_months_of_later_runs_alone(
    later: list[tuple[int, int]], repaired: int | None
) -> None:
    alarm = {"kind": "coverage", "level": "total", "percent": 80}
    alarm["evidence"] = {"narrow": True, "run": 1}
    scores = [_scored(1, f"2026-{month:02d}", 2) for month in range(1, 5)]
    scores += [
        _scored(number, f"2026-{5 + at:02d}", inside) for at, (number, inside) in enumerate(later)
    ]
    assert repairing.repaired_by(alarm, scores) == repaired


async def test_pages_of_trust(browse: Callable[..., Any], world: World) -> None:
    async with browse("planner.centre") as browser:
        assert (await browser.get("/demand/model")).status_code == 404
        await advertise(50)
        with clock.frozen(datetime.now(clock.now().tzinfo) - timedelta(days=200)):
            await ran(world)
        run = await ran(world)
        await scoring.score_runs()
        wrong = await browser.submit(
            "/demand/drivers",
            {"kind": "total", "middle-1": "0", "first_month": "May", "source": "x"},
        )
        assert wrong.status_code == 422
        sent = {
            "title": "新企业",
            "kind": "total",
            "middle-1": "400",
            "first_month": "2027-05",
            "months": "10",
            "source": "招商协议",
        }
        assert (await browser.submit("/demand/drivers", sent)).status_code == 303
        driver = (await drivers_queries.drivers(world.planner_centre))[0]
        address = f"/demand/runs/{run['id']}"
        for path in (
            "/demand/drivers",
            f"/demand/drivers/{driver['id']}",
            "/demand/drivers/new",
            "/demand/model",
            "/demand/trust",
            "/demand?drivers=1",
            "/demand",
            "/demand/series/total/total?drivers=1",
            "/demand/series/total/total?horizon=years&drivers=1",
            address,
        ):
            page = await browser.get(path)
            assert page.status_code == 200, path
            if path.endswith("drivers=1"):
                assert "against the past 12, without drivers" in page.text, path
        # one scored run cannot raise an alarm, and the page says so
        assert (
            "at least 4 different runs; so far there are 1."
            in (await browser.get("/demand/trust")).text
        )
        assert run["quality"]["family"] == "classical"
        assert "each series by itself" in (await browser.get("/demand/model")).text
        assert (await browser.get("/demand/trust/export?form=csv")).text.count("\n") > 4
        assert (await browser.get("/demand/drivers/export?form=csv")).text.count("招商协议") == 1
        result = await browser.get(address + "/result")
        assert hashlib.sha256(result.content).hexdigest() == run["result_digest"]
        assert (await browser.get(address + "/model")).content[:2] == b"PK"
        assert (await browser.submit(f"/demand/drivers/{driver['id']}/withdraw")).status_code == 303
