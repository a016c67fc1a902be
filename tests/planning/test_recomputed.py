"""Three numbers of every page of planning, computed again from its export by nothing but csv and
arithmetic: what a planner with a spreadsheet would find."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from typing import Any

import pytest

from alliance.forecasts.drivers.actions import DriverDraft, PartDraft, add_driver
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.planning.factors.actions import load_factors
from alliance.planning.intake import Leavers
from alliance.planning.intakes.actions import add_intake, add_leavers
from alliance.reference.actions import load
from tests.forecasts.test_runs import advertise, ran
from tests.forecasts.test_staffing import REFERENCE, counted
from tests.world import World

Line = dict[str, str]
TENTH = 0.051


def read(text: str) -> list[Line]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def number(line: Line, name: str) -> float:
    return float(line[name] or 0)


async def test_numbers_of_planning_follow_from_their_exports(
    browse: Callable[..., Any], world: World
) -> None:
    await load(REFERENCE)
    await advertise(30)
    async with DB.acting_for(SYSTEM):
        # turners, whom classes here become, and welders, whom none does
        for code, stands_for in (("6-18-01-01", 0), ("6-18-02-04", 1)):
            await DB.connection().execute(
                "update advertisement set occupation = $1 where occupation ="
                " (select code from occupation order by code offset $2 limit 1)",
                code,
                stands_for,
            )
        await DB.connection().execute(
            "update advertisement set occupation_origin = 'read' where occupation = '6-18-02-04'"
        )
    await load_factors(REFERENCE / "planning_factors.csv")
    await counted()
    for year, students in ((2023, 52), (2024, 47)):
        await add_intake(world.planner_centre, "720201", year, students, "records of the year")
    # leavers for every year of an intake: shares of them decide, and the plant's hires are known
    for year in range(2015, 2028):
        middle = 2900 if year == 2027 else 3000
        await add_leavers(world.planner_centre, Leavers(year, 2800, middle, 3100, "counted"))
    run = await ran(world)
    hires_begin = int(run["data_until"][:4]) + 2
    await add_driver(
        world.planner_centre,
        DriverDraft(
            title="新厂投产",
            industry=None,
            skill=None,
            kind="hires",
            first_month=f"{hires_begin}-01",
            months=12,
            source="园区招商协议",
            parts=(PartDraft(occupation="6-18-02-04", middle=90.0, low=70.0, high=120.0),),
        ),
    )
    async with browse("planner.centre") as browser:

        async def exported(address: str) -> list[Line]:
            answer = await browser.get(address)
            assert answer.status_code == 200, address
            return read(answer.text)

        gaps = await exported("/gaps/export?form=csv&drivers=1")
        factors = await exported("/factors/export?form=csv")
        years = sorted({line["Year"] for line in gaps})
        for year in years:
            mine = [line for line in gaps if line["Year"] == year]
            parts = [line for line in mine if line["Row"] != "total"]
            total = next(line for line in mine if line["Row"] == "total")
            # 1. rows add up to the total, and every gap is its need less its graduates
            for name in ("Need", "Entering work", "Gap", "Students"):
                assert math.fsum(number(one, name) for one in parts) == pytest.approx(
                    number(total, name), abs=1e-6
                )
            assert "not taught here" in {one["Row"] for one in parts}
            for line in mine:
                assert number(line, "Gap") == pytest.approx(
                    number(line, "Need") - number(line, "Entering work"), abs=1e-6
                )
            # 2. the shown factors of the supply multiply to what enters work
            for line in (one for one in parts if one["Row"] == "taught here"):
                retained = number(line, "Retention a year") ** number(line, "Years to graduation")
                assert retained == pytest.approx(number(line, "Retained"))
                product = number(line, "Students") * retained
                for name in ("Not going on to higher education", "Staying in the county"):
                    product *= number(line, name)
                assert product == pytest.approx(number(line, "Entering work"), abs=TENTH)
        # 3. the need of a specialty is the sum of its occupations' chains, each multiplied out
        year = str(hires_begin)
        for code in ("660103", "660105"):
            whole = next(one for one in gaps if (one["Year"], one["Code"]) == (year, code))
            lines = await exported(f"/gaps/{code}/export?form=csv&drivers=1&year={year}")
            assert lines[-1]["Code"] == "total"
            assert number(lines[-1], "Need") == number(whole, "Need")
            for line in lines[:-1]:
                both = number(line, "Level") * number(line, "Share")
                told = [
                    number(line, "Advertised heads")
                    * number(line, "Advertised by others than counted members")
                    * number(line, "Capture")
                    * both,
                    number(line, "Openings at members") * both,
                    number(line, "Hires that planners know of") * both,
                ]
                shown = [
                    number(line, name)
                    for name in ("From advertisements", "From members' staff", "From hires known")
                ]
                assert told == pytest.approx(shown, abs=TENTH)
                assert math.fsum(shown) == pytest.approx(number(line, "Need"), abs=1e-6)
            # the openings by year further down are the same persons
            openings = [number(line, "From members' staff") for line in lines[:-1]]
            grown = [number(whole, f"{kind} at members") for kind in ("Growth", "Replacement")]
            if all(number(line, "Openings at members") > 0 for line in lines[:-1]):
                assert math.fsum(openings) == pytest.approx(
                    math.fsum(grown), abs=TENTH * len(openings)
                )
            assert math.fsum(number(line, "Need") for line in lines[:-1]) == pytest.approx(
                number(whole, "Need"), abs=1e-6
            )
        # 4. the heads that the occupations' pages expect of a year are what need is made from,
        # before factors
        listed_series = await exported("/demand/series/export?form=csv&level=occupation")
        told_heads: dict[str, float] = {}
        for line in listed_series:
            code = line["Code"].lstrip("'")
            of_one = await exported(f"/demand/series/occupation/{code}/export?form=csv")
            months = [number(one, "Mean") for one in of_one if one["Kind"] == "month"]
            assert math.fsum(months[:12]) == pytest.approx(
                number(line, "Next 12 months, expected"), abs=0.001
            )
            in_year = next(one for one in of_one if (one["Kind"], one["Period"]) == ("year", year))
            told_heads[code] = number(in_year, "Mean")
        assert told_heads
        for code in {one["Code"] for one in gaps if one["Year"] == year and one["Code"]}:
            for line in (await exported(f"/gaps/{code}/export?form=csv&year={year}"))[:-1]:
                assert number(line, "Advertised heads") == told_heads.get(line["Code"], 0), line
        stated = f"{math.fsum(told_heads.values()):,.1f} advertised heads expected"
        assert stated in (await browser.get(f"/gaps?year={year}")).text
        welders = (await exported(f"/gaps/660105/export?form=csv&drivers=1&year={year}"))[0]
        assert number(welders, "Hires that planners know of") == 90
        # 5. what rests on occupations that the machine read from titles is marked wherever it counts
        assert number(welders, "Share of heads whose occupation was read from the title") == 1
        welding, turning = (
            next(one for one in gaps if (one["Year"], one["Code"]) == (year, code))
            for code in ("660105", "660103")
        )
        column = "Part of the need from occupations read from titles"
        assert number(welding, column) == pytest.approx(
            number(welders, "From advertisements") / number(welders, "Need"), abs=0.01
        )
        assert number(turning, column) == 0
        marked = "100% guessed from titles"
        assert marked in (await browser.get(f"/gaps/660105?year={year}&drivers=1")).text
        assert marked in (await browser.get("/demand/series?level=occupation")).text
        assert "guessed from titles" in (await browser.get(f"/gaps?year={year}")).text
        panel = await exported("/demand/panel/export?form=csv")
        read_heads = "Heads with an occupation read from the title"
        for line in panel:
            is_read = line["Occupation code"] == "6-18-02-04"
            assert number(line, read_heads) == (number(line, "Heads") if is_read else 0)
        assert any(number(line, read_heads) for line in panel)
        assert number(welders, "From hires known") > 50
        # the pages say the same numbers as the files
        page = (await browser.get(f"/gaps?year={year}&drivers=1")).text
        total = next(one for one in gaps if (one["Year"], one["Row"]) == (year, "total"))
        assert f"{number(total, 'Need'):,.1f}" in page
        # the sums under each table of the page are those of its rows
        feet = [part.split("</tfoot>")[0] for part in page.split("<tfoot>")[1:]]
        for kind, foot in (("taught here", feet[0]), ("not taught here", feet[0] + feet[1])):
            of_kind = [one for one in gaps if (one["Year"], one["Row"]) == (year, kind)]
            for name in ("Need", "Entering work") if kind == "taught here" else ("Need",):
                assert f"{math.fsum(number(one, name) for one in of_kind):,.1f}" in foot, kind
        assert {line["Kind"].split(":")[0] for line in factors} >= {"Capture", "Level"}
        # heads, openings and shares stand on the pages that they come from
        assert run["yearly"]["elsewhere"]
        # intakes: what was typed counts before rosters, and the year's sum is the column's
        before = await exported("/intakes/export?form=csv")
        line = next(
            one for one in before if (one["Code"], one["Year of entry"]) == ("720201", "2024")
        )
        assert (line["Students"], line["Source"]) == ("47", "records of the year")
        sums: dict[str, float] = {}
        for one in before:
            year_of_entry = one["Year of entry"]
            sums[year_of_entry] = sums.get(year_of_entry, 0) + number(one, "Students")
        shown_page = (await browser.get("/intakes")).text
        foot = shown_page[shown_page.index("<tfoot>") : shown_page.index("</tfoot>")]
        for value in sums.values():
            assert f">{value:,.0f}</td>" in foot
        # the next intake is the specialty's share of the leavers of its year
        listed = await exported("/intakes/leavers/export?form=csv")
        middles = {int(one["Year"]): number(one, "Middle") for one in listed}
        assert middles[2027] == 2900
        intakes = {
            int(one["Year of entry"]): number(one, "Students")
            for one in before
            if one["Code"] == "660103" and number(one, "Students")
        }
        assert intakes
        assert set(intakes) <= set(middles)
        level: float | None = None
        for entry, students in sorted(intakes.items()):
            told_share = math.log(students / middles[entry])
            level = told_share if level is None else level + 0.5 * (told_share - level)
        assert level is not None
        coming = max(intakes) + 1
        expected = round(math.exp(level) * middles.get(coming, middles[2027]))
        future = next(
            one for one in gaps if (one["Year"], one["Code"]) == (str(coming + 3), "660103")
        )
        assert number(future, "Students") == expected
