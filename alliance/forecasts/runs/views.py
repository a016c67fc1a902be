"""Pages of forecast runs: history with scores, progress, the panel that a run saw."""

from __future__ import annotations

import asyncio
import io
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, ServerSentEvent, Template

from alliance.forecasts import queries
from alliance.forecasts.levels import LEVELS
from alliance.forecasts.runs import actions as runs
from alliance.forecasts.runs.forecasting import horizon_of
from alliance.forecasts.showing import fan
from alliance.forecasts.trust import queries as queries_trust
from alliance.kit.language import C_, N_, _, word
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.sheets import Cell
from alliance.kit.web import files, pages
from alliance.kit.web.asked import Choice, Code
from alliance.kit.web.pages import Crumb, WebRequest, go, page

METHODS = {
    "model": N_("Our model"),
    "mean_of_three": N_("Mean of three months"),
    "seasonal_naive": N_("Seasonal naive"),
    "last_value": N_("Last value"),
}
STATES = {
    "queued": N_("waiting"),
    "running": N_("under way"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}
STEPS = {
    "waiting": N_("Waiting"),
    "freeze": N_("Count the panel"),
    "forecast": N_("Forecast"),
    "look_back": N_("Look back"),
    "write": N_("Write"),
    "finished": N_("Finished"),
}


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Demand"), "/demand"), (_("Forecast runs"), "/demand/runs"), *more]


@get("/demand/runs", guards=[may("demand.read")])
async def runs_page(request: WebRequest) -> Template:
    rows = await queries.runs(request.user)
    return page(
        request,
        "forecasts/runs.html",
        crumbs=[(_("Demand"), "/demand"), (_("Forecast runs"), None)],
        rows=rows,
        states=STATES,
        busy=any(row["state"] in ("queued", "running") for row in rows),
    )


@get("/demand/runs/export", guards=[may("demand.read")])
async def runs_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    heads = [
        C_("forecast", "Run"),
        _("Asked for"),
        _("State"),
        _("Data until"),
        _("Series"),
        _("Method"),
        "RMSSE",
        _("Quantile loss"),
        "MAE",
        _("Bias"),
        _("80% interval"),
        _("95% interval"),
    ]
    table: list[list[Cell]] = []
    for run in await queries.runs(request.user):
        label = STATES[run["state"]]
        first: list[Cell] = [
            run["number"],
            run["requested"],
            _(label),
            run["data_until"],
            run["series"],
        ]
        for method, found in (run["scores"].get("methods") or {"–": {}}).items():
            covered = found.get("coverage") or {}
            table.append(
                [
                    *first,
                    word(METHODS, method) if method in METHODS else method,
                    *(found.get(name) for name in ("rmsse", "wql", "mae", "bias")),
                    covered.get("80"),
                    covered.get("95"),
                ]
            )
    return await files.table(heads, table, _("Forecast runs"), form)


@post("/demand/runs", guards=[may("demand.run")], status_code=303)
async def run_form(request: WebRequest) -> Redirect:
    try:
        run_id = await runs.request_run(request.user)
    except Refusal as refusal:
        return go(request, "/demand/runs", refusal.sentence, "warn")
    return go(request, f"/demand/runs/{run_id}")


@get("/demand/runs/{run_id:uuid}", guards=[may("demand.read")])
async def run_page(request: WebRequest, run_id: FromPath[UUID]) -> Template:
    run = await queries.run_of(request.user, run_id)
    scores = await queries_trust.scores(request.user, run_id)
    total = [one for one in scores if one["level"] == "total"]
    row = await queries.series_of(request.user, run_id, "total", "total") if total else None
    return page(
        request,
        "forecasts/run.html",
        crumbs=_crumbs((C_("forecast", "Run %(n)s", n=run["number"]), None)),
        run=run,
        states=STATES,
        steps=STEPS,
        horizon=horizon_of(run["data_until"]) if run["data_until"] else 0,
        scored=total,
        levels=LEVELS,
        score_rows=_by_level(scores),
        picture=fan(run, row, {one["month"]: one["actual"] for one in total}) if row else "",
    )


def _by_level(scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a level over all scored months of a run."""
    names = ("actual", "predicted", "absolute", "naive", "active", "inside80", "inside95")
    found = []
    for level in LEVELS:
        mine = [one for one in scores if one["level"] == level]
        if mine:
            found.append(
                {
                    "level": level,
                    "months": len(mine),
                    **{name: sum(one[name] for one in mine) for name in names},
                }
            )
    return found


@get("/demand/runs/{run_id:uuid}/progress", guards=[may("demand.read")])
async def progress_stream(request: WebRequest, run_id: FromPath[UUID]) -> ServerSentEvent:
    await queries.run_of(request.user, run_id)

    async def render() -> tuple[str, bool]:
        run = await queries.run_of(request.user, run_id)
        return pages.fragment(request, "forecasts/run_progress.html", run=run, steps=STEPS), run[
            "state"
        ] not in ("queued", "running")

    return pages.live(request.app.state.feed, runs.RUNS.topic(run_id), render)


@get("/demand/runs/{run_id:uuid}/panel", guards=[may("demand.read")])
async def panel_export(
    request: WebRequest, run_id: FromPath[UUID], of: Choice = "cells", form: Choice = "csv"
) -> Response[bytes]:
    """The very panel that the run saw, `of` a name in `queries.PANEL_COLUMNS`; `python -m ml.demand
    forecast` gives the same numbers for those of the cells and the skills, to the three decimals
    that are kept."""
    run = await queries.run_of(request.user, run_id)
    content = await queries.panel_of(request.user, run_id, of)
    name = f"panel-{run['number']}{'' if of == 'cells' else f'-{of}'}"
    if form == "parquet":
        return files.download(content, f"{name}.parquet", "application/vnd.apache.parquet")
    return files.download(await asyncio.to_thread(as_csv, content), f"{name}.csv", files.CSV)


@post("/demand/runs/{run_id:uuid}/{name:str}", guards=[may("demand.run")], status_code=303)
async def move_form(request: WebRequest, run_id: FromPath[UUID], name: Code) -> Redirect:
    """Repeat a failed run or cancel one that is under way."""
    moves: dict[str, tuple[Any, str]] = {
        "repeat": (runs.repeat_run, _("The run is queued again.")),
        "cancel": (runs.cancel_run, _("The run was cancelled; the earlier one stands.")),
    }
    if name not in moves:
        raise Missing
    action, done = moves[name]
    try:
        await action(request.user, run_id)
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(request, f"/demand/runs/{run_id}", refusal.sentence, "warn")
    return go(request, f"/demand/runs/{run_id}", done)


def as_csv(content: bytes) -> bytes:
    """A parquet panel as csv in full precision, so that what is computed from the file is what the
    run computed."""
    import pandas as pd

    return pd.read_parquet(io.BytesIO(content)).to_csv(index=False, float_format="%.17g").encode()


ROUTES = [runs_page, runs_export, run_form, run_page, progress_stream, panel_export, move_form]
