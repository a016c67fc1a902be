"""A page that does not exist, as a person meets it: with their menu, in their language, and a way on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.browser.conftest import Visitor


@pytest.mark.parametrize(
    ("login", "language", "width"),
    [("hr.precision", "zh", "desktop"), ("student0.centre", "en", "phone")],
)
async def test_a_lost_reader_keeps_menu_and_language_and_finds_back(
    visit: Callable[..., Awaitable[Visitor]], login: str, language: str, width: str
) -> None:
    window = await visit(login, language, width)
    page = window.page
    await window.open("/my-data")
    await page.evaluate("window.location.href = '/no-such-page'")
    await page.wait_for_selector(".error-card")
    window.complaints = [one for one in window.complaints if "404" not in one]
    await window.look(f"lost-{language}-{width}")
    words = {"zh": ("没有找到页面", "Not found"), "en": ("Not found", "没有找到页面")}[language]
    assert words[0] in await page.inner_text("h1")
    if width == "phone":
        await page.click(".pmenu summary")
    await page.click("form[action='/language'] button")
    await page.wait_for_load_state()
    assert page.url.endswith("/no-such-page"), "the language turns in place"
    assert words[1] in await page.inner_text("h1")
    await page.go_back()
    await page.wait_for_selector(".error-card")
    await page.click(".error-card a.btn-primary, .error-card a.btn")
    await page.wait_for_load_state()
    assert await page.locator(".error-card").count() == 0
    if width == "desktop":
        await window.open("/no-such-page")
        await page.fill(".error-card [name=q]", "车工")
        await page.click(".error-card [type=submit]")
        await page.wait_for_url("**/search?q=**")
