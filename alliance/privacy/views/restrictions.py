"""Restrictions of use: those in force, and lifting one, by the person or by whoever answers for the
data."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.privacy import queries, restrictions
from alliance.privacy.subjects import subject_for


@get("/privacy/restrictions", guards=[may("data.answer")])
async def restrictions_page(request: WebRequest) -> Template:
    return await _page(request, Form())


@post("/privacy/restrictions/{person_id:uuid}/lift", guards=[may("data.answer")], status_code=200)
async def lift_form(request: WebRequest, person_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    reason = form.lines("reason", most=500, required=False)
    async with attempt(form):
        await restrictions.lift(request.user, person_id, reason)
        return go(
            request, "/privacy/restrictions", _("The restriction is lifted; the person reads why.")
        )
    return await _page(request, form, form.status, person_id)


@post("/my-data/restriction/lift", guards=[may("data.own")], status_code=303)
async def own_lift_form(request: WebRequest) -> Redirect:
    """The person, or a guardian for the child, lets the data be used again."""
    form = Form(await request.form())
    child = form.identifier("of") if form.value("of") else None
    if form.failed:
        raise Missing
    subject = await subject_for(request.user, request.app.state.vault, child)
    back = "/my-data" + (f"?of={subject.person}" if subject.capacity == "guardian" else "")
    try:
        await restrictions.lift(request.user, subject.person)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, back, refusal.sentence, "warn")
    return go(request, back, _("The restriction is lifted; your data are used again."))


async def _page(
    request: WebRequest, form: Form, status: int = 200, chosen: UUID | None = None
) -> Template:
    return page(
        request,
        "privacy/restrictions.html",
        status=status,
        crumbs=[(_("Requests about data"), "/privacy"), (_("Restrictions in force"), None)],
        form=form,
        chosen=chosen,
        rows=await queries.restricted(request.user, request.app.state.vault),
    )


ROUTES = [restrictions_page, lift_form, own_lift_form]
