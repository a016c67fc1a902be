"""A placement at a post that the student found."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Refusal, Unlawful
from alliance.kit.web.asked import Choice
from alliance.kit.web.pages import WebRequest, go, page
from alliance.placements import queries as file_queries
from alliance.placements.life.arranging import Application, arrange
from alliance.placements.words import crumbs_of_files


@get("/placements/new", guards=[may("file.arrange")])
async def arrange_page(request: WebRequest, student: Choice = "") -> Template:
    return await _arrange_page(
        request, Form({"student": student, "approved_on": clock.today().isoformat()})
    )


@post("/placements/new", guards=[may("file.arrange")], status_code=200)
async def arrange_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    student, chosen, instructor = (
        form.identifier("student"),
        form.identifier("post"),
        form.identifier("instructor"),
    )
    starts, ends, approved = form.day("starts"), form.day("ends"), form.day("approved_on")
    form.in_order(starts, ends, "ends")
    reason = form.lines("reason", most=500)
    if approved is not None and approved > clock.today():
        form.error("approved_on", _("This day lies ahead; record it when it is done."))
    findings: tuple[Any, ...] = ()
    if not form.failed and student and chosen and instructor and starts and ends and approved:
        wanted = Application(
            student=student,
            post=chosen,
            starts=starts,
            ends=ends,
            reason=reason,
            approved_on=approved,
            instructor=instructor,
            mentor_promised=form.ticked("mentor_promised"),
        )
        try:
            placement, _findings = await arrange(request.user, wanted)
        except Unlawful as refusal:
            form.general, findings = refusal.sentence, refusal.findings
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(
                request, f"/placements/{placement}", _("The placement is made; fill its file next.")
            )
    return await _arrange_page(request, form, findings, status=422)


async def _arrange_page(
    request: WebRequest, form: Form, findings: tuple[Any, ...] = (), status: int = 200
) -> Template:
    vault = request.app.state.vault
    return page(
        request,
        "placements/file_arrange.html",
        status=status,
        crumbs=crumbs_of_files(request.user, (_("Found by the student"), None)),
        form=form,
        findings=findings,
        students=await file_queries.students_without(request.user, vault),
        posts=await file_queries.open_posts(request.user),
        instructors=await file_queries.guides(request.user, vault, "instructor"),
    )


ROUTES = [arrange_page, arrange_form]
