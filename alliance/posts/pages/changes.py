"""The page of a change of a post on which schools count: what differs, who answered, what is
next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.forms import Form
from alliance.kit.language import _, word
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Unlawful
from alliance.kit.web.asked import Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.posts import queries
from alliance.posts.life import changing
from alliance.posts.model import FIELDS, PostDraft, differences
from alliance.posts.showing import crumbs_of_posts, said


@get("/posts/changes/{change_id:uuid}", guards=[may("post.change")])
async def change_page(request: WebRequest, change_id: FromPath[UUID]) -> Template:
    return await _page(request, change_id, Form())


@post("/posts/changes/{change_id:uuid}/{name:str}", guards=[may("post.change")], status_code=200)
async def answer_form(
    request: WebRequest, change_id: FromPath[UUID], name: Code
) -> Template | Redirect:
    """A school agrees or refuses; the enterprise carries out or drops."""
    form = Form(await request.form())
    here = f"/posts/changes/{change_id}"
    hr = request.user.role == "hr"
    words = form.lines("words", most=300, required=False)
    if name not in (("carry-out", "drop") if hr else ("agree", "refuse")):
        raise Missing
    if form.failed:
        return await _page(request, change_id, form, status=422)
    try:
        async with attempt(form):
            if name == "carry-out":
                found = await changing.carry_out(request.user, change_id)
                return go(request, f"/posts/{found}", _("The change is carried out."))
            if name == "drop":
                found = await changing.drop(request.user, change_id)
                return go(request, f"/posts/{found}", _("The change is dropped."))
            await changing.answer(request.user, change_id, agreed=name == "agree", words=words)
            done = (
                _("The enterprise reads that you agree.")
                if name == "agree"
                else _("The enterprise reads why you do not agree.")
            )
            return go(request, here, done)
    except Unlawful as refusal:
        form.general = refusal.sentence
        return await _page(request, change_id, form, refusal.findings, status=422)
    return await _page(request, change_id, form, status=form.status)


async def _page(
    request: WebRequest,
    change_id: UUID,
    form: Form,
    findings: tuple[Any, ...] = (),
    status: int = 200,
) -> Template:
    change = await queries.change_of(request.user, change_id)
    row = await queries.post(request.user, change["post"])
    rows = []
    if change["kind"] == "edit":
        draft = msgspec.json.decode(change["draft"], type=PostDraft)
        rows = [
            (word(FIELDS, field), said(field, stored), said(field, typed))
            for field, stored, typed in differences(row, draft)
        ]
    consents = change["consents"]
    return page(
        request,
        "posts/change.html",
        status=status,
        crumbs=crumbs_of_posts((row["title"], f"/posts/{row['id']}"), (_("Change"), None)),
        post=row,
        change=change,
        differences=rows,
        consents=consents,
        mine=next((one for one in consents if one["school"] == request.user.organisation), None),
        all_agreed=all(one["agreed"] for one in consents),
        form=form,
        findings=findings,
    )


ROUTES = [change_page, answer_form]
