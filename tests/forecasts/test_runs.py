"""Forecast runs: what they keep, that they stand, that the command gives the same numbers, that they can be cancelled."""

from __future__ import annotations

import asyncio
import csv
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import pytest

from alliance.forecasts import levels, queries
from alliance.forecasts.panel.building import months_between
from alliance.forecasts.runs import actions as runs
from alliance.forecasts.runs import forecasting
from alliance.forecasts.runs.forecasting import horizon_of
from alliance.forecasts.runs.views import as_csv
from alliance.forecasts.showing import series_link
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing, Refusal
from tests.world import World

ROOT = Path(__file__).parents[2]


async def advertise(months: int = 40) -> None:
    """Some advertisements a month until the last complete one, in two industries, with a season."""
    last = clock.today().replace(day=1)
    end = last.year * 12 + last.month - 2
    names = months_between(
        f"{(end - months + 1) // 12:04d}-{(end - months + 1) % 12 + 1:02d}",
        f"{end // 12:04d}-{end % 12 + 1:02d}",
    )
    generator = np.random.default_rng(5)
    async with runs.DB.acting_for(SYSTEM):
        codes = await runs.DB.fetch("select code from occupation order by code limit 2")
        chosen = [row["code"] for row in codes] + [None]
        industries = await runs.DB.fetch(
            "select code from industry where length(code) >= 3 order by code limit 2"
        )
        towns = [
            row["code"]
            for row in await runs.DB.fetch("select code from town order by code limit 2")
        ] + [None]
        rows = []
        for month in names:
            busy = 2 if month.endswith(("-03", "-10")) else 1
            for place, occupation in enumerate(chosen):
                for industry in (row["code"] for row in industries):
                    heads = int(generator.poisson(busy * 6 * (place + 1))) + 1
                    day = date(int(month[:4]), int(month[5:7]), 10)
                    town = towns[(place + day.month) % len(towns)]
                    rows.append(
                        (
                            uuid4().hex,
                            day,
                            occupation,
                            industry,
                            ["识图", "K002"] if place else [],
                            heads,
                            town,
                        )
                    )
        await runs.DB.execute_many(
            "insert into advertisement (id, source, identity, digest, published, received, enterprise_name, employer_key, title, text,"
            " occupation, industry, skills, heads, town, url) values (gen_random_uuid(), '县市场', $1, $1, $2, $2, '某厂', $1, '工', '',"
            " $3, $4, $5, $6, $7, '')",
            rows,
        )


async def ran(world: World) -> dict[str, Any]:
    run_id = await runs.request_run(world.planner_centre)
    await runs.perform(run_id)
    return await queries.run_of(world.planner_centre, run_id)


@pytest.mark.whole_forecaster
async def test_a_run_forecasts_every_level_and_its_sums_agree(db: Database, world: World) -> None:
    await advertise()
    run = await ran(world)
    assert run["state"] == "done", run["error"]
    assert set(run["scores"]["methods"]) == {
        "model",
        "seasonal_naive",
        "last_value",
        "mean_of_three",
    }
    total = await queries.series_of(world.planner_centre, run["id"], "total", "total")
    skill = await queries.series_of(world.planner_centre, run["id"], "skill", "识图")
    for level, whole in (
        ("occupation", total),
        ("industry", total),
        ("town", total),
        ("cell", total),
        ("use", skill),
    ):
        rows, _n = await queries.series_list(
            world.planner_centre,
            run["id"],
            queries.SeriesFilter(level=level, skill="识图" if level == "use" else ""),
            limit=50,
        )
        parts = [
            await queries.series_of(world.planner_centre, run["id"], level, row["code"])
            for row in rows
        ]
        for told in ("observed", "history"):
            assert (
                np.round(np.sum([part[told] for part in parts], axis=0), 3).tolist() == whole[told]
            ), (level, told)
        for table in ("months", "years"):
            sums = np.round(np.sum([part[table]["mean"] for part in parts], axis=0), 3)
            assert sums.tolist() == whole[table]["mean"], (level, table)
        # so does what lists and boards show of the next twelve months
        together = sum(part["expected"] for part in parts)
        assert together == pytest.approx(whole["expected"], abs=0.001 * 12 * len(parts)), level
        for row in rows:
            assert row["coming_low"] <= row["expected"] <= row["coming_high"], (level, row["code"])
            if row["past"]:
                assert row["change"] == pytest.approx(row["expected"] / row["past"] - 1)
    assert len(total["months"]["periods"]) == 24
    assert len(total["years"]["periods"]) >= 8
    # the farther ahead, the wider: months beside the same month of the year before, years beside years
    for level in levels.LEVELS:
        rows, _n = await queries.series_list(
            world.planner_centre, run["id"], queries.SeriesFilter(level=level), limit=50
        )
        for row in rows:
            one = await queries.series_of(world.planner_centre, run["id"], level, row["code"])
            for table, lag in (("months", 12), ("years", 1)):
                told = one[table]
                low, high, mean = (np.array(told[name]) for name in ("lo80", "hi80", "mean"))
                if table == "years" and len(mean) > 8:
                    low, high, mean = low[1:], high[1:], mean[1:]
                spread = (high - low) / np.maximum(mean, 1e-9)
                # means and ends are kept with three decimals; whole heads cannot be cut finer
                unit = 1.0 if all(value == round(value) for value in one["history"]) else 0.0
                slack = (unit + 0.002 + 0.002 * spread[lag:]) / np.maximum(mean[lag:], 1e-9)
                assert (spread[lag:] >= spread[:-lag] - slack).all(), (level, row["code"], table)
    for part in [total, *parts]:
        assert all(
            lo95 <= lo80 <= median <= hi80 <= hi95
            for lo95, lo80, median, hi80, hi95 in zip(
                *(part["months"][name] for name in ("lo95", "lo80", "median", "hi80", "hi95")),
                strict=True,
            )
        )
    assert sum(amount for _name, amount in total["parts"]["parts"]) == pytest.approx(
        total["months"]["median"][total["months"]["periods"].index(total["parts"]["period"])],
        abs=0.1,
    )


@pytest.mark.whole_forecaster
async def test_the_command_gives_the_same_numbers_for_the_exported_panel(
    db: Database, world: World, tmp_path: Path
) -> None:
    await advertise()
    run = await ran(world)
    for name, suffix in (("panel.parquet", None), ("panel.csv", "csv")):
        content = await queries.panel_of(world.planner_centre, run["id"], "cells")
        if suffix:
            content = as_csv(content)
        (tmp_path / name).write_bytes(content)
        await asyncio.to_thread(
            subprocess.run,
            [
                sys.executable,
                "-m",
                "ml.demand",
                "forecast",
                "--panel",
                str(tmp_path / name),
                "--horizon",
                str(horizon_of(run["data_until"])),
                "--levels",
                ",".join(map(str, run["configuration"]["levels"])),
                "--counts",
                "--newcomers",
                str(run["configuration"]["model"]["newcomer_chance"]),
                "--by",
                "industry,occupation,total",
                "--seed",
                str(run["seed"]),
                "--out",
                str(tmp_path / "f.csv"),
            ],
            cwd=ROOT,
            check=True,
        )
        with (tmp_path / "f.csv").open(encoding="utf-8") as file:
            found = {(row["series"], row["period"]): row for row in csv.DictReader(file)}
        rows, _n = await queries.series_list(
            world.planner_centre, run["id"], queries.SeriesFilter(), limit=100
        )
        compared = 0
        for short in rows:
            if short["level"] not in ("cell", "occupation"):
                continue
            row = await queries.series_of(
                world.planner_centre, run["id"], short["level"], short["code"]
            )
            prefix = "occupation=" if short["level"] == "occupation" else ""
            for i, period in enumerate(row["months"]["periods"]):
                line = found[prefix + row["code"], period]
                for mine, theirs in (
                    ("mean", "mean"),
                    ("median", "median"),
                    ("lo80", "lo-80"),
                    ("hi95", "hi-95"),
                ):
                    assert row["months"][mine][i] == pytest.approx(float(line[theirs]), abs=2e-3), (
                        row["code"],
                        period,
                        mine,
                    )
                    compared += 1
        assert compared > 500


async def test_a_run_that_has_ended_stands(db: Database, world: World) -> None:
    await advertise(26)
    run = await ran(world)
    await runs.perform(run["id"])
    assert (await queries.run_of(world.planner_centre, run["id"]))["finished"] == run["finished"]
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.acting_for(SYSTEM):
            await db.fetch("update forecast_run set seed = 8 where id = $1", run["id"])


async def test_the_same_panel_gives_the_same_bytes(db: Database, world: World) -> None:
    await advertise(26)
    first, second = await ran(world), await ran(world)
    assert first["panel_digest"] == second["panel_digest"]
    one = await queries.series_of(world.planner_centre, first["id"], "total", "total")
    two = await queries.series_of(world.planner_centre, second["id"], "total", "total")
    assert one["months"] == two["months"]
    assert await queries.year_paths(world.planner_centre, first["id"]) == await queries.year_paths(
        world.planner_centre, second["id"]
    )


async def test_one_run_at_a_time_it_can_be_cancelled_and_nothing_of_it_stays(
    db: Database, world: World
) -> None:
    with pytest.raises(Refusal):
        await runs.request_run(world.planner_centre)
    await advertise(26)
    run_id = await runs.request_run(world.planner_centre)
    with pytest.raises(Conflict):
        await runs.request_run(world.planner_centre)
    await runs.cancel_run(world.planner_centre, run_id)
    await runs.perform(run_id)
    run = await queries.run_of(world.planner_centre, run_id)
    assert (run["state"], run["series"]) == ("cancelled", 0)
    with pytest.raises(Conflict):
        await runs.cancel_run(world.planner_centre, run_id)
    with pytest.raises(Missing):
        await runs.cancel_run(world.planner_centre, uuid4())


async def test_a_run_that_is_cancelled_while_it_forecasts_stops_there(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await advertise(26)
    run_id = await runs.request_run(world.planner_centre)
    loop, told = asyncio.get_running_loop(), []
    whole = forecasting.forecast_all

    def cancelled_on_the_way(*given: Any) -> Any:
        *before, tell, learnt = given

        def tell_and_cancel(done: int, total: int) -> None:
            told.append((done, total))
            if done:
                asyncio.run_coroutine_threadsafe(
                    runs.cancel_run(world.planner_centre, run_id), loop
                ).result()
            tell(done, total)

        return whole(*before, tell_and_cancel, learnt)

    monkeypatch.setattr(forecasting, "forecast_all", cancelled_on_the_way)
    await runs.perform(run_id)
    run = await queries.run_of(world.planner_centre, run_id)
    assert (run["state"], run["series"]) == ("cancelled", 0)
    assert [done > 0 for done, _total in told] == [False, False, True]
    assert told[-1][0] < told[-1][1]


async def test_a_run_keeps_the_settings_it_was_made_with_not_those_it_was_asked_for_with(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await advertise(26)
    run_id = await runs.request_run(world.planner_centre)
    monkeypatch.setattr(forecasting, "PATHS", 300)
    await runs.perform(run_id, looking_back=False)
    run = await queries.run_of(world.planner_centre, run_id)
    assert run["state"] == "done"
    assert run["configuration"]["paths"] == 300


async def test_only_the_latest_run_is_repeated_and_never_beside_another(
    db: Database, world: World
) -> None:
    await advertise(8)
    first = await ran(world)
    await advertise(30)
    second = await runs.request_run(world.planner_centre)
    with pytest.raises(Conflict):
        await runs.repeat_run(world.planner_centre, first["id"])
    await runs.cancel_run(world.planner_centre, second)
    with pytest.raises(Conflict):
        await runs.repeat_run(world.planner_centre, first["id"])


async def test_too_short_a_history_fails_with_the_reason_and_can_be_repeated(
    db: Database, world: World
) -> None:
    await advertise(8)
    run = await ran(world)
    assert run["state"] == "failed"
    assert "13" in run["error"]
    await advertise(30)
    await runs.repeat_run(world.planner_centre, run["id"])
    await runs.perform(run["id"])
    assert (await queries.run_of(world.planner_centre, run["id"]))["state"] == "done"


async def test_pages_of_demand(browse: Callable[..., Any], world: World) -> None:
    async with browse("planner.centre") as browser:
        assert "no advertisements" in (await browser.get("/demand")).text
        await advertise(30)
        answer = await browser.submit("/demand/runs")
        address = answer.headers["location"]
        assert "data-live-ends" in (await browser.get(address)).text
        await runs.perform(UUID(address.rsplit("/", 1)[1]))
        for path in (
            "/demand",
            "/demand/series",
            "/demand/series?level=skill&search=识",
            "/demand/series/total/total",
            "/demand/quality",
            "/demand/series/total/total?horizon=years",
            "/demand/runs",
            address,
            "/demand/method",
            "/demand/advertisements?month=2026-01",
            "/gaps",
            "/factors",
        ):
            page = await browser.get(path)
            assert page.status_code == 200, path
        assert "Staff counts and leaving rates, SHA-256" in (await browser.get(address)).text
        run_id = UUID(address.rsplit("/", 1)[1])
        for level in levels.LEVELS:
            rows, _n = await queries.series_list(
                world.planner_centre, run_id, queries.SeriesFilter(level=level), limit=1
            )
            page = await browser.get(f"{series_link(rows[0])}")
            assert page.status_code == 200, level
            behind = re.search(r"/demand/advertisements\?([^\"]+)\"", page.text)
            assert (behind is not None) == (level != "total"), level
            if behind:
                listed = (
                    await browser.get("/demand/advertisements?" + behind[1].replace("&amp;", "&"))
                ).text
                assert f"{rows[0]['advertisements']} advertisements" in listed, level
            assert (await browser.get(series_link(rows[0]) + "/export")).content[:2] == b"PK"
        used = await browser.get("/demand/series/skill/" + quote("识图"))
        assert "Occupations that ask for it" in used.text
        occupation = re.search(r"/demand/series/use/[^\"]*%7C([\d-]+)\"", used.text)
        assert occupation is not None
        assert (
            "Skills asked for"
            in (await browser.get(f"/demand/series/occupation/{occupation[1]}")).text
        )
        assert (
            occupation[1]
            in (await browser.get(f"/demand/series?level=use&occupation={occupation[1]}")).text
        )
        assert (await browser.get("/demand/series/total/nothing")).status_code == 404
        for path in (
            "/demand/series/export",
            "/demand/series/total/total/export",
            "/demand/quality/export",
            "/demand/runs/export",
            "/factors/export",
        ):
            assert (await browser.get(path)).content[:2] == b"PK"
            assert (await browser.get(path + "?form=csv")).text.startswith("\ufeff")
        counted = (await browser.get("/demand/panel/export")).text.splitlines()[1:]
        assert sum(int(line.split(",")[5]) for line in counted) > 1000
        assert (await browser.get("/demand/panel/export?skills=1")).text.count("识图") > 20
        assert (await browser.get("/demand/advertisements/export")).text.count("\n") > 100
        assert (await browser.get(address + "/panel")).text.startswith(
            "series,period,value,family,occupation,industry"
        )
        assert (await browser.get(address + "/panel?form=parquet")).content[:4] == b"PAR1"
        assert (await browser.get(address + "/panel?of=places")).text.startswith(
            "series,period,value,industry,town"
        )
        assert (await browser.get(address + "/panel?of=uses")).text.startswith(
            "series,period,value,occupation,skill"
        )
        assert (await browser.get(address + "/panel?of=anything")).status_code == 404
        assert (await browser.submit(address + "/nonsense")).status_code == 404
