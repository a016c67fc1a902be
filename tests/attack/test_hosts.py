"""Links and redirects lead to this hub, whatever a request says about its host or where to go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from tests.world import PASSWORD

AWAY = [
    "//elsewhere.example", "/\t/elsewhere.example", "/\n//elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere.example", " //elsewhere.example",
    "https://elsewhere.example", "javascript:alert(1)", "/ /elsewhere.example", "",
]  # fmt: skip


async def test_a_one_time_link_carries_the_configured_address(
    browse: Callable[..., Any], vault: Vault
) -> None:
    forged = {"x-forwarded-proto": "https", "forwarded": "host=elsewhere.example"}
    sent = {"login": "new.person", "name": "新人", "mail": "new@precision.example", "role": "hr"}
    async with browse("hr.precision") as browser:
        await browser.post("/accounts", data=sent, headers=await browser.token() | forged)
    async with DB.acting_for(SYSTEM):
        letter = vault.unseal(await DB.fetch_value("select body from letter")).decode()
    assert "http://hub.test/welcome/" in letter
    assert "elsewhere" not in letter


async def test_nobody_is_led_elsewhere_after_signing_in(browse: Callable[..., Any]) -> None:
    async with browse() as browser:
        for back in AWAY:
            answer = await browser.submit(
                "/sign-in", {"login": "hr.precision", "password": PASSWORD, "back": back}
            )
            assert (answer.status_code, answer.headers["location"]) == (303, "/"), back
            answer = await browser.get("/sign-in", params={"back": back})
            assert answer.headers["location"] == "/", back


async def test_nobody_is_led_elsewhere_by_the_other_pages_that_go_on_somewhere(
    browse: Callable[..., Any],
) -> None:
    async with browse("hr.precision") as browser:
        for back in AWAY:
            for path in ("/privacy-notice", "/language", "/theme"):
                answer = await browser.submit(path, {"back": back})
                assert (answer.status_code, answer.headers["location"]) == (303, "/"), (path, back)
            shown = (await browser.get("/privacy-notice", params={"back": back})).text
            assert 'name="back" value="/"' in shown, back


async def test_a_visitor_comes_back_to_the_page_that_was_asked_for(
    browse: Callable[..., Any],
) -> None:
    async with browse() as browser:
        answer = await browser.get("/posts?show=open&page=2")
        assert answer.headers["location"] == "/sign-in?back=/posts%3Fshow%3Dopen%26page%3D2"
        shown = await browser.get(answer.headers["location"])
        assert 'value="/posts?show=open&amp;page=2"' in shown.text
