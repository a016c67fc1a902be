"""The second factor after the password, and the page of one's own doors: factor, sessions,
password."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.stores.base import Store

from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.language import _, ngettext
from alliance.kit.policy import may
from alliance.kit.web.asked import Address, Choice
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page, within
from alliance.members.doors import resuming, second_factor, sessions
from alliance.members.doors.places import known, place
from alliance.members.sign_in import HalfIn, finish, half_of

PUBLIC = {"public": True}
PAPER = "paper"
"""The key of the session which says where new recovery codes lie, and the store in which they lie
sealed until their person has kept them."""
SHOWN = timedelta(minutes=15)
"""So long new recovery codes are shown at most; then the hub has forgotten them."""


@get("/second-factor", opt=PUBLIC)
async def factor_page(request: WebRequest, back: Address = "/") -> Template | Redirect:
    half = half_of(request.session)
    if half is None:
        return Redirect("/sign-in", status_code=303)
    return await _asked(request, half, Form({"back": back}))


@post("/second-factor", opt={**PUBLIC, "limited": True}, status_code=200)
async def factor_form(request: WebRequest) -> Template | Redirect:
    half = half_of(request.session)
    if half is None:
        return go(
            request, "/sign-in", _("You took longer than ten minutes. Sign in again."), "warn"
        )
    form, vault = Form(await request.form()), request.app.state.vault
    code, paper = form.text("code", most=40), []
    if not form.failed:
        async with attempt(form):
            if await second_factor.state(half.account):
                await second_factor.check(vault, half.account, half.login, code, place(request))
            else:
                secret = vault.unseal(bytes.fromhex(half.secret)).decode()
                paper = await second_factor.confirm(
                    vault, half.account, half.login, secret, code, place(request)
                )
            found = await finish(half, place(request))
            back = await resuming.go_in(request, found, within(form.value("back", "/")))
            if paper:
                place_of_its_own = uuid4().hex
                sealed = vault.seal(" ".join(paper).encode())
                await _papers(request).set(place_of_its_own, sealed, expires_in=SHOWN)
                request.session[PAPER] = {
                    "kept": place_of_its_own,
                    "login": half.login,
                    "back": back,
                }
                back = "/second-factor/codes"
            return await known(request, half.login, found, Redirect(back, status_code=303))
    return await _asked(request, half, form, status=form.status)


@get("/second-factor/codes", guards=[may("account.own")])
async def codes_page(request: WebRequest) -> Template | Redirect:
    """Show the codes for paper until their person has kept them: at an address of their own, so
    that the language can turn."""
    kept = request.session.get(PAPER)
    if kept is None:
        return Redirect("/security", status_code=303)
    # a session of before they lay in a place of their own names none
    lies = kept.get("kept")
    sealed = None if lies is None else await _papers(request).get(lies)
    if sealed is None:
        del request.session[PAPER]
        return go(
            request,
            "/security",
            _(
                "New recovery codes are shown for 15 minutes only. If you have not kept them, set"
                " your second step up anew below: that makes ten new ones."
            ),
            "warn",
        )
    codes = request.app.state.vault.unseal(sealed).decode().split()
    return page(request, "members/doors/paper.html", codes=codes, login=kept["login"])


@post("/second-factor/codes", guards=[may("account.own")], status_code=303)
async def codes_form(request: WebRequest) -> Redirect:
    kept = request.session.pop(PAPER, None)
    if kept is None:
        return Redirect("/", status_code=303)
    if (lies := kept.get("kept")) is not None:
        await _papers(request).delete(lies)
    return Redirect(within(kept["back"]), status_code=303)


def _papers(request: WebRequest) -> Store:
    return request.app.stores.get(PAPER)


async def _asked(request: WebRequest, half: HalfIn, form: Form, status: int = 200) -> Template:
    vault = request.app.state.vault
    if await second_factor.state(half.account):
        shown = (
            await second_factor.present_code(vault, half.account)
            if request.app.state.demo.made()
            else ""
        )
        return page(request, "members/doors/code.html", status=status, form=form, shown=shown)
    if not half.secret:
        half = msgspec.structs.replace(
            half, secret=vault.seal(second_factor.new_secret().encode()).hex()
        )
        request.set_session(half.as_session() | resuming.carry(request, half.account))
    secret = vault.unseal(bytes.fromhex(half.secret)).decode()
    picture = second_factor.picture(
        secret, half.login, f"{_('Alliance Hub')} {request.app.state.county}"
    )
    spelt = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page(
        request, "members/doors/enrol.html", status=status, form=form, picture=picture, secret=spelt
    )


@get("/session/awake", guards=[may("account.own")], status_code=204)
async def awake() -> None:
    """Keep the session of whoever works on a page without sending anything; asking is enough."""


@get("/security", guards=[may("account.own")])
async def security_page(request: WebRequest) -> Template:
    return await _security(request, Form())


async def _security(request: WebRequest, form: Form, status: int = 200) -> Template:
    found = await sessions.own(request.user, UUID(request.session["signed_in"]))
    factor = await second_factor.state(request.user.account) if request.user.account else None
    crumbs = [(_("Sign-in and security"), None)]
    return page(
        request,
        "members/doors/security.html",
        status=status,
        crumbs=crumbs,
        form=form,
        sessions=found,
        factor=factor,
    )


@post("/security/sessions/{identifier:uuid}", guards=[may("account.own")], status_code=303)
async def end_session(request: WebRequest, identifier: FromPath[UUID]) -> Redirect:
    await sessions.end(request.user, identifier)
    return go(request, "/security", _("That session has ended."))


@post("/security/sessions", guards=[may("account.own")], status_code=303)
async def end_sessions(request: WebRequest) -> Redirect:
    count = await sessions.end_others(request.user, UUID(request.session["signed_in"]))
    return go(
        request,
        "/security",
        ngettext("%(count)s session has ended.", "%(count)s sessions have ended.", count),
    )


@post(
    "/security/second-factor", guards=[may("account.own")], opt={"limited": True}, status_code=200
)
async def renew_factor(request: WebRequest) -> Template | Redirect:
    form, account = Form(await request.form()), request.user.account
    code = form.text("code", most=40)
    if not form.failed and account is not None:
        async with DB.acting_for(request.user):
            login = await DB.fetch_value("select login from account where id = $1", account)
        async with attempt(form):
            await second_factor.check(request.app.state.vault, account, login, code, place(request))
            await second_factor.give_up(account)
            request.clear_session()
            return Redirect("/sign-in", status_code=303)
    return await _security(request, form, status=form.status)


@get(resuming.PAGE, guards=[may("account.own")])
async def typed_page(request: WebRequest, alone: Choice = "") -> Template | Redirect:
    typed = await resuming.opened(request)
    if typed is None:
        return Redirect("/", status_code=303)
    crumbs = [(_("What you had typed"), None)]
    return page(request, "members/doors/typed.html", crumbs=crumbs, typed=typed, alone=bool(alone))


@post(resuming.PAGE, guards=[may("account.own")], status_code=303)
async def drop_typed(request: WebRequest) -> Redirect:
    resuming.drop(request.session)
    return go(request, "/", _("Thrown away."))


ROUTES = [
    awake,
    typed_page,
    drop_typed,
    factor_page,
    factor_form,
    codes_page,
    codes_form,
    security_page,
    end_session,
    end_sessions,
    renew_factor,
]
