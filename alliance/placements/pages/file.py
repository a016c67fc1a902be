"""A placement file: the whole, its sections, evidence and steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.kit.web import files
from alliance.kit.web.asked import Code
from alliance.kit.web.pages import WebRequest, go, page, permits
from alliance.placements import actions as file_actions
from alliance.placements import queries as file_queries
from alliance.placements.declaring import PROOFS
from alliance.placements.model import (
    BEFORE_THE_LAST_DAY,
    FIELDS,
    NEXT_GATE,
    OPEN_STATES,
    SECTIONS,
    TRANSITIONS,
    Section,
)
from alliance.placements.pages.forms import (
    Options,
    declarations,
    in_words,
    lacking_words,
    proof_words,
    read_values,
    shown_form,
    trail_words,
    words_of,
)
from alliance.placements.words import crumbs_of_files, word_context
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS


@get("/placements/{placement_id:uuid}", guards=[may("file.read")])
async def file_page(request: WebRequest, placement_id: FromPath[UUID]) -> Template:
    return await _file_page(request, placement_id, Form())


async def _file_page(
    request: WebRequest,
    placement_id: UUID,
    form: Form,
    refused: tuple[Any, ...] = (),
    status: int = 200,
) -> Template:
    row = await file_queries.file(request.user, request.app.state.vault, placement_id)
    evidence, bringers = await file_queries.papers(
        request.user, request.app.state.vault, [placement_id]
    )
    gate = None if row["standing"] == "over" else NEXT_GATE.get(row["state"])
    side = file_actions.side_of(request.user)
    return page(
        request,
        "placements/file.html",
        status=status,
        crumbs=crumbs_of_files(request.user, (row["name"], None)),
        row=row,
        form=form,
        evidence={slot: found for (_placement, slot), found in evidence.items()},
        bringers=bringers,
        proof_words=proof_words,
        lacking_words=lacking_words,
        proofs={
            code: [(name, _(FIELDS[name].label)) for name in names]
            for code, names in PROOFS.items()
        },
        trail=await file_queries.trail(request.user, request.app.state.vault, placement_id),
        findings=refused or (file_queries.findings_of(row, gate) if gate else ()),
        gate=gate,
        in_words=in_words,
        declarations=declarations,
        steps=[
            step
            for step in TRANSITIONS
            if step.source == row["state"]
            and step.role == request.user.role
            and (step.name != "end" or row["state"] == "active" or row["standing"] == "over")
            and (step.name not in BEFORE_THE_LAST_DAY or row["standing"] != "over")
        ],
        writes={
            code: _writes(request, section, side) and row["state"] in OPEN_STATES
            for code, section in SECTIONS.items()
        },
        plan_words=words_of(PLAN_FIELDS),
        trail_words=trail_words,
        **word_context(),
    )


@post("/placements/{placement_id:uuid}/move/{name:str}", guards=[may("file.move")], status_code=200)
async def move_form(
    request: WebRequest, placement_id: FromPath[UUID], name: Code
) -> Template | Redirect:
    form = Form(await request.form())
    done = {
        "agree": _("The agreement is in force."),
        "start": _("The student is on post."),
        "end": _("The placement has ended."),
        "cancel": _("The placement is cancelled."),
    }
    refused: tuple[Any, ...] = ()
    reason = form.lines("reason", most=500, required=False)
    if form.failed:
        return await _file_page(request, placement_id, form, refused, status=422)
    try:
        await file_actions.move(request.user, placement_id, name, reason)
    except Missing:
        raise
    except Unlawful as refusal:
        form.general, refused = refusal.sentence, refusal.findings
    except Refusal as refusal:
        form.general = refusal.sentence
    else:
        return go(request, f"/placements/{placement_id}", done[name])
    return await _file_page(request, placement_id, form, refused, status=422)


@get("/placements/{placement_id:uuid}/{section:str}", guards=[may("file.write")])
async def section_page(
    request: WebRequest, placement_id: FromPath[UUID], section: Code
) -> Template:
    found = _section(request, section)
    row = await file_queries.file(request.user, request.app.state.vault, placement_id)
    return await _section_page(request, row, found, shown_form(found, row), row["version"])


@post("/placements/{placement_id:uuid}/{section:str}", guards=[may("file.write")], status_code=200)
async def section_form(
    request: WebRequest, placement_id: FromPath[UUID], section: Code
) -> Template | Redirect:
    found = _section(request, section)
    row = await file_queries.file(request.user, request.app.state.vault, placement_id)
    form = Form(await request.form())
    people = await _people(request)
    values = read_values(form, found.of(_side(request)), people, many=False)
    version = form.whole("version", least=1, most=10**6) or 0
    present = None
    if not form.failed:
        try:
            await file_actions.record(request.user, [placement_id], values, version)
        except file_actions.FileChanged as conflict:
            form.general, present = conflict.sentence, row
            version = conflict.present["version"]
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(
                request,
                f"/placements/{placement_id}#s-{section}",
                _("%(section)s is recorded.", section=_(found.label)),
            )
    return await _section_page(request, row, found, form, version, status=422, present=present)


@post(
    "/placements/{placement_id:uuid}/{section:str}/evidence",
    guards=[may("file.write")],
    status_code=200,
    request_max_body_size=files.UPLOADS,
)
async def evidence_form(
    request: WebRequest, placement_id: FromPath[UUID], section: Code
) -> Template | Redirect:
    sent = await request.form()
    form = Form(sent)
    proves = form.values(f"proves-{section}")
    try:
        name, content = await files.read_upload(sent.get("file"))
        await file_actions.attach(request.user, placement_id, section, name, content, proves)
    except Missing:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        form.errors = {f"{name}-{section}": said for name, said in form.errors.items()}
        return await _file_page(request, placement_id, form, status=422)
    back = f"/placements/{placement_id}#s-{section}"
    return go(request, back, _("The file is kept with its fingerprint."))


async def _section_page(
    request: WebRequest,
    row: dict[str, Any],
    section: Section,
    form: Form,
    version: int,
    *,
    status: int = 200,
    present: Any = None,
) -> Template:
    crumbs = crumbs_of_files(
        request.user, (row["name"], f"/placements/{row['id']}"), (_(section.label), None)
    )
    return page(
        request,
        "placements/file_section.html",
        status=status,
        crumbs=crumbs,
        rows=[row],
        section=section,
        form=form,
        version=version,
        fields=section.of(_side(request)),
        people=await _people(request),
        action=f"/placements/{row['id']}/{section.code}",
        back=f"/placements/{row['id']}",
        many=False,
        present=present,
        plan_words=words_of(PLAN_FIELDS),
        item_words=words_of(AGREEMENT_ITEMS),
        findings=file_queries.findings_of(row, section=section.code),
        in_words=in_words,
    )


async def _people(request: WebRequest) -> Options:
    role = "mentor" if _side(request) == "host" else "instructor"
    return {role: await file_queries.guides(request.user, request.app.state.vault, role)}


def _section(request: WebRequest, code: str) -> Section:
    section = SECTIONS.get(code)
    if section is None or not section.of(_side(request)):
        raise Missing
    return section


def _side(request: WebRequest) -> Any:
    return file_actions.side_of(request.user)


def _writes(request: WebRequest, section: Section, side: Any) -> bool:
    return permits(request, "file.write") and bool(section.of(side))


ROUTES = [file_page, move_form, section_page, section_form, evidence_form]
