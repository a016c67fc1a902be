"""Pages of slips: whom they are for, and the slips themselves, shown once."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import segno
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.contacts import checked_phone
from alliance.kit.forms import Form
from alliance.kit.language import _, day
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.sheets.writing import write_xlsx
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.programmes import queries
from alliance.programmes.slips import issuing, people
from alliance.programmes.slips.issuing import Slip

MARKS = {
    "none": "none",
    "over": "warn",
    "open": "wait",
    "in": "ok",
    "shared": "ok",
    "closed": "lock",
}
_WORKBOOK = "data:application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;base64,"


@get("/classes/{class_id:uuid}/slips", guards=[may("class.manage")])
async def choose_page(request: WebRequest, class_id: FromPath[UUID]) -> Template:
    return await _choose(request, class_id, Form())


@post("/classes/{class_id:uuid}/slips", guards=[may("class.manage")], status_code=200)
async def issue_form(request: WebRequest, class_id: FromPath[UUID]) -> Template:
    form = Form(await request.form())
    chosen = None if form.value("which") == "never" else form.values("who")
    async with attempt(form):
        slips = await issuing.issue_for_class(
            request.user, request.app.state.vault, class_id, chosen
        )
        group = await queries.class_of(request.user, class_id)
        return _slips(request, group.name, f"/classes/{class_id}", slips)
    return await _choose(request, class_id, form, form.status)


@post("/students/{student_id:uuid}/slip", guards=[may("student.edit")], status_code=200)
async def again_form(request: WebRequest, student_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    back = f"/students/{student_id}"
    try:
        slips = await issuing.issue_for_student(
            request.user, request.app.state.vault, student_id, form.value("who")
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, back, refusal.sentence, "stop")
    return _made(request, back, slips)


@post("/students/{student_id:uuid}/guardian", guards=[may("student.edit")], status_code=200)
async def guardian_form(request: WebRequest, student_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    back = f"/students/{student_id}"
    name = form.text("guardian", most=60)
    phone = checked_phone(
        form, "guardian_mobile", form.text("guardian_mobile", most=20, required=False)
    )
    if form.failed:
        return go(request, back, " ".join(form.errors.values()), "warn")
    try:
        slips = await issuing.invite_guardian(
            request.user, request.app.state.vault, student_id, name, phone
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, back, refusal.sentence, "stop")
    return _made(request, back, slips)


def _made(request: WebRequest, back: str, slips: Sequence[Slip]) -> Template | Redirect:
    if not slips:
        return go(
            request,
            back,
            _("No slip is needed: the account that this person has shows the child from now on."),
        )
    return _slips(request, slips[0].name, back, slips)


async def _choose(request: WebRequest, class_id: UUID, form: Form, status: int = 200) -> Template:
    group = await queries.class_of(request.user, class_id)
    found = await people.of_class(request.user, request.app.state.vault, class_id)
    never = sum(one.state in ("none", "over", "open") for one in found)
    return page(
        request,
        "programmes/slips_choose.html",
        status=status,
        crumbs=_crumbs((group.name, f"/classes/{class_id}"), (_("Slips"), None)),
        group=group,
        people=found,
        never=never,
        states=people.STATES,
        marks=MARKS,
        form=form,
    )


def _slips(request: WebRequest, whose: str, back: str, slips: Sequence[Slip]) -> Template:
    """One slip a person, shown this once: only the fingerprint of a link is kept."""
    base = request.app.state.settings.base
    shown = [{**_told(slip, base), "code": _code(_link(slip, base))} for slip in slips]
    return page(
        request,
        "programmes/slips.html",
        crumbs=_crumbs((whose, back), (_("Slips"), None)),
        whose=whose,
        back=back,
        slips=shown,
        sheet=_workbook(slips, base) if slips else "",
        file_name=f"{_('Slips')}-{whose}.xlsx",
    )


def _told(slip: Slip, base: str) -> dict[str, Any]:
    return {
        "name": slip.name,
        "number": slip.number,
        "guardian": slip.role == "guardian",
        "login": slip.login,
        "link": _link(slip, base),
        "until": slip.until,
    }


def _link(slip: Slip, base: str) -> str:
    return f"{base}/welcome/{slip.token}"


def _code(link: str) -> str:
    """A code that a phone reads, made here: no other machine learns of the link."""
    return str(segno.make(link, error="m").svg_data_uri(scale=4, border=2, light="#fff"))


def _workbook(slips: Sequence[Slip], base: str) -> str:
    """The slips as a workbook within the page, because they exist on this page only."""
    heads = [
        _("Name"),
        _("Student or guardian"),
        _("Number"),
        _("Sign-in name"),
        _("Link"),
        _("Valid until"),
    ]
    rows = [
        [
            slip.name,
            _("guardian") if slip.role == "guardian" else _("student"),
            slip.number,
            slip.login,
            _link(slip, base),
            day(slip.until),
        ]
        for slip in slips
    ]
    return _WORKBOOK + base64.b64encode(write_xlsx(heads, rows)).decode()


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Classes and students"), "/classes"), *more]


ROUTES = [choose_page, issue_form, again_form, guardian_form]
