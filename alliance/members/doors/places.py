"""Where a request comes from, for the doors: its address, its browser in words, the mark that the browser carries."""

from __future__ import annotations

from litestar.response import Redirect

from alliance.kit.pages import WebRequest
from alliance.kit.sessions import cookie_name
from alliance.members.doors import attempts, sessions
from alliance.members.doors.attempts import Place
from alliance.members.who import address_of

YEAR = 365 * 24 * 3600
DEVICE = "hub_device"
"""The cookie of a browser that an account was entered from (`attempts`)."""


def place(request: WebRequest) -> Place:
    """Where an attempt comes from."""
    browser = sessions.browser_of(request.headers.get("user-agent", ""))
    return Place(address_of(request), browser, request.cookies.get(_device(request), ""))


def known(request: WebRequest, login: str, response: Redirect) -> Redirect:
    """The answer to a sign-in that succeeded: this browser is from now on one that the account was entered from."""
    vault, name = request.app.state.vault, login.strip().lower()
    if not attempts.carries(vault, request.cookies.get(_device(request), ""), name):
        response.set_cookie(
            _device(request), attempts.new_device(vault, name), max_age=YEAR, samesite="lax", httponly=True,
            secure=request.app.state.settings.secure_cookies,
        )  # fmt: skip
    return response


def _device(request: WebRequest) -> str:
    return cookie_name(DEVICE, secure=request.app.state.settings.secure_cookies)
