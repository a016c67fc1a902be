"""Retention, the yearly audit of minors' data, impact assessments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.access import queries as access
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page, permits
from alliance.privacy import queries, reporting, retention
from alliance.privacy.model import ASSESSED, deadline


@get("/privacy/retention", guards=[may("retention.read")])
async def retention_page(request: WebRequest) -> Template:
    """Every kind with its period; what tonight would delete, what comes due, and what the last
    nights did."""
    today = clock.today()
    tonight, ahead = await retention.due(today), await retention.due(today + retention.AHEAD)
    return page(
        request,
        "privacy/retention.html",
        crumbs=[(_("Retention"), None)],
        periods=retention.periods(),
        actions=retention.ACTIONS,
        tonight={kind: len(ids) for kind, ids in tonight.items()},
        ahead={kind: len(ids) for kind, ids in ahead.items()},
        digests={kind: retention.digest(ids) for kind, ids in tonight.items()},
        runs=await retention.last_runs(request.user),
        words={period.code: period for period in retention.periods()},
        kept_back=await retention.kept_back(today, tonight),
        refusals=await queries.refusals(request.user, request.app.state.vault)
        if permits(request, "data.answer")
        else [],
    )


@get("/privacy/report", guards=[may("report.read")])
async def report_page(request: WebRequest, year: Choice = "", sheet: Choice = "") -> Template:
    return await _report(request, Form(), year, sheet)


@post("/privacy/report", guards=[may("report.keep")], status_code=200)
async def report_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    year, improved = (
        form.whole("year", least=2020, most=clock.today().year),
        form.lines("improved", most=2000),
    )
    if not form.failed and year is not None:
        async with attempt(form):
            await reporting.keep(request.user, year, improved)
            return go(request, "/privacy/report", _("The report is kept as it stands."))
    return await _report(request, form, form.value("year"), status=form.status)


@get("/privacy/report/export", guards=[may("report.read")])
async def report_export(request: WebRequest, year: Choice = "") -> Response[bytes]:
    assert request.user.organisation is not None
    wanted = _year(year)
    found = await reporting.figures(request.user.organisation, wanted)
    table: list[list[Cell]] = [[label, found[name]] for name, label in _labels(found).items()]
    title = _("Audit of minors' data")
    return await files.table([_("Figure"), str(wanted)], table, f"{title}-{wanted}")


@get("/privacy/assessments", guards=[may("assessment.read")])
async def assessments_page(request: WebRequest) -> Template:
    return await _assessments(request, Form())


@post("/privacy/assessments", guards=[may("assessment.write")], status_code=200)
async def assessment_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    title, about = form.text("title", most=120), form.choice("about", ASSESSED)
    texts = {
        name: form.lines(name, most=3000) for name in ("purpose", "risks", "measures", "conclusion")
    }
    if not form.failed:
        await reporting.assess(request.user, title=title, about=about, **texts)
        return go(
            request, "/privacy/assessments", _("It is written down; somebody else confirms it.")
        )
    return await _assessments(request, form, 422)


@post(
    "/privacy/assessments/{assessment_id:uuid}/confirm",
    guards=[may("assessment.write")],
    status_code=303,
)
async def confirm_form(request: WebRequest, assessment_id: FromPath[UUID]) -> Redirect:
    try:
        await reporting.confirm_assessment(request.user, assessment_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, "/privacy/assessments", refusal.sentence, "warn")
    return go(request, "/privacy/assessments", _("It is confirmed and kept for three years."))


async def _report(
    request: WebRequest, form: Form, year: str, sheet: str = "", status: int = 200
) -> Template:
    assert request.user.organisation is not None
    wanted = _year(year)
    template = "privacy/report_print.html" if sheet else "privacy/report.html"
    period = deadline("audit", date(wanted, 12, 31))
    figures, kept = (
        await reporting.figures(request.user.organisation, wanted),
        await reporting.kept(request.user),
    )
    return page(
        request,
        template,
        status=status,
        crumbs=[(_("Audit of minors' data"), None)],
        form=form,
        year=wanted,
        years=range(clock.today().year, 2024, -1),
        figures=figures,
        kept=kept,
        labels=_labels({**figures, **{name: 0 for row in kept for name in row["figures"]}}),
        officer=await access.officer_of(request.user.organisation, request.app.state.vault),
        due=date(wanted, 12, 31) + timedelta(days=period.days),
        period=period,
        over=wanted < clock.today().year,
        mine_kept=any(
            (row["year"], row["organisation"]) == (wanted, request.user.organisation)
            for row in kept
        ),
    )


async def _assessments(request: WebRequest, form: Form, status: int = 200) -> Template:
    return page(
        request,
        "privacy/assessments.html",
        status=status,
        crumbs=[(_("Impact assessments"), None)],
        form=form,
        rows=await reporting.assessments(request.user),
        abouts=ASSESSED,
    )


def _labels(figures: Mapping[str, int]) -> dict[str, str]:
    return {name: reporting.label_of(name) for name in figures}


def _year(text: str) -> int:
    """A year that reports are made for; the present one for anything else."""
    known = range(2020, clock.today().year + 1)
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) == 4 and int(text) in known
        else clock.today().year
    )


ROUTES = [
    retention_page,
    report_page,
    report_form,
    report_export,
    assessments_page,
    assessment_form,
    confirm_form,
]
