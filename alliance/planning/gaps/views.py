"""Gaps of all specialties, and what stands behind one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from litestar import get
from litestar.response import Response, Template

from alliance.forecasts.showing import lacking_yearly, yearly_picture, yearly_rows
from alliance.kit.language import N_, _
from alliance.kit.policy import may
from alliance.kit.problems import Missing
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, Year
from alliance.kit.web.lists import By, Column, Listing, Taken, held
from alliance.kit.web.pages import WebRequest, named, page, reads
from alliance.planning import naming
from alliance.planning.gap import Row, chain
from alliance.planning.gaps import queries
from alliance.planning.gaps.exporting import (
    COLUMNS,
    SORTS,
    Wanted,
    one_specialty,
    taught_in_order,
    whole_table,
)
from alliance.planning.gaps.showing import (
    SMALL,
    before_factors,
    picture_of,
    scale_of,
    shown_row,
    shown_total,
    sums_of,
    untaught_of,
)
from alliance.planning.intake import expected_intake
from alliance.planning.need import guessed_parts
from alliance.planning.sensitivity import swings_of

FOREMOST_UNLINKED = 5
SWINGS = {
    "capture": N_("Capture: heads that are really taken on anew"),
    "level": N_("Level: openings at the secondary vocational level"),
    "retention": N_("Retention a year"),
    "progression": N_("Going on to higher education"),
    "staying": N_("Staying in the county"),
    "advertised": N_("Advertised heads"),
    "openings": N_("Openings at members"),
    "hires": N_("Hires that planners know of"),
    "intake": N_("Intake to come"),
}


ON_PAPER = {
    "Year",
    "Row",
    "Specialty",
    "Need",
    "Entering work",
    "Gap",
    "Gap, 80% from",
    "Gap, 80% to",
    "Probability of shortage",
    "Gap in seats",
}
"""Columns of the table that fit on paper."""


def _columns() -> Iterator[Column[Sequence[Cell]]]:
    for at, label in enumerate(COLUMNS):
        yield Column(_(label), itemgetter(at), paper=label in ON_PAPER)


LIST: Listing[Wanted, Sequence[Cell]] = Listing(
    Wanted,
    _columns,
    name=lambda: _("Gaps by specialty"),
    choices={"sort": SORTS},
    by=lambda: {"year": By(_("Year of graduation")), "drivers": By(_("With drivers"))},
    per_page=500,
    most=20_000,
)


@get("/gaps", guards=[may("gap.read")])
@reads
async def gaps_page(request: WebRequest, year: Year = None, drivers: Choice = "") -> Template:
    found = await queries.county(request.user, drivers=drivers == "1")
    if found is None or not found.given.cohorts or not queries.has_factors(found):
        return page(
            request,
            "planning/empty.html",
            crumbs=[(_("Gaps by specialty"), None)],
            run=found and found.run,
            lacks_factors=bool(found and not queries.has_factors(found)),
        )
    all_gaps = await queries.county_gaps(found)
    names = await naming.specialties(request.user)
    occupations = await naming.occupation_names(request.user)
    years = sorted(all_gaps.total)
    chosen = year if year in years else _default_year(years, all_gaps.rows)
    mine = [row for row in all_gaps.rows if row.year == chosen]
    asked = LIST.asked(request)
    taught = taught_in_order(mine, asked.wanted)
    rows = [shown_row(row, names[row.specialty]) for row in taught]
    guessed = guessed_parts(
        found.given.wanted,
        found.given.links,
        found.given.factors,
        chosen,
        await queries.guessed(request.user),
    )
    return page(
        request,
        "planning/gaps.html",
        crumbs=[(_("Gaps by specialty"), None)],
        query={**asked.query, "year": str(chosen)},
        rows=rows,
        guessed=guessed,
        untaught=untaught_of(all_gaps, found.given, chosen, names, occupations),
        taught_sum=sums_of(taught),
        untaught_sum=sums_of([row for row in mine if not row.taught]),
        unlinked=shown_total(all_gaps.unlinked[chosen]),
        unlinked_foremost=[
            (part.occupation, occupations[part.occupation], part.part)
            for part in chain(found.given, "", chosen)[:FOREMOST_UNLINKED]
            if part.part
        ],
        total=shown_total(all_gaps.total[chosen]),
        before=before_factors(found.given, chosen),
        years=years,
        year=chosen,
        run=found.run,
        has_openings=found.openings is not None,
        scale=scale_of(rows),
        picture=picture_of(rows),
        small=SMALL,
        enrolled=any(row["enrolled"] for row in rows),
        intake=_common_intake(taught, chosen),
        drivers=found.drivers,
        with_drivers=bool(found.drivers) and drivers == "1",
    )


@get("/gaps/export", guards=[may("gap.read")])
async def gaps_export(request: WebRequest, form: Choice = "xlsx", drivers: Choice = "") -> Taken:
    found = await queries.county(request.user, drivers=drivers == "1")
    if found is None or not queries.has_factors(found):
        raise Missing(_("Gaps need a forecast run and a factor of every kind."))
    all_gaps = await queries.county_gaps(found)
    read = await queries.guessed(request.user)
    table = whole_table(
        all_gaps,
        await queries.yearly_of(found),
        await naming.specialties(request.user),
        {
            year: guessed_parts(
                found.given.wanted, found.given.links, found.given.factors, year, read
            )
            for year in all_gaps.total
        },
        LIST.asked(request).wanted,
    )
    return await LIST.export(request, held(table), form, of=str(found.run.number))


@get("/gaps/{specialty:str}", guards=[may("gap.read")])
@reads
async def gap_page(
    request: WebRequest, specialty: Code, year: Year = None, drivers: Choice = ""
) -> Template:
    found, rows = await _one(request, specialty, drivers)
    names = await naming.specialties(request.user)
    years = [row.year for row in rows]
    chosen = year if year in years else _default_year(years, rows)
    row = next(row for row in rows if row.year == chosen)
    parts = chain(found.given, specialty, chosen)
    shown = [shown_row(one, names[specialty]) for one in rows]
    occupations = await naming.occupation_names(request.user)
    ahead = (await queries.yearly_of(found)).get(specialty)
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
        guessed=await queries.guessed(request.user),
        has_openings=found.openings is not None,
        names=occupations,
        employers=await queries.employers(request.user, [part.occupation for part in parts]),
        posts=await queries.posts_for(request.user, specialty),
        sources={
            kind: queries.factor_of(found, kind, specialty)
            for kind in ("retention", "progression", "staying")
        },
        classes=[
            one
            for one in found.classes
            if one["specialty"] == specialty and one["entry_year"] + one["years"] == chosen
        ],
        intakes=_intakes(found, specialty, rows),
        leavers=found.given.leavers,
        by_share=found.given.outlook.by_share,
        without=found.given.outlook.without,
        swings=swings_of(found.given, specialty, chosen),
        swing_words=SWINGS,
        drivers=found.drivers,
        with_drivers=with_drivers,
        driven=await queries.driven(request.user, found, parts, chosen),
        yearly=None,
        basis=found.run.yearly,
        lacking=lacking_yearly(found.run.yearly),
        yearly_table=yearly_rows(ahead) if ahead else [],
        yearly_picture=yearly_picture(ahead) if ahead else "",
    )


@get("/gaps/{specialty:str}/export", guards=[may("gap.read")])
async def gap_export(
    request: WebRequest,
    specialty: Code,
    year: Year = None,
    form: Choice = "xlsx",
    drivers: Choice = "",
) -> Response[bytes]:
    found, rows = await _one(request, specialty, drivers)
    years = [row.year for row in rows]
    chosen = year if year in years else _default_year(years, rows)
    heads, table = one_specialty(
        next(row for row in rows if row.year == chosen),
        chain(found.given, specialty, chosen),
        await naming.occupation_names(request.user),
        await queries.guessed(request.user),
    )
    return await files.table(heads, table, f"{specialty}-{chosen}", form)


async def _one(
    request: WebRequest, specialty: str, drivers: str
) -> tuple[queries.County, list[Row]]:
    """The county's inputs and the rows of one specialty by year. Raises Missing without any."""
    found = await queries.county(request.user, drivers=drivers == "1")
    if found is None or not queries.has_factors(found):
        raise Missing
    rows = [row for row in (await queries.county_gaps(found)).rows if row.specialty == specialty]
    if not rows:
        raise Missing
    return found, rows


def _intakes(found: queries.County, specialty: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Every intake so far, and the next one that nobody has begun yet, by year of entry."""
    line = found.intakes.get(specialty, {})
    leavers = found.given.leavers
    shown = [
        {
            "year": year,
            "students": students,
            "known": True,
            "share": students / leavers[year].middle if year in leavers else None,
        }
        for year, students in sorted(line.items())
    ]
    cohort = next(
        (
            one
            for one in found.given.cohorts
            if one.specialty == specialty and not one.enrolled and one.students
        ),
        None,
    )
    if cohort is not None and specialty in found.given.outlook.levels:
        entry = cohort.year - cohort.length
        students = expected_intake(found.given.outlook, specialty, entry, leavers)
        shown.append({"year": entry, "students": round(students), "known": False, "share": None})
    return shown


def _common_intake(rows: Sequence[Row], year: int) -> int | None:
    """The year of entry of all who graduate in a year; None where programmes differ in length."""
    lengths = {supply.length for row in rows for supply in row.supplies}
    return year - lengths.pop() if len(lengths) == 1 else None


def _default_year(years: Sequence[int], rows: Sequence[Row]) -> int:
    """The year of graduation that can still be planned: the first without enrolled students, else
    the last."""
    open_years = [row.year for row in rows if row.taught and not row.enrolled]
    return min(open_years) if open_years else years[-1]


ROUTES = [gaps_page, gaps_export, gap_page, gap_export]
