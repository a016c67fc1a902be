"""A guardian's children: adding one by the slip of another school, and taking one off."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.asking.ids import PersonId, StudentId
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web.asked import Code
from alliance.kit.web.pages import WebRequest, go, page
from alliance.programmes.slips import joining


@get("/my-children", guards=[may("care.children")])
async def children_page(request: WebRequest) -> Template:
    return page(
        request,
        "programmes/children.html",
        crumbs=[(_("My children"), None)],
        children=await joining.children_of(request.user, request.app.state.vault),
    )


@post("/my-children/{student_id:uuid}/off", guards=[may("care.children")], status_code=303)
async def leave_form(request: WebRequest, student_id: FromPath[UUID]) -> Redirect:
    try:
        await joining.leave(request.user, student_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, "/my-children", refusal.sentence, "stop")
    return go(request, "/my-children", _("Taken off your account. The school is told."))


@get("/welcome/{token:str}/child", guards=[may("care.children")])
async def add_page(request: WebRequest, token: Code) -> Template:
    opened, refused = None, ""
    try:
        opened = await joining.open_slip(request.user, request.app.state.vault, token)
    except Refusal as refusal:
        refused = refusal.sentence
    return page(
        request,
        "programmes/child.html",
        crumbs=[(_("My children"), "/my-children"), (_("Add a child"), None)],
        status=410 if refused else 200,
        opened=opened,
        refused=refused,
        token=token,
    )


@post("/welcome/{token:str}/child", guards=[may("care.children")], status_code=303)
async def add_form(request: WebRequest, token: Code) -> Redirect:
    try:
        child = await joining.add_children(request.user, request.app.state.vault, token)
    except Refusal as refusal:
        return go(request, "/my-children", refusal.sentence, "stop")
    return go(
        request,
        f"/preferences?student={child}",
        _("The child is on your account. Both schools are told."),
    )


@post(
    "/students/{student_id:uuid}/guardians/{guardian:uuid}/off",
    guards=[may("student.edit")],
    status_code=303,
)
async def take_off_form(
    request: WebRequest, student_id: FromPath[StudentId], guardian: FromPath[PersonId]
) -> Redirect:
    back = f"/students/{student_id}"
    try:
        await joining.take_off(request.user, student_id, guardian)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, back, refusal.sentence, "stop")
    return go(request, back, _("The child is off this guardian's account. The guardian is told."))


ROUTES = [children_page, leave_form, add_page, add_form, take_off_form]
