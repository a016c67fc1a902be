"""Holds: those in force, holding the data of somebody, lifting a hold with a reason that the person
reads."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.web.asked import SearchText
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.privacy import holds, queries
from alliance.privacy.model import BY_HAND, HOLDS

PATH = "/privacy/retention/holds"


@get(PATH, guards=[may("data.answer")])
async def holds_page(request: WebRequest, whom: SearchText = "") -> Template:
    """The holds in force; `whom` fills the form, where another page leads here."""
    return await _page(request, Form.showing({"whom": whom}))


@post(PATH, guards=[may("data.answer")], status_code=200)
async def hold_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    whom, ground = form.text("whom", most=60), form.choice("ground", BY_HAND)
    reason, until = form.lines("reason", most=500), form.day("until")
    if not form.failed:
        async with attempt(form):
            await holds.begin(request.user, whom, ground, reason, until)
            return go(request, PATH, _("These data are held; the person reads until when and why."))
    return await _page(request, form, form.status)


@post(PATH + "/{hold_id:uuid}/lift", guards=[may("data.answer")], status_code=200)
async def lift_form(request: WebRequest, hold_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    reason = form.lines("reason", most=500, required=False)
    async with attempt(form):
        await holds.lift(request.user, hold_id, reason)
        return go(request, PATH, _("The hold is lifted; what is due goes tonight."))
    return await _page(request, form, form.status, hold_id)


async def _page(
    request: WebRequest, form: Form, status: int = 200, chosen: UUID | None = None
) -> Template:
    return page(
        request,
        "privacy/holds.html",
        status=status,
        crumbs=[(_("Retention"), "/privacy/retention"), (_("Holds"), None)],
        form=Form() if chosen else form,
        lifting=form,
        chosen=chosen,
        rows=await queries.held(request.user, request.app.state.vault),
        grounds=HOLDS,
        by_hand=BY_HAND,
        longest=holds.last_day(clock.today()),
        today=clock.today(),
    )


ROUTES = [holds_page, hold_form, lift_form]
