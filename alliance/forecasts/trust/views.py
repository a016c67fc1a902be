"""Pages of trust: the model card, past forecasts beside the truth, alarms on drift, what a run
keeps."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.forecasts import queries
from alliance.forecasts.levels import LEVELS
from alliance.forecasts.pages.latest import latest
from alliance.forecasts.panel.building import SETTLED
from alliance.forecasts.runs import forecasting, keeping
from alliance.forecasts.showing import nearest_fan
from alliance.forecasts.trust import judging, scoring
from alliance.forecasts.trust import queries as queries_trust
from alliance.kit.forms import Form
from alliance.kit.language import N_, _
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice
from alliance.kit.web.pages import WebRequest, go, page
from ml.demand.drift import FEWEST_MONTHS

KINDS = {
    "month": N_("heads by month"),
    "heads": N_("heads by year"),
    "growth": N_("growth of members' staff by year"),
}
BANDS = {
    "1-3": N_("1–3 months ahead"),
    "4-12": N_("4–12 months ahead"),
    "13-24": N_("13–24 months ahead"),
}


@get("/demand/model", guards=[may("demand.read")])
async def model_page(request: WebRequest) -> Template:
    run = await latest(request.user)
    worst = run["card"].get("worst", [])
    return page(
        request,
        "forecasts/model.html",
        crumbs=[(_("Demand"), "/demand"), (_("Model card"), None)],
        run=run,
        bands=BANDS,
        levels=LEVELS,
        worst=worst,
        names=await queries_trust.names(request.user, worst),
        months=forecasting.MONTHS,
        years=forecasting.YEARS,
        alarms=await queries_trust.alarms(request.user, open_only=True),
    )


@get("/demand/trust", guards=[may("demand.read")])
async def trust_page(request: WebRequest) -> Template:
    scores = await queries_trust.scores(request.user)
    total = [dict(one) for one in judging.nearest(scores) if one["level"] == "total"]
    return page(
        request,
        "forecasts/trust.html",
        crumbs=[(_("Demand"), "/demand"), (_("Past forecasts"), None)],
        months=total[::-1],
        levels=LEVELS,
        runs=_by_run(scores),
        picture=nearest_fan(total) if total else "",
        form=Form(),
        alarms=await queries_trust.alarms(request.user),
        learnt=await queries.latest_run(request.user),
        runs_needed=FEWEST_MONTHS,
        years=_latest(await queries_trust.year_scores(request.user)),
        settled=SETTLED,
        first_years=await queries_trust.first_years(request.user),
    )


def _latest(years: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of every kind, year and level the score of the latest run, as months are shown with the
    nearest one."""
    shown: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in years:
        key = one["kind"], one["year"], one["level"]
        if key not in shown or one["number"] > shown[key]["number"]:
            shown[key] = one
    return list(shown.values())


@get("/demand/trust/export", guards=[may("demand.read")])
async def trust_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    heads = [
        _("From run"),
        _("Data until"),
        _("Kind"),
        _("Month or year"),
        _("Months ahead"),
        _("Level"),
        _("Series"),
        _("Expected"),
        _("Came"),
        _("Absolute error"),
        _("Absolute error of the seasonal naive rule"),
        _("Active series"),
        _("Inside the 80% interval"),
        _("Inside the 95% interval"),
        _("Truth multiplied by"),
    ]
    months = await queries_trust.scores(request.user)
    years = await queries_trust.year_scores(request.user)
    table: list[list[Cell]] = []
    for one in [
        *({**one, "kind": "month", "period": one["month"]} for one in months),
        *({**one, "period": one["year"]} for one in years),
    ]:
        kind, label = KINDS[one["kind"]], LEVELS[one["level"]]
        table.append(
            [
                one["number"],
                one["data_until"],
                _(kind),
                one["period"],
                one["lead"],
                _(label),
                one["series"],
                one["predicted"],
                one["actual"],
                one["absolute"],
                one["naive"],
                one["active"],
                one["inside80"],
                one["inside95"],
                one["rebased"],
            ]
        )
    return await files.table(heads, table, _("Past forecasts"), form)


@post("/demand/alarms/{alarm_id:uuid}", guards=[may("alarm.acknowledge")], status_code=303)
async def alarm_form(request: WebRequest, alarm_id: FromPath[UUID]) -> Redirect:
    """Write beside an alarm what was found."""
    form = Form(await request.form())
    note = form.text("note", most=1000)
    if len(note) < 4:
        return go(
            request,
            "/demand/trust",
            _("Write what you found, in at least four characters."),
            "warn",
        )
    try:
        await scoring.note_alarm(request.user, alarm_id, note)
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(request, "/demand/trust", refusal.sentence, "warn")
    return go(
        request,
        "/demand/trust",
        _("Noted. The alarm stays, with your note, until a later run repairs it."),
    )


@get("/demand/runs/{run_id:uuid}/result", guards=[may("demand.read")])
async def result_export(request: WebRequest, run_id: FromPath[UUID]) -> Response[bytes]:
    """Every series of a run as csv; its hash stands on the run's page."""
    run = await queries.run_of(request.user, run_id)
    if run["state"] != "done":
        raise Missing
    rows = await queries.result_of(request.user, run_id)
    content = await asyncio.to_thread(keeping.result_file, rows)
    return files.download(content, f"forecast-{run['number']}.csv", files.CSV)


@get("/demand/runs/{run_id:uuid}/model", guards=[may("demand.read")])
async def model_export(request: WebRequest, run_id: FromPath[UUID]) -> Response[bytes]:
    """What a run fitted, as a skops file."""
    run = await queries.run_of(request.user, run_id)
    return files.download(
        await queries.model_of(request.user, run_id),
        f"model-{run['number']}.skops",
        "application/zip",
    )


def _by_run(scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a run and level over all its scored months, the latest run first."""
    sums: dict[tuple[int, str], dict[str, Any]] = {}
    for one in scores:
        row = sums.setdefault(
            (one["number"], one["level"]),
            {
                "number": one["number"],
                "run": one["run"],
                "level": one["level"],
                "until": one["data_until"],
                "months": 0,
            }
            | dict.fromkeys(
                ("actual", "predicted", "absolute", "naive", "active", "inside80", "inside95"), 0.0
            ),
        )
        row["months"] += 1
        for name in ("actual", "predicted", "absolute", "naive", "active", "inside80", "inside95"):
            row[name] += one[name]
    order = list(LEVELS)
    return sorted(sums.values(), key=lambda row: (-row["number"], order.index(row["level"])))


ROUTES = [model_page, trust_page, trust_export, alarm_form, result_export, model_export]
