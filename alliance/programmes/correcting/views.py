"""The form that corrects identity data of a student; the student's page leads to it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit import clock, reading
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import ChangedMeanwhile, version_of
from alliance.kit.web.attempt import attempt
from alliance.kit.web.comparing import compared
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.programmes import queries as students
from alliance.programmes.correcting import actions, queries
from alliance.programmes.correcting.actions import Correction
from alliance.programmes.rosters.cells import CellError, read_number
from alliance.programmes.rosters.documents import KINDS, Document, read_document


@get("/students/{student_id:uuid}/correct", guards=[may("student.edit")])
async def correct_page(request: WebRequest, student_id: FromPath[UUID]) -> Template:
    row = await students.student(request.user, request.app.state.vault, student_id)
    present = actions.shown(row, row["identity_number"])
    form = Form.showing({**present, "identity_number": "", "seen": version_of(present)})
    return await _page(request, row, form)


@post("/students/{student_id:uuid}/correct", guards=[may("student.edit")], status_code=200)
async def correct_form(request: WebRequest, student_id: FromPath[UUID]) -> Template | Redirect:
    vault, form = request.app.state.vault, Form(await request.form())
    row = await students.student(request.user, vault, student_id)
    classes = {str(one.id): one.name for one in await students.classes(request.user)}
    number, document = _number(form, row), _document(form)
    born, school_class = form.day("born"), form.choice("school_class", classes)
    reason = form.text("reason", most=200)
    if not form.failed and born is not None:
        correction = Correction(
            number=number,
            document=document,
            born=born,
            school_class=UUID(school_class),
            reason=reason,
        )
        try:
            async with attempt(form):
                await actions.correct_student(
                    request.user, vault, student_id, correction, form.value("seen")
                )
                return _done(request, student_id, document)
        except ChangedMeanwhile as conflict:
            labels = {
                "number": _("Student number"),
                "document": _("Kind of document"),
                "identity_number": _("Number of the document"),
                "born": _("Born"),
                "school_class": _("Class"),
                "reason": _("Why"),
            }
            words: dict[str, dict[str, str]] = {
                "school_class": classes,
                "document": {str(code): _(name) for code, name in KINDS.items()},
            }
            if document is None:
                del labels["document"], labels["identity_number"]
            return compared(
                request,
                conflict,
                form,
                title=row["name"],
                back=f"/students/{student_id}/correct",
                crumbs=_crumbs(row),
                labels=labels,
                say=lambda name, value: words.get(name, {}).get(value, value),
            )
    return await _page(request, row, form, status=form.status)


def _done(request: WebRequest, student_id: UUID, document: Document | None) -> Redirect:
    back = f"/students/{student_id}"
    if document is not None and not document.area_listed:
        told = _said("identity_area_unlisted", document.number, digits=document.number[:6])
        return go(request, back, told, "warn")
    return go(request, back, _("The identity data are corrected and judged again."))


def _number(form: Form, row: dict[str, Any]) -> str:
    number = form.text("number", most=30)
    if not number or number == row["number"]:
        return number
    try:
        return read_number(number)
    except CellError as refused:
        form.error("number", actions.said(refused.code, value=number, **refused.values))
        return ""


def _document(form: Form) -> Document | None:
    """The document that was typed, if one was: of the kind that was chosen, else as it is built."""
    named = form.choice("document", {*KINDS, ""})
    typed = form.text("identity_number", most=40, required=False)
    if not typed:
        return None
    kind = next((known for known in KINDS if known == named), None)
    try:
        return read_document(typed, kind, clock.today())
    except CellError as refused:
        # nobody's spreadsheet changed what was typed here
        whole = len(re.sub(r"[\s-]", "", typed)) == 18
        code = refused.code
        if code == "identity_damaged" and whole:
            code = "identity_check_digit"
        form.error("identity_number", _said(code, typed, **refused.values))
        return None


def _said(code: str, number: str, **values: object) -> str:
    """What is said of a number, masked, as of a cell of a register."""
    if "kind" in values:
        values["kind"] = _(str(values["kind"]))
    return actions.said(code, value=reading.masked_identity(number), **values)


def _crumbs(row: dict[str, Any]) -> list[Crumb]:
    return [
        (_("Classes and students"), "/classes"),
        (row["class_name"], f"/classes/{row['school_class']}"),
        (row["name"], f"/students/{row['id']}"),
        (_("Correct identity data"), None),
    ]


async def _page(
    request: WebRequest, row: dict[str, Any], form: Form, status: int = 200
) -> Template:
    return page(
        request,
        "programmes/correct.html",
        status=status,
        crumbs=_crumbs(row),
        student=row,
        classes=[(str(one.id), one.name) for one in await students.classes(request.user)],
        kinds=[(code, _(name)) for code, name in KINDS.items()],
        corrections=await queries.corrections(request.user, row["id"]),
        form=form,
    )


ROUTES = [correct_page, correct_form]
