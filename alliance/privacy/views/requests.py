"""Requests as those see them who answer: the overdue first, each with its deadline and where it
comes from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit import clock, reading
from alliance.kit.forms import Form
from alliance.kit.language import N_, _, word
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web.asked import Choice, Code, PageNumber
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
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

SHOWN = {"open": N_("to be answered"), "overdue": N_("overdue"), "over": N_("settled")}


def _columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(_("Person concerned"), lambda row: row["name"]),
        Column(_("Class"), lambda row: row["class_name"] or ""),
        Column(_("Organisation"), lambda row: row["organisation_name"]),
        Column(
            _("Asked by"),
            lambda row: _("guardian") if row["capacity"] == "guardian" else _("the person"),
        ),
        Column(_("What is asked"), lambda row: word(REQUESTS, row["kind"])),
        Column(_("Asked"), lambda row: row["asked"]),
        Column(_("Answer by"), lambda row: row["due"]),
        Column(
            _("State"),
            lambda row: _("overdue") if row["overdue"] else word(STATES, row["state"]),
        ),
        Column(_("Answered"), lambda row: row["decided"]),
        Column(_("Answer"), lambda row: row["answer"]),
    )


LIST = Listing(
    Sought,
    _columns,
    name=lambda: _("Requests about data"),
    choices={"show": SHOWN, "kind": REQUESTS},
    by=lambda: {
        "search": By(_("Name or class")),
        "show": By(_("State"), SHOWN),
        "kind": By(_("What is asked"), REQUESTS),
    },
)


def _fetch(request: WebRequest) -> Fetch[Sought, dict[str, Any]]:
    return lambda sought, limit, offset: queries.requests(
        request.user, request.app.state.vault, sought, limit=limit, offset=offset
    )


@get("/privacy", guards=[may("data.answer")])
async def requests_page(request: WebRequest, at: PageNumber = 1) -> Template:
    return page(
        request,
        "privacy/requests.html",
        crumbs=[(_("Requests about data"), None)],
        kinds=REQUESTS,
        states=STATES,
        marks=MARKS,
        shown=SHOWN,
        **await LIST.page(LIST.asked(request), at, _fetch(request)),
    )


@get("/privacy/requests/export", guards=[may("data.answer")], opt={reading.EXPORT: True})
async def requests_export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    """What the list shows but for whoever had the use of their data restricted, as a workbook;
    where it names students it asks why first."""
    return await LIST.export(request, _fetch(request), form, names_people=True)


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
