"""The page of a post: publish, count staff, close, copy, delete."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.compliance import evaluations
from alliance.filings import queries as compliance
from alliance.filings.actions import MARKS, VERDICTS
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _, language, ngettext, number
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.kit.web.asked import Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page, reads
from alliance.members.counting import ask_back
from alliance.posts import actions, queries
from alliance.posts.facts import draft_of
from alliance.posts.law import law_on
from alliance.posts.life import changing
from alliance.posts.model import (
    FIELDS,
    KINDS,
    SHIFTS,
    STATES,
    TRANSITIONS,
)
from alliance.posts.showing import crumbs_of_posts, said
from alliance.regulation import LABOUR_GRADES, title_of_lift


@get("/posts/{post_id:uuid}", guards=[may("post.list")])
@reads
async def post_page(request: WebRequest, post_id: FromPath[UUID]) -> Template:
    return await _post_page(request, await queries.post(request.user, post_id))


@post("/posts/{post_id:uuid}/publish", guards=[may("post.edit")], status_code=200)
async def publish_form(request: WebRequest, post_id: FromPath[UUID]) -> Template | Redirect:
    return await _offer(request, post_id, "publish")


@post("/posts/{post_id:uuid}/pause", guards=[may("post.edit")], status_code=303)
async def pause_form(request: WebRequest, post_id: FromPath[UUID]) -> Redirect:
    """Take a post from offer for a while, or ask the schools whose rounds have it."""
    form = Form(await request.form())
    try:
        asked = await changing.pause(
            request.user, post_id, form.lines("reason", most=300, required=False)
        )
    except Missing:
        raise
    except Refusal as refusal:
        return go(request, f"/posts/{post_id}", refusal.sentence, "warn")
    if asked is not None:
        done = _("The schools whose rounds have this post are asked; it pauses when they agree.")
        return go(request, f"/posts/changes/{asked}", done)
    return go(request, f"/posts/{post_id}", _("The post is paused."))


async def _offer(request: WebRequest, post_id: UUID, name: str) -> Template | Redirect:
    """Publish, resume or restore a post."""
    row = await queries.own_post(request.user, post_id)
    try:
        findings = await actions.publish_post(request.user, post_id, name)
    except Unlawful as refusal:
        return await _post_page(request, row, status=422, refused=refusal.sentence)
    except Refusal as refusal:
        return go(request, f"/posts/{post_id}", refusal.sentence, "warn")
    done = (
        _("The job is published; everybody who is signed in sees it.")
        if row["kind"] == "job"
        else _("The post is published; schools can offer it in their rounds.")
    )
    if findings:
        reminders = ngettext(
            "%(count)s reminder of the law stays.",
            "%(count)s reminders of the law stay.",
            len(findings),
        )
        return go(request, f"/posts/{post_id}", f"{done} {reminders}", "warn")
    return go(request, f"/posts/{post_id}", done)


@post("/posts/{post_id:uuid}/staff", guards=[may("post.edit")], status_code=200)
async def staff_form(request: WebRequest, post_id: FromPath[UUID]) -> Template | Redirect:
    """The staff in this kind of post, counted again."""
    row = await queries.own_post(request.user, post_id)
    form = Form(await request.form())
    counted_on, staff = form.day("counted_on"), form.whole("staff", least=0, most=100000)
    if staff is not None and row["staff"] is not None and staff > row["staff"]:
        form.error("staff", _("The enterprise has %(n)s staff in all.", n=number(row["staff"])))
    elif staff is not None:
        ask_back(form, "staff", row["staff_same_type"], staff)
    if form.failed or counted_on is None or staff is None:
        return await _post_page(request, row, form, status=form.status)
    async with attempt(form):
        await actions.count_staff(request.user, post_id, counted_on, staff)
        return go(
            request, f"/posts/{post_id}", _("The count is kept; caps go by it from its day on.")
        )
    return await _post_page(request, row, form, status=form.status)


@post("/posts/{post_id:uuid}/{name:str}", guards=[may("post.edit")], status_code=303)
async def move_form(
    request: WebRequest, post_id: FromPath[UUID], name: Code
) -> Template | Redirect:
    """Close, put on offer again, reopen as a draft, copy or delete."""
    await queries.own_post(request.user, post_id)
    if name in ("resume", "restore"):
        return await _offer(request, post_id, name)
    try:
        if name == "copy":
            copied = await actions.copy_post(request.user, post_id)
            return go(
                request, f"/posts/{copied}/edit", _("This is a new draft with the same content.")
            )
        if name == "delete":
            await actions.delete_post(request.user, post_id)
            return go(request, "/posts", _("The draft was deleted."))
        if name not in ("close", "reopen"):
            raise Missing
        await actions.move_post(request.user, post_id, name)
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(request, f"/posts/{post_id}", refusal.sentence, "warn")
    done = (
        _("The post is closed; you can put it on offer again.")
        if name == "close"
        else _("The post is a draft again.")
    )
    return go(request, f"/posts/{post_id}", done)


async def _post_page(
    request: WebRequest,
    row: dict[str, Any],
    counting: Form | None = None,
    *,
    status: int = 200,
    refused: str = "",
) -> Template:
    user, post_id = request.user, row["id"]
    own = row["enterprise"] == user.organisation and user.role == "hr"
    law = await law_on(user, draft_of(row), post_id) if own else None
    gates = (
        await evaluations.evaluations_of(user, "post", post_id)
        if own or user.role in ("authority", "secretary")
        else []
    )
    return page(
        request,
        "posts/post.html",
        status=status,
        crumbs=crumbs_of_posts((row["title"], None)),
        post=row,
        own=own,
        law=law,
        buttons=[
            step.name
            for step in TRANSITIONS
            if step.source == row["state"] and step.role == user.role
        ]
        if own
        else [],
        history=await queries.history(user, post_id) if own else [],
        needs=await queries.counting_on(user, post_id) if own else [],
        change=await queries.open_change(user, post_id),
        kinds=KINDS,
        states=STATES,
        shifts=SHIFTS,
        labels=FIELDS,
        refused=refused,
        grades=LABOUR_GRADES,
        value_of=said,
        gates=gates,
        filings=await compliance.filings_of(user, [post_id]),
        lift_words=lambda lifts: [title_of_lift(lift, language()) for lift in lifts],
        verdicts=VERDICTS,
        marks=MARKS,
        counts=await queries.staff_counts(user, post_id),
        counting=counting or Form.showing({"counted_on": clock.today()}),
    )


ROUTES = [post_page, publish_form, pause_form, staff_form, move_form]
