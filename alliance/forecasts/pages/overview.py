"""The overview of demand, and the method in words."""

from __future__ import annotations

from litestar import get
from litestar.response import Template

from alliance.advertisements.heading import crumbs
from alliance.advertisements.titles import queries as title_queries
from alliance.forecasts import queries
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.drivers.beside import hires_beside
from alliance.forecasts.drivers.laying import with_drivers
from alliance.forecasts.levels import LEVELS
from alliance.forecasts.pages.latest import (
    driven_parts,
    nothing_yet,
    surroundings,
)
from alliance.forecasts.showing import (
    fan,
    reach,
    seasons,
    series_link,
)
from alliance.forecasts.trust import queries as queries_trust
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.web.asked import Choice
from alliance.kit.web.pages import WebRequest, page, reads


@get("/demand", guards=[may("demand.read")])
@reads
async def overview_page(request: WebRequest, drivers: Choice = "") -> Template:
    run = await queries.latest_run(request.user)
    if run is None:
        return await nothing_yet(request)
    laid = await drivers_queries.in_force(request.user, run["id"], run["data_until"])
    total = await queries.series_of(request.user, run["id"], "total", "total")
    driven = driven_parts(laid, total)
    largest, _n = await queries.series_list(
        request.user, run["id"], queries.SeriesFilter(level="occupation", sort="expected"), limit=10
    )
    movers = await queries.movers(request.user, run["id"])
    industries, _n = await queries.series_list(
        request.user, run["id"], queries.SeriesFilter(level="industry"), limit=10
    )
    towns, _n = await queries.series_list(
        request.user, run["id"], queries.SeriesFilter(level="town"), limit=10
    )
    shown = laid if drivers == "1" and laid else None
    if shown:
        total = with_drivers(total, shown)
        largest, industries, towns = [
            [
                with_drivers(
                    await queries.series_of(request.user, run["id"], row["level"], row["code"]),
                    shown,
                )
                for row in rows
            ]
            for rows in (largest, industries, towns)
        ]
    return page(
        request,
        "forecasts/overview.html",
        crumbs=[(_("Demand"), None)],
        run=run,
        **await surroundings(request),
        total=total,
        fan=fan(run, total),
        driven=driven,
        hires=(await hires_beside(request.user, run, total, by_year=False))["periods"][:12],
        with_drivers=shown is not None,
        levels=LEVELS,
        alarms=await queries_trust.alarms(request.user, open_only=True),
        movers=movers,
        reach=reach(movers),
        largest=largest,
        industries=industries,
        towns=towns,
        link=series_link,
        quality=run["quality"]["months"][-12:],
        origins=await title_queries.shares(request.user),
        seasons=seasons(total),
    )


@get("/demand/method", guards=[may("demand.read")])
async def method_page(request: WebRequest) -> Template:
    run = await queries.latest_run(request.user)
    return page(request, "forecasts/method.html", crumbs=crumbs((_("Method"), None)), run=run)


ROUTES = [overview_page, method_page]
