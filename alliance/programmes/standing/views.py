"""The form that records the state of a student; its card stands on the student's page."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.programmes import queries as students
from alliance.programmes.standing import actions, queries
from alliance.programmes.standing.model import PILLS, STATES


@get("/students/{student_id:uuid}/state", guards=[may("student.read")])
async def state_page(request: WebRequest, student_id: FromPath[UUID]) -> Template:
    return await _page(request, student_id, Form.showing({"since": clock.today()}))


@post("/students/{student_id:uuid}/state", guards=[may("student.edit")], status_code=200)
async def state_form(request: WebRequest, student_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    state, since = form.choice("state", tuple(STATES)), form.day("since")
    reason = form.text("reason", most=200)
    if not form.failed and since is not None:
        async with attempt(form):
            await actions.record_state(request.user, student_id, state, since, reason)
            return go(request, f"/students/{student_id}/state", _("The state is recorded."))
    return await _page(request, student_id, form, status=form.status)


async def _page(request: WebRequest, student_id: UUID, form: Form, status: int = 200) -> Template:
    row = await students.student(request.user, request.app.state.vault, student_id)
    return page(
        request,
        "programmes/state.html",
        status=status,
        crumbs=[
            (_("Classes and students"), "/classes"),
            (row["class_name"], f"/classes/{row['school_class']}"),
            (row["name"], f"/students/{student_id}"),
            (_("State"), None),
        ],
        student=row,
        history=await queries.history(request.user, student_id),
        present=(await queries.states_today(request.user, [student_id])).get(
            student_id, "enrolled"
        ),
        states=STATES,
        pills=PILLS,
        form=form,
    )


ROUTES = [state_page, state_form]
