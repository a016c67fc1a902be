"""The planner's path in a real browser: import, follow a forecast run, read series and gaps; every page looked at."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from alliance.advertisements import importing
from alliance.forecasts import queries
from alliance.forecasts.drivers import actions as drivers
from alliance.forecasts.runs import actions as runs
from alliance.forecasts.showing import series_link
from alliance.forecasts.trust import scoring
from alliance.kit import clock
from alliance.planning.factors.actions import load_factors
from alliance.reference.actions import load
from tests.advertisements.test_importing import row, table
from tests.browser.conftest import LANGUAGES, Visitor
from tests.forecasts.test_hires import plant
from tests.forecasts.test_runs import advertise, ran
from tests.forecasts.test_staffing import counted
from tests.forecasts.test_trust import draft
from tests.world import World

Visit = Callable[..., Awaitable[Visitor]]
Survey = Callable[..., Awaitable[None]]
FACTORS = Path(__file__).parents[2] / "fixtures" / "reference" / "planning_factors.csv"


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
async def test_pages_of_demand_and_planning(survey: Survey, world: World, theme: str) -> None:
    await advertise(50)
    await load(FACTORS.parent)
    await load_factors(FACTORS)
    with clock.frozen(clock.now() - timedelta(days=200)):
        early = await ran(world)
    await drivers.add_driver(
        world.planner_centre, draft(occupation="4-14-01-02", first_month="2027-05")
    )
    hires = await drivers.add_driver(world.planner_centre, plant(town="500000101"))
    await counted()
    run = await ran(world)
    await scoring.score_runs()
    levels = [
        (
            await queries.series_list(
                world.planner_centre, run["id"], queries.SeriesFilter(level=level), limit=1
            )
        )[0][0]
        for level in ("town", "skill", "use")
    ]
    paths = (
        *map(series_link, levels),
        f"/demand/series?level=use&skill={levels[1]['code']}",
        f"/demand/advertisements?town={levels[0]['code']}",
        "/demand",
        "/demand/series?level=occupation",
        "/demand/series/total/total",
        "/demand/series/total/total?horizon=years",
        "/demand/runs",
        f"/demand/runs/{run['id']}",
        "/demand/quality",
        "/demand/method",
        "/demand/advertisements",
        "/gaps",
        "/gaps/660103",
        "/gaps/720201?year=2028",
        "/gaps/720201?year=2028&drivers=1",
        "/demand/series/occupation/4-14-01-02?horizon=years&drivers=1",
        "/demand/series/cell/4-14-01-02%7CC36?horizon=years",
        "/factors",
        "/factors/new",
        "/intakes",
        "/intakes/new",
        "/intakes/leavers/new",
        "/demand?drivers=1",
        "/demand/drivers",
        "/demand/drivers/new",
        "/demand/drivers/new?kind=hires",
        f"/demand/drivers/{hires}",
        "/demand/model",
        "/demand/trust",
        f"/demand/runs/{early['id']}?early",
        "/demand/series/total/total?drivers=1",
        "/gaps?drivers=1",
    )
    # two runs take longer than all windows together, so the windows share them
    await survey("planner.centre", paths, theme)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_planner_imports_mends_and_follows_a_run(
    visit: Visit, world: World, language: str, tmp_path: Path
) -> None:
    window = await visit("planner.centre", language)
    page = window.page
    await window.open("/demand")
    await window.look(f"demand-empty-{language}")
    (tmp_path / "招聘.csv").write_bytes(table(row(1), row(2, heads=0)))
    await window.open("/demand/imports")
    await page.set_input_files("[name=file]", str(tmp_path / "招聘.csv"))
    await page.click("form[action='/demand/imports'] button")
    await page.wait_for_url("**/demand/imports/*-*")
    import_id = UUID(page.url.rsplit("/", 1)[1])
    await importing.check(import_id)
    # the page follows the worker and shows the problems by itself
    await page.wait_for_selector("text=招聘人数")
    await window.look(f"demand-import-{language}")
    await page.click("form:has([name=rows]) button")
    await page.click("dialog .btn-primary")
    await page.wait_for_selector("[data-live-ends]")
    await importing.store(import_id)
    await page.wait_for_selector("a.btn-primary[href='/demand/advertisements']")
    await advertise(40)
    await window.open("/demand/runs")
    await page.click("form[action='/demand/runs'] button")
    await page.wait_for_url("**/demand/runs/*-*")
    await window.look(f"demand-run-{language}")
    await runs.perform(UUID(page.url.rsplit("/", 1)[1]))
    await page.wait_for_selector("a.btn-primary[href='/demand']")
    await page.click("a.btn-primary[href='/demand']")
    await page.wait_for_selector("[data-chart=fan] svg")
    # nobody has counted staff over years: the page says so
    await window.open("/demand/series/total/total?horizon=years")
    assert await page.locator("#gr").count() == 1
    assert await page.locator("[data-chart=yearly]").count() == 0
    await window.look(f"demand-years-empty-{language}")
    assert window.complaints == []


async def test_growth_and_replacement_are_the_same_in_picture_table_and_export(
    visit: Visit, world: World
) -> None:
    await advertise(50)
    await load(FACTORS.parent)
    await counted()
    await ran(world)
    window = await visit("planner.centre", "en")
    await window.open("/demand/series/total/total?horizon=years")
    await window.page.wait_for_selector("[data-chart=yearly] svg")
    drawn = await window.page.evaluate(
        "JSON.parse(document.querySelector('[data-chart=yearly]').dataset.values)"
    )
    shown = await window.page.eval_on_selector_all(
        "section[aria-labelledby=grt] tbody tr",
        "rows => rows.map(r => [...r.cells].map(c => c.firstChild.textContent))",
    )
    sent = await window.page.evaluate(
        "fetch('/demand/series/total/total/export?form=csv').then(r => r.text())"
    )
    lines = list(csv.reader(io.StringIO(sent.lstrip("\ufeff"))))
    exported = {
        kind: [float(line[5]) for line in lines if line[1] == f"{kind} demand"]
        for kind in ("growth", "replacement")
    }
    assert len(shown) == 8
    for place, cells in enumerate(shown):
        assert cells[0] == drawn["labels"][place]
        for kind, cell in (("growth", cells[1]), ("replacement", cells[2])):
            assert float(cell.replace("+", "")) == pytest.approx(
                drawn[kind]["mean"][place], abs=0.51
            )
            assert exported[kind][place] == drawn[kind]["mean"][place]
    assert window.complaints == []


async def test_the_picture_the_table_and_the_export_hold_the_same_numbers(
    visit: Visit, world: World
) -> None:
    await advertise(50)
    await ran(world)
    window = await visit("planner.centre", "en")
    await window.open("/demand/series/total/total")
    drawn = await window.page.evaluate(
        "JSON.parse(document.querySelector('[data-chart=fan]').dataset.values)"
    )
    shown = await window.page.eval_on_selector_all(
        "table.fcast tbody tr", "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    sent = await window.page.evaluate(
        "fetch('/demand/series/total/total/export?form=csv').then(r => r.text())"
    )
    exported = {
        line[0]: line
        for line in csv.reader(io.StringIO(sent.lstrip("\ufeff")))
        if line[1] == "month"
    }
    assert len(shown) == 24
    for place, cells in enumerate(shown):
        for name, cell in (("mean", cells[1]), ("median", cells[2])):
            assert round(drawn[name][place]) == pytest.approx(int(cell.replace(",", "")), abs=1)
        assert float(exported[cells[0]][4]) == drawn["median"][place]
        assert float(exported[cells[0]][8]) == drawn["lo80"][place]
