"""Pages of cognitive visits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.pages import Crumb, WebRequest, go, page
from alliance.kit.policy import allows, may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.placements import visits
from alliance.placements.visits import STATES, TRANSITIONS, VisitDraft


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Cognitive visits"), "/visits"), *more]


@get("/visits", guards=[may("visit.list")])
async def visits_page(request: WebRequest) -> Template:
    rows = await visits.visits(request.user)
    return page(
        request,
        "placements/visits.html",
        crumbs=[(_("Cognitive visits"), None)],
        rows=rows,
        states=STATES,
        may_edit=_may_edit(request),
    )


@get("/visits/new", guards=[may("visit.edit")])
async def new_page(request: WebRequest) -> Template:
    return await _form(request, Form({"organised_by": "school", "origin": "school", "other_parties": "0", "money_per_head": "0",
                                      "accompanied": "on"}), None)  # fmt: skip


@post("/visits/new", guards=[may("visit.edit")], status_code=200)
async def new_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    draft = _draft(form)
    if draft is None:
        return await _form(request, form, None, status=422)
    visit_id = await visits.create_visit(request.user, draft)
    return go(request, f"/visits/{visit_id}", _("The visit is prepared. Confirm it when it is ready."))


@get("/visits/{visit_id:uuid}", guards=[may("visit.list")])
async def visit_page(request: WebRequest, visit_id: FromPath[UUID]) -> Template:
    return await _one(request, visit_id, Form())


@get("/visits/{visit_id:uuid}/edit", guards=[may("visit.edit")])
async def edit_page(request: WebRequest, visit_id: FromPath[UUID]) -> Template:
    row = await _own(request, visit_id)
    return await _form(request, Form.showing({**row, "classes": [one["id"] for one in row["of"]]}), row)


@post("/visits/{visit_id:uuid}/edit", guards=[may("visit.edit")], status_code=200)
async def edit_form(request: WebRequest, visit_id: FromPath[UUID]) -> Template | Redirect:
    row = await _own(request, visit_id)
    form = Form(await request.form())
    draft, version = _draft(form), form.whole("version", least=1, most=10**9)
    if draft is None or version is None:
        return await _form(request, form, row, status=422)
    try:
        await visits.change_visit(request.user, visit_id, version, draft)
    except Missing:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return await _form(request, form, row, status=refusal.status)
    return go(request, f"/visits/{visit_id}", _("The changes are saved."))


@post("/visits/{visit_id:uuid}/move/{name:str}", guards=[may("visit.edit")], status_code=200)
async def move_form(request: WebRequest, visit_id: FromPath[UUID], name: FromPath[str]) -> Template | Redirect:
    form = Form(await request.form())
    try:
        await visits.move_visit(request.user, visit_id, name, form.text("report", most=4000, required=False))
    except Missing:
        raise
    except Unlawful as refusal:
        form.general = refusal.sentence
        return await _one(request, visit_id, form, status=422)
    except Refusal as refusal:
        form.refuse(refusal)
        return await _one(request, visit_id, form, status=refusal.status)
    done = {"confirm": _("The visit is confirmed; host and classes see it."), "hold": _("The visit is reported as held."),
            "cancel": _("The visit is called off."), "reopen": _("The visit can be changed again.")}  # fmt: skip
    return go(request, f"/visits/{visit_id}", done[name])


async def _one(request: WebRequest, visit_id: UUID, form: Form, status: int = 200) -> Template:
    row = await visits.visit(request.user, visit_id, request.app.state.vault)
    mine = _may_edit(request) and row["school"] == request.user.organisation
    buttons = [step.name for step in TRANSITIONS if mine and step.source == row["state"]]
    law = await visits.law_on(request.user, row) if mine and row["state"] == "draft" else None
    return page(
        request, "placements/visit.html", status=status, crumbs=_crumbs((row["title"], None)), row=row, form=form, states=STATES,
        buttons=buttons, findings=law.findings if law else (), over=visits.is_over(row),
    )  # fmt: skip


async def _form(request: WebRequest, form: Form, row: dict[str, Any] | None, status: int = 200) -> Template:
    crumbs = _crumbs((row["title"], f"/visits/{row['id']}"), (_("Edit"), None)) if row else _crumbs((_("New visit"), None))
    return page(
        request, "placements/visit_form.html", status=status, crumbs=crumbs, form=form, row=row,
        **await visits.choices(request.user, request.app.state.vault),
    )  # fmt: skip


async def _own(request: WebRequest, visit_id: UUID) -> dict[str, Any]:
    row = await visits.visit(request.user, visit_id, request.app.state.vault)
    if row["school"] != request.user.organisation:
        raise Missing
    return row


def _draft(form: Form) -> VisitDraft | None:
    host, title, purpose = form.identifier("host"), form.text("title", most=80), form.text("purpose", most=2000, required=False)
    starts, ends = form.day("starts"), form.day("ends")
    form.in_order(starts, ends, "ends")
    classes = form.identifiers("classes")
    by, origin = form.choice("organised_by", ("school", "self")), form.choice("origin", ("school", "student", "directed"))
    others = form.whole("other_parties", least=0, most=20)
    money = form.decimal("money_per_head", least=0, most=100000)
    teacher = form.identifier("teacher") if form.value("teacher") else None
    filed = form.day("abroad_filed_on", required=False)
    if form.errors or host is None or starts is None or ends is None or others is None:
        return None
    return VisitDraft(
        host=host, title=title, purpose=purpose, starts=starts, ends=ends, classes=tuple(classes), organised_by=by, origin=origin,
        other_parties=others, money_per_head=money or Decimal(0), teacher=teacher, abroad=form.ticked("abroad"),
        abroad_filed_on=filed,
        accompanied=form.ticked("accompanied"),
    )  # fmt: skip


def _may_edit(request: WebRequest) -> bool:
    return allows(request.app.state.policy, request.user.role, "visit.edit")


ROUTES = [visits_page, new_page, new_form, visit_page, edit_page, edit_form, move_form]
