"""HR types an unlawful post, reads what stands against it while typing, mends it with one click each, and publishes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.browser.conftest import LANGUAGES, Visitor
from tests.filings.filed import entered, new
from tests.world import World

Visit = Callable[..., Awaitable[Visitor]]
Survey = Callable[..., Awaitable[None]]
TYPED = {"title": "装配", "head_count": "14", "starts": "2028-03-06", "ends": "2028-09-01", "pay_monthly": "2600",
         "staff_same_type": "90", "wage_standard": "6000", "lowest_tier": "4000", "tasks": "点检\n装配\n自检"}  # fmt: skip
CHOSEN = {"occupation": "6-18-01-01", "town": "q01", "labour_grade": "2", "shift": "night"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_hr_types_an_unlawful_post_mends_it_and_publishes(
    visit: Visit, world: World, language: str
) -> None:
    window = await visit("hr.precision", language)
    page = window.page
    await window.open("/posts/new")
    for name, value in TYPED.items():
        await page.fill(f"[name={name}]", value)
    for name, value in CHOSEN.items():
        await page.select_option(f"[name={name}]", value)
    # a number that cannot be is marked at its field before anything is sent
    hours = await page.input_value("[name=hours_per_day]")
    await page.fill("[name=hours_per_day]", "30")
    await page.press("[name=hours_per_day]", "Tab")
    await page.wait_for_selector("#f-hours_per_day.is-invalid[aria-invalid=true]")
    await page.fill("[name=hours_per_day]", hours or "8")
    await page.press("[name=hours_per_day]", "Tab")
    await page.wait_for_selector("#f-hours_per_day:not([aria-invalid])")
    await page.check("[name=works_holidays][value=no]")
    await page.check("[name=hazards][value=none]")
    # the list of specialties narrows to what is typed
    await page.fill("[data-sift]", "数控" if language == "zh" else "cnc")
    assert await page.locator("[name=specialties]:visible").count() == 1
    await page.check("[name=specialties][value='660103']")
    assert "1" in await page.inner_text(".sift:visible summary span")
    await page.wait_for_selector("#law >> text=C06")
    await window.look(f"law-typing-{language}")
    for rule in ("C06", "F03", "G01"):
        await page.click(f"#law .finding:has(.pill:has-text('{rule}')) button[name=mend]")
        await page.wait_for_selector("#post-form[data-dirty=yes]")
        await page.wait_for_load_state()
        assert await page.locator(f"#law .finding.b:has(.pill:has-text('{rule}'))").count() == 0
    await window.look(f"law-mended-{language}")
    # a job is not asked for what only internships have
    await page.check("[name=kind][value=job]")
    assert not await page.locator("[name=staff_same_type]").is_visible()
    await page.check("[name=kind][value=internship]")
    await page.click("#post-form .card-footer button:not([formaction])")
    await page.wait_for_url("**/posts/*-*")
    await page.click("form[action$='/publish'] button")
    await page.wait_for_selector("form[action$='/close']")
    await window.look(f"law-published-{language}")


async def test_pages_of_filings_and_of_a_post(survey: Survey, world: World) -> None:
    late = await entered(world.hr_precision, new(world, ends=new(world).starts))
    await entered(
        world.coordinator_centre,
        new(world, lift="F01.TOXIC", subject_kind="host", subject=world.organisations["hotel"]),
    )
    post = world.posts["turning"]
    paths = (
        "/filings",
        "/filings?state=revoked",
        f"/filings/new?rule=F03.nights&post={post}",
        f"/filings/{late}",
        f"/posts/{post}",
        f"/posts/{post}/edit",
    )
    await survey("hr.precision", paths)
