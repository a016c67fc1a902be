"""Series of a forecast: their list, one of them, and what each counts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
from litestar import get
from litestar.response import Response, Template

from alliance.advertisements import queries as queries_advertisements
from alliance.advertisements.heading import MOST_EXPORTED, PAGE, crumbs
from alliance.advertisements.naming import NAMES
from alliance.advertisements.titles import queries as titles
from alliance.forecasts import queries, queries_behind
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.drivers.beside import hires_beside
from alliance.forecasts.drivers.laying import Laid, added_heads, with_drivers, with_reasons
from alliance.forecasts.levels import LEVELS
from alliance.forecasts.pages.latest import (
    driven_parts,
    latest,
    nothing_yet,
)
from alliance.forecasts.runs.forecasting import ENDS, MONTHS
from alliance.forecasts.showing import (
    code_in,
    fan,
    lacking_yearly,
    reach,
    seasons,
    series_link,
    signed_share,
    year_fan,
    yearly_picture,
    yearly_rows,
)
from alliance.forecasts.trust import queries as queries_trust
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.language import _, day
from alliance.kit.policy import may
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, PageNumber, filters
from alliance.kit.web.pages import WebRequest, page

USES = 10


@get("/demand/series", guards=[may("demand.read")])
async def series_page(request: WebRequest, at: PageNumber = 1) -> Template:
    run = await queries.latest_run(request.user)
    if run is None:
        return await nothing_yet(request)
    wanted, query = _series_wanted(request)
    rows, total = await queries.series_list(
        request.user, run["id"], wanted, limit=PAGE, offset=(at - 1) * PAGE
    )
    return page(
        request,
        "forecasts/series_list.html",
        crumbs=crumbs((_("All series"), None)),
        run=run,
        rows=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query=query,
        levels=LEVELS,
        link=series_link,
        chosen=await queries_advertisements.names_of(request.user, query),
        origins=await titles.origins(request.user),
    )


@get("/demand/series/export", guards=[may("demand.read")])
async def series_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    run = await latest(request.user)
    wanted, _query = _series_wanted(request)
    rows, _total = await queries.series_list(request.user, run["id"], wanted, limit=MOST_EXPORTED)
    laid = await drivers_queries.in_force(request.user, run["id"], run["data_until"])
    heads = [
        _("Level"),
        _("Code"),
        _("Series"),
        _("Past 12 months"),
        _("Next 12 months, expected"),
        _("Next 12 months, median"),
        _("80% interval from"),
        _("80% interval to"),
        _("Growth"),
        _("Probability of rising"),
        _("Advertisements"),
        _("Share of heads whose occupation was read from the title"),
        _("Drivers add, next 12 months"),
    ]
    origins = await titles.origins(request.user)
    table = [
        [
            _level(row["level"]),
            row["code"],
            row["name"],
            row["past"],
            row["expected"],
            row["coming"],
            row["coming_low"],
            row["coming_high"],
            row["change"],
            row["rising"],
            row["advertisements"],
            origins[row["code"]].guessed if row["code"] in origins else None,
            round(float(laid.of(row["level"], row["code"])[:, :12].sum()), 3) if laid else 0,
        ]
        for row in rows
    ]
    return await files.table(heads, table, f"{_('Demand forecast')}-{run['number']}", form)


@get("/demand/series/{level:str}/{code:str}", guards=[may("demand.read")])
async def one_series_page(
    request: WebRequest, level: Code, code: Code, horizon: Choice = "months", drivers: Choice = ""
) -> Template:
    run, code = await latest(request.user), code_in(code)
    row = await queries.series_of(request.user, run["id"], level, code)
    laid = await drivers_queries.in_force(request.user, run["id"], run["data_until"])
    driven = driven_parts(laid, row)
    if laid and driven and drivers == "1":
        row = with_reasons(
            with_drivers(row, laid), row, laid, await _laid_before(request.user, run, row)
        )
    by_year = horizon == "years"
    yearly = await queries.yearly_of(request.user, run["id"], level, code) if by_year else None
    movers = await queries.movers(request.user, run["id"])
    uses, all_uses = await queries.uses_of(request.user, run["id"], row, USES)
    return page(
        request,
        "forecasts/series.html",
        crumbs=crumbs((_("All series"), "/demand/series"), (row["name"], None)),
        run=run,
        series=row,
        by_year=by_year,
        driven=driven,
        with_drivers=bool(driven) and drivers == "1",
        hires=await hires_beside(request.user, run, row, by_year=by_year),
        fan=year_fan(run, row) if by_year else fan(run, row),
        table=_table(run, row, by_year),
        seasons=seasons(row),
        repeated=await queries_behind.repeated_of_series(request.user, row),
        origins=await queries_behind.origins_of_series(request.user, row),
        link=series_link,
        movers=movers,
        reach=reach(movers),
        levels=LEVELS,
        months=MONTHS,
        signed_share=signed_share,
        uses=uses,
        all_uses=all_uses,
        by_source=await queries_behind.heads_by_source(request.user, run, row),
        behind=_behind(row),
        last=run["quality"]["months"][-1],
        yearly=yearly,
        yearly_table=yearly_rows(yearly["ahead"]) if yearly else [],
        basis=run["yearly"],
        yearly_picture=yearly_picture(yearly["ahead"]) if yearly else "",
        lacking=lacking_yearly(run["yearly"], level),
    )


async def _laid_before(actor: Actor, run: dict[str, Any], row: dict[str, Any]) -> Laid | None:
    """The drivers that were in force when the run before ended, over this run."""
    before = (
        await queries_trust.run_numbered(actor, row["changed"]["run"]) if row["changed"] else None
    )
    return (
        await drivers_queries.laid(actor, run["id"], run["data_until"], before["drivers"])
        if before and before["drivers"]
        else None
    )


@get("/demand/series/{level:str}/{code:str}/export", guards=[may("demand.read")])
async def one_series_export(
    request: WebRequest, level: Code, code: Code, form: Choice = "xlsx"
) -> Response[bytes]:
    run, code = await latest(request.user), code_in(code)
    row = await queries.series_of(request.user, run["id"], level, code)
    heads = [
        _("Period"),
        _("Kind"),
        _("Counted heads"),
        _("Heads as the forecast sees them"),
        _("Median"),
        _("Mean"),
        _("50% interval from"),
        _("50% interval to"),
        _("80% interval from"),
        _("80% interval to"),
        _("90% interval from"),
        _("90% interval to"),
        _("95% interval from"),
        _("95% interval to"),
        _("Seasonal naive"),
        _("Drivers add"),
    ]
    table: list[list[Cell]] = [
        [month, _("observed"), counted, seen, *[None] * 12]
        for month, counted, seen in zip(
            _past_months(run, row), row["observed"], row["history"], strict=True
        )
    ]
    laid = await drivers_queries.in_force(request.user, run["id"], run["data_until"])
    added = added_heads(row, laid) if laid else {}
    kinds = [
        (_("month"), row["months"], added.get("months")),
        (_("year"), row["years"], added.get("years")),
    ]
    yearly = await queries.yearly_of(request.user, run["id"], level, code)
    if yearly:
        staff = zip(run["yearly"]["years"], yearly["stock"], strict=True)
        table += [
            [str(year), _("staff of members"), persons, *[None] * 13] for year, persons in staff
        ]
        words = (_("growth demand"), _("replacement demand"), _("growth and replacement together"))
        kinds += [
            (word, msgspec.structs.asdict(part), None)
            for word, part in zip(words, yearly["ahead"].values(), strict=True)
        ]
    for by_year, word in (
        (False, _("hires by month, persons")),
        (True, _("hires by year, persons")),
    ):
        hires = await hires_beside(request.user, run, row, by_year=by_year)
        table += [
            [
                one["period"],
                word,
                *[None] * 3,
                one["middle"],
                *[None] * 2,
                one["low"],
                one["high"],
                *[None] * 6,
            ]
            for one in hires["periods"]
        ]
    for kind, found, driven in kinds:
        naive = found.get("naive") or [None] * len(found["periods"])
        table += [
            [
                period,
                kind,
                None,
                None,
                *(
                    found[name][index] if name in found else None
                    for name in ("median", "mean", *ENDS)
                ),
                naive[index],
                driven[index] if driven else None,
            ]
            for index, period in enumerate(found["periods"])
        ]
    return await files.table(heads, table, f"{row['name']}-{run['number']}", form)


@get("/demand/panel/export", guards=[may("demand.read")])
async def counted_panel_export(
    request: WebRequest, skills: Choice = "", form: Choice = "csv"
) -> Response[bytes]:
    """Heads by month × occupation × industry × town × source (or the same by skill too), as
    counted."""
    rows = await queries_behind.counted_panel(request.user, skills=skills == "1")
    more = [_("Skill code"), _("Skill")] if skills == "1" else []
    heads = [
        _("Month"),
        *more,
        _("Occupation code"),
        _("Industry code"),
        _("Town code"),
        _("Source"),
        _("Heads"),
        _("Advertisements"),
        _("Heads with an occupation read from the title"),
        _("Heads with an occupation confirmed for the title"),
    ]
    return await files.table(heads, rows, f"{_('Demand panel')}-{day(clock.today())}", form)


def _series_wanted(request: WebRequest) -> tuple[queries.SeriesFilter, dict[str, str]]:
    """What a list of series shows, and the same as the address says it."""
    query = filters(request, queries.SeriesFilter.__struct_fields__)
    order, descending = (
        (query["sort"], query["down"] == "1") if query["sort"] else ("expected", True)
    )
    texts = {name: text for name, text in query.items() if name not in ("sort", "down")}
    return queries.SeriesFilter(**texts, sort=order, down=descending), query


def _level(name: str) -> str:
    label = LEVELS[name]
    return _(label)


def _past_months(run: dict[str, Any], row: dict[str, Any]) -> list[str]:
    return [month["month"] for month in run["quality"]["months"]][-len(row["history"]) :]


def _table(run: dict[str, Any], row: dict[str, Any], by_year: bool) -> list[dict[str, Any]]:
    found = row["years"] if by_year else row["months"]
    naive = found.get("naive") or [None] * len(found["periods"])
    return [
        {
            "period": period,
            "naive": naive[i],
            **{name: found[name][i] for name in ("mean", "median", "lo80", "hi80", "lo95", "hi95")},
        }
        for i, period in enumerate(found["periods"])
    ]


def _behind(row: dict[str, Any]) -> str:
    """The address of the advertisements behind a series."""
    return "&".join(f"{name}={quote(row[name], safe='')}" for name in NAMES if row[name])


ROUTES = [series_page, series_export, one_series_page, one_series_export, counted_panel_export]
