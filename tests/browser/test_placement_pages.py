"""The pages of a round, as coordinator, student, guardian and HR see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from alliance.kit.engine import DB
from alliance.rounds import deciding, publishing, running
from tests.browser.conftest import LANGUAGES, LOADED, Visitor
from tests.rounds.rounds import fewer_staff, open_round, ranked_round, run
from tests.world import World

Visit = Callable[..., Awaitable[Visitor]]
Survey = Callable[..., Awaitable[None]]
ALL = {index: ["turning", "milling", "wiring"] for index in range(12)}


async def _press(window: Visitor, button: str) -> None:
    """Press a form's button and wait for the page that answers it; a click alone may return before."""
    async with window.page.expect_navigation():
        await window.page.click(button)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_student_ranks_posts_on_a_phone_and_takes_one_back(
    visit: Visit, world: World, language: str
) -> None:
    round_id = await open_round(
        world, world.coordinator_centre, "centre", ["turning", "milling", "wiring", "ward"]
    )
    phone = await visit("student0.centre", language, "phone")
    await phone.open("/")
    await phone.look(f"phone-empty-{language}")
    add, undo = ("加入", "撤销") if language == "zh" else ("Add", "Undo")
    for name in ("turning", "milling"):
        await _press(
            phone,
            f"form:has(input[name=post][value='{world.posts[name]}']) button:has-text('{add}')",
        )
    await _press(phone, "ol.prefs li:nth-child(2) button.up")
    await phone.look(f"phone-ranked-{language}")
    async with DB.acting_for(world.actors["student0.centre"]):
        rows = await DB.fetch(
            "select post from preference where round = $1 order by rank", round_id
        )
    assert [row["post"] for row in rows] == [world.posts["milling"], world.posts["turning"]]
    await _press(phone, f"button:has-text('{undo}')")
    async with DB.acting_for(world.actors["student0.centre"]):
        rows = await DB.fetch(
            "select post from preference where round = $1 order by rank", round_id
        )
    assert [row["post"] for row in rows] == [world.posts["turning"], world.posts["milling"]]
    assert await phone.page.locator("#no").count() == 1


@pytest.mark.parametrize(("language", "width"), LOADED)
async def test_the_coordinator_runs_decides_and_publishes(
    visit: Visit, world: World, language: str, width: str
) -> None:
    round_id = await ranked_round(world, ALL)
    window = await visit("coordinator.centre", language, width)
    await window.open(f"/rounds/{round_id}")
    await window.look_in_both_widths(f"bench-empty-{language}")
    await window.page.click(f"form[action='/rounds/{round_id}/run'] button")
    await window.page.wait_for_selector("#progress")
    await window.look_in_both_widths(f"bench-queued-{language}")
    async with DB.acting_for(world.coordinator_centre):
        run_id = await DB.fetch_value("select id from matching_run where round = $1", round_id)
    await running.perform(run_id)
    # the page hears of the end by itself
    await window.page.wait_for_selector("h2#res", timeout=15_000)
    await window.look_in_both_widths(f"bench-{language}")
    await window.page.click("button[name=all]")
    await window.page.click("dialog .btn-primary")
    await window.page.wait_for_selector(f"form[action='/rounds/{round_id}/publish'] button")
    await window.page.click(f"form[action='/rounds/{round_id}/publish'] button")
    await window.page.click("dialog .btn-primary")
    await window.page.wait_for_load_state()
    await window.look_in_both_widths(f"bench-published-{language}")
    async with DB.acting_for(world.coordinator_centre):
        assert (
            await DB.fetch_value("select count(*) from placement where round = $1", round_id) == 12
        )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_after_publishing_student_guardian_and_hr_see_their_side(
    visit: Visit, world: World, language: str
) -> None:
    round_id = await ranked_round(world, ALL)
    await run(world.coordinator_centre, round_id)
    await deciding.accept(world.coordinator_centre, round_id)
    await publishing.publish(world.coordinator_centre, round_id)
    for login, path, width in (
        ("student0.centre", "/preferences", "phone"),
        ("guardian.centre", "/preferences", "phone"),
        ("hr.precision", "/interns", "desktop"),
        ("hr.precision", "/candidates", "phone"),
        ("hr.precision", f"/candidates/{round_id}", "desktop"),
        ("planner.centre", "/rounds", "desktop"),
    ):
        window = await visit(login, language, width)
        await window.open(path)
        await window.look(f"after-{login}-{path.split('/')[1]}-{language}")
        if path == "/preferences":
            assert await window.page.locator("#result").count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_setting_a_round_up_looks_right(survey: Survey, world: World, theme: str) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    paths = (
        "/",
        "/rounds",
        "/rounds/new",
        f"/rounds/{round_id}",
        f"/rounds/{round_id}/classes",
        f"/rounds/{round_id}/posts",
        f"/rounds/{round_id}/edit",
    )
    await survey("coordinator.centre", paths, theme)


async def test_an_override_against_the_law_shows_the_finding_and_keeps_what_was_typed(
    visit: Visit, world: World
) -> None:
    round_id = await ranked_round(world, ALL)
    await fewer_staff(world)
    await run(world.coordinator_centre, round_id)
    async with DB.acting_for(world.coordinator_centre):
        left = await DB.fetch_value(
            "select student from proposal where round = $1 and post is null", round_id
        )
    window = await visit("coordinator.centre", "zh")
    await window.open(f"/rounds/{round_id}/students/{left}/override")
    await window.page.select_option("[name=post]", str(world.posts["wiring"]))
    await window.page.fill("[name=reason]", "离家近")
    await window.page.click("main form[method=post] button[type=submit]")
    await window.page.wait_for_selector("text=C06")
    await window.look("override-refused")
    assert await window.page.input_value("[name=reason]") == "离家近"
