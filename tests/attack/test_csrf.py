"""A form of somebody else, of an earlier session or of another site changes nothing, and what was typed is not lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alliance.kit.edge.csrf import FIELD, HEADER, VISIT
from tests.conftest import TOKENS
from tests.world import PASSWORD


async def test_a_token_belongs_to_one_session_and_changes_at_sign_in(
    browse: Callable[..., Any],
) -> None:
    async with browse() as visitor, browse("hr.hotel") as other, browse("hr.precision") as browser:
        page = await visitor.get("/sign-in")
        before = TOKENS.of_visit(visitor.cookies[VISIT])
        assert before in page.text, "the page of a visitor carries the token of its browser"
        assert (
            await visitor.post("/theme", data={"theme": "dark", FIELD: before})
        ).status_code == 303

        own, foreign = (await browser.token())[HEADER], (await other.token())[HEADER]
        assert own != foreign
        for token in (foreign, before, own[:-1], "", "\N{SNOWMAN}", None):
            sent = {"theme": "dark", **({FIELD: token} if token is not None else {})}
            assert (await browser.post("/theme", data=sent)).status_code == 403, token
        assert (
            await browser.post("/theme", data={"theme": "dark", FIELD: own})
        ).status_code == 303, "without JavaScript"
        assert (
            await browser.post("/theme", data={"theme": "dark"}, headers={HEADER: own})
        ).status_code == 303, "as htmx does"

        # whoever signs in anew has another token; the pages of before are stale
        await browser.post("/sign-out", headers={HEADER: own})
        assert (await browser.sign_in("hr.precision", PASSWORD)).status_code == 303
        assert (await browser.token())[HEADER] != own
        assert (await browser.post("/theme", data={"theme": "dark", FIELD: own})).status_code == 403


async def test_a_visitors_token_cannot_be_made_without_the_hub(browse: Callable[..., Any]) -> None:
    async with browse() as browser:
        browser.cookies.set(VISIT, "chosen.by-somebody")
        answer = await browser.post(
            "/theme", data={"theme": "dark", FIELD: TOKENS.of_visit("chosen.by-somebody")}
        )
        assert answer.status_code == 403


async def test_a_stale_form_says_why_and_gives_back_what_was_typed(
    browse: Callable[..., Any],
) -> None:
    sent = {
        "title": "装配工<b>",
        "description": "three lines\nof words",
        "password": "never shown again",
        FIELD: "old",
    }
    async with browse("hr.precision") as browser:
        own = await browser.post("/posts", data=sent, headers={"origin": "http://hub.test"})
        assert own.status_code == 403
        assert "open for too long" in own.text
        assert "装配工&lt;b&gt;" in own.text
        assert "of words</textarea>" in own.text
        assert "never shown" not in own.text
        foreign = await browser.post(
            "/posts", data=sent, headers={"origin": "https://elsewhere.example"}
        )
        assert "装配工" not in foreign.text, (
            "another site's words are not shown as the reader's own"
        )
