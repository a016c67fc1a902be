"""Pages of grounds: instructors of a class, and a student's own word on guardians who read on."""

from __future__ import annotations

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.asking.ids import ClassId, PersonId
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web.pages import WebRequest, go, page
from alliance.programmes import guiding


@post("/classes/{class_id:uuid}/instructors", guards=[may("class.manage")], status_code=303)
async def assign_form(request: WebRequest, class_id: FromPath[ClassId]) -> Redirect:
    form, back = Form(await request.form()), f"/classes/{class_id}#instructors"
    person, starts = form.identifier("instructor", PersonId), form.day("starts")
    if person is None or starts is None or form.failed:
        return go(request, back, _("Choose an instructor and a first day."), "warn")
    try:
        await guiding.assign(request.user, class_id, person, starts)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, back, refusal.sentence, "stop")
    return go(request, back, _("The instructor looks after the class and reads its names."))


@post("/classes/{class_id:uuid}/instructors/end", guards=[may("class.manage")], status_code=303)
async def end_form(request: WebRequest, class_id: FromPath[ClassId]) -> Redirect:
    person = Form(await request.form()).identifier("instructor", PersonId)
    if person is not None:
        await guiding.end(request.user, class_id, person)
        return go(
            request,
            f"/classes/{class_id}#instructors",
            _("Ended; the instructor reads these names no more."),
        )
    return go(
        request,
        f"/classes/{class_id}#instructors",
        _("Choose an instructor and a first day."),
        "warn",
    )


@get("/my-guardians", guards=[may("care.own")])
async def care_page(request: WebRequest) -> Template:
    return page(
        request,
        "programmes/care.html",
        crumbs=[(_("My guardians"), None)],
        care=await guiding.care_of(request.user),
    )


@post("/my-guardians/read-on", guards=[may("care.own")], status_code=303)
async def read_on_form(request: WebRequest) -> Redirect:
    try:
        await guiding.let_read_on(request.user)
    except Refusal as refusal:
        return go(request, "/my-guardians", refusal.sentence, "warn")
    return go(
        request,
        "/my-guardians",
        _("Your guardians may read on. You can take this back at any time."),
    )


@post("/my-guardians/stop", guards=[may("care.own")], status_code=303)
async def stop_form(request: WebRequest) -> Redirect:
    await guiding.stop_reading_on(request.user)
    return go(
        request,
        "/my-guardians",
        _("Taken back. From now on your guardians read nothing about you here."),
    )


ROUTES = [assign_form, end_form, care_page, read_on_form, stop_form]
