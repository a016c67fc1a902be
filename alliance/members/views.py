"""Signing in, one's own account, language and theme."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.asked import Address, Code
from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.language import LANGUAGES, _
from alliance.kit.pages import WebRequest, go, page, within
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.members import links, queries, sign_in
from alliance.members.doors import attempts, passwords, sessions
from alliance.members.doors.attempts import Place
from alliance.members.who import address_of

PUBLIC = {"public": True}
"""Marks a route that visitors may open; every other route has a guard."""
YEAR = 365 * 24 * 3600
DEVICE = "hub_device"
"""The cookie of a browser that an account was entered from (`attempts`)."""


@get("/sign-in", opt=PUBLIC)
async def sign_in_page(request: WebRequest, back: Address = "/") -> Template | Redirect:
    if request.scope.get("user") is not None:
        return Redirect(within(back), status_code=303)
    return page(request, "members/sign_in.html", form=Form({"back": back}), demo=request.app.state.demo)


@post("/sign-in", opt={**PUBLIC, "limited": True}, status_code=200)
async def sign_in_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    login, password = form.text("login", most=60), form.secret("password")
    if not form.failed:
        try:
            found = await sign_in.sign_in(request.app.state.hasher, request.app.state.vault, login, password, place(request))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            request.set_session(found.as_session())
            return _known(request, login, Redirect(within(form.value("back", "/")), status_code=303))
    return page(request, "members/sign_in.html", status=422, form=form, demo=request.app.state.demo)


@post("/sign-out", guards=[may("account.own")], status_code=303)
async def sign_out(request: WebRequest) -> Redirect:
    await sessions.end(request.user, UUID(request.session["signed_in"]))
    request.clear_session()
    return Redirect("/sign-in", status_code=303)


@get("/roles", guards=[may("account.own")])
async def roles_page(request: WebRequest) -> Template:
    grants = await queries.own_grants(request.user)
    return page(request, "members/roles.html", crumbs=[(_("Your roles"), None)], grants=grants)


@post("/roles/{grant:uuid}", guards=[may("account.own")], status_code=303)
async def switch_role(request: WebRequest, grant: FromPath[UUID]) -> Redirect:
    found = await sign_in.switch(request.user, grant, UUID(request.session["signed_in"]))
    request.set_session(found.as_session())
    return Redirect("/", status_code=303)


@get("/password", guards=[may("account.own")])
async def password_page(request: WebRequest) -> Template:
    return page(request, "members/password.html", crumbs=[(_("Password"), None)], form=Form(), shortest=passwords.SHORTEST)


@post("/password", guards=[may("account.own")], opt={"limited": True}, status_code=200)
async def password_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    present, password, again = form.secret("present"), form.secret("password"), form.secret("again")
    if password != again:
        form.error("again", _("The two new passwords differ."))
    if not form.failed:
        try:
            session = await sign_in.change_password(
                request.app.state.hasher,
                request.app.state.vault,
                request.user,
                present,
                password,
                place(request),
                county=request.app.state.county,
                second_factor=False,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            request.session["signed_in"] = str(session)
            return go(request, "/", _("Your password was changed; elsewhere you have to sign in again."))
    crumbs = [(_("Password"), None)]
    return page(request, "members/password.html", status=422, crumbs=crumbs, form=form, shortest=passwords.SHORTEST)


@get("/welcome/{token:str}", opt=PUBLIC)
async def link_page(request: WebRequest, token: Code) -> Template:
    login = await links.link_owner(token)
    status = 200 if login else 410
    return page(request, "members/link.html", status=status, form=Form(), login=login, shortest=passwords.SHORTEST)


@post("/welcome/{token:str}", opt={**PUBLIC, "limited": True}, status_code=200)
async def link_form(request: WebRequest, token: Code) -> Template | Redirect:
    form = Form(await request.form())
    password, again = form.secret("password"), form.secret("again")
    if password != again:
        form.error("again", _("The two new passwords differ."))
    if not form.failed:
        try:
            about = await queries.names_behind(request.app.state.vault, token)
            await links.set_password(request.app.state.hasher, token, password, (*about, request.app.state.county))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(request, "/sign-in", _("Your password is set. Sign in with it."))
    login = await links.link_owner(token)
    return page(request, "members/link.html", status=422, form=form, login=login, shortest=passwords.SHORTEST)


@post("/language", opt=PUBLIC, status_code=303)
async def language_form(request: WebRequest) -> Redirect:
    form = Form(await request.form())
    chosen = form.value("language")
    response = Redirect(within(form.value("back", "/")), status_code=303)
    if chosen in LANGUAGES:
        response.set_cookie("hub_language", chosen, max_age=YEAR, samesite="lax", httponly=True)
        if request.scope.get("user") is not None:
            async with DB.acting_for(request.user):
                await DB.change("update account set language = $2 where id = $1", request.user.account, chosen)
    return response


@post("/theme", opt=PUBLIC, status_code=303)
async def theme_form(request: WebRequest) -> Redirect:
    form = Form(await request.form())
    response = Redirect(within(form.value("back", "/")), status_code=303)
    if form.value("theme") in ("auto", "light", "dark"):
        response.set_cookie("hub_theme", form.value("theme"), max_age=YEAR, samesite="lax", httponly=True)
    return response


def place(request: WebRequest) -> Place:
    """Where an attempt comes from."""
    browser = sessions.browser_of(request.headers.get("user-agent", ""))
    return Place(address_of(request), browser, request.cookies.get(DEVICE, ""))


def _known(request: WebRequest, login: str, response: Redirect) -> Redirect:
    """The answer to a sign-in that succeeded: this browser is from now on one that the account was entered from."""
    vault, name = request.app.state.vault, login.strip().lower()
    if not attempts.carries(vault, request.cookies.get(DEVICE, ""), name):
        response.set_cookie(
            DEVICE, attempts.new_device(vault, name), max_age=YEAR, samesite="lax", httponly=True,
            secure=request.app.state.settings.secure_cookies,
        )  # fmt: skip
    return response


ROUTES = [
    sign_in_page,
    sign_in_form,
    sign_out,
    roles_page,
    switch_role,
    password_page,
    password_form,
    link_page,
    link_form,
    language_form,
    theme_form,
]
