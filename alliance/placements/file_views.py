"""Pages of placements and their files: one by one, a whole round at once, and the official checklist."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect, Response, Template

from alliance.kit import files
from alliance.kit.forms import Form
from alliance.kit.language import _, day, language, ngettext
from alliance.kit.pages import Crumb, WebRequest, go, page
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.kit.sheet_writing import write_xlsx
from alliance.placements import checklist, file_actions, file_queries, queries
from alliance.placements.file_model import SECTION_OF, SECTIONS, STATES, TRANSITIONS, Field, fields_of
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS

PAGE = 50


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Placements"), "/placements"), *more]


@get("/placements", guards=[may("placement.list")])
async def placements_page(
    request: WebRequest,
    search: FromQuery[str] = "",
    in_state: Annotated[str, QueryParameter(name="state")] = "",
    lacking: FromQuery[str] = "",
    at: Annotated[int, QueryParameter(name="page", ge=1, le=10000)] = 1,
) -> Template:
    state = in_state if in_state in STATES else ""
    rows = await file_queries.placements(request.user, request.app.state.vault, state=state, search=search)
    if lacking in SECTIONS:
        rows = [row for row in rows if row["sections"][lacking] != "ok"]
    first = (at - 1) * PAGE
    return page(
        request, "placements/placements.html", crumbs=[(_("Placements"), None)], rows=rows[first : first + PAGE], found=len(rows),
        at=at, per_page=PAGE, states=STATES, sections=SECTIONS, search=search, state=state, lacking=lacking,
    )  # fmt: skip


@get("/placements/{placement_id:uuid}", guards=[may("placement.file")])
async def placement_page(request: WebRequest, placement_id: FromPath[UUID]) -> Template:
    return await _file(request, placement_id, Form())


@post("/placements/{placement_id:uuid}/file/{section:str}", guards=[may("placement.fill")], status_code=200)
async def section_form(request: WebRequest, placement_id: FromPath[UUID], section: FromPath[str]) -> Template | Redirect:
    sent = await request.form()
    form = Form(sent)
    values = _values(form, section, request.user.role)
    version = form.whole("version", least=1, most=10**9) or 0
    if form.failed:
        return await _file(request, placement_id, form, opened=section, status=422)
    try:
        await file_actions.record(request.user, placement_id, section, values, version)
        if (upload := sent.get("file")) and getattr(upload, "filename", ""):
            await file_actions.attach(request.user, placement_id, section, *await files.read_upload(upload))
    except Missing:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return await _file(request, placement_id, form, opened=section, status=refusal.status)
    return go(request, f"/placements/{placement_id}#{section}", _("It is recorded."))


@post("/placements/{placement_id:uuid}/move/{name:str}", guards=[may("placement.move")], status_code=200)
async def move_form(request: WebRequest, placement_id: FromPath[UUID], name: FromPath[str]) -> Template | Redirect:
    form = Form(await request.form())
    try:
        await file_actions.move(request.user, placement_id, name, form.text("reason", most=300, required=False))
    except Missing:
        raise
    except Unlawful as refusal:
        form.general = refusal.sentence
        return await _file(request, placement_id, form, status=422)
    except Refusal as refusal:
        form.refuse(refusal)
        return await _file(request, placement_id, form, status=refusal.status)
    return go(request, f"/placements/{placement_id}", _("The placement has moved on."))


@get("/rounds/{round_id:uuid}/files", guards=[may("placement.list")])
async def round_files(request: WebRequest, round_id: FromPath[UUID]) -> Template:
    return await _round(request, round_id, Form())


@post("/rounds/{round_id:uuid}/files", guards=[may("placement.move")], status_code=200)
async def round_form(request: WebRequest, round_id: FromPath[UUID]) -> Template | Redirect:
    """Record one section in many files, or move many placements on."""
    form = Form(await request.form())
    chosen = form.identifiers("placement")
    section = form.value("section")
    if not chosen:
        form.general = _("Tick at least one student first.")
    elif form.value("move") in ("agree", "start"):
        done, refused = await file_actions.move_many(request.user, chosen, form.value("move"))
        return await _round(request, round_id, form, done=len(done), refused=dict(refused))
    elif section in SECTIONS:
        values = {
            name: value for name, value in _values(form, section, request.user.role).items() if value not in (None, "", {}, ())
        }
        if not form.failed:
            try:
                count = await file_actions.record_many(request.user, chosen, section, values)
            except Missing:
                raise
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                done_words = ngettext("%(count)s file was filled in.", "%(count)s files were filled in.", count)
                return go(request, f"/rounds/{round_id}/files", done_words)
    return await _round(request, round_id, form, status=422)


@get("/rounds/{round_id:uuid}/checklist", guards=[may("placement.list")])
async def checklist_page(request: WebRequest, round_id: FromPath[UUID]) -> Template:
    row = await queries.round_of(request.user, round_id)
    lines = await checklist.of_round(request.user, request.app.state.vault, row)
    crumbs = [(_("Placement rounds"), "/rounds"), (row["title"], f"/rounds/{round_id}"), (_("Official checklist"), None)]
    return page(request, "placements/checklist.html", crumbs=crumbs, round=row, groups=lines)


@get("/rounds/{round_id:uuid}/checklist/export", guards=[may("placement.list")])
async def checklist_export(request: WebRequest, round_id: FromPath[UUID]) -> Response[bytes]:
    row = await queries.round_of(request.user, round_id)
    groups = await checklist.of_round(request.user, request.app.state.vault, row)
    heads = [_("Group"), _("Item"), _("Rules"), _("In order"), _("Of"), _("Missing")]
    table = [
        [
            group["title"],
            line["title"],
            " ".join(line["rules"]),
            line["done"],
            line["all"],
            "、".join(one["name"] for one in line["lacking"]),
        ]
        for group in groups
        for line in group["lines"]
    ]
    content = await asyncio.to_thread(write_xlsx, heads, table)
    return files.download(content, f"{_('Official checklist')}-{row['title']}-{day(row['starts'])}-{language()}.xlsx", files.XLSX)


@get("/placements/new", guards=[may("placement.move")])
async def arrange_page(request: WebRequest) -> Template:
    return await _arrange(request, Form())


@post("/placements/new", guards=[may("placement.move")], status_code=200)
async def arrange_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    student, post_id = form.identifier("student"), form.identifier("post")
    starts, ends, approved = form.day("starts"), form.day("ends"), form.day("approved_on")
    form.in_order(starts, ends, "ends")
    reason = form.text("reason", most=500)
    findings: Any = ()
    if not form.failed and student and post_id and starts and ends and approved:
        try:
            placement_id, _found = await file_actions.arrange(request.user, student, post_id, starts, ends, reason, approved)
        except Missing:
            raise
        except Unlawful as refusal:
            form.general, findings = refusal.sentence, refusal.findings
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(request, f"/placements/{placement_id}", _("The placement is arranged. Fill in its file next."))
    return await _arrange(request, form, status=422, findings=findings)


@get("/placement", guards=[may("placement.own")])
async def own_page(request: WebRequest) -> Template | Redirect:
    found = await file_queries.own_placements(request.user)
    if not found:
        return page(request, "placements/no_placement.html", crumbs=[(_("My placement"), None)])
    return Redirect(f"/placements/{found[0]}")


async def _file(request: WebRequest, placement_id: UUID, form: Form, opened: str = "", status: int = 200) -> Template:
    row = await file_queries.placement(request.user, request.app.state.vault, placement_id)
    role = request.user.role
    buttons = [step for step in TRANSITIONS if step.source == row["state"] and step.role == role]
    stored = {name: _typed(value) for name, value in row["file"].items() if name != "plan"}
    shown = Form.showing(stored | {
        f"plan_{code}": row["file"]["plan"].get(code, "") for code in PLAN_FIELDS
    })  # fmt: skip
    return page(
        request, "placements/file.html", status=status,
        crumbs=[(row["title"], None)] if role == "student" else _crumbs((row["name"], None)),
        row=row, form=form, shown_form=dict.fromkeys(SECTIONS, shown), opened=opened, sections=SECTIONS,
        states=STATES, buttons=buttons,
        mine={name: fields_of(name, role) for name in SECTIONS}, plan_fields=PLAN_FIELDS, items=AGREEMENT_ITEMS,
        covered=SECTION_OF,
    )  # fmt: skip


def _typed(value: Any) -> Any:
    """A stored truth as the three-way choice of the form."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


async def _round(
    request: WebRequest,
    round_id: UUID,
    form: Form,
    *,
    done: int | None = None,
    refused: dict[UUID, str] | None = None,
    status: int = 200,
) -> Template:
    row = await queries.round_of(request.user, round_id)
    rows = await file_queries.placements(request.user, request.app.state.vault, round_id=round_id)
    crumbs = [(_("Placement rounds"), "/rounds"), (row["title"], f"/rounds/{round_id}"), (_("Placement files"), None)]
    guides = rows and await file_queries.placement(request.user, request.app.state.vault, rows[0]["id"])
    return page(
        request, "placements/round_files.html", status=status, crumbs=crumbs, round=row, rows=rows, form=form,
        sections=SECTIONS, states=STATES, mine={name: fields_of(name, request.user.role) for name in SECTIONS},
        plan_fields=PLAN_FIELDS, items=AGREEMENT_ITEMS, done=done,
        refused=refused or {}, guides=guides["guides"] if guides else {"instructor": [], "mentor": []},
    )  # fmt: skip


async def _arrange(request: WebRequest, form: Form, status: int = 200, findings: Any = ()) -> Template:
    students, posts = await file_queries.to_arrange(request.user, request.app.state.vault)
    return page(
        request, "placements/arrange.html", status=status, crumbs=_crumbs((_("Self-arranged placement"), None)),
        form=form, findings=findings,
        students=students, posts=posts,
    )  # fmt: skip


def _values(form: Form, section: str, role: str) -> dict[str, Any]:
    """What was typed for the fields of a section that the role fills."""
    if section not in SECTIONS:
        raise Missing
    return {field.name: _value(form, field) for field in fields_of(section, role)}


def _value(form: Form, field: Field) -> Any:
    if field.kind == "day":
        return form.day(field.name, required=False)
    if field.kind == "flag":
        return {"yes": True, "no": False}.get(form.value(field.name), False if field.name == "penalised" else None)
    if field.kind == "choice":
        return form.choice(field.name, field.options) if form.value(field.name) else None
    if field.kind == "items":
        return form.choices(field.name, AGREEMENT_ITEMS) or None
    if field.kind == "number":
        return form.decimal(field.name, least=0, most=1000, places=1, required=False)
    if field.kind == "person":
        return form.identifier(field.name) if form.value(field.name) else None
    if field.kind == "plan":
        typed = {code: form.text(f"plan_{code}", most=1000, required=False) for code in PLAN_FIELDS}
        return {code: words for code, words in typed.items() if words}
    return form.text(field.name, most=20000 if field.kind == "long" else 80, required=False)


ROUTES = [
    placements_page, placement_page, section_form, move_form, round_files, round_form, checklist_page, checklist_export,
    arrange_page,    arrange_form, own_page,
]  # fmt: skip
