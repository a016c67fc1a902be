"""The quality of the data behind a forecast."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.response import Response, Template

from alliance.advertisements import queries as queries_advertisements
from alliance.advertisements.heading import crumbs
from alliance.forecasts import queries
from alliance.forecasts.pages.latest import (
    latest,
    nothing_yet,
)
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice
from alliance.kit.web.pages import WebRequest, page


@get("/demand/quality/export", guards=[may("demand.read")])
async def quality_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    run = await latest(request.user)
    months = run["quality"]["months"]
    names = _source_names(run["quality"])
    heads = [_("Month"), *names, _("Advertisements"), _("Late"), _("There"), _("Missing sources")]
    table: list[list[Cell]] = [
        [
            month["month"],
            *(month["heads"].get(name, 0) for name in names),
            month["advertisements"],
            month["late"],
            month["complete"],
            "、".join(month["missing"]),
        ]
        for month in months
    ]
    return await files.table(heads, table, f"{_('Data quality')}-{run['number']}", form)


@get("/demand/quality", guards=[may("demand.read")])
async def quality_page(request: WebRequest) -> Template:
    run = await queries.latest_run(request.user)
    if run is None:
        return await nothing_yet(request)
    quality = run["quality"]
    return page(
        request,
        "forecasts/quality.html",
        crumbs=crumbs((_("Data quality"), None)),
        run=run,
        months=quality["months"][::-1],
        names=_source_names(quality),
        steady=quality["steady"],
        taken={one["source"]: one for one in quality.get("taken", [])},
        sources=await queries_advertisements.sources(request.user),
    )


def _source_names(quality: dict[str, Any]) -> list[str]:
    return sorted(
        {name for month in quality["months"] for name in month["heads"]} | set(quality["steady"])
    )


ROUTES = [quality_export, quality_page]
