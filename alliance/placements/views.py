"""The placement file: list, one file, its sections, evidence, steps; a student's own file; a post
that a student found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.evidence.actions import evidence_of
from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.language import _, day, ngettext
from alliance.kit.policy import allows, may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.kit.reading import EXPORT
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, PageNumber, SearchText, State
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.placements import actions as file_actions
from alliance.placements import judging as file_judging
from alliance.placements import lists as file_lists
from alliance.placements import queries as file_queries
from alliance.placements.arranging import Application, arrange
from alliance.placements.forms import (
    Options,
    in_words,
    read_values,
    shown_form,
    trail_words,
    words_of,
)
from alliance.placements.lists import Wanted
from alliance.placements.model import (
    NEXT_GATE,
    OPEN_STATES,
    PLACEMENT_STATES,
    SECTIONS,
    TRANSITIONS,
    Section,
)
from alliance.placements.words import SECTION_WORDS, word_context
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS

PAGE = 25
EXPORTED = 2000
"""Files that an export judges before it is written, at most."""


@get("/placements", guards=[may("file.list")])
async def placements_page(
    request: WebRequest,
    in_state: State = "",
    lacks: Choice = "",
    search: SearchText = "",
    sort: Choice = "",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template:
    wanted = Wanted(state=in_state, lacks=lacks, search=search, sort=sort, down=down)
    actor, vault = request.user, request.app.state.vault
    await file_judging.settle(actor.organisation, file_judging.AT_ONCE)
    async with DB.reading(actor):
        ids, total = await file_lists.found(
            actor, vault, wanted, limit=PAGE, offset=(at - 1) * PAGE
        )
        await file_judging.settle(actor.organisation, PAGE, placements=ids, over=True)
        rows, counts = await file_queries.these(actor, vault, ids), await file_lists.figures(actor)
    return page(
        request,
        "placements/files.html",
        crumbs=[(_("Placements"), None)],
        rows=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query=msgspec.structs.asdict(wanted),
        figures=_figures(counts),
        may_arrange=_may(request, "file.arrange"),
        **word_context(),
    )


def _figures(count: dict[str, int]) -> list[dict[str, Any]]:
    waiting = ngettext(
        "%(n)s file is being judged",
        "%(n)s files are being judged",
        count["waiting"],
        n=count["waiting"],
    )
    return [
        {
            "label": _("Placements that go on"),
            "value": count["going"],
            "note": _("placed, agreed or on post"),
        },
        {"label": _("On post"), "value": count["active"], "href": "/placements?state=active"},
        {
            "label": _("Files with gaps"),
            "value": count["gaps"],
            "kind": "stop",
            "note": waiting if count["waiting"] else _("a section is missing"),
            "href": "/placements?lacks=any",
        },
        {
            "label": _("Insurance running out"),
            "value": count["expiring"],
            "kind": "warn",
            "href": "/placements?lacks=expiring",
        },
    ]


@get("/placements/export", guards=[may("file.list")], opt={EXPORT: True})
async def export(
    request: WebRequest,
    in_state: State = "",
    lacks: Choice = "",
    search: SearchText = "",
) -> Response[bytes]:
    actor, vault = request.user, request.app.state.vault
    await file_judging.settle(actor.organisation, EXPORTED, over=True)
    ids, _total = await file_lists.found(
        actor, vault, Wanted(state=in_state, lacks=lacks, search=search)
    )
    rows = await file_queries.these(actor, vault, ids)
    heads = [
        _("Number"),
        _("Name"),
        _("Class"),
        _("Host"),
        _("Post"),
        _("From"),
        _("To"),
        _("State"),
    ]
    heads += [_(section.label) for section in SECTIONS.values()]
    states = {code: _(label) for code, label in SECTION_WORDS.items()}
    words = {code: _(label) for code, label in PLACEMENT_STATES.items()}
    table = [
        [
            row["number"],
            row["name"],
            row["class_name"],
            row["host_name"],
            row["title"],
            row["starts"],
            row["ends"],
            words[row["state"]],
            *(states[row["sections"][code]] for code in SECTIONS),
        ]
        for row in rows
    ]
    return await files.table(heads, table, f"{_('Placements')}-{day(clock.today())}")


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
    async with DB.acting_for(request.user):
        evidence = await evidence_of("placement", [placement_id])
    gate = NEXT_GATE.get(row["state"])
    side = file_actions.side_of(request.user)
    return page(
        request,
        "placements/file.html",
        status=status,
        crumbs=_crumbs(request, (row["name"], None)),
        row=row,
        form=form,
        evidence={slot: found for (_placement, slot), found in evidence.items()},
        trail=await file_queries.trail(request.user, request.app.state.vault, placement_id),
        findings=refused or (file_queries.findings_of(row, gate) if gate else ()),
        gate=gate,
        in_words=in_words,
        steps=[
            step
            for step in TRANSITIONS
            if step.source == row["state"] and step.role == request.user.role
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
    status_code=303,
    request_max_body_size=files.UPLOADS,
)
async def evidence_form(
    request: WebRequest, placement_id: FromPath[UUID], section: Code
) -> Redirect:
    sent = await request.form()
    back = f"/placements/{placement_id}#s-{section}"
    try:
        name, content = await files.read_upload(sent.get("file"))
        await file_actions.attach(request.user, placement_id, section, name, content)
    except Missing:
        raise
    except Refusal as refusal:
        return go(request, back, refusal.sentence, "stop")
    return go(request, back, _("The file is kept with its fingerprint."))


@get("/placements/new", guards=[may("file.arrange")])
async def arrange_page(request: WebRequest, student: Choice = "") -> Template:
    return await _arrange_page(
        request, Form({"student": student, "approved_on": clock.today().isoformat()})
    )


@post("/placements/new", guards=[may("file.arrange")], status_code=200)
async def arrange_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    student, chosen, instructor = (
        form.identifier("student"),
        form.identifier("post"),
        form.identifier("instructor"),
    )
    starts, ends, approved = form.day("starts"), form.day("ends"), form.day("approved_on")
    form.in_order(starts, ends, "ends")
    reason = form.lines("reason", most=500)
    if approved is not None and approved > clock.today():
        form.error("approved_on", _("This day lies ahead; record it when it is done."))
    findings: tuple[Any, ...] = ()
    if not form.failed and student and chosen and instructor and starts and ends and approved:
        wanted = Application(
            student=student,
            post=chosen,
            starts=starts,
            ends=ends,
            reason=reason,
            approved_on=approved,
            instructor=instructor,
            mentor_promised=form.ticked("mentor_promised"),
        )
        try:
            placement, _findings = await arrange(request.user, wanted)
        except Unlawful as refusal:
            form.general, findings = refusal.sentence, refusal.findings
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(
                request, f"/placements/{placement}", _("The placement is made; fill its file next.")
            )
    return await _arrange_page(request, form, findings, status=422)


async def _arrange_page(
    request: WebRequest, form: Form, findings: tuple[Any, ...] = (), status: int = 200
) -> Template:
    vault = request.app.state.vault
    return page(
        request,
        "placements/file_arrange.html",
        status=status,
        crumbs=_crumbs(request, (_("Found by the student"), None)),
        form=form,
        findings=findings,
        students=await file_queries.students_without(request.user, vault),
        posts=await file_queries.open_posts(request.user),
        instructors=await file_queries.guides(request.user, vault, "instructor"),
    )


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
    crumbs = _crumbs(request, (row["name"], f"/placements/{row['id']}"), (_(section.label), None))
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
    return _may(request, "file.write") and bool(section.of(side))


def _crumbs(request: WebRequest, *more: Crumb) -> list[Crumb]:
    start = (
        (_("Interns"), "/interns") if _side(request) == "host" else (_("Placements"), "/placements")
    )
    return [start, *more]


def _may(request: WebRequest, action: str) -> bool:
    return allows(request.app.state.policy, request.user.role, action)


ROUTES = [
    placements_page,
    export,
    file_page,
    move_form,
    section_page,
    section_form,
    evidence_form,
    arrange_page,
    arrange_form,
]
