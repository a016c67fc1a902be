"""What htmx sends carries the page's token, and another session's is refused: in a real browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.browser.conftest import Visitor
from tests.conftest import TOKENS

POST = """() => htmx.ajax('POST', '/theme', {source: document.querySelector('main'), swap: 'none', values: {theme: 'dark'}})"""
TAKE = """token => document.body.setAttribute('hx-headers:inherited', JSON.stringify({'x-csrf-token': token}))"""


async def test_a_post_of_htmx_passes_with_the_pages_token_and_with_no_other(
    visit: Callable[..., Awaitable[Visitor]],
) -> None:
    window = await visit("hr.precision")
    await window.open("/posts")
    for token, status in ((None, 303), (TOKENS.of_session("of somebody else"), 403), ("", 403)):
        if token is not None:
            await window.page.evaluate(TAKE, token)
        async with window.page.expect_response(
            lambda response: response.url.endswith("/theme")
        ) as waiting:
            await window.page.evaluate(POST)
        assert (await waiting.value).status == status
    # the same without htmx: a form carries the token as a field
    await window.open("/posts")
    await window.page.click("form[action='/sign-out'] button")
    await window.page.wait_for_url("**/sign-in**")
