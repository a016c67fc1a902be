"""A look at a page notices what a reader would stumble over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.browser.conftest import Visitor


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        ("<p data-css='color: #bbb; background: #fff'>pale</p>", "color-contrast"),
        (
            "<div data-css='background: #333'><div data-css='opacity: .9'><p data-css='color: #444'>dark</p></div></div>",
            "color-contrast",
        ),
        (
            "<input data-css='color: #999; background: #aaa' value='pale' aria-label='x'>",
            "color-contrast",
        ),
        ("<input type='text'>", "label"),
        ("<button></button>", "button-name"),
        ("<p data-css='width: 3000px'>wide</p>", "px wider than the window"),
    ],
)
async def test_what_makes_a_page_hard_to_use_fails_the_look(
    visit: Callable[..., Awaitable[Visitor]], made: str, complaint: str
) -> None:
    window = await visit("hr.precision")
    await window.open("/password")
    await window.look()
    await window.page.evaluate(
        # by script, because the hub's pages refuse styles in their markup
        "made => { document.querySelector('main').insertAdjacentHTML('beforeend', made);"
        " document.querySelectorAll('[data-css]').forEach(one => one.style.cssText = one.dataset.css) }",
        made,
    )
    with pytest.raises(AssertionError, match=complaint):
        await window.look()
