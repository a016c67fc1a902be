"""What waits for a second person."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web.asked import PageNumber
from alliance.kit.web.pages import WebRequest, go, page
from alliance.members.accounts import confirmations
from alliance.members.accounts.telling import kinds_in_words

PAGE = 50


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
        words=kinds_in_words(),
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


ROUTES = [confirmations_page, confirm_form, decline_form, withdraw_form]
