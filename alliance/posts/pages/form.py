"""The form of a post, with the law beside it while it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.forms import Form
from alliance.kit.language import _, word
from alliance.kit.policy import may
from alliance.kit.problems import ChangedMeanwhile, Missing, Refusal, Unlawful
from alliance.kit.web.attempt import attempt
from alliance.kit.web.comparing import compared_page
from alliance.kit.web.pages import WebRequest, go, page
from alliance.members.counting import ask_back
from alliance.posts import actions, queries
from alliance.posts.facts import draft_of
from alliance.posts.law import law_on
from alliance.posts.life import changing
from alliance.posts.mending import asked
from alliance.posts.model import (
    DEGREES,
    FIELDS,
    KINDS,
    SHIFTS,
    PostDraft,
    differences,
)
from alliance.posts.reading import typed, typed_so_far
from alliance.posts.showing import crumbs_of_posts, preview, said
from alliance.reference import queries as reference
from alliance.regulation import CATEGORIES, HAZARDS, LABOUR_GRADES, PROVINCES, category


@get("/posts/new", guards=[may("post.edit")])
async def new_page(request: WebRequest) -> Template:
    form = Form(
        {
            "kind": "internship",
            "hours_per_day": "8",
            "days_per_week": "5",
            "shift": "day",
            "head_count": "1",
            "degree_min": "none",
            "province": "50",
        }
    )
    return await _form_page(request, form, None)


@post("/posts", guards=[may("post.edit")], status_code=200)
async def create_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    draft = typed(form, await queries.choices(request.user))
    if draft is not None:
        await _ask_back(request, form, draft, None)
    if draft is not None and not form.failed:
        async with attempt(form):
            post_id = await actions.create_post(request.user, draft)
            done = _("The draft is saved. Publish it when it is ready.")
            return go(request, f"/posts/{post_id}", done)
    return await _form_page(request, form, None, status=form.status)


@post("/posts/check", guards=[may("post.edit")], status_code=200)
async def check_form(request: WebRequest) -> Template:
    """The law on what is being typed; htmx takes the panel, without script the whole form comes
    back."""
    form = Form(await request.form())
    mended = asked(form.value("mend"))
    if mended:
        many = {name: form.values(name) for name in ("specialties", "hazards")}
        form = Form(
            {
                **{name: form.value(name) for name in ("post", "version", "reason", *FIELDS)},
                **many,
                **mended,
            }
        )
    row = (
        await queries.own_post(request.user, _identity(form.value("post")))
        if form.value("post")
        else None
    )
    return await _form_page(request, form, row, mended=list(mended), typing=True)


@get("/posts/{post_id:uuid}/edit", guards=[may("post.edit")])
async def edit_page(request: WebRequest, post_id: FromPath[UUID]) -> Template:
    row = await queries.own_post(request.user, post_id)
    present = {
        **{
            name: row[name]
            for name in FIELDS
            if name not in ("specialties", "hazards", "works_holidays")
        },
        "occupation": (await reference.present_occupations(request.user)).get(row["occupation"]),
        "specialties": row["wanted"],
        "hazards": None if row["hazards"] is None else row["hazards"] or ["none"],
        "works_holidays": {None: "", True: "yes", False: "no"}[row["works_holidays"]],
        "version": row["version"],
    }
    return await _form_page(request, Form.showing(present), row)


@post("/posts/{post_id:uuid}/edit", guards=[may("post.edit")], status_code=200)
async def edit_form(request: WebRequest, post_id: FromPath[UUID]) -> Template | Redirect:
    row = await queries.own_post(request.user, post_id)
    form = Form(await request.form())
    draft = typed(form, await queries.choices(request.user))
    version = form.whole("version", least=1, most=10**9)
    if draft is not None and row["state"] == "draft":
        await _ask_back(request, form, draft, post_id)
    if form.failed or draft is None or version is None:
        return await _form_page(request, form, row, status=422)
    asked_for = None
    reason = form.lines("reason", most=300, required=False)
    try:
        if row["state"] in ("published", "paused"):
            asked_for = await changing.change_offer(request.user, post_id, version, draft, reason)
        else:
            await actions.change_post(request.user, post_id, version, draft)
    except ChangedMeanwhile as conflict:
        typed_values = [(name, value) for name in FIELDS for value in form.values(name)]
        return compared_page(
            request,
            conflict,
            title=row["title"],
            back=f"/posts/{post_id}",
            crumbs=crumbs_of_posts((row["title"], f"/posts/{post_id}")),
            typed=[
                ("version", str(conflict.present["version"])),
                ("reason", reason),
                *typed_values,
            ],
            differences=[
                (word(FIELDS, field), said(field, stored), said(field, mine))
                for field, stored, mine in differences(conflict.present, draft)
            ],
        )
    except Unlawful as refusal:
        form.general = refusal.sentence
        return await _form_page(request, form, row, status=422)
    except Refusal as refusal:
        form.refuse(refusal)
        return await _form_page(request, form, row, status=refusal.status)
    if asked_for is not None:
        done = _("The schools that count on this post are asked; it changes when they have agreed.")
        return go(request, f"/posts/changes/{asked_for}", done)
    return go(request, f"/posts/{post_id}", _("The changes are saved."))


async def _ask_back(
    request: WebRequest, form: Form, draft: PostDraft, post_id: UUID | None
) -> None:
    """Ask back where a draft's staff is far from what its kind on offer states: once published, the
    smaller of both goes for all."""
    if draft.staff_same_type is not None:
        standing = await queries.staff_of_kind(request.user, draft, post_id)
        ask_back(form, "staff_same_type", standing, draft.staff_same_type)


def _identity(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing from None


async def _form_page(
    request: WebRequest,
    form: Form,
    row: dict[str, Any] | None,
    status: int = 200,
    mended: Sequence[str] = (),
    *,
    typing: bool = False,
) -> Template:
    """The form with the law beside it: on what is typed (`typing`, or after a refusal), else on the
    post as it is saved."""
    choices = await queries.choices(request.user)
    draft: PostDraft | None = None if row is None else draft_of(row)
    waiting: tuple[str, ...] = ()
    if typing or form.failed or status != 200:
        draft, waiting = typed_so_far(form, choices)
    law = (
        await law_on(request.user, draft, row["id"] if row else None, waiting)
        if draft is not None
        else None
    )
    if request.headers.get("hx-request") == "true":
        form.errors.clear()
    crumbs = (
        crumbs_of_posts((row["title"], f"/posts/{row['id']}"), (_("Edit"), None))
        if row
        else crumbs_of_posts((_("New post"), None))
    )
    return page(
        request,
        "posts/form.html",
        status=status,
        crumbs=crumbs,
        form=form,
        post=row,
        law=law,
        kinds=KINDS,
        shifts=SHIFTS,
        labels={name: word(FIELDS, name) for name in FIELDS},
        occupations=choices["occupations"],
        specialty_groups=_by_category(choices["specialties"]),
        towns=choices["towns"],
        hazards=HAZARDS,
        grades=LABOUR_GRADES,
        provinces=PROVINCES,
        degrees=DEGREES,
        value_of=said,
        needs=await queries.counting_on(request.user, row["id"])
        if row is not None and row["state"] in ("published", "paused")
        else [],
        waiting=waiting,
        mended=mended,
        draft=draft,
        seen=preview(draft, law["facts"], choices)
        if draft is not None and law is not None and not waiting
        else None,
    )


def _by_category(specialties: list[dict[str, Any]]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Specialties under the names of their categories."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for row in specialties:
        groups.setdefault(category(row["code"]), []).append(row)
    return [(CATEGORIES[number], rows) for number, rows in sorted(groups.items())]


ROUTES = [new_page, create_form, check_form, edit_page, edit_form]
