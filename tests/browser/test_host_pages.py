"""The host file and the host lists in the browser: both languages, both widths, accessible, a check recorded by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from alliance.hosts import actions as host_actions
from alliance.hosts.lists import actions as host_list_actions
from alliance.hosts.model import CheckDraft, CooperationDraft, InspectionDraft
from alliance.kit import clock
from alliance.regulation import INSPECTION_ITEMS
from tests.browser.conftest import LANGUAGES, Visitor
from tests.world import World

Visit = Callable[..., Awaitable[Visitor]]
Survey = Callable[..., Awaitable[None]]
PDF = ("营业执照.pdf", b"%PDF-1.7 licence")


async def written(world: World) -> UUID:
    """A host file with something of everything; returns a list with a blocked host."""
    coordinator, host, today = (
        world.coordinator_centre,
        world.organisations["precision"],
        clock.today(),
    )
    insured = {"insurer": "渝安财险", "policy": "PZ-2026-117"}
    for draft, upload in (
        (
            CheckDraft(
                kind="registration",
                checked_on=today,
                good=True,
                until=None,
                details={},
                note="公示系统查询",
            ),
            PDF,
        ),
        (
            CheckDraft(
                kind="insurance",
                checked_on=today,
                good=True,
                until=today + timedelta(days=40),
                details=insured,
                note="保单",
            ),
            PDF,
        ),
        (
            CheckDraft(
                kind="conditions",
                checked_on=today,
                good=False,
                until=None,
                details={"met": ["workplace"]},
                note="现场",
            ),
            None,
        ),
    ):
        await host_actions.record_check(coordinator, host, draft, upload)
    wrong = CheckDraft(
        kind="credit", checked_on=today, good=False, until=None, details={}, note="查询有误"
    )
    await host_actions.withdraw_check(
        coordinator, await host_actions.record_check(coordinator, host, wrong)
    )
    items = dict.fromkeys(INSPECTION_ITEMS, "车间通风、照明、噪声符合要求")
    visit = InspectionDraft(
        inspected_on=today,
        visitors="实习就业处二人",
        items=items,
        passed=True,
        conclusion="符合条件",
    )
    await host_actions.record_inspection(coordinator, host, visit, PDF)
    since = today.replace(year=today.year - 5)
    used = CooperationDraft(
        since=since, until=None, document="校企协议 12 号", interns_since=since, note=""
    )
    await host_actions.record_cooperation(coordinator, host, used)
    list_id = await host_list_actions.create_list(coordinator, "2027 年秋季岗位实习单位名单")
    hosts = [world.organisations[key] for key in ("precision", "dispatch")]
    await host_list_actions.choose_hosts(coordinator, list_id, 1, hosts)
    return list_id


async def test_pages_of_the_host_file(survey: Survey, world: World) -> None:
    list_id, host = await written(world), world.organisations["precision"]
    for login, paths in (
        (
            "coordinator.centre",
            (
                "/hosts",
                "/hosts/print",
                f"/hosts/{host}",
                f"/hosts/{host}/check/credit",
                f"/hosts/{host}/check/conditions",
                f"/hosts/{host}/inspection",
                f"/hosts/{host}/cooperation",
                "/host-lists",
                f"/host-lists/{list_id}",
                f"/host-lists/{list_id}/print",
                "/school-file",
            ),
        ),
        (
            "hr.precision",
            (f"/hosts/{host}", f"/hosts/{host}/staff", f"/hosts/{host}/check/insurance"),
        ),
        (
            "authority.bureau",
            (
                "/hosts?way=missing",
                f"/hosts/{host}",
                "/school-file",
                f"/school-file/{world.organisations['centre']}",
            ),
        ),
    ):
        await survey(login, paths)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_coordinator_records_a_check_with_its_evidence_and_takes_it_back(
    visit: Visit, world: World, language: str
) -> None:
    host = world.organisations["precision"]
    window = await visit("coordinator.centre", language)
    page = window.page
    await window.open(f"/hosts/{host}")
    await page.click(f"a[href='/hosts/{host}/check/insurance']")
    await page.click("form:has([name=checked_on]) .card-footer button")
    await page.wait_for_selector(".summary")
    await window.look(f"host-check-mistakes-{language}")
    for name, value in {
        "until": "2030-01-01",
        "insurer": "渝安财险",
        "policy": "PZ-1",
        "note": "保单副本",
    }.items():
        await page.fill(f"[name={name}]", value)
    await page.check("[name=good][value=yes]")
    await page.set_input_files(
        "[name=file]", {"name": "保单.pdf", "mimeType": "application/pdf", "buffer": PDF[1]}
    )
    await page.click("form:has([name=checked_on]) .card-footer button")
    await page.wait_for_selector("#part-insurance .pill.ok")
    assert await page.locator("#part-insurance a", has_text="保单.pdf").count() == 1
    await page.click("#part-insurance details summary")
    await page.click("#part-insurance form[action$='/withdraw'][action^='/host-checks'] button")
    await page.wait_for_selector("#part-insurance .pill.wait")
    await page.click("#part-insurance details summary")
    await window.look(f"host-check-withdrawn-{language}")
    await page.click("#part-insurance form[action$='/restore'] button")
    await page.wait_for_selector("#part-insurance .pill.ok")


async def test_a_list_with_a_blocked_host_is_refused_and_mended_in_the_browser(
    visit: Visit, world: World
) -> None:
    list_id = await written(world)
    window = await visit("coordinator.centre", "zh")
    page = window.page
    await window.open(f"/host-lists/{list_id}")
    await page.fill("[name=minutes]", "党组会纪要 9 号")
    await page.click("form[action$='/decide'] .card-footer button")
    await page.wait_for_selector("main >> text=B06")
    assert await page.input_value("[name=minutes]") == "党组会纪要 9 号"
    await window.look("host-list-refused")
    await page.uncheck(f"[name=hosts][value='{world.organisations['dispatch']}']")
    await page.click("form[action$='/hosts'] .card-footer button")
    await page.wait_for_selector(".flashes .ok")
    # the small world's file is dated later than today, so the credit check of this host still counts
    await page.fill("[name=minutes]", "党组会纪要 9 号")
    await page.click("form[action$='/decide'] .card-footer button")
    await page.wait_for_selector("form[action$='/publish']")
    await page.fill("[name=address]", "学校官网信息公开栏")
    await page.click("form[action$='/publish'] .card-footer button")
    await page.wait_for_selector("table >> text=清溪精密制造")
    await window.look("host-list-published")
