"""The pages on which a planner enters, changes and withdraws a driver."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.forecasts import queries
from alliance.forecasts.drivers import actions as drivers
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.drivers.forms import KINDS, draft_of, form_showing, rows_of, stepped
from alliance.forecasts.drivers.history import history_of
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web.asked import Choice
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page


@get("/demand/drivers/new", guards=[may("driver.edit")])
async def new_driver_page(request: WebRequest, kind: Choice = "") -> Template:
    chosen = kind if kind in KINDS else "total"
    return await _page(request, Form({"kind": chosen, "probability": "100", "lasting": "on"}), None)


@post("/demand/drivers", guards=[may("driver.edit")], status_code=200)
async def new_driver_form(request: WebRequest) -> Template | Redirect:
    sent = await request.form()
    form = Form(sent)
    if form.value("step"):
        return await _page(request, stepped(form, sent), None, typing=True)
    draft = draft_of(form, await _codes(request, None))
    if draft is None:
        return await _page(request, form, None, form.status)
    async with attempt(form):
        await drivers.add_driver(request.user, draft)
        return go(
            request,
            "/demand/drivers",
            _("The driver was entered; the statistical forecast stays as it is."),
        )
    return await _page(request, form, None, form.status)


@get("/demand/drivers/{driver_id:uuid}", guards=[may("driver.edit")])
async def driver_page(request: WebRequest, driver_id: FromPath[UUID]) -> Template:
    row = await drivers_queries.driver(request.user, driver_id)
    return await _page(request, form_showing(row), row)


@post("/demand/drivers/{driver_id:uuid}", guards=[may("driver.edit")], status_code=200)
async def driver_form(request: WebRequest, driver_id: FromPath[UUID]) -> Template | Redirect:
    row = await drivers_queries.driver(request.user, driver_id)
    sent = await request.form()
    form = Form(sent)
    if form.value("step"):
        return await _page(request, stepped(form, sent), row, typing=True)
    version = form.whole("version", least=1, most=10**9) or 0
    if (form.value("kind") == "hires") != (row["kind"] == "hires"):
        form.error("kind", _("Choose one of the list."))
    draft = draft_of(form, await _codes(request, row))
    if draft is None:
        return await _page(request, form, row, form.status)
    async with attempt(form):
        await drivers.change_driver(request.user, driver_id, version, draft)
        return go(request, "/demand/drivers", _("The driver was changed."))
    return await _page(request, form, row, form.status)


@post("/demand/drivers/{driver_id:uuid}/withdraw", guards=[may("driver.edit")], status_code=303)
async def withdraw_form(request: WebRequest, driver_id: FromPath[UUID]) -> Redirect:
    try:
        await drivers.withdraw_driver(request.user, driver_id)
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(request, "/demand/drivers", refusal.sentence, "warn")
    return go(request, "/demand/drivers", _("The driver was withdrawn; it stays on record."))


async def _page(
    request: WebRequest,
    form: Form,
    row: dict[str, Any] | None,
    status: int = 200,
    *,
    typing: bool = False,
) -> Template:
    hires = form.value("kind") == "hires"
    codes = [form.value(f"occupation-{one}") for one in range(1, rows_of(form) + 1)]
    return page(
        request,
        "forecasts/driver.html",
        status=status,
        crumbs=[
            (_("Demand"), "/demand"),
            (_("Drivers"), "/demand/drivers"),
            (row["title"] if row else _("New driver"), None),
        ],
        form=form,
        driver=row,
        hires=hires,
        typing=typing,
        rates=await drivers_queries.rates_of(request.user, codes),
        kinds={kind: label for kind, label in KINDS.items() if kind != "hires"},
        places=await _places(request, row),
        history=await history_of(request.user, row["id"]) if row else [],
    )


async def _places(
    request: WebRequest, row: dict[str, Any] | None
) -> dict[str, list[tuple[str, str]]]:
    # a driver keeps the occupations it is on: else the form would show them as one for all
    run = await queries.latest_run(request.user)
    keep = [part["counted_as"] for part in row["parts"] if part["counted_as"]] if row else []
    return await drivers_queries.places(request.user, run["id"] if run else None, keep)


async def _codes(request: WebRequest, row: dict[str, Any] | None) -> dict[str, set[str]]:
    places = await _places(request, row)
    return {name: {code for code, _label in options} for name, options in places.items()}


ROUTES = [new_driver_page, new_driver_form, driver_page, driver_form, withdraw_form]
