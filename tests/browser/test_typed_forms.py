"""A form typed into a session that ends: in a real browser nothing that was typed goes away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from tests.browser.conftest import LANGUAGES, WIDTHS, Visitor
from tests.conftest import fresh_code
from tests.world import PASSWORD

Visit = Callable[..., Awaitable[Visitor]]


async def forget_sessions() -> None:
    """As if the rows of all sessions had run out."""
    async with DB.acting_for(SYSTEM):
        assert await DB.sweep("delete from signed_in")


async def come_back(window: Visitor, login: str) -> None:
    """Sign in on the page where one was led."""
    page = window.page
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", PASSWORD)
    await page.click("form[action='/sign-in'] [type=submit]")
    await page.wait_for_url(lambda url: "/sign-in" not in url)
    if "/second-factor" in page.url:
        await page.fill("[name=code]", await fresh_code(login))
        await page.click("form[action='/second-factor'] [type=submit]")
        await page.wait_for_url(lambda url: "/second-factor" not in url)


@pytest.mark.parametrize(("language", "width"), [("zh", "desktop"), ("en", "phone")])
async def test_a_post_typed_before_the_session_ended_stands_there_filled(
    visit: Visit, language: str, width: str
) -> None:
    window = await visit("hr.precision", language, width)
    page = window.page
    await window.open("/posts/new")
    await page.fill("[name=title]", "数控车工（夜班）")
    await page.fill("[name=tasks]", "点检\n自检")
    await forget_sessions()
    # the law is looked up while one types: the page stays and says what is the matter
    async with page.expect_response(
        lambda response: response.url.endswith("/posts/check")
    ) as waiting:
        await page.fill("[name=head_count]", "7")
        await page.press("[name=head_count]", "Tab")
    assert (await waiting.value).status == 204
    await page.wait_for_selector("[data-signed-out-said]")
    assert await page.input_value("[name=title]") == "数控车工（夜班）"
    await window.look(f"typed-signed-out-{language}-{width}")
    await page.click("#post-form [type=submit]:not([name]):not([formaction])")
    await page.wait_for_url("**/sign-in**")
    await window.look(f"typed-sign-in-{language}-{width}")
    await come_back(window, "hr.precision")
    await page.wait_for_selector("#post-form")
    assert await page.input_value("[name=title]") == "数控车工（夜班）"
    assert (await page.input_value("[name=tasks]")).splitlines() == ["点检", "自检"]
    assert await page.input_value("[name=head_count]") == "7"
    await window.look(f"typed-back-{language}-{width}")


async def test_nothing_of_it_is_shown_to_whoever_signs_in_instead(visit: Visit) -> None:
    window = await visit("hr.precision", "en")
    page = window.page
    await window.open("/posts/new")
    await page.fill("[name=title]", "数控车工（夜班）")
    await forget_sessions()
    await page.click("#post-form [type=submit]:not([name]):not([formaction])")
    await page.wait_for_url("**/sign-in**")
    await come_back(window, "coordinator.centre")
    assert "数控车工" not in await page.content()
    await window.open("/typed")
    assert "数控车工" not in await page.content()


async def test_the_page_of_a_form_that_does_not_open_shows_what_was_typed(visit: Visit) -> None:
    for language, width in zip(LANGUAGES, WIDTHS, strict=True):
        window = await visit("coordinator.centre", language, width)
        page = window.page
        await window.open("/accounts")
        await page.fill("[name=name]", "新同事")
        await forget_sessions()
        await page.click("form[action='/accounts'][method=post] [type=submit]")
        await page.wait_for_url("**/sign-in**")
        await come_back(window, "coordinator.centre")
        await page.wait_for_selector("[name=login]")
        assert await page.input_value("[name=name]") == "新同事"
        await window.open("/typed?alone=1")
        await window.look(f"typed-alone-{language}-{width}")


@pytest.mark.parametrize(("language", "width"), [("zh", "desktop"), ("en", "phone")])
async def test_a_file_that_is_too_large_is_refused_at_its_field(
    visit: Visit, tmp_path: Path, language: str, width: str
) -> None:
    large, small = tmp_path / "名单.csv", tmp_path / "小.csv"
    large.write_bytes(b"a" * (11 * 2**20))
    small.write_bytes("姓名\n".encode())
    window = await visit("coordinator.centre", language, width)
    page = window.page
    await window.open("/imports")
    await page.set_input_files("[name=file]", large)
    assert "11.0 MB" in await page.inner_text(".err")
    await page.click("form[action='/imports'] [type=submit]")
    await page.wait_for_timeout(200)
    assert page.url.endswith("/imports")
    await window.look(f"too-large-{language}-{width}")
    await page.set_input_files("[name=file]", small)
    assert await page.locator(".err").count() == 0
    # without the script the hub says it itself, and the menu stays
    await page.evaluate("document.querySelector('[name=file]').removeAttribute('data-most')")
    await page.set_input_files("[name=file]", large)
    await page.click("form[action='/imports'] [type=submit]")
    await page.wait_for_selector(".error-card, [role=alert]")
    assert "10 MB" in await page.content()
    window.complaints = [one for one in window.complaints if "413" not in one]
    await window.look(f"too-large-told-{language}-{width}")


async def test_a_refused_form_goes_along_into_the_other_language(visit: Visit) -> None:
    window = await visit("hr.precision", "zh")
    page = window.page
    await window.open("/filings/new")
    await page.fill("[name=reason]", "夜班护理（培养方案）\n第二行")
    async with page.expect_navigation():
        await page.click("form[action='/filings/new'] [type=submit]:not([name])")
    await page.fill("[name=document]", "教函〔2027〕3号")
    async with page.expect_navigation():
        await page.click("form[action='/language'] button")
    assert (await page.get_attribute("html", "lang") or "").startswith("en")
    assert (await page.input_value("[name=reason]")).splitlines() == [
        "夜班护理（培养方案）",
        "第二行",
    ]
    assert await page.input_value("[name=document]") == "教函〔2027〕3号"
    assert await page.evaluate("sessionStorage.getItem('typed')") is None, "kept no longer"


async def test_whoever_rests_is_warned_and_whoever_types_keeps_the_session(visit: Visit) -> None:
    window = await visit("hr.precision", "zh", "phone")
    page = window.page
    await page.clock.install()
    await window.open("/posts/new")
    # activity prolongs it: more than half an hour of typing, and no word of an end
    for minute in range(3):
        await page.clock.fast_forward("14:00")
        async with page.expect_response("**/session/awake") as waiting:
            await page.fill("[name=title]", f"数控车工 {minute}")
        assert (await waiting.value).status == 204
    assert await page.locator("[data-resting-said]").count() == 0
    await page.clock.fast_forward("26:00")
    assert "4 分钟后" in await page.inner_text("[data-resting-said]")
    await window.look("typed-resting-zh-phone")
    await page.click("[data-resting-said] button")
    await page.wait_for_selector("[data-resting-said]", state="detached")
    await page.clock.fast_forward("31:00")
    await page.wait_for_selector("[data-signed-out-said]")
    assert await page.input_value("[name=title]") == "数控车工 2"
