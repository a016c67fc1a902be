"""Pages of the host file and the school file: mistakes, readers, other organisations."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from alliance.regulation import INSPECTION_ITEMS
from tests.hosts.conftest import PDF
from tests.world import World, identity

pytestmark = pytest.mark.usefixtures("standing_still")
CHECK = {"checked_on": "2027-05-20", "good": "yes", "note": "信用中国查询"}


async def test_a_form_with_mistakes_tells_them_all_and_loses_nothing(
    browse: Callable[..., Any], world: World
) -> None:
    host = world.organisations["precision"]
    async with browse("coordinator.centre") as browser:
        typed = {
            "checked_on": "2027-06-02",
            "until": "2027-05-01",
            "good": "",
            "note": "信用中国，编号 7",
        }
        answer = await browser.submit(f"/hosts/{host}/check/credit", typed)
        assert answer.status_code == 422
        for text in (
            "still to come",
            "cannot expire before",
            "Choose one of the list",
            "信用中国，编号 7",
            "2027-06-02",
        ):
            assert text in answer.text, text
        answer = await browser.submit(f"/hosts/{host}/check/safety", {**CHECK, "good": "no"})
        assert (answer.status_code, "f-violation" in answer.text) == (422, True)
        items = {f"item_{code}": "符合" for code in INSPECTION_ITEMS} | {"item_living": ""}
        answer = await browser.submit(
            f"/hosts/{host}/inspection",
            {"inspected_on": "2027-05-20", "visitors": "林老师", "passed": "yes", **items},
        )
        assert answer.status_code == 422
        assert answer.text.count("a word on each of the eight items") == 2
        answer = await browser.submit(
            f"/hosts/{host}/check/credit",
            CHECK,
            files={"file": ("a.pdf", b"MZ not a pdf", "application/pdf")},
        )
        assert (answer.status_code, "Evidence is a PDF" in answer.text) == (422, True)
        answer = await browser.submit(
            f"/hosts/{host}/check/credit",
            CHECK,
            files={"file": ("a.pdf", PDF[1], "application/pdf")},
        )
        assert answer.status_code == 303
        shown = await browser.get(f"/hosts/{host}")
        assert "a.pdf" in shown.text
        assert "信用中国查询" in shown.text


@pytest.mark.parametrize(
    "login",
    [
        "coordinator.centre",
        "instructor.health",
        "secretary.centre",
        "authority.bureau",
        "planner.centre",
    ],
)
async def test_every_reader_opens_the_pages_and_downloads_the_list(
    browse: Callable[..., Any], world: World, login: str
) -> None:
    host, listed = world.organisations["hospital"], identity("list centre")
    async with browse(login) as browser:
        for path in (
            "/hosts",
            "/hosts?way=missing&sort=open&down=1",
            "/hosts/print",
            f"/hosts/{host}",
            "/host-lists",
            f"/host-lists/{listed}",
            f"/host-lists/{listed}/print",
        ):
            answer = await browser.get(path)
            assert answer.status_code == 200, f"{path} {answer.text[:500]}"
        school = await browser.get("/school-file")
        assert school.status_code == (403 if login.startswith("planner") else 200)
        sheet = load_workbook(io.BytesIO((await browser.get("/hosts/export")).content)).worksheets[
            0
        ]
        assert [cell.value for cell in sheet["A"]][1:] == [
            "清溪人力派遣",
            "清溪仁和医院",
            "清溪湖宾馆",
            "清溪精密制造",
        ]
        assert (await browser.get("/hosts/export?form=csv&search=hotel")).text.count("\n") >= 1


async def test_hr_has_its_own_file_and_no_other_page_of_it(
    browse: Callable[..., Any], world: World
) -> None:
    own, other = world.organisations["precision"], world.organisations["hotel"]
    async with browse("hr.precision") as browser:
        assert (await browser.get("/hosts")).headers["location"] == f"/hosts/{own}"
        assert (await browser.get(f"/hosts/{own}")).status_code == 200
        assert (await browser.get(f"/hosts/{other}")).status_code == 404
        assert (await browser.submit(f"/hosts/{other}/check/credit", CHECK)).status_code == 404
        assert (await browser.submit(f"/hosts/{own}/inspection", {})).status_code == 403
        assert (await browser.get("/host-lists")).status_code == 403
        sheet = (await browser.get("/hosts/export?form=csv")).text
        assert ("清溪精密制造" in sheet, "清溪湖宾馆" in sheet) == (True, False)
        count = {"what": str(world.posts["turning"]), "counted_on": "2027-06-09", "staff": "-1"}
        answer = await browser.submit(f"/hosts/{own}/staff", count)
        assert (answer.status_code, "still to come" in answer.text) == (422, True)
        answer = await browser.submit(
            f"/hosts/{own}/staff", {**count, "counted_on": "2027-05-09", "staff": "40"}
        )
        assert answer.status_code == 303
        assert "40" in (await browser.get(f"/hosts/{own}")).text


async def test_the_school_file_is_kept_by_its_coordinator_and_read_by_the_authority(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("coordinator.centre") as browser:
        shown = await browser.get("/school-file")
        assert shown.status_code == 200
        typed = {"leader_detail": "王副校长", "leader_since": "", "leader_was": "yes"}
        answer = await browser.submit("/school-file", typed)
        assert (answer.status_code, "王副校长" in answer.text) == (422, True)
        answer = await browser.submit("/school-file", {**typed, "leader_since": "2027-05-01"})
        assert answer.status_code == 303
        sent = await browser.submit(
            "/school-file/evidence",
            {"slot": "leader"},
            files={"file": ("任命.pdf", PDF[1], "application/pdf")},
        )
        assert sent.status_code == 303
        assert "任命.pdf" in (await browser.get("/school-file")).text
        assert (
            await browser.get(f"/school-file/{world.organisations['health']}")
        ).status_code == 404
    async with browse("authority.bureau") as browser:
        assert (
            "王副校长" in (await browser.get(f"/school-file/{world.organisations['centre']}")).text
        )
        assert (await browser.submit("/school-file", {})).status_code == 403
