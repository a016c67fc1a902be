"""Files, the round's table, the checklist and visits in a browser: both widths, both languages, and a coordinator who mends one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.browser.conftest import Visitor
from tests.orientation.test_visits import prepared
from tests.placements.files import AGREEMENT, complete, placed
from tests.rounds.rounds import open_round
from tests.world import World

Visit = Callable[..., Awaitable[Visitor]]
Survey = Callable[..., Awaitable[None]]


async def test_pages_of_files_and_visits(survey: Survey, world: World) -> None:
    row = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    good, bad = await placed(world, 0, round=row), await placed(world, 1, round=row)
    await complete(world, good)
    seen = await prepared(world)
    for login, paths in (
        (
            "coordinator.centre",
            (
                "/placements",
                f"/placements/{bad}",
                f"/placements/{good}/agreement",
                f"/placements/{good}/plan",
                "/placements/new",
                f"/rounds/{row}/files",
                f"/rounds/{row}/checklist",
                f"/rounds/{row}/checklist?view=print",
                "/visits",
                "/visits/new",
                f"/visits/{seen}",
            ),
        ),
        ("hr.precision", (f"/placements/{good}", f"/placements/{good}/guides")),
        ("student0.centre", ("/placement",)),
    ):
        await survey(login, paths)


async def test_a_coordinator_mends_a_file_and_puts_the_agreement_in_force(
    visit: Visit, world: World
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    window = await visit("coordinator.centre", "zh")
    page = window.page
    await window.open(f"/placements/{placement}/agreement")
    await page.fill("[name=agreement_text]", f"{AGREEMENT}改动后的协议")
    await page.click("form[action$='/agreement'] .card-footer button")
    await page.wait_for_selector("#law-head")
    assert await page.locator("main >> text=D05").count() > 0
    assert await page.locator("form[action$='/move/agree']").count() == 0
    for names in (("", "", "", ""), ("2026-11-03",) * 4):
        await window.open(f"/placements/{placement}/agreement")
        for name, value in zip(("school", "host", "student", "guardian"), names, strict=True):
            await page.fill(f"[name=agreement_{name}_on]", value)
        await page.click("form[action$='/agreement'] .card-footer button")
        await page.wait_for_selector("#law-head")
    await page.click("form[action$='/move/agree'] button")
    await page.wait_for_selector("main >> text=协议生效")
    await window.look("file-agreed")
