"""The page of skills in a browser: accessible, within its width, a text is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from alliance.advertisements.titles.actions import confirm_title
from alliance.commands.preparing import REFERENCE
from alliance.reference.actions import load
from tests.advertisements.test_titles import FITTER, brought, row
from tests.browser.conftest import LOADED, Visitor
from tests.world import World

Visit = Callable[..., Awaitable[Visitor]]


@pytest.mark.parametrize(("language", "width"), LOADED)
async def test_a_text_is_tried_beside_the_table(
    visit: Visit, world: World, language: str, width: str
) -> None:
    await load(REFERENCE)
    window = await visit("planner.centre", language, width)
    await window.open("/demand/skills")
    await window.look_in_both_widths(f"skills-{language}")
    await window.page.fill(
        "#text", "招数控车工，会对刀、看图纸，不要求会CAD，无需焊工证。本公司专业生产注塑模具。"
    )
    await window.page.click("form[action^='/demand/skills'] button.btn-primary")
    assert await window.page.locator("mark").count() >= 5
    await window.look_in_both_widths(f"skills-tried-{language}")
    await window.open("/demand/skills?standing=retired")
    await window.look_in_both_widths(f"skills-retired-{language}")


async def test_titles_without_a_code_are_listed_with_what_they_count_as(
    visit: Visit, world: World
) -> None:
    await load(REFERENCE)
    await brought(world, row("急聘焊工5名（包吃住）", 5), row("普工", 7), row("铆焊大工", 4))
    await confirm_title(world.planner_centre, "铆焊大工", FITTER)
    window = await visit("planner.centre", "zh")
    await window.open("/demand/titles")
    await window.look_in_both_widths("titles")
    await window.open("/demand/titles/one?title=普工")
    await window.look_in_both_widths("title")
    await window.open("/demand/advertisements")
    await window.look_in_both_widths("advertisements-read")
