"""Pages for students without a post after publishing, and the swap of two before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from alliance.kit import clock
from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.rounds import queries
from alliance.rounds.leftover import placing, swapping
from alliance.rounds.pages.answers import crumbs_of


@get("/rounds/{round_id:uuid}/leftover", guards=[may("round.manage")])
async def leftover_page(
    request: WebRequest, round_id: FromPath[RoundId], student: FromQuery[UUID | None] = None
) -> Template:
    form = Form({"student": "" if student is None else str(student)})
    return await _leftover(request, round_id, form)


@post("/rounds/{round_id:uuid}/leftover", guards=[may("round.manage")], status_code=200)
async def place_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    """Place one student who waits."""
    form = Form(await request.form())
    student, target = form.identifier("student", StudentId), form.identifier("post", PostId)
    reason = form.lines("reason", most=500)
    findings: tuple[Any, ...] = ()
    if student is not None and target is not None and not form.failed:
        try:
            async with attempt(form):
                await placing.place(request.user, round_id, student, target, reason)
                done = _("The student is placed and told.")
                return go(request, f"/rounds/{round_id}/leftover", done)
        except Unlawful as refusal:
            form.general, findings = refusal.sentence, refusal.findings
    return await _leftover(request, round_id, form, findings, status=422)


@post("/rounds/{round_id:uuid}/second-round", guards=[may("round.manage")], status_code=303)
async def second_round_form(request: WebRequest, round_id: FromPath[RoundId]) -> Redirect:
    form = Form(await request.form())
    try:
        second = await placing.second_round(request.user, round_id, form.identifiers("student"))
    except Missing:
        raise
    except Refusal as refusal:
        return go(request, f"/rounds/{round_id}/leftover", refusal.sentence, "warn")
    done = _("A second round is prepared; look at its posts and deadline, then open it.")
    return go(request, f"/rounds/{second}", done)


async def _leftover(
    request: WebRequest,
    round_id: RoundId,
    form: Form,
    findings: tuple[Any, ...] = (),
    status: int = 200,
) -> Template:
    row = await queries.round_of(request.user, round_id)
    vault = request.app.state.vault
    crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Without a post"), None))
    return page(
        request,
        "rounds/changing/leftover.html",
        status=status,
        crumbs=crumbs,
        round=row,
        over=row["ends"] < clock.today(),
        form=form,
        findings=findings,
        students=await placing.lacking(request.user, vault, round_id),
        places=await placing.free_places(request.user, vault, row),
    )


@get("/rounds/{round_id:uuid}/swap", guards=[may("round.manage")])
async def swap_page(
    request: WebRequest,
    round_id: FromPath[RoundId],
    first: FromQuery[StudentId],
    second: FromQuery[StudentId | None] = None,
) -> Template:
    """Who could change places with a student, and with one chosen what it would mean."""
    return await _swap(request, round_id, first, second, Form())


@post("/rounds/{round_id:uuid}/swap", guards=[may("round.manage")], status_code=200)
async def swap_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    form = Form(await request.form())
    first, second = form.identifier("first", StudentId), form.identifier("second", StudentId)
    reason = form.lines("reason", most=500)
    if first is None or second is None:
        raise Missing
    if not form.failed:
        try:
            async with attempt(form):
                await swapping.swap(request.user, round_id, first, second, reason, _seen(form))
                done = _("Both changed places; your reason is kept for both.")
                return go(request, f"/rounds/{round_id}?student={first}", done)
        except Unlawful as refusal:
            form.general = refusal.sentence
    return await _swap(request, round_id, first, second, form, status=422)


def _seen(form: Form) -> tuple[UUID | None, UUID | None] | None:
    """The posts that the page of a swap showed."""
    if form.value("first_post", "unseen") == "unseen":
        return None
    return (
        form.identifier("first_post") if form.value("first_post") else None,
        form.identifier("second_post") if form.value("second_post") else None,
    )


async def _swap(
    request: WebRequest,
    round_id: RoundId,
    first: StudentId,
    second: StudentId | None,
    form: Form,
    status: int = 200,
) -> Template:
    row = await queries.round_of(request.user, round_id)
    proposals = await queries.proposals(request.user, request.app.state.vault, round_id)
    named = {proposal["student"]: proposal for proposal in proposals}
    if first not in named:
        raise Missing
    sides: tuple[swapping.Side, ...] = ()
    sentence = ""
    if second is not None:
        try:
            sides = await swapping.effect(request.user, round_id, first, second)
        except Missing:
            raise
        except Refusal as refusal:
            sentence = refusal.sentence
    return page(
        request,
        "rounds/changing/swap.html",
        status=status,
        crumbs=crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Swap"), None)),
        round=row,
        form=form,
        first=named[first],
        second=second,
        others=[one for one in proposals if one["post"] != named[first]["post"]],
        sides=sides,
        sentence=sentence,
        named_of=named,
        posts=await queries.post_names(request.user, round_id),
    )


ROUTES = [leftover_page, place_form, second_round_form, swap_page, swap_form]
