"""Managing accounts: inviting, passwords, closing, roles."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.kit import clock, reading
from alliance.kit.asking.ids import AccountId, OrganisationId
from alliance.kit.contacts import checked_mail
from alliance.kit.forms import Form
from alliance.kit.language import N_, _, day
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, PageNumber, SearchText
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.members import queries
from alliance.members.accounts import actions as accounts
from alliance.members.accounts.leaving import Unsure
from alliance.members.model import (
    GRANTS,
    ROLES,
    ROLES_OF_KIND,
    role_label,
)
from alliance.members.queries import Sought

EVERYTHING = 5000
PAGE = 50
ACCOUNT_STATES = {"active": N_("active"), "invited": N_("invited"), "closed": N_("account closed")}
"""State of an account → its words."""


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

        async def existing() -> str:
            # a search shows it to those who may see it
            return f"/accounts?search={login}"

        async with attempt(form, existing):
            done = await accounts.invite(
                request.user,
                request.app.state.vault,
                OrganisationId(organisation),
                login=login,
                name=name,
                mail=mail,
                role=role,
                base=request.app.state.settings.base,
            )
            return go(
                request, f"/accounts?search={login}", _said(done.outcome, queries.masked(mail))
            )
    return await _accounts(request, form, Sought(), status=form.status)


@post("/accounts/approve", guards=[may("account.manage")], status_code=200)
async def approve_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    login, code = form.text("who", most=60), form.text("code", most=20)
    if not form.failed:
        async with attempt(form):
            outcome = await accounts.approve(request.user, request.app.state.vault, login, code)
            return go(request, "/accounts", _said(outcome))
    return await _accounts(request, form, Sought(), status=form.status)


@post("/accounts/{account:uuid}/reset", guards=[may("account.manage")], status_code=303)
async def reset_form(request: WebRequest, account: FromPath[AccountId]) -> Redirect | Template:
    base = request.app.state.settings.base
    return await _told(
        request, accounts.reset(request.user, request.app.state.vault, account, base)
    )


@post("/accounts/{account:uuid}/factor", guards=[may("account.manage")], status_code=303)
async def factor_form(request: WebRequest, account: FromPath[AccountId]) -> Redirect | Template:
    return await _told(
        request, accounts.ask_new_factor(request.user, request.app.state.vault, account)
    )


@post("/accounts/{account:uuid}/active", guards=[may("account.manage")], status_code=303)
async def active_form(request: WebRequest, account: FromPath[AccountId]) -> Redirect | Template:
    form = Form(await request.form())
    active, sure = form.value("active") == "1", form.value("sure") == "1"
    return await _told(
        request,
        accounts.set_active(
            request.user, request.app.state.vault, account, active=active, sure=sure
        ),
        _("The account is open.") if active else _("The account is closed."),
    )


@post("/accounts/{account:uuid}/roles", guards=[may("account.manage")], status_code=303)
async def role_form(request: WebRequest, account: FromPath[AccountId]) -> Redirect | Template:
    role = Form(await request.form()).value("role")
    return await _told(
        request,
        accounts.add_role(request.user, request.app.state.vault, account, role),
        _("The role is given."),
    )


@post("/grants/{grant:uuid}/remove", guards=[may("account.manage")], status_code=303)
async def remove_form(request: WebRequest, grant: FromPath[UUID]) -> Redirect | Template:
    sure = Form(await request.form()).value("sure") == "1"
    return await _told(
        request,
        accounts.remove_role(request.user, request.app.state.vault, grant, sure=sure),
        _("The role is taken away."),
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
        organisations, _total = await queries.organisations(
            request.user, queries.OrganisationFilter(), EVERYTHING, 0
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


async def _told(
    request: WebRequest, work: Awaitable[str | None], done: str = ""
) -> Redirect | Template:
    try:
        outcome = await work
    except Unsure as unsure:
        return page(
            request,
            "members/accounts/sure.html",
            status=409,
            crumbs=[(_("Accounts"), "/accounts"), (_("Are you sure?"), None)],
            sentence=unsure.sentence,
            path=request.url.path,
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, "/accounts", refusal.sentence, "stop")
    return go(request, "/accounts", _said(outcome) if outcome else done)


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
]
