"""The list of what planners know of the future, what each driver adds by year, their exports."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.response import Response, Template

from alliance.forecasts import queries
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.drivers.forms import KINDS
from alliance.forecasts.drivers.laying import by_year
from alliance.kit.actors import Actor
from alliance.kit.language import C_, N_, _
from alliance.kit.policy import may
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice
from alliance.kit.web.pages import WebRequest, page

STATES = {"active": N_("in force"), "withdrawn": N_("withdrawn")}


@get("/demand/drivers", guards=[may("demand.read")])
async def drivers_page(request: WebRequest) -> Template:
    rows = await drivers_queries.drivers(request.user)
    run = await queries.latest_run(request.user)
    years, added = await added_by_year(request.user, run)
    return page(
        request,
        "forecasts/drivers.html",
        crumbs=[(_("Demand"), "/demand"), (_("Drivers"), None)],
        rows=rows,
        years=years,
        added=added,
        run=run,
        states=STATES,
        mine=request.user.organisation,
        turnover_of=drivers_queries.turnover_of,
    )


async def added_by_year(
    actor: Actor, run: dict[str, Any] | None
) -> tuple[list[str], dict[str, list[dict[str, Any]]]]:
    """The calendar years of a run and what each driver in force adds in them: advertised `heads`,
    from the month after the data on, and `hires`, persons of whole years; nothing before the first
    run has ended."""
    if run is None:
        return [], {"heads": [], "hires": []}
    chosen = await drivers_queries.drivers(actor, active=True)
    laid = await drivers_queries.laid(actor, run["id"], run["data_until"], chosen)
    hires = await drivers_queries.hires(actor, run["id"])
    years = [str(year) for year in hires.years]
    heads = by_year(laid.added.sum(axis=1) + laid.added_skills.sum(axis=1), laid.months, years)
    return years, {
        "heads": [
            {**row, "added": line.tolist()} for row, line in zip(laid.drivers, heads, strict=True)
        ],
        "hires": [
            {**row, "added": line.tolist()}
            for row, line in zip(hires.drivers, hires.middle.sum(axis=1), strict=True)
        ],
    }


@get("/demand/drivers/export", guards=[may("demand.read")])
async def drivers_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    heads = [
        _("Driver"),
        _("Kind"),
        _("Occupation code"),
        _("Occupation"),
        _("Industry code"),
        _("Member"),
        _("Town"),
        _("Skill"),
        _("Low"),
        _("Middle"),
        _("High"),
        _("From month"),
        C_("driver", "Months"),
        _("Staff that lasts"),
        _("Turnover a year"),
        _("Source of the turnover"),
        _("Probability"),
        _("Source"),
        _("State"),
        _("Entered by"),
        _("Changed"),
    ]
    table: list[list[Cell]] = []
    for row in await drivers_queries.drivers(request.user):
        kind, state = KINDS[row["kind"]], STATES[row["state"]]
        for part in row["parts"]:
            own = part["turnover"] is not None
            table.append(
                [
                    row["title"],
                    _(kind),
                    part["occupation"],
                    part["name"],
                    row["counted_industry"],
                    row["member_name"],
                    row["counted_town"],
                    row["skill"],
                    part["low"],
                    part["middle"],
                    part["high"],
                    row["first_month"],
                    row["months"],
                    _("yes") if row["lasting"] else _("no"),
                    drivers_queries.turnover_of(part) if row["lasting"] else None,
                    row["source"] if own else part["rate"] and part["rate"].source,
                    row["probability"],
                    row["source"],
                    _(state),
                    row["owner"],
                    row["changed"],
                ]
            )
    return await files.table(heads, table, _("Drivers"), form)


@get("/demand/drivers/years/export", guards=[may("demand.read")])
async def years_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    """What each driver in force adds by year, as the page shows it."""
    run = await queries.latest_run(request.user)
    years, added = await added_by_year(request.user, run)
    units = {"heads": _("advertised heads"), "hires": _("persons")}
    table: list[list[Cell]] = [
        [row["title"], row["on"], units[unit], *row["added"]]
        for unit, rows in added.items()
        for row in rows
    ]
    heads = [_("Driver"), _("On"), _("Unit"), *years]
    return await files.table(heads, table, _("Drivers by year"), form)


ROUTES = [drivers_page, drivers_export, years_export]
