"""Pages between two runs: changes, who moves between runs, what would have been enough."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.forms import Form
from alliance.kit.language import N_, _
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web.asked import LONGEST_CHOICE, Choice
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.rounds import changes, comparing, queries, running
from alliance.rounds.matching.seasons import Mode
from alliance.rounds.workbench import choice_sentence, why

MODES: dict[str, tuple[str, str]] = {
    "gentle": (
        N_("Go on from the last run"),
        N_(
            "Free places go to the students with the best claim; whom no change touches moves only "
            "to something better."
        ),
    ),
    "floors": (
        N_("Everybody keeps at least the present place"),
        N_(
            "Present places go before other students' claims, also those of a higher score; every "
            "post may still improve."
        ),
    ),
    "cold": (
        N_("From the lists alone"),
        N_("As if no run had been: by the ranking only. Anybody may move."),
    ),
}


def _crumbs(row: dict[str, Any], *more: Crumb) -> list[Crumb]:
    return [(_("Placement rounds"), "/rounds"), (row["title"], f"/rounds/{row['id']}"), *more]


@get("/rounds/{round_id:uuid}/changes", guards=[may("round.manage")])
async def changes_page(
    request: WebRequest,
    round_id: FromPath[RoundId],
    kind: Choice = "",
    student: Choice = "",
    post_id: Annotated[str, QueryParameter(name="post", max_length=LONGEST_CHOICE)] = "",
) -> Template:
    return await _changes(
        request, round_id, Form({"kind": kind or "withdraw", "student": student, "post": post_id})
    )


@post("/rounds/{round_id:uuid}/changes", guards=[may("round.manage")], status_code=200)
async def change_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    form = Form(await request.form())
    kind = form.choice("kind", changes.KINDS)
    student = (
        form.identifier("student", StudentId) if kind != "limit" and form.value("student") else None
    )
    post_id = form.identifier("post", PostId) if kind != "withdraw" and form.value("post") else None
    seats = form.whole("seats", least=0, most=500, required=False) if kind == "limit" else None
    reason = form.lines("reason", most=300, required=False)
    if not form.failed:
        async with attempt(form):
            await changes.make(
                request.user,
                round_id,
                kind,
                student=student,
                post=post_id,
                seats=seats,
                reason=reason,
            )
            return go(
                request, f"/rounds/{round_id}/changes", _("The change holds from the next run on.")
            )
    return await _changes(request, round_id, form, status=form.status)


@post(
    "/rounds/{round_id:uuid}/changes/{change_id:uuid}/undo",
    guards=[may("round.manage")],
    status_code=303,
)
async def undo_change(
    request: WebRequest, round_id: FromPath[RoundId], change_id: FromPath[UUID]
) -> Redirect:
    try:
        await changes.take_back(request.user, round_id, change_id)
    except Missing:
        raise
    except Refusal as refusal:
        return go(request, f"/rounds/{round_id}", refusal.sentence, "stop")
    return go(
        request,
        f"/rounds/{round_id}/changes",
        _("The change is taken back; the next run does not know it."),
    )


@post("/rounds/{round_id:uuid}/run-on", guards=[may("round.manage")], status_code=303)
async def run_on(request: WebRequest, round_id: FromPath[RoundId]) -> Redirect:
    """Run again in one of the modes."""
    form = Form(await request.form())
    mode: Mode = {"gentle": "gentle", "floors": "floors"}.get(form.value("mode"), "cold")  # type: ignore[assignment]  # its values are modes
    try:
        await running.request_run(request.user, round_id, mode)
    except Missing:
        raise
    except Refusal as refusal:
        return go(request, f"/rounds/{round_id}/changes", refusal.sentence, "stop")
    return go(request, f"/rounds/{round_id}", _("The run is queued; this page follows it."))


@get("/rounds/{round_id:uuid}/compare", guards=[may("round.students")])
async def compare_page(
    request: WebRequest,
    round_id: FromPath[RoundId],
    first: Annotated[int, QueryParameter(name="from", ge=0, le=10**6)] = 0,
    second: Annotated[int, QueryParameter(name="to", ge=0, le=10**6)] = 0,
) -> Template:
    row = await queries.round_of(request.user, round_id)
    runs = [run for run in await queries.runs(request.user, round_id) if run["state"] == "done"]
    posts = await queries.post_names(request.user, round_id)
    found = None
    if len(runs) > 1:
        second = second or runs[0]["number"]
        first = first or next(
            (run["number"] for run in runs if run["number"] < second), runs[-1]["number"]
        )
        found = await comparing.comparison(
            request.user, request.app.state.vault, round_id, first, second, posts
        )
    return page(
        request,
        "rounds/compare.html",
        crumbs=_crumbs(row, (_("Comparison of runs"), None)),
        round=row,
        runs=runs,
        posts=posts,
        found=found,
        first=first,
        second=second,
        modes=MODES,
    )


@get("/rounds/{round_id:uuid}/students/{student:uuid}/why", guards=[may("round.manage")])
async def why_page(
    request: WebRequest, round_id: FromPath[RoundId], student: FromPath[StudentId]
) -> Template:
    row = await queries.round_of(request.user, round_id)
    proposals = await queries.proposals(request.user, request.app.state.vault, round_id)
    chosen = next((proposal for proposal in proposals if proposal["student"] == student), None)
    runs = await queries.runs(request.user, round_id)
    finished = next((run for run in runs if run["state"] == "done"), None)
    if chosen is None or finished is None:
        raise Missing
    posts = await queries.post_names(request.user, round_id)
    told = await comparing.enough_for(request.user, round_id, finished["id"], student)
    return page(
        request,
        "rounds/why.html",
        crumbs=_crumbs(row, (chosen["name"], None)),
        round=row,
        chosen=chosen,
        posts=posts,
        because=why(chosen["reason"], chosen["decided_reason"], posts),
        told={one["rank"]: one for one in told},
        sentence_of=lambda choice: choice_sentence(choice, posts),
        run=finished,
    )


async def _changes(
    request: WebRequest, round_id: RoundId, form: Form, status: int = 200
) -> Template:
    row = await queries.round_of(request.user, round_id)
    vault = request.app.state.vault
    runs = await queries.runs(request.user, round_id)
    return page(
        request,
        "rounds/changes.html",
        status=status,
        crumbs=_crumbs(row, (_("Changes between runs"), None)),
        round=row,
        form=form,
        changes=await queries.changes_of(request.user, vault, round_id),
        kinds=changes.KINDS,
        modes=MODES,
        students=await queries.students_of(request.user, vault, round_id),
        posts=await queries.post_names(request.user, round_id),
        finished=next((run for run in runs if run["state"] == "done"), None),
        decided=await queries.decided_otherwise(request.user, round_id),
    )


ROUTES = [changes_page, change_form, undo_change, run_on, compare_page, why_page]
