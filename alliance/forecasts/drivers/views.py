"""Pages of a planner's drivers: the list, the form, withdrawing."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.forecasts import queries
from alliance.forecasts.drivers import actions as drivers
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.kit.forms import Form
from alliance.kit.language import N_, _, number
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import Crumb, WebRequest, go, page

KINDS = {
    "total": N_("Heads in all, spread evenly over the months"),
    "monthly": N_("Heads a month"),
    "share": N_("Per cent more or less than the forecast"),
}
STATES = {"active": N_("in force"), "withdrawn": N_("withdrawn")}
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Demand"), "/demand"), (_("Drivers"), "/demand/drivers"), *more]


@get("/demand/drivers", guards=[may("demand.read")])
async def drivers_page(request: WebRequest) -> Template:
    rows = await drivers_queries.drivers(request.user)
    run = await queries.latest_run(request.user)
    active = [row for row in rows if row["state"] == "active"]
    ahead: dict[UUID, float] = {}
    if run is not None and active:
        laid = await drivers_queries.laid(request.user, run, active)
        sums = (
            laid.added[:, :, :12].sum(axis=(1, 2)) + laid.added_skills[:, :, :12].sum(axis=(1, 2))
        ).tolist()
        ahead = dict(zip((row["id"] for row in active), sums, strict=True))
    return page(
        request,
        "forecasts/drivers.html",
        crumbs=[(_("Demand"), "/demand"), (_("Drivers"), None)],
        rows=rows,
        ahead=ahead,
        run=run,
        states=STATES,
        mine=request.user.organisation,
    )


@get("/demand/drivers/export", guards=[may("demand.read")])
async def drivers_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    heads = [
        _("Driver"),
        _("On"),
        _("Kind"),
        _("Amount"),
        _("From month"),
        _("Months"),
        _("Source"),
        _("State"),
        _("Entered by"),
        _("Changed"),
    ]
    table: list[list[Cell]] = []
    for row in await drivers_queries.drivers(request.user):
        kind, state = KINDS[row["kind"]], STATES[row["state"]]
        table.append(
            [
                row["title"],
                row["on"],
                _(kind),
                row["amount"],
                row["first_month"],
                row["months"],
                row["source"],
                _(state),
                row["owner"],
                row["changed"],
            ]
        )
    return await files.table(heads, table, _("Drivers"), form)


@get("/demand/drivers/new", guards=[may("driver.edit")])
async def new_driver_page(request: WebRequest) -> Template:
    return await _driver_form(request, Form({"kind": "total"}), None)


@post("/demand/drivers", guards=[may("driver.edit")], status_code=200)
async def new_driver_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    draft = await _draft(request, form, None)
    if draft is None:
        return await _driver_form(request, form, None, form.status)
    async with attempt(form):
        await drivers.add_driver(request.user, draft)
        return go(
            request,
            "/demand/drivers",
            _("The driver was entered; the statistical forecast stays as it is."),
        )
    return await _driver_form(request, form, None, form.status)


@get("/demand/drivers/{driver_id:uuid}", guards=[may("driver.edit")])
async def driver_page(request: WebRequest, driver_id: FromPath[UUID]) -> Template:
    row = await drivers_queries.driver(request.user, driver_id)
    amount = row["amount"] * (100 if row["kind"] == "share" else 1)
    shown = {**row, "occupation": row["counted_as"], "amount": number(amount, 2).replace(",", "")}
    return await _driver_form(request, Form.showing(shown), row)


@post("/demand/drivers/{driver_id:uuid}", guards=[may("driver.edit")], status_code=200)
async def driver_form(request: WebRequest, driver_id: FromPath[UUID]) -> Template | Redirect:
    row = await drivers_queries.driver(request.user, driver_id)
    form = Form(await request.form())
    version = form.whole("version", least=1, most=10**9) or 0
    draft = await _draft(request, form, row)
    if draft is None:
        return await _driver_form(request, form, row, form.status)
    async with attempt(form):
        await drivers.change_driver(request.user, driver_id, version, draft)
        return go(request, "/demand/drivers", _("The driver was changed."))
    return await _driver_form(request, form, row, form.status)


@post("/demand/drivers/{driver_id:uuid}/withdraw", guards=[may("driver.edit")], status_code=303)
async def withdraw_form(request: WebRequest, driver_id: FromPath[UUID]) -> Redirect:
    try:
        await drivers.withdraw_driver(request.user, driver_id)
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(request, "/demand/drivers", refusal.sentence, "warn")
    return go(request, "/demand/drivers", _("The driver was withdrawn; it stays on record."))


async def _driver_form(
    request: WebRequest, form: Form, row: dict[str, Any] | None, status: int = 200
) -> Template:
    return page(
        request,
        "forecasts/driver.html",
        status=status,
        crumbs=_crumbs((row["title"] if row else _("New driver"), None)),
        form=form,
        driver=row,
        kinds=KINDS,
        places=await _places(request, row),
        history=await drivers_queries.driver_history(request.user, row["id"]) if row else [],
    )


async def _places(
    request: WebRequest, row: dict[str, Any] | None
) -> dict[str, list[tuple[str, str]]]:
    # a driver keeps the occupation it is on: else the form would show it as one for all
    run = await queries.latest_run(request.user)
    return await drivers_queries.places(
        request.user, run["id"] if run else None, row["counted_as"] if row else None
    )


async def _draft(
    request: WebRequest, form: Form, row: dict[str, Any] | None
) -> drivers.DriverDraft | None:
    """What the form says, or None with every error noted."""
    places = await _places(request, row)
    on = {
        name: form.choice(name, {"", *(code for code, _name in places[name])}) or None
        for name in ("occupation", "industry", "skill")
    }
    if on["skill"] and (on["occupation"] or on["industry"]):
        form.error("skill", _("A skill has no occupation or industry beside it."))
    title = form.text("title", most=120)
    kind = form.choice("kind", KINDS)
    bounds = (-100.0, 1000.0) if kind == "share" else (-100_000.0, 100_000.0)
    amount = form.decimal("amount", least=bounds[0], most=bounds[1])
    if amount == 0:
        form.error("amount", _("Nothing is no driver."))
    first = form.text("first_month", most=7)
    if "first_month" not in form.errors and not MONTH.fullmatch(first):
        form.error("first_month", _("Write the month as 2027-05."))
    months = form.whole("months", least=1, most=120, required=kind == "total")
    source = form.text("source", most=300)
    if "source" not in form.errors and len(source) < 4:
        form.error("source", _("Say where you know this from."))
    if form.failed or amount is None:
        return None
    return drivers.DriverDraft(
        title=title,
        occupation=on["occupation"],
        industry=on["industry"],
        skill=on["skill"],
        kind=kind,
        amount=float(amount) / 100 if kind == "share" else float(amount),
        first_month=first,
        months=months,
        source=source,
    )


ROUTES = [
    drivers_page,
    drivers_export,
    new_driver_page,
    new_driver_form,
    driver_page,
    driver_form,
    withdraw_form,
]
