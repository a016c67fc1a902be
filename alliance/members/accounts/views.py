"""Pages of accounts: inviting, passwords, closing, roles, second persons, and one's own account."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.kit import clock, reading
from alliance.kit.contacts import checked_mail
from alliance.kit.edge.sessions import cookie_name
from alliance.kit.forms import Form
from alliance.kit.language import N_, _, day
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, PageNumber, SearchText
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.members import queries
from alliance.members.accounts import actions as accounts
from alliance.members.accounts import confirmations, links
from alliance.members.model import (
    CONFIRM_WITHIN,
    GRANTS,
    REQUEST_LIFE,
    ROLES,
    ROLES_OF_KIND,
    role_label,
)
from alliance.members.queries import Sought

PUBLIC = {"public": True}
EVERYTHING = 5000
PAGE = 50
ACCOUNT_STATES = {"active": N_("active"), "invited": N_("invited"), "closed": N_("account closed")}
"""State of an account → its words."""
BROWSER = "hub_help"
"""The cookie in which a browser keeps the secret and the code of its request."""


@get("/accounts", guards=[may("account.manage")])
async def accounts_page(
    request: WebRequest,
    search: SearchText = "",
    role: Choice = "",
    show: Choice = "",
    sort: Choice = "",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template:
    return await _accounts(request, Form(), _sought(search, role, show, sort, down), at=at)


@get("/accounts/export", guards=[may("account.manage")])
async def accounts_export(
    request: WebRequest,
    search: SearchText = "",
    role: Choice = "",
    show: Choice = "",
    sort: Choice = "",
    down: Choice = "",
) -> Response[bytes]:
    """What the list shows but for whoever had the use of their data restricted, as a workbook;
    people at work need no purpose."""
    sought, vault = _sought(search, role, show, sort, down), request.app.state.vault
    _none, listed = await queries.accounts(request.user, vault, sought, limit=0)
    with reading.carrying(away=True):
        rows, total = await queries.accounts(request.user, vault, sought, limit=EVERYTHING)
    heads = [
        _("Name"),
        _("Sign-in name"),
        _("Organisation"),
        _("Roles"),
        _("State"),
        _("Mail address"),
        _("Second step"),
    ]
    states = _states()
    table = [
        [
            row["name"],
            row["login"],
            row["organisation"],
            _(", ").join(role_label(role) for role in row["held"]),
            states[row["state"]],
            row["mail"],
            _("yes") if row["has_factor"] else _("no"),
        ]
        for row in rows
    ]
    return await files.table(
        heads, table + reading.left_out(listed - total), f"{_('Accounts')}-{day(clock.today())}"
    )


def _sought(search: str, role: str, show: str, sort: str, down: str) -> Sought:
    state = show if show in ACCOUNT_STATES else ""
    return Sought(
        search=search, role=role if role in ROLES else "", state=state, sort=sort, down=down == "1"
    )


@post("/accounts", guards=[may("account.manage")], status_code=200)
async def invite_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    login = form.text("login", most=60).lower()
    if login and not (
        login[0].isalnum()
        and len(login) >= 3
        and all(c.isascii() and (c.isalnum() or c in "._-") for c in login)
    ):
        form.error(
            "login", _("Three or more letters, digits, dots or hyphens, for example lin.zhiyuan.")
        )
    name, mail = (
        form.text("name", most=60),
        checked_mail(form, "mail", form.text("mail", most=120, required=False)),
    )
    role = form.choice("role", GRANTS.get(request.user.role, frozenset()))
    secretary = request.user.role == "secretary"
    organisation = form.identifier("organisation") if secretary else request.user.organisation
    if not form.failed and organisation is not None:
        try:
            done = await accounts.invite(
                request.user,
                request.app.state.vault,
                organisation,
                login=login,
                name=name,
                mail=mail,
                role=role,
                base=request.app.state.settings.base,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(
                request, f"/accounts?search={login}", _said(done.outcome, queries.masked(mail))
            )
    return await _accounts(request, form, Sought(), status=422)


@post("/accounts/approve", guards=[may("account.manage")], status_code=200)
async def approve_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    login, code = form.text("who", most=60), form.text("code", most=20)
    if not form.failed:
        try:
            outcome = await accounts.approve(request.user, request.app.state.vault, login, code)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(request, "/accounts", _said(outcome))
    return await _accounts(request, form, Sought(), status=422)


@post("/accounts/{account:uuid}/reset", guards=[may("account.manage")], status_code=303)
async def reset_form(request: WebRequest, account: FromPath[UUID]) -> Redirect:
    base = request.app.state.settings.base
    return await _told(
        request, accounts.reset(request.user, request.app.state.vault, account, base)
    )


@post("/accounts/{account:uuid}/factor", guards=[may("account.manage")], status_code=303)
async def factor_form(request: WebRequest, account: FromPath[UUID]) -> Redirect:
    return await _told(
        request, accounts.ask_new_factor(request.user, request.app.state.vault, account)
    )


@post("/accounts/{account:uuid}/active", guards=[may("account.manage")], status_code=303)
async def active_form(request: WebRequest, account: FromPath[UUID]) -> Redirect:
    active = Form(await request.form()).value("active") == "1"
    return await _told(
        request,
        accounts.set_active(request.user, request.app.state.vault, account, active=active),
        _("The account is open.") if active else _("The account is closed."),
    )


@post("/accounts/{account:uuid}/roles", guards=[may("account.manage")], status_code=303)
async def role_form(request: WebRequest, account: FromPath[UUID]) -> Redirect:
    role = Form(await request.form()).value("role")
    return await _told(
        request,
        accounts.add_role(request.user, request.app.state.vault, account, role),
        _("The role is given."),
    )


@post("/grants/{grant:uuid}/remove", guards=[may("account.manage")], status_code=303)
async def remove_form(request: WebRequest, grant: FromPath[UUID]) -> Redirect:
    return await _told(
        request,
        accounts.remove_role(request.user, request.app.state.vault, grant),
        _("The role is taken away."),
    )


@get("/confirmations", guards=[may("account.confirm")])
async def confirmations_page(request: WebRequest, at: PageNumber = 1) -> Template:
    vault = request.app.state.vault
    return page(
        request,
        "members/accounts/confirmations.html",
        crumbs=[(_("Second persons"), None)],
        pending=await confirmations.listed(request.user, vault, pending=True),
        past=await confirmations.listed(
            request.user, vault, pending=False, limit=PAGE, offset=(at - 1) * PAGE
        ),
        total=await confirmations.number_past(request.user),
        at=at,
        per_page=PAGE,
        words=_kinds_in_words(),
    )


@post(
    "/confirmations/{confirmation:uuid}/confirm", guards=[may("account.confirm")], status_code=303
)
async def confirm_form(request: WebRequest, confirmation: FromPath[UUID]) -> Redirect:
    return await _decided(
        request, confirmation, _("Confirmed and done. The person is told."), confirm=True
    )


@post(
    "/confirmations/{confirmation:uuid}/decline", guards=[may("account.confirm")], status_code=303
)
async def decline_form(request: WebRequest, confirmation: FromPath[UUID]) -> Redirect:
    return await _decided(request, confirmation, _("Declined. Nothing was done."), confirm=False)


@post(
    "/confirmations/{confirmation:uuid}/withdraw", guards=[may("account.confirm")], status_code=303
)
async def withdraw_form(request: WebRequest, confirmation: FromPath[UUID]) -> Redirect:
    await confirmations.withdraw(request.user, confirmation)
    return go(request, "/confirmations", _("Taken back. Nothing was done."))


@get("/account", guards=[may("account.own")])
async def own_page(request: WebRequest) -> Template:
    rows = await queries.own_links(request.user, request.app.state.vault)
    return page(
        request,
        "members/accounts/own.html",
        crumbs=[(_("Your account"), None)],
        rows=rows,
        words=_kinds_in_words(),
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


async def _accounts(
    request: WebRequest, form: Form, sought: Sought, status: int = 200, at: int = 1
) -> Template:
    vault = request.app.state.vault
    rows, total = await queries.accounts(
        request.user, vault, sought, limit=PAGE, offset=(at - 1) * PAGE
    )
    organisations: list[dict[str, Any]] = []
    if request.user.role == "secretary":
        organisations, _total, _counts = await queries.organisations(
            request.user, kind="", search="", limit=EVERYTHING, offset=0
        )
    given = GRANTS.get(request.user.role, frozenset())
    crumbs: list[Crumb] = [(_("Accounts"), None)]
    return page(
        request,
        "members/accounts/list.html",
        status=status,
        crumbs=crumbs,
        rows=rows,
        form=form,
        at=at,
        query={
            "search": sought.search,
            "role": sought.role,
            "show": sought.state,
            "sort": sought.sort,
            "down": "1" if sought.down else "",
        },
        states=_states(),
        staff_roles=[
            (role, role_label(role)) for role in ROLES if role not in ("student", "guardian")
        ],
        per_page=PAGE,
        total=total,
        organisations=organisations,
        roles=[(role, role_label(role)) for role in sorted(given)],
        given=given,
        roles_of={
            kind: [role for role in roles if role in given] for kind, roles in ROLES_OF_KIND.items()
        },
    )


def _states() -> dict[str, str]:
    return {code: _(words) for code, words in ACCOUNT_STATES.items()}


async def _told(request: WebRequest, work: Awaitable[str | None], done: str = "") -> Redirect:
    try:
        outcome = await work
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, "/accounts", refusal.sentence, "stop")
    return go(request, "/accounts", _said(outcome) if outcome else done)


async def _decided(
    request: WebRequest, confirmation: UUID, done: str, *, confirm: bool
) -> Redirect:
    state = request.app.state
    try:
        await confirmations.decide(
            request.user, state.vault, confirmation, state.settings.base, confirm=confirm
        )
    except confirmations.Decided as over:
        return go(request, "/confirmations", over.sentence, "info" if over.again else "stop")
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, "/confirmations", refusal.sentence, "stop")
    return go(request, "/confirmations", done)


def _said(outcome: str, mail: str = "") -> str:
    if outcome == "asked":
        return _(
            "Asked. A second person confirms it under “Second persons”; until then nothing is done."
        )
    if outcome == "approved":
        return _(
            "Approved. The browser that shows the code can set a new password now; the person is "
            "told."
        )
    if outcome == "code":
        return _(
            "The account is made. Let the person open “Password help” on the sign-in page and read "
            "the code out to you."
        )
    if mail:
        return _("A letter with the link waits to be sent to %(mail)s.", mail=mail)
    return _("A letter with the link waits to be sent to the mail address on record.")


def _kinds_in_words() -> dict[str, str]:
    return {
        "link": _("A new password can be set with a link"),
        "reset": _("A new password"),
        "open": _("Opening the closed account"),
        "role": _("A role"),
        "factor": _("A new second step"),
    }


ROUTES = [
    accounts_page,
    accounts_export,
    invite_form,
    approve_form,
    reset_form,
    factor_form,
    active_form,
    role_form,
    remove_form,
    confirmations_page,
    confirm_form,
    decline_form,
    withdraw_form,
    own_page,
    end_form,
    help_page,
    help_form,
]
