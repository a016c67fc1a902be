"""Requests as those see them who answer: the overdue first, each with its deadline and where it
comes from."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.kit import clock, reading
from alliance.kit.forms import Form
from alliance.kit.language import N_, _, day
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, PageNumber, SearchText
from alliance.kit.web.pages import WebRequest, go, page
from alliance.privacy import holds, queries, requests, restrictions
from alliance.privacy.model import (
    APPLIED,
    CORRECTED,
    HOLDS,
    MARKS,
    OPEN,
    REQUESTS,
    STATES,
    deadline_of,
)
from alliance.privacy.queries import Sought

PAGE = 25
MOST = 5_000
"""Rows of one export."""
SHOWN = {"open": N_("to be answered"), "overdue": N_("overdue"), "over": N_("settled")}


@get("/privacy", guards=[may("data.answer")])
async def requests_page(
    request: WebRequest,
    search: SearchText = "",
    show: Choice = "",
    kind: Choice = "",
    sort: Choice = "",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template:
    sought = _sought(search, show, kind, sort, down)
    rows, total = await queries.requests(
        request.user, request.app.state.vault, sought, limit=PAGE, offset=(at - 1) * PAGE
    )
    return page(
        request,
        "privacy/requests.html",
        crumbs=[(_("Requests about data"), None)],
        rows=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query={
            "search": sought.search,
            "show": sought.show,
            "kind": sought.kind,
            "sort": sort,
            "down": down,
        },
        kinds=REQUESTS,
        states=STATES,
        marks=MARKS,
        shown=SHOWN,
    )


@get("/privacy/requests/export", guards=[may("data.answer")], opt={reading.EXPORT: True})
async def requests_export(
    request: WebRequest,
    search: SearchText = "",
    show: Choice = "",
    kind: Choice = "",
    sort: Choice = "",
    down: Choice = "",
) -> Response[bytes]:
    """What the list shows but for whoever had the use of their data restricted, as a workbook;
    where it names students it asks why first."""
    sought, vault = _sought(search, show, kind, sort, down), request.app.state.vault
    rows, total = await queries.requests(request.user, vault, sought, limit=MOST)
    with reading.carrying(away=False):
        _none, listed = await queries.requests(request.user, vault, sought, limit=0)
    heads = [
        _("Person concerned"),
        _("Class"),
        _("Organisation"),
        _("Asked by"),
        _("What is asked"),
        _("Asked"),
        _("Answer by"),
        _("State"),
        _("Answered"),
        _("Answer"),
    ]
    kinds, states = (
        {code: _(words) for code, words in each.items()} for each in (REQUESTS, STATES)
    )
    table = [
        [
            row["name"],
            row["class_name"] or "",
            row["organisation_name"],
            _("guardian") if row["capacity"] == "guardian" else _("the person"),
            kinds[row["kind"]],
            row["asked"],
            row["due"],
            _("overdue") if row["overdue"] else states[row["state"]],
            row["decided"],
            row["answer"],
        ]
        for row in rows
    ]
    name = f"{_('Requests about data')}-{day(clock.today())}"
    return await files.table(heads, table + reading.left_out(listed - total), name)


def _sought(search: str, show: str, kind: str, sort: str, down: str) -> Sought:
    known = show if show in SHOWN else ""
    return Sought(
        search=search,
        show=known,
        kind=kind if kind in REQUESTS else "",
        sort=sort,
        down=down == "1",
    )


@get("/privacy/requests/{request_id:uuid}", guards=[may("data.answer")])
async def request_page(request: WebRequest, request_id: FromPath[UUID]) -> Template:
    return await _page(
        request, request_id, Form.showing({"until": restrictions.last_day(clock.today())})
    )


@post(
    "/privacy/requests/{request_id:uuid}/{name:str}", guards=[may("data.answer")], status_code=200
)
async def step_form(
    request: WebRequest, request_id: FromPath[UUID], name: Code
) -> Template | Redirect:
    """Grant, refuse in writing, or mark as done (taking the wanted value over where the form says
    so)."""
    form = Form(await request.form())
    answer, vault = form.lines("answer", most=1000, required=False), request.app.state.vault
    until = form.day("until", required=False)
    if form.failed:
        return await _page(request, request_id, form, 422)
    try:
        if name == "accept":
            await requests.accept(request.user, request_id, until)
        elif name == "refuse":
            await requests.refuse(request.user, vault, request_id, answer)
        elif name == "finish":
            await requests.finish(
                request.user, vault, request_id, answer, apply=form.ticked("apply"), until=until
            )
        else:
            raise Missing
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        form.refuse(refusal)
        return await _page(request, request_id, form, refusal.status)
    done = {
        "accept": _("It is granted; mark it as done when it is."),
        "refuse": _("It is refused in writing; the person reads why and where to complain."),
        "finish": _("It is done; the person sees it."),
    }
    return go(request, "/privacy", done[name])


async def _page(request: WebRequest, request_id: UUID, form: Form, status: int = 200) -> Template:
    row = await queries.request_of(request.user, request.app.state.vault, request_id)
    title = REQUESTS[row["kind"]]
    return page(
        request,
        "privacy/request.html",
        status=status,
        crumbs=[(_("Requests about data"), "/privacy"), (_(title), None)],
        row=row,
        form=form,
        kinds=REQUESTS,
        states=STATES,
        marks=MARKS,
        corrected=CORRECTED,
        period=deadline_of(row["deadline"]),
        is_open=row["state"] in OPEN,
        is_own=request.user.person in (row["person"], row["made_by"]),
        applied=APPLIED,
        today=clock.today(),
        restriction=await restrictions.of_person(request.user, row["person"]),
        holds=await holds.of_person(request.user, row["person"]),
        grounds=HOLDS,
    )


ROUTES = [requests_page, requests_export, request_page, step_form]
