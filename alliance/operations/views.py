"""The operations page."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from alliance.kit.language import N_, _, ngettext
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web.asked import Choice, Number, PageNumber
from alliance.kit.web.lists import By, Column, Listing, Taken
from alliance.kit.web.pages import WebRequest, go, page
from alliance.operations import actions, queries
from alliance.operations.wording import EVENTS, JOBS, SUBSCRIBERS, outline, said, when

STATES = {
    "queued": N_("waiting in the queue"),
    "picked": N_("at work"),
    "failed": N_("failed for good"),
}
RUNS = {"forecast": N_("Forecast run"), "matching": N_("Matching run")}
HERE = "/operations"


def _columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(_("Job no."), lambda row: row["id"]),
        Column(_("Kind of job"), lambda row: said(JOBS, row["name"])),
        Column(_("Code"), lambda row: row["name"]),
        Column(_("State"), lambda row: _words(STATES).get(row["state"], row["state"])),
        Column(_("Attempts"), lambda row: row["attempts"]),
        Column(_("Queued"), lambda row: row["created"]),
        Column(_("Begins"), lambda row: row["execute_after"]),
        Column(_("Request"), lambda row: row["request"] or ""),
        Column(_("What went wrong"), lambda row: row["error"]),
    )


LIST = Listing(
    queries.JobFilter,
    _columns,
    name=lambda: _("Job queue"),
    choices={"show": STATES, "sort": queries.ORDERS},
    by=lambda: {"show": By(_("State"), STATES), "name": By(_("Kind of job"), JOBS)},
    per_page=50,
    most=100_000,
)


@get("/operations", guards=[may("operations")])
async def operations_page(request: WebRequest, at: PageNumber = 1) -> Template:
    actor = request.user
    found = await LIST.page(LIST.asked(request), at, partial(queries.jobs, actor))
    return page(
        request,
        "operations/page.html",
        crumbs=[(_("Operations"), None)],
        figures=await queries.figures(actor),
        given_up=await queries.given_up(actor),
        jobs=found["rows"],
        names=[
            (one, said(JOBS, one) if one in JOBS else f"{said(JOBS, one)} · {one}")
            for one in await queries.names(actor)
        ],
        job_words=JOBS,
        event_words=EVENTS,
        subscriber_words=SUBSCRIBERS,
        said=said,
        when=when,
        outline=outline,
        workers=await queries.workers(actor),
        schedules=await queries.schedules(actor),
        stuck=await queries.stuck(actor),
        slow=await queries.slow(actor),
        limit=request.app.state.settings.slow_ms,
        states=_words(STATES),
        runs=_words(RUNS),
        **found,
    )


@get("/operations/export", guards=[may("operations")])
async def export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    return await LIST.export(request, partial(queries.jobs, request.user), form)


@post("/operations/events/{delivery:int}/retry", guards=[may("operations")], status_code=303)
async def retry_event_form(request: WebRequest, delivery: Number) -> Redirect:
    try:
        await actions.retry_delivery(request.user, delivery)
    except Refusal as refusal:
        return go(request, HERE, refusal.sentence, "warn")
    return go(
        request,
        HERE,
        _("It is delivered again now; if it fails five times more, it stands here again."),
    )


@post("/operations/events/retry", guards=[may("operations")], status_code=303)
async def retry_events_form(request: WebRequest) -> Redirect:
    count = await actions.retry_deliveries(request.user)
    return go(
        request,
        HERE,
        ngettext(
            "%(count)s event is delivered again now.",
            "%(count)s events are delivered again now.",
            count,
        ),
    )


@post("/operations/jobs/{job:int}/retry", guards=[may("operations")], status_code=303)
async def retry_job_form(request: WebRequest, job: Number) -> Redirect:
    try:
        await actions.retry_job(request.user, job)
    except Refusal as refusal:
        return go(request, HERE, refusal.sentence, "warn")
    return go(request, HERE, _("The job stands in the queue again."))


@post("/operations/jobs/{job:int}/drop", guards=[may("operations")], status_code=303)
async def drop_job_form(request: WebRequest, job: Number) -> Redirect:
    try:
        await actions.drop_job(request.user, job)
    except Refusal as refusal:
        return go(request, HERE, refusal.sentence, "warn")
    return go(request, HERE, _("The job was dropped and will not be done."))


def _words(labels: dict[str, str]) -> dict[str, str]:
    return {code: _(label) for code, label in labels.items()}


ROUTES = [
    operations_page,
    export,
    retry_event_form,
    retry_events_form,
    retry_job_form,
    drop_job_form,
]
