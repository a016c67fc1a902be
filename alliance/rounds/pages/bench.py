"""The page of a round with its workbench, runs and their certificates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, ServerSentEvent, Template

from alliance.kit import clock, reading
from alliance.kit.asking.ids import RoundId, RunId
from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.language import _, day, language
from alliance.kit.policy import may
from alliance.kit.web import files, pages
from alliance.kit.web.asked import Choice, PageNumber, SearchText
from alliance.kit.web.pages import WebRequest, page, permits, reads
from alliance.rounds import queries, running
from alliance.rounds.changing import posts as round_posts
from alliance.rounds.changing import rules
from alliance.rounds.deciding import latest_run
from alliance.rounds.matching.certifying import opened
from alliance.rounds.model import ROUND_STATES, RUN_STEPS
from alliance.rounds.pages.answers import crumbs_of, done_or_refused
from alliance.rounds.workbench import choice_sentence, filtered, stages, workbench

PAGE = 25


@get("/rounds/{round_id:uuid}", guards=[may("round.list")])
@reads
async def round_page(
    request: WebRequest,
    round_id: FromPath[RoundId],
    show: Choice = "",
    student: FromQuery[UUID | None] = None,
    search: SearchText = "",
    at: PageNumber = 1,
) -> Template:
    row = await queries.round_of(request.user, round_id)
    context: dict[str, Any] = {
        "round": row,
        "states": ROUND_STATES,
        "stages": stages(row),
        "own": row["school"] == request.user.organisation,
        "early": row["preferences_close"] > clock.now(),
    }
    context["altered"] = await _altered(request, row)
    context["amended"] = (
        await rules.of_round(request.user, request.app.state.vault, round_id)
        if context["own"]
        else []
    )
    if row["state"] in ("draft", "open") or not permits(request, "round.students"):
        return page(request, "rounds/setup.html", crumbs=crumbs_of((row["title"], None)), **context)
    bench = await workbench(request.user, request.app.state.vault, row)
    rows = filtered(bench["proposals"], show, search)
    chosen = next(
        (r for r in bench["proposals"] if r["student"] == student), rows[0] if rows else None
    )
    return page(
        request,
        "rounds/workbench.html",
        over=row["ends"] < clock.today(),
        crumbs=crumbs_of((row["title"], None)),
        **context,
        **bench,
        rows=rows[(at - 1) * PAGE : at * PAGE],
        sentence_of=lambda choice: choice_sentence(choice, bench["posts"]),
        found=len(rows),
        at=at,
        per_page=PAGE,
        show=show,
        search=search,
        chosen=chosen,
        form=Form(),
        findings=(),
    )


async def _altered(request: WebRequest, row: dict[str, Any]) -> list[round_posts.Altered]:
    """The posts of a round of the reader's school that its enterprises took back; none once it is
    published, when placements stand for themselves."""
    if row["state"] == "published" or row["school"] != request.user.organisation:
        return []
    async with DB.reading(request.user):
        run = await latest_run(row["id"])
        return await round_posts.altered(row["id"], None if run is None else run["id"])


@post("/rounds/{round_id:uuid}/run", guards=[may("round.manage")], status_code=303)
async def run_form(request: WebRequest, round_id: FromPath[RoundId]) -> Redirect:
    return await done_or_refused(
        request,
        round_id,
        running.request_run(request.user, round_id),
        _("The run is queued; this page follows it."),
    )


@post("/runs/{run_id:uuid}/repeat", guards=[may("round.manage")], status_code=303)
async def repeat_form(request: WebRequest, run_id: FromPath[RunId]) -> Redirect:
    run = await queries.run_of(request.user, run_id)
    return await done_or_refused(
        request,
        run["round"],
        running.repeat_run(request.user, run_id),
        _("The run is queued again."),
    )


@get("/runs/{run_id:uuid}/progress", guards=[may("round.students")])
async def progress_stream(request: WebRequest, run_id: FromPath[RunId]) -> ServerSentEvent:
    await queries.run_of(request.user, run_id)

    async def render() -> tuple[str, bool]:
        run = await queries.run_of(request.user, run_id)
        text = pages.fragment(request, "rounds/run_progress.html", run=run, steps=RUN_STEPS)
        return text, run["state"] in ("done", "failed")

    return pages.live(request.app.state.feed, running.RUNS.topic(run_id), render)


@get("/runs/{run_id:uuid}/certificate", guards=[may("round.manage")])
async def certificate_download(request: WebRequest, run_id: FromPath[RunId]) -> Response[bytes]:
    """Inputs by pseudonym, cutoffs and outcome of a run, for whoever wants to check it with
    `alliance verify`."""
    run = await queries.run_of(request.user, run_id)
    content = opened(await queries.certificate_of(request.user, run_id))
    return files.download(content, f"certificate-{run['number']}-{run_id}.json", "application/json")


@get("/rounds/{round_id:uuid}/export", guards=[may("round.students")], opt={reading.EXPORT: True})
async def export(request: WebRequest, round_id: FromPath[RoundId]) -> Response[bytes]:
    row = await queries.round_of(request.user, round_id)
    bench = await workbench(request.user, request.app.state.vault, row)
    heads = [
        _("Number"),
        _("Name"),
        _("Class"),
        _("Post"),
        _("Host"),
        _("Choice"),
        _("Score"),
        _("Decision"),
        _("Why"),
    ]
    rows = [
        [
            r["number"],
            r["name"],
            r["class_name"],
            r["title"] or "",
            r["host_name"] or "",
            r["rank"],
            r["score"],
            r["decision_label"],
            r["why"],
        ]
        for r in bench["proposals"]
    ]
    with reading.carrying(away=False):
        listed = await queries.count_proposals(request.user, round_id)
    rows += reading.left_out(listed - len(rows))
    return await files.table(heads, rows, f"{row['title']}-{day(row['starts'])}-{language()}")


ROUTES = [round_page, run_form, repeat_form, progress_stream, certificate_download, export]
