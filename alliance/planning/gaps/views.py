"""Gaps of all specialties, and what stands behind one."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.response import Response, Template

from alliance.forecasts.showing import lacking_yearly, yearly_picture, yearly_rows
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Missing
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, Year
from alliance.kit.web.pages import WebRequest, named, page, reads
from alliance.planning import naming
from alliance.planning.gaps import queries
from alliance.planning.gaps.showing import SMALL, picture_of, scale_of, shown_row, supply_of


@get("/gaps", guards=[may("gap.read")])
@reads
async def gaps_page(request: WebRequest, year: Year = None, drivers: Choice = "") -> Template:
    found = await queries.county(request.user, drivers=drivers == "1")
    if found is None or not found.cohorts or not queries.has_factors(found):
        return page(
            request,
            "planning/empty.html",
            crumbs=[(_("Gaps by specialty"), None)],
            run=found and found.run,
            lacks_factors=bool(found and not queries.has_factors(found)),
        )
    all_gaps = await queries.county_gaps(found)
    names = await naming.specialties(request.user)
    years = sorted({row.year for row in all_gaps.rows})
    chosen = year if year in years else _default_year(years, all_gaps.rows)
    rows = [shown_row(row, names[row.specialty]) for row in all_gaps.rows if row.year == chosen]
    rows.sort(key=lambda row: (-row["shortage"], -row["median"]))
    return page(
        request,
        "planning/gaps.html",
        crumbs=[(_("Gaps by specialty"), None)],
        rows=rows,
        years=years,
        year=chosen,
        run=found.run,
        without=all_gaps.without[chosen],
        total=all_gaps.total[chosen],
        scale=scale_of(rows),
        picture=picture_of(rows),
        small=SMALL,
        enrolled=any(row["enrolled"] for row in rows),
        drivers=found.drivers,
        with_drivers=bool(found.drivers) and drivers == "1",
    )


@get("/gaps/export", guards=[may("gap.read")])
async def gaps_export(
    request: WebRequest, form: Choice = "xlsx", drivers: Choice = ""
) -> Response[bytes]:
    found = await queries.county(request.user, drivers=drivers == "1")
    if found is None or not queries.has_factors(found):
        raise Missing(_("Gaps need a forecast run and a factor of every kind."))
    names = await naming.specialties(request.user)
    heads = [
        _("Year"),
        _("Code"),
        _("Specialty"),
        _("Students"),
        _("Enrolled already"),
        _("Need"),
        _("Need, 80% from"),
        _("Need, 80% to"),
        _("Entering work"),
        _("Entering, 80% from"),
        _("Entering, 80% to"),
        _("Gap"),
        _("Gap, 80% from"),
        _("Gap, 80% to"),
        _("Gap, 95% from"),
        _("Gap, 95% to"),
        _("Probability of shortage"),
        _("Growth at members"),
        _("Growth, 80% from"),
        _("Growth, 80% to"),
        _("Replacement at members"),
        _("Replacement, 80% from"),
        _("Replacement, 80% to"),
    ]
    ahead = await queries.yearly_of(request.user, found)
    table: list[list[Cell]] = [
        [
            row.year,
            row.specialty,
            named(names[row.specialty]),
            row.students,
            _("yes") if row.enrolled else _("no"),
            row.need[1],
            row.need[0],
            row.need[2],
            row.entering[1],
            row.entering[0],
            row.entering[2],
            row.gap[2],
            row.gap[1],
            row.gap[3],
            row.gap[0],
            row.gap[4],
            row.shortage,
            *_yearly_cells(ahead.get(row.specialty), row.year),
        ]
        for row in (await queries.county_gaps(found)).rows
    ]
    return await files.table(heads, table, f"{_('Gaps by specialty')}-{found.run['number']}", form)


@get("/gaps/{specialty:str}", guards=[may("gap.read")])
@reads
async def gap_page(
    request: WebRequest, specialty: Code, year: Year = None, drivers: Choice = ""
) -> Template:
    found = await queries.county(request.user, drivers=drivers == "1")
    names = await naming.specialties(request.user)
    if found is None or specialty not in names or not queries.has_factors(found):
        raise Missing
    rows = [row for row in (await queries.county_gaps(found)).rows if row.specialty == specialty]
    if not rows:
        raise Missing
    years = [row.year for row in rows]
    chosen = year if year in years else _default_year(years, rows)
    row = next(row for row in rows if row.year == chosen)
    parts = queries.chain_of(found, specialty, chosen)
    shown = [shown_row(one, names[specialty]) for one in rows]
    occupations = await naming.occupation_names(request.user)
    ahead = (await queries.yearly_of(request.user, found)).get(specialty)
    with_drivers = bool(found.drivers) and drivers == "1"
    back = f"/gaps?year={chosen}{'&drivers=1' if with_drivers else ''}"
    return page(
        request,
        "planning/gap.html",
        crumbs=[(_("Gaps by specialty"), back), (named(names[specialty]), None)],
        row=shown_row(row, names[specialty]),
        rows=shown,
        scale=scale_of(shown),
        years=years,
        year=chosen,
        run=found.run,
        parts=parts,
        names=occupations,
        employers=await queries.employers(request.user, [part["occupation"] for part in parts]),
        posts=await queries.posts_for(request.user, specialty),
        supply=supply_of(found, row),
        classes=[
            one
            for one in found.classes
            if one["specialty"] == specialty and one["entry_year"] + one["years"] == chosen
        ],
        drivers=found.drivers,
        with_drivers=with_drivers,
        driven=await queries.driven(request.user, found, parts, chosen),
        yearly=None,
        basis=found.run["yearly"],
        lacking=lacking_yearly(found.run["yearly"]),
        yearly_table=yearly_rows(ahead) if ahead else [],
        yearly_picture=yearly_picture(ahead) if ahead else "",
    )


def _yearly_cells(ahead: dict[str, dict[str, Any]] | None, year: int) -> list[Cell]:
    """Growth and replacement of one year with their 80 % ends; empty where they are not known."""
    if ahead is None or str(year) not in ahead["growth"]["periods"]:
        return [None] * 6
    at = ahead["growth"]["periods"].index(str(year))
    return [
        ahead[kind][name][at]
        for kind in ("growth", "replacement")
        for name in ("mean", "lo80", "hi80")
    ]


def _default_year(years: list[int], rows: Any) -> int:
    """The year of graduation that can still be planned: the first without enrolled students, else
    the last."""
    open_years = [row.year for row in rows if not row.enrolled]
    return min(open_years) if open_years else years[-1]


ROUTES = [gaps_page, gaps_export, gap_page]
