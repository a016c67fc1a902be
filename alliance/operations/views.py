"""The operations page."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Response, Template

from alliance.kit import clock
from alliance.kit.language import N_, _, day, ngettext
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Number, PageNumber
from alliance.kit.web.pages import WebRequest, go, page
from alliance.operations import actions, queries
from alliance.operations.wording import EVENTS, JOBS, SUBSCRIBERS, outline, said, when

PAGE = 50
STATES = {
    "queued": N_("waiting in the queue"),
    "picked": N_("at work"),
    "failed": N_("failed for good"),
}
RUNS = {"forecast": N_("Forecast run"), "matching": N_("Matching run")}
HERE = "/operations"


@get("/operations", guards=[may("operations")])
async def operations_page(
    request: WebRequest,
    show: Choice = "",
    name: Choice = "",
    sort: Choice = "",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template:
    actor, query = request.user, _query(show, name, sort, down)
    rows, total = await queries.jobs(actor, **_asked(query), limit=PAGE, offset=(at - 1) * PAGE)
    return page(
        request,
        "operations/page.html",
        crumbs=[(_("Operations"), None)],
        figures=await queries.figures(actor),
        given_up=await queries.given_up(actor),
        jobs=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query=query,
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
    )


@get("/operations/export", guards=[may("operations")])
async def export(
    request: WebRequest, show: Choice = "", name: Choice = "", sort: Choice = "", down: Choice = ""
) -> Response[bytes]:
    rows, _total = await queries.jobs(request.user, **_asked(_query(show, name, sort, down)))
    words = _words(STATES)
    heads = [
        _("Job no."),
        _("Kind of job"),
        _("Code"),
        _("State"),
        _("Attempts"),
        _("Queued"),
        _("Begins"),
        _("Request"),
        _("What went wrong"),
    ]
    table = [
        [
            row["id"],
            said(JOBS, row["name"]),
            row["name"],
            words.get(row["state"], row["state"]),
            row["attempts"],
            row["created"],
            row["execute_after"],
            row["request"] or "",
            row["error"],
        ]
        for row in rows
    ]
    return await files.table(heads, table, f"{_('Job queue')}-{day(clock.today())}")


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


def _query(show: str, name: str, sort: str, down: str) -> dict[str, str]:
    return {"show": show if show in STATES else "", "name": name[:100], "sort": sort, "down": down}


def _asked(query: dict[str, str]) -> dict[str, Any]:
    return {
        "state": query["show"],
        "name": query["name"],
        "sort": query["sort"],
        "down": query["down"] == "1",
    }


ROUTES = [
    operations_page,
    export,
    retry_event_form,
    retry_events_form,
    retry_job_form,
    drop_job_form,
]
