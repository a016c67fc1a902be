"""Where a request comes from, for the doors: its address, its browser in words, the mark that the
browser carries."""

from __future__ import annotations

from typing import TypeVar

from litestar.response import Redirect, Template

from alliance.kit.actors import SYSTEM
from alliance.kit.edge.sessions import cookie_name
from alliance.kit.engine import DB
from alliance.kit.web.pages import WebRequest
from alliance.members.accounts import telling
from alliance.members.accounts.targets import target
from alliance.members.doors import attempts, sessions
from alliance.members.doors.attempts import Place
from alliance.members.sign_in import SignedIn
from alliance.members.who import address_of

Answer = TypeVar("Answer", Redirect, Template)
YEAR = 365 * 24 * 3600
DEVICE = "hub_device"
"""The cookie of a browser that an account was entered from (`attempts`)."""

_STRANGE = """
select count(*) > 0 and not coalesce(bool_or((s.browser, s.address) = (present.browser,
  present.address)), false)
from signed_in s, (select browser, address from signed_in where id = $2) present where s.account =
  $1 and s.id <> $2
"""
"""Whether an account was entered before, and never from what looks like this session's browser and
address."""


def place(request: WebRequest) -> Place:
    """Where an attempt comes from."""
    browser = sessions.browser_of(request.headers.get("user-agent", ""))
    return Place(address_of(request), browser, request.cookies.get(_device(request), ""))


async def known(request: WebRequest, login: str, found: SignedIn, response: Answer) -> Answer:
    """The answer to a sign-in that succeeded: this browser is from now on one that the account was
    entered from.

    The person is told of a browser that neither carries the account's mark nor looks like an
    earlier session's.
    """
    vault, name = request.app.state.vault, login.strip().lower()
    if not attempts.carries(vault, request.cookies.get(_device(request), ""), name):
        response.set_cookie(
            _device(request),
            attempts.new_device(vault, name),
            max_age=YEAR,
            samesite="lax",
            httponly=True,
            secure=request.app.state.settings.secure_cookies,
        )
        async with DB.acting_for(SYSTEM):
            touched = (
                await target(found.account)
                if await DB.fetch_value(_STRANGE, found.account, found.session)
                else None
            )
            if touched is not None:
                await telling.tell(SYSTEM, vault, touched, "new_browser")
    return response


def _device(request: WebRequest) -> str:
    return cookie_name(DEVICE, secure=request.app.state.settings.secure_cookies)
