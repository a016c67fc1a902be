"""The forecast that pages show, what surrounds it, and what stands where there is none."""

from __future__ import annotations

from typing import Any

from litestar.response import Template

from alliance.advertisements import queries as queries_advertisements
from alliance.forecasts import queries
from alliance.forecasts.drivers.laying import Laid
from alliance.kit.actors import Actor
from alliance.kit.language import _
from alliance.kit.problems import Missing
from alliance.kit.web.pages import WebRequest, page


async def latest(actor: Actor) -> dict[str, Any]:
    """The run that pages show. Raises Missing before the first one has ended."""
    run = await queries.latest_run(actor)
    if run is None:
        raise Missing(_("There is no forecast yet. Import advertisements and have one made."))
    return run


def driven_parts(laid: Laid | None, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The drivers that touch a series, with what each adds in the next twelve months and over the
    whole horizon."""
    if laid is None:
        return []
    added = laid.of(row["level"], row["code"])
    return [
        {**driver, "ahead": float(line[:12].sum()), "all": float(line.sum())}
        for driver, line in zip(laid.drivers, added, strict=True)
        if line.any()
    ]


async def surroundings(request: WebRequest) -> dict[str, Any]:
    """What the overview shows with and without a forecast."""
    return {
        "under_way": await queries.run_under_way(request.user),
        "sources": await queries_advertisements.sources(request.user),
    }


async def nothing_yet(request: WebRequest) -> Template:
    """What stands where a forecast would be, and what to do."""
    return page(
        request,
        "forecasts/empty.html",
        crumbs=[(_("Demand"), None)],
        **await surroundings(request),
    )
