"""Pages of posts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.compliance import evaluations
from alliance.filings import queries as compliance
from alliance.filings.actions import MARKS, VERDICTS
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _, day
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, PageNumber, SearchText, State
from alliance.kit.web.pages import Crumb, WebRequest, go, page, reads
from alliance.posts import actions, queries
from alliance.posts.facts import draft_of
from alliance.posts.law import law_on
from alliance.posts.mending import asked
from alliance.posts.model import (
    DEGREES,
    FIELDS,
    KINDS,
    SHIFTS,
    STATES,
    TRANSITIONS,
    PostDraft,
    differences,
)
from alliance.posts.reading import typed
from alliance.posts.showing import label, preview, said, shown
from alliance.reference import queries as reference
from alliance.regulation import CATEGORIES, HAZARDS, LABOUR_GRADES, PROVINCES, category

PAGE = 25
MOST_EXPORTED = 5000


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Posts"), "/posts"), *more]


@get("/posts", guards=[may("post.list")])
@reads
async def posts_page(
    request: WebRequest,
    in_state: State = "",
    kind: Choice = "",
    specialty: Choice = "",
    town: Choice = "",
    search: SearchText = "",
    sort: Choice = "",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template:
    order, descending = (sort, down == "1") if sort else ("changed", True)
    wanted = queries.Filter(
        state=in_state,
        kind=kind,
        specialty=specialty,
        town=town,
        search=search,
        sort=order,
        down=descending,
    )
    own = request.user.role in ("hr", "mentor")
    rows, total = await queries.posts(
        request.user, wanted, own=own, limit=PAGE, offset=(at - 1) * PAGE
    )
    query = {
        "state": in_state,
        "kind": kind,
        "specialty": specialty,
        "town": town,
        "search": search,
        "sort": sort,
        "down": down,
    }
    counts = await queries.state_counts(request.user) if own else {}
    choices = await queries.filters(request.user)
    return page(
        request,
        "posts/list.html",
        crumbs=[(_("Posts"), None)],
        rows=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query=query,
        own=own,
        counts=counts,
        kinds=KINDS,
        states=STATES,
        specialties=choices["specialties"],
        towns=choices["towns"],
    )


@get("/posts/export", guards=[may("post.list")])
async def export(
    request: WebRequest,
    in_state: State = "",
    kind: Choice = "",
    search: SearchText = "",
    form: Choice = "xlsx",
) -> Response[bytes]:
    own = request.user.role in ("hr", "mentor")
    wanted = queries.Filter(state=in_state, kind=kind, search=search, sort="enterprise", down=False)
    rows, _total = await queries.posts(request.user, wanted, own=own, limit=MOST_EXPORTED)
    heads = [_("Enterprise"), *(_(label) for label in FIELDS.values()), _("State")]
    table = [
        [
            row["enterprise_name"],
            *(shown(field, row) for field in FIELDS),
            label(STATES, row["state"]),
        ]
        for row in rows
    ]
    name = f"{_('Posts')}-{day(clock.today())}"
    return await files.table(heads, table, name, form)


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
    if draft is None:
        return await _form_page(request, form, None, status=422)
    post_id = await actions.create_post(request.user, draft)
    return go(request, f"/posts/{post_id}", _("The draft is saved. Publish it when it is ready."))


@post("/posts/check", guards=[may("post.edit")], status_code=200)
async def check_form(request: WebRequest) -> Template:
    """The law on what is being typed; htmx takes the panel, without script the whole form comes
    back."""
    form = Form(await request.form())
    mended = asked(form.value("mend"))
    if mended:
        many = {name: form.values(name) for name in ("specialties", "hazards")}
        form = Form(
            {**{name: form.value(name) for name in ("post", "version", *FIELDS)}, **many, **mended}
        )
    row = await _own(request, _identity(form.value("post"))) if form.value("post") else None
    draft = typed(form, await queries.choices(request.user))
    waiting = list(form.errors)
    if request.headers.get("hx-request") == "true":
        form.errors.clear()
    return await _form_page(request, form, row, draft=draft, waiting=waiting, mended=list(mended))


@get("/posts/{post_id:uuid}", guards=[may("post.list")])
@reads
async def post_page(request: WebRequest, post_id: FromPath[UUID]) -> Template:
    return await _post_page(request, await queries.post(request.user, post_id))


@get("/posts/{post_id:uuid}/edit", guards=[may("post.edit")])
async def edit_page(request: WebRequest, post_id: FromPath[UUID]) -> Template:
    row = await _own(request, post_id)
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
    row = await _own(request, post_id)
    form = Form(await request.form())
    draft = typed(form, await queries.choices(request.user))
    version = form.whole("version", least=1, most=10**9)
    if draft is None or version is None:
        return await _form_page(request, form, row, status=422)
    try:
        await actions.change_post(request.user, post_id, version, draft)
    except actions.ChangedMeanwhile as conflict:
        theirs = [
            (label(FIELDS, field), said(field, stored), said(field, mine))
            for field, stored, mine in differences(conflict.present, draft)
        ]
        return page(
            request,
            "posts/conflict.html",
            status=409,
            crumbs=_crumbs((row["title"], f"/posts/{post_id}")),
            post=conflict.present,
            sentence=conflict.sentence,
            differences=theirs,
            form=form,
            fields=FIELDS,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return await _form_page(request, form, row, status=refusal.status)
    return go(request, f"/posts/{post_id}", _("The changes are saved."))


@post("/posts/{post_id:uuid}/publish", guards=[may("post.edit")], status_code=200)
async def publish_form(request: WebRequest, post_id: FromPath[UUID]) -> Template | Redirect:
    row = await _own(request, post_id)
    try:
        await actions.publish_post(request.user, post_id)
    except Unlawful as refusal:
        return await _post_page(request, row, status=422, refused=refusal.sentence)
    except Refusal as refusal:
        return go(request, f"/posts/{post_id}", refusal.sentence, "warn")
    return go(
        request,
        f"/posts/{post_id}",
        _("The post is published; schools can offer it in their rounds."),
    )


@post("/posts/{post_id:uuid}/staff", guards=[may("post.edit")], status_code=200)
async def staff_form(request: WebRequest, post_id: FromPath[UUID]) -> Template | Redirect:
    """The staff in this kind of post, counted again."""
    row = await _own(request, post_id)
    form = Form(await request.form())
    counted_on, staff = form.day("counted_on"), form.whole("staff", least=0, most=100000)
    if counted_on is None or staff is None:
        return await _post_page(request, row, form, status=422)
    try:
        await actions.count_staff(request.user, post_id, counted_on, staff)
    except Refusal as refusal:
        form.refuse(refusal)
        return await _post_page(request, row, form, status=refusal.status)
    return go(request, f"/posts/{post_id}", _("The count is kept; caps go by it from its day on."))


@post("/posts/{post_id:uuid}/{name:str}", guards=[may("post.edit")], status_code=303)
async def move_form(request: WebRequest, post_id: FromPath[UUID], name: Code) -> Redirect:
    """Close, reopen as a draft, copy or delete."""
    await _own(request, post_id)
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
    done = _("The post is closed.") if name == "close" else _("The post is a draft again.")
    return go(request, f"/posts/{post_id}", done)


async def _own(request: WebRequest, post_id: UUID) -> dict[str, Any]:
    row = await queries.post(request.user, post_id)
    if row["enterprise"] != request.user.organisation:
        raise Missing
    return row


def _identity(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing from None


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
        crumbs=_crumbs((row["title"], None)),
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
        kinds=KINDS,
        states=STATES,
        shifts=SHIFTS,
        labels=FIELDS,
        refused=refused,
        grades=LABOUR_GRADES,
        value_of=said,
        gates=gates,
        filings=await compliance.filings_of(user, [post_id]),
        verdicts=VERDICTS,
        marks=MARKS,
        counts=await queries.staff_counts(user, post_id),
        counting=counting or Form.showing({"counted_on": clock.today()}),
    )


async def _form_page(
    request: WebRequest,
    form: Form,
    row: dict[str, Any] | None,
    status: int = 200,
    draft: PostDraft | None = None,
    waiting: Sequence[str] = (),
    mended: Sequence[str] = (),
) -> Template:
    if draft is None and row is not None and not form.failed:
        draft = draft_of(row)
    law = (
        await law_on(request.user, draft, row["id"] if row else None) if draft is not None else None
    )
    choices = await queries.choices(request.user)
    crumbs = (
        _crumbs((row["title"], f"/posts/{row['id']}"), (_("Edit"), None))
        if row
        else _crumbs((_("New post"), None))
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
        labels={name: label(FIELDS, name) for name in FIELDS},
        occupations=choices["occupations"],
        specialty_groups=_by_category(choices["specialties"]),
        towns=choices["towns"],
        hazards=HAZARDS,
        grades=LABOUR_GRADES,
        provinces=PROVINCES,
        degrees=DEGREES,
        value_of=said,
        waiting=waiting,
        mended=mended,
        draft=draft,
        seen=preview(draft, law["facts"], choices)
        if draft is not None and law is not None
        else None,
    )


def _by_category(specialties: list[dict[str, Any]]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Specialties under the names of their categories."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for row in specialties:
        groups.setdefault(category(row["code"]), []).append(row)
    return [(CATEGORIES[number], rows) for number, rows in sorted(groups.items())]


ROUTES = [
    posts_page,
    export,
    new_page,
    create_form,
    check_form,
    post_page,
    edit_page,
    edit_form,
    publish_form,
    staff_form,
    move_form,
]
