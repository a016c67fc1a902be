"""Pages of advertisements."""

from __future__ import annotations

from collections.abc import Iterator

from litestar import get
from litestar.response import Response, Template

from alliance.advertisements import queries as queries_advertisements
from alliance.advertisements.heading import MOST_EXPORTED, PAGE, crumbs
from alliance.advertisements.titles.vocabulary import COUNTY, LISTED, READ
from alliance.kit import clock
from alliance.kit.language import C_, N_, _, day
from alliance.kit.policy import may
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, PageNumber, filters
from alliance.kit.web.pages import WebRequest, named, page

ORIGINS = {
    LISTED: N_("given by the source"),
    COUNTY: N_("confirmed by the county"),
    READ: N_("read from the title"),
}


@get("/demand/advertisements", guards=[may("demand.read")])
async def advertisements_page(request: WebRequest, at: PageNumber = 1) -> Template:
    wanted, query = _advertisements_wanted(request)
    rows, total, heads = await queries_advertisements.advertisements(
        request.user, wanted, limit=PAGE, offset=(at - 1) * PAGE
    )
    return page(
        request,
        "advertisements/list.html",
        crumbs=crumbs((_("Advertisements"), None)),
        rows=rows,
        total=total,
        heads=heads,
        at=at,
        per_page=PAGE,
        query=query,
        chosen=await queries_advertisements.names_of(request.user, query),
        sources=await queries_advertisements.sources(request.user),
    )


@get("/demand/advertisements/export", guards=[may("demand.read")])
async def advertisements_export(request: WebRequest, form: Choice = "csv") -> Response[bytes]:
    wanted, _query = _advertisements_wanted(request)
    rows = await queries_advertisements.advertisements_to_export(
        request.user, wanted, most=MOST_EXPORTED
    )
    heads = [
        _("Date"),
        _("Enterprise"),
        _("Title"),
        _("Text"),
        _("Occupation code"),
        _("Occupation"),
        _("Skills"),
        _("Head count"),
        _("Pay from"),
        _("Pay to"),
        _("Place"),
        _("Source"),
        C_("advertisement", "Address"),
        _("Industry code"),
        _("Counts"),
        _("Occupation code as written"),
        _("Where the occupation comes from"),
    ]
    table: Iterator[list[Cell]] = (
        [
            row["published"],
            row["enterprise_name"],
            row["title"],
            row["text"],
            row["counted_as"] or "",
            named(row, "occupation") if row["counted_as"] else "",
            "、".join(skills),
            row["heads"],
            row["pay_low"],
            row["pay_high"],
            named(row, "town") if row["town"] else "",
            row["source"],
            row["url"],
            row["industry"] or "",
            _("no") if row["duplicate_of"] else _("yes"),
            (row["occupation"] or "") if row["occupation_origin"] == LISTED else "",
            _origin(row["occupation_origin"]) if row["occupation"] else "",
        ]
        for row, skills in rows
    )
    return await files.table(heads, table, f"{_('Advertisements')}-{day(clock.today())}", form)


def _origin(name: str) -> str:
    return _(ORIGINS[name])


def _advertisements_wanted(
    request: WebRequest,
) -> tuple[queries_advertisements.AdvertisementFilter, dict[str, str]]:
    """What a list of advertisements shows, and the same as the address says it."""
    query = filters(request, queries_advertisements.AdvertisementFilter.__struct_fields__)
    texts = {name: text for name, text in query.items() if name != "counting"}
    return queries_advertisements.AdvertisementFilter(
        **texts, counting=query["counting"] == "1"
    ), query


ROUTES = [advertisements_page, advertisements_export]
