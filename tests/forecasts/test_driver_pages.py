"""The form of a driver loses nothing, and its pages show hires beside advertised heads, in both languages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alliance.forecasts.drivers import queries as drivers_queries
from alliance.kit import clock
from alliance.reference.actions import load
from tests.forecasts.test_runs import advertise, ran
from tests.world import World

REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference"
TURNER = "6-18-01-01"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


async def test_hires_are_entered_row_by_row_and_stand_beside_the_heads(
    browse: Callable[..., Any], world: World
) -> None:
    await load(REFERENCE)
    await advertise(30)
    run = await ran(world)
    year = clock.today().year + 1
    async with browse("planner.centre") as browser:
        page = await browser.get("/demand/drivers/new?kind=hires")
        first = page.text.index('type="submit"')
        assert "visually-hidden" in page.text[first - 60 : first], (
            "Enter saves, and takes out no row"
        )
        sent = {
            "kind": "hires",
            "title": "电驱动工厂投产",
            "first_month": "May",
            "months": "18",
            "probability": "80",
            "lasting": "on",
            "source": "招商局入园协议",
            "member": str(world.organisations["precision"]),
            "rows": "1",
            "occupation-1": TURNER,
            "low-1": "200",
            "middle-1": "250",
            "high-1": "240",
        }
        more = await browser.submit("/demand/drivers", {**sent, "step": "add"})
        assert more.status_code == 200
        assert 'value="电驱动工厂投产"' in more.text
        assert 'id="f-occupation-2"' in more.text
        assert "empty: " in more.text, (
            "the leaving rate of a chosen occupation stands with its source"
        )
        two = {
            **sent,
            "rows": "2",
            "occupation-2": TURNER,
            "low-2": "x",
            "middle-2": "9",
            "high-2": "9",
        }
        wrong = await browser.submit("/demand/drivers", two)
        assert wrong.status_code == 422
        for said in (
            "Write the month as 2027-05.",
            "must not fall",
            "is not a number",
            "stands in row 1 already",
        ):
            assert said in wrong.text, said
        assert 'value="240"' in wrong.text
        fewer = await browser.submit("/demand/drivers", {**two, "step": "remove-1"})
        assert 'id="f-occupation-2"' not in fewer.text
        assert 'value="x"' in fewer.text
        assert await drivers_queries.drivers(world.planner_centre) == []
        good = {**sent, "high-1": "300", "first_month": f"{year}-05"}
        assert (await browser.submit("/demand/drivers", good)).status_code == 303
        driver = (await drivers_queries.drivers(world.planner_centre))[0]
        address = f"/demand/drivers/{driver['id']}"
        assert 'value="250"' in (await browser.get(address)).text
        changed = {
            **good,
            "version": "1",
            "middle-1": "260",
            "turnover-1": "20",
            "town": "500000001",
        }
        assert (await browser.submit(address, {**changed, "kind": "total"})).status_code == 422
        assert (await browser.submit(address, changed)).status_code == 303
        again = (await browser.get(address)).text
        assert "250 (200–300)" in again, "the history tells amounts of before in words"
        other = {"kind": "monthly", "title": "外迁", "first_month": f"{year}-01", "source": "来函说明",
            "rows": "1", "middle-1": "-1"}  # fmt: skip
        assert (await browser.submit("/demand/drivers", other)).status_code == 303
        listed = (await browser.get("/demand/drivers")).text
        assert "What each adds by year" in listed
        assert "with a probability of 80%" in listed
        by_year = rows((await browser.get("/demand/drivers/years/export?form=csv")).text)
        hires = next(row for row in by_year if row["Unit"] == "persons")
        assert float(hires[str(year)]) == pytest.approx(0.8 * 260 * 8 / 18)
        assert float(hires[str(year + 5)]) == pytest.approx(0.8 * 260 * 0.2)
        exported = rows((await browser.get("/demand/drivers/export?form=csv")).text)
        assert {float(row["Middle"]) for row in exported} == {260, -1}
        towns = [
            "Hires that are known" in (await browser.get(f"/demand/series/town/{code}")).text
            for code in ("500000001", "500000002")
        ]
        assert towns == [True, False], "hires stand in their own town"
        for path in ("/demand/series/total/total", "/demand/series/total/total?horizon=years"):
            assert "Hires that are known" in (await browser.get(path)).text, path
        series = rows((await browser.get("/demand/series/total/total/export?form=csv")).text)
        told = {row["Period"]: row for row in series if row["Kind"] == "hires by year, persons"}
        assert float(told[str(year)]["Mean"]) == pytest.approx(0.8 * 260 * 8 / 18)
        months = [row for row in series if row["Kind"] == "hires by month, persons"]
        assert max(float(row["Mean"]) for row in months) == pytest.approx(0.8 * 260 / 18)
        assert "are known to take on" in (await browser.get("/demand?drivers=1")).text
        assert (await browser.submit(f"{address}/withdraw")).status_code == 303
        assert "Hires that are known" not in (await browser.get("/demand/series/total/total")).text
        await browser.submit("/language", {"language": "zh", "to": "/"})
        assert "增加一个职业" in (await browser.get("/demand/drivers/new?kind=hires")).text
    assert run["drivers"] == []
