"""Decisions of a round: accept, undo, decide otherwise, publish."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.forms import Form
from alliance.kit.language import _, ngettext
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.kit.web.pages import WebRequest, go, page, within
from alliance.rounds import deciding, publishing, queries
from alliance.rounds.pages.answers import crumbs_of
from alliance.rounds.workbench import workbench


@post("/rounds/{round_id:uuid}/accept", guards=[may("round.manage")], status_code=303)
async def accept_form(request: WebRequest, round_id: FromPath[RoundId]) -> Redirect:
    form = Form(await request.form())
    students = None if form.ticked("all") else form.identifiers("student")
    if students == []:
        return go(request, _bench(round_id, form), _("Tick at least one student first."), "warn")
    try:
        count = await deciding.accept(request.user, round_id, students)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, _bench(round_id, form), refusal.sentence, "stop")
    done = ngettext("%(count)s proposal was accepted.", "%(count)s proposals were accepted.", count)
    return go(request, _bench(round_id, form), done)


@post(
    "/rounds/{round_id:uuid}/students/{student:uuid}/undo",
    guards=[may("round.manage")],
    status_code=303,
)
async def undo_form(
    request: WebRequest, round_id: FromPath[RoundId], student: FromPath[StudentId]
) -> Redirect:
    await deciding.undo(request.user, round_id, student)
    return go(request, f"/rounds/{round_id}?student={student}", _("The decision is open again."))


@post(
    "/rounds/{round_id:uuid}/students/{student:uuid}/override",
    guards=[may("round.manage")],
    status_code=200,
)
async def override_form(
    request: WebRequest, round_id: FromPath[RoundId], student: FromPath[StudentId]
) -> Template | Redirect:
    form = Form(await request.form())
    target = None if form.value("post") == "none" else form.identifier("post", PostId)
    reason = form.lines("reason", most=500)
    findings: tuple[Any, ...] = ()
    if not form.failed:
        try:
            findings = await deciding.override(request.user, round_id, student, target, reason)
        except Unlawful as refusal:
            form.general, findings = refusal.sentence, refusal.findings
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(
                request,
                f"/rounds/{round_id}?student={student}",
                _("Your decision was kept with its reason."),
            )
    row = await queries.round_of(request.user, round_id)
    bench = await workbench(request.user, request.app.state.vault, row)
    chosen = _proposal(bench, student)
    return page(
        request,
        "rounds/override.html",
        status=422,
        crumbs=crumbs_of((row["title"], f"/rounds/{round_id}")),
        round=row,
        form=form,
        findings=findings,
        chosen=chosen,
        **bench,
    )


@get("/rounds/{round_id:uuid}/students/{student:uuid}/override", guards=[may("round.manage")])
async def override_page(
    request: WebRequest, round_id: FromPath[RoundId], student: FromPath[StudentId]
) -> Template:
    row = await queries.round_of(request.user, round_id)
    bench = await workbench(request.user, request.app.state.vault, row)
    chosen = _proposal(bench, student)
    crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Decide otherwise"), None))
    return page(
        request,
        "rounds/override.html",
        crumbs=crumbs,
        round=row,
        form=Form(),
        findings=(),
        chosen=chosen,
        **bench,
    )


@post("/rounds/{round_id:uuid}/publish", guards=[may("round.manage")], status_code=200)
async def publish_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    try:
        count = await publishing.publish(request.user, round_id)
    except Unlawful as refusal:
        row = await queries.round_of(request.user, round_id)
        crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Publishing"), None))
        return page(
            request,
            "rounds/refused.html",
            status=422,
            crumbs=crumbs,
            round=row,
            sentence=refusal.sentence,
            findings=refusal.findings,
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/rounds/{round_id}", refusal.sentence, "stop")
    done = ngettext(
        "%(count)s placement was published.", "%(count)s placements were published.", count
    )
    return go(request, f"/rounds/{round_id}", done)


def _proposal(bench: dict[str, Any], student: StudentId) -> dict[str, Any]:
    """The student's line on the bench; raises Missing."""
    found: dict[str, Any] | None = next(
        (row for row in bench["proposals"] if row["student"] == student), None
    )
    if found is None:
        raise Missing
    return found


def _bench(round_id: RoundId, form: Form) -> str:
    back = within(form.value("back"))
    return back if back.startswith(f"/rounds/{round_id}") else f"/rounds/{round_id}"


ROUTES = [accept_form, undo_form, override_form, override_page, publish_form]
