"""One's own account, and help at the door for whoever cannot sign in."""

from __future__ import annotations

from litestar import get, post
from litestar.response import Redirect, Template

from alliance.kit.edge.sessions import cookie_name
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.web.pages import WebRequest, go, page
from alliance.members import queries
from alliance.members.accounts import confirmations, links
from alliance.members.accounts.telling import kinds_in_words
from alliance.members.model import (
    CONFIRM_WITHIN,
    REQUEST_LIFE,
)

PUBLIC = {"public": True}
BROWSER = "hub_help"
"""The cookie in which a browser keeps the secret and the code of its request."""


@get("/account", guards=[may("account.own")])
async def own_page(request: WebRequest) -> Template:
    rows = await queries.own_links(request.user, request.app.state.vault)
    return page(
        request,
        "members/accounts/own.html",
        crumbs=[(_("Your account"), None)],
        rows=rows,
        words=kinds_in_words(),
    )


@post("/account/end", guards=[may("account.own")], status_code=303)
async def end_form(request: WebRequest) -> Redirect:
    await confirmations.end_own(request.user)
    return go(
        request,
        "/account",
        _("Ended. No link or code works any more, and nothing waits for a second person."),
    )


@get("/sign-in/help", opt=PUBLIC)
async def help_page(request: WebRequest) -> Template:
    secret, _colon, code = request.cookies.get(_browser(request), "").partition(":")
    ready = bool(secret) and await links.link_owner(secret) is not None
    waiting = bool(secret) and not ready and await links.is_waiting(secret)
    return _help(request, Form(), secret=secret if ready else "", code=code if waiting else "")


@post("/sign-in/help", opt={**PUBLIC, "limited": True}, status_code=200)
async def help_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    login = form.text("login", most=60)
    if form.failed:
        return _help(request, form, status=422)
    secret, code = await links.begin_request(request.app.state.vault, login)
    answer = go(request, "/sign-in/help")
    kept = int(CONFIRM_WITHIN.total_seconds())
    answer.set_cookie(
        key=_browser(request),
        value=f"{secret}:{code}",
        httponly=True,
        samesite="strict",
        secure=request.app.state.settings.secure_cookies,
        max_age=kept,
    )
    return answer


def _browser(request: WebRequest) -> str:
    return cookie_name(BROWSER, secure=request.app.state.settings.secure_cookies)


def _help(
    request: WebRequest, form: Form, *, secret: str = "", code: str = "", status: int = 200
) -> Template:
    minutes = int(REQUEST_LIFE.total_seconds() // 60)
    return page(
        request,
        "members/accounts/help.html",
        status=status,
        form=form,
        secret=secret,
        code=code,
        minutes=minutes,
    )


ROUTES = [own_page, end_form, help_page, help_form]
