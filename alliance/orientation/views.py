"""Cognitive visits: list, form, one visit, steps, the sheet to print."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Conflict, Missing, Refusal, Unlawful
from alliance.kit.web.asked import Choice, Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.orientation import actions as visits_actions
from alliance.orientation import queries as visits_queries
from alliance.orientation.model import (
    ORGANISED_BY,
    ORIGINS,
    VISIT_STATES,
    VISIT_TRANSITIONS,
    VisitDraft,
)
from alliance.placements import queries as file_queries
from alliance.regulation import blocking

STATE_PILLS = {"draft": "wait", "confirmed": "ok", "held": "lock", "cancelled": "lock"}


@get("/visits", guards=[may("visit.list")])
async def visits_page(request: WebRequest) -> Template:
    rows = await visits_queries.visits(request.user)
    return page(
        request,
        "orientation/list.html",
        crumbs=[(_("Cognitive visits"), None)],
        rows=rows,
        states=VISIT_STATES,
        pills=STATE_PILLS,
    )


@get("/visits/new", guards=[may("visit.edit")])
async def new_page(request: WebRequest) -> Template:
    start = {
        "organised_by": "school",
        "origin": "school",
        "other_parties": "0",
        "money_per_head": "0",
        "accompanied": "on",
    }
    return await _form_page(request, Form(start), None)


@post("/visits/new", guards=[may("visit.edit")], status_code=200)
async def new_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    draft, classes = _draft(form)
    if draft is not None:
        async with attempt(form):
            visit = await visits_actions.create(request.user, draft, classes)
            return go(request, f"/visits/{visit}", _("The visit is prepared; confirm it next."))
    return await _form_page(request, form, None, status=form.status)


@get("/visits/{visit_id:uuid}", guards=[may("visit.read")])
async def visit_page(request: WebRequest, visit_id: FromPath[UUID], view: Choice = "") -> Template:
    return await _visit_page(request, visit_id, Form(), view=view)


async def _visit_page(
    request: WebRequest,
    visit_id: UUID,
    form: Form,
    refused: tuple[Any, ...] = (),
    *,
    view: str = "",
    status: int = 200,
) -> Template:
    row = await visits_queries.visit(request.user, visit_id)
    judges = row["state"] == "draft" and row["school"] == request.user.organisation
    findings = refused or (await visits_queries.findings_of(request.user, row) if judges else ())
    teachers = dict(await file_queries.guides(request.user, request.app.state.vault, "instructor"))
    more: dict[str, Any] = {"layout": "layout/print.html"} if view == "print" else {}
    return page(
        request,
        "orientation/visit.html",
        status=status,
        crumbs=_crumbs((row["title"], None)),
        row=row,
        form=form,
        findings=findings,
        judges=judges,
        states=VISIT_STATES,
        pills=STATE_PILLS,
        organised=ORGANISED_BY,
        origins=ORIGINS,
        printed=view == "print",
        teacher=teachers.get(str(row["teacher"]), ""),
        blocking=blocking,
        steps=[
            step
            for step in VISIT_TRANSITIONS
            if step.source == row["state"] and step.role == request.user.role
        ],
        **more,
    )


@get("/visits/{visit_id:uuid}/edit", guards=[may("visit.edit")])
async def edit_page(request: WebRequest, visit_id: FromPath[UUID]) -> Template:
    row = await _own(request, visit_id)
    return await _form_page(request, Form.showing({**row, "class": row["classes"]}), row)


@post("/visits/{visit_id:uuid}/edit", guards=[may("visit.edit")], status_code=200)
async def edit_form(request: WebRequest, visit_id: FromPath[UUID]) -> Template | Redirect:
    row = await _own(request, visit_id)
    form = Form(await request.form())
    draft, classes = _draft(form)
    version = form.whole("version", least=1, most=10**6) or 0
    if draft is not None and not form.failed:
        async with attempt(form):
            await visits_actions.change(request.user, visit_id, version, draft, classes)
            return go(request, f"/visits/{visit_id}", _("The visit is saved."))
    return await _form_page(request, form, row, status=form.status)


@post("/visits/{visit_id:uuid}/move/{name:str}", guards=[may("visit.edit")], status_code=200)
async def move_form(
    request: WebRequest, visit_id: FromPath[UUID], name: Code
) -> Template | Redirect:
    form = Form(await request.form())
    report = form.lines("report", most=2000, required=False)
    refused: tuple[Any, ...] = ()
    done = {
        "confirm": _("The visit is confirmed."),
        "hold": _("The report is kept."),
        "cancel": _("The visit is cancelled."),
    }
    if not form.failed:
        try:
            await visits_actions.move(request.user, visit_id, name, report)
        except Missing:
            raise
        except Unlawful as refusal:
            form.general, refused = refusal.sentence, refusal.findings
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(request, f"/visits/{visit_id}", done[name])
    return await _visit_page(request, visit_id, form, refused, status=422)


@post("/visits/{visit_id:uuid}/delete", guards=[may("visit.edit")], status_code=303)
async def delete_form(request: WebRequest, visit_id: FromPath[UUID]) -> Redirect:
    """Throw away a visit in preparation."""
    try:
        await visits_actions.delete(request.user, visit_id)
    except Conflict as conflict:
        return go(request, f"/visits/{visit_id}", conflict.sentence, "warn")
    return go(request, "/visits", _("The visit in preparation is deleted."))


async def _own(request: WebRequest, visit_id: UUID) -> dict[str, Any]:
    row = await visits_queries.visit(request.user, visit_id)
    if row["school"] != request.user.organisation:
        raise Missing
    return row


async def _form_page(
    request: WebRequest, form: Form, row: dict[str, Any] | None, status: int = 200
) -> Template:
    crumbs = (
        _crumbs((row["title"], f"/visits/{row['id']}"), (_("Change"), None))
        if row
        else _crumbs((_("New visit"), None))
    )
    return page(
        request,
        "orientation/form.html",
        status=status,
        crumbs=crumbs,
        form=form,
        row=row,
        origins=ORIGINS,
        organised=ORGANISED_BY,
        hosts=await visits_queries.hosts(request.user),
        classes=await visits_queries.classes(request.user),
        teachers=await file_queries.guides(request.user, request.app.state.vault, "instructor"),
    )


def _draft(form: Form) -> tuple[VisitDraft | None, list[UUID]]:
    host, title, purpose = (
        form.identifier("host"),
        form.text("title", most=80),
        form.lines("purpose", most=1000),
    )
    starts, ends = form.day("starts"), form.day("ends")
    form.in_order(starts, ends, "ends")
    organised, origin = (
        form.choice("organised_by", tuple(ORGANISED_BY)),
        form.choice("origin", tuple(ORIGINS)),
    )
    parties = form.whole("other_parties", least=0, most=20)
    money = form.decimal("money_per_head", least=0, most=100000)
    teacher = form.identifier("teacher") if form.value("teacher") else None
    filed, classes = form.day("abroad_filed_on", required=False), form.identifiers("class")
    if not classes:
        form.error("class", _("Choose at least one class."))
    if (
        form.failed
        or host is None
        or starts is None
        or ends is None
        or parties is None
        or money is None
    ):
        return None, []
    draft = VisitDraft(
        host=host,
        title=title,
        purpose=purpose,
        starts=starts,
        ends=ends,
        organised_by=organised,
        origin=origin,
        other_parties=parties,
        money_per_head=money,
        teacher=teacher,
        abroad=form.ticked("abroad"),
        abroad_filed_on=filed,
        accompanied=form.ticked("accompanied"),
    )
    return draft, classes


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Cognitive visits"), "/visits"), *more]


ROUTES = [visits_page, new_page, new_form, visit_page, edit_page, edit_form, move_form, delete_form]
