"""Signing in, one's own account, language and theme."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.language import LANGUAGES, _
from alliance.kit.policy import may
from alliance.kit.web.asked import Address, Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page, within
from alliance.members import queries, sign_in
from alliance.members.accounts import links
from alliance.members.doors import passwords, resuming, sessions
from alliance.members.doors.places import YEAR, known, place
from alliance.members.tables import Account

PUBLIC = {"public": True}
"""Marks a route that visitors may open; every other route has a guard."""


@get("/sign-in", opt=PUBLIC)
async def sign_in_page(request: WebRequest, back: Address = "/") -> Template | Redirect:
    if request.scope.get("user") is not None:
        return Redirect(within(back), status_code=303)
    return page(
        request,
        "members/sign_in.html",
        form=Form({"back": back}),
        demo=request.app.state.demo.offers(),
    )


@post("/sign-in", opt={**PUBLIC, "limited": True}, status_code=200)
async def sign_in_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    login, password = form.text("login", most=60), form.secret("password")
    if not form.failed:
        async with attempt(form):
            found = await sign_in.sign_in(
                request.app.state.hasher,
                request.app.state.vault,
                login,
                password,
                place(request),
                second_factor=request.app.state.settings.second_factor,
            )
            back = within(form.value("back", "/"))
            if isinstance(found, sign_in.HalfIn):
                request.set_session(found.as_session() | resuming.carry(request, found.account))
                return Redirect(f"/second-factor?{urlencode({'back': back})}", status_code=303)
            onward = await resuming.go_in(request, found, back)
            return await known(request, login, found, Redirect(onward, status_code=303))
    return page(
        request,
        "members/sign_in.html",
        status=form.status,
        form=form,
        demo=request.app.state.demo.offers(),
    )


@post("/sign-out", guards=[may("account.own")], status_code=303)
async def sign_out(request: WebRequest) -> Redirect:
    await sessions.end(request.user, UUID(request.session["signed_in"]))
    resuming.sign_out(request.session)
    return Redirect("/sign-in", status_code=303)


@get("/roles", guards=[may("account.own")])
async def roles_page(request: WebRequest) -> Template:
    grants = await queries.own_grants(request.user)
    return page(request, "members/roles.html", crumbs=[(_("Your roles"), None)], grants=grants)


@post("/roles/{grant:uuid}", guards=[may("account.own")], status_code=303)
async def switch_role(request: WebRequest, grant: FromPath[UUID]) -> Redirect:
    found = await sign_in.switch(
        request.user, grant=grant, session=UUID(request.session["signed_in"])
    )
    request.set_session(found.as_session())
    return Redirect("/", status_code=303)


@get("/password", guards=[may("account.own")])
async def password_page(request: WebRequest) -> Template:
    return page(
        request,
        "members/password.html",
        crumbs=[(_("Password"), None)],
        form=Form(),
        shortest=passwords.SHORTEST,
    )


@post("/password", guards=[may("account.own")], opt={"limited": True}, status_code=200)
async def password_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    present, password, again = form.secret("present"), form.secret("password"), form.secret("again")
    if password != again:
        form.error("again", _("The two new passwords differ."))
    if not form.failed:
        async with attempt(form):
            session = await sign_in.change_password(
                request.app.state.hasher,
                request.app.state.vault,
                request.user,
                present,
                password,
                place(request),
                county=request.app.state.county,
                second_factor=await sessions.showed_factor(UUID(request.session["signed_in"])),
            )
            request.session["signed_in"] = str(session)
            return go(
                request, "/", _("Your password was changed; elsewhere you have to sign in again.")
            )
    crumbs = [(_("Password"), None)]
    return page(
        request,
        "members/password.html",
        status=form.status,
        crumbs=crumbs,
        form=form,
        shortest=passwords.SHORTEST,
    )


@get("/welcome/{token:str}", opt=PUBLIC)
async def link_page(request: WebRequest, token: Code) -> Template:
    login = await links.link_owner(token)
    status = 200 if login else 410
    return page(
        request,
        "members/link.html",
        status=status,
        form=Form(),
        login=login,
        joins=await _joins(request, token),
        shortest=passwords.SHORTEST,
    )


@post("/welcome/{token:str}", opt={**PUBLIC, "limited": True}, status_code=200)
async def link_form(request: WebRequest, token: Code) -> Template | Redirect:
    form = Form(await request.form())
    password, again = form.secret("password"), form.secret("again")
    if password != again:
        form.error("again", _("The two new passwords differ."))
    if not form.failed:
        async with attempt(form):
            about = await queries.names_behind(request.app.state.vault, token)
            await links.set_password(
                request.app.state.hasher, token, password, (*about, request.app.state.county)
            )
            return go(request, "/sign-in", _("Your password is set. Sign in with it."))
    login = await links.link_owner(token)
    return page(
        request,
        "members/link.html",
        status=form.status,
        form=form,
        login=login,
        joins=await _joins(request, token),
        shortest=passwords.SHORTEST,
    )


async def _joins(request: WebRequest, token: str) -> str:
    """Where a guardian adds the child of a first slip to the account that they have, or nothing."""
    if not await links.is_for_guardian(token):
        return ""
    onward = f"/welcome/{token}/child"
    user = request.scope.get("user")
    if user is None:
        return f"/sign-in?{urlencode({'back': onward})}"
    return onward if user.role == "guardian" else ""


@post("/language", opt=PUBLIC, status_code=303)
async def language_form(request: WebRequest) -> Redirect:
    form = Form(await request.form())
    chosen = form.value("language")
    back = resuming.switch(request, form.value("typed"), within(form.value("back", "/")))
    response = Redirect(back, status_code=303)
    if chosen in LANGUAGES:
        response.set_cookie("hub_language", chosen, max_age=YEAR, samesite="lax", httponly=True)
        if request.scope.get("user") is not None:
            async with DB.acting_for(request.user):
                await DB.change(
                    Account.update({Account.language: chosen}).where(
                        Account.id == request.user.account
                    )
                )
    return response


@post("/theme", opt=PUBLIC, status_code=303)
async def theme_form(request: WebRequest) -> Redirect:
    form = Form(await request.form())
    back = resuming.switch(request, form.value("typed"), within(form.value("back", "/")))
    response = Redirect(back, status_code=303)
    if form.value("theme") in ("auto", "light", "dark"):
        response.set_cookie(
            "hub_theme", form.value("theme"), max_age=YEAR, samesite="lax", httponly=True
        )
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
