"""Pages of planning: the gaps of all specialties, what stands behind one, the factors of the
chain."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.forecasts.showing import lacking_yearly, yearly_picture, yearly_rows
from alliance.kit.forms import Form
from alliance.kit.language import N_, _, number
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, Year
from alliance.kit.web.pages import WebRequest, go, named, page, reads
from alliance.planning import actions, queries
from alliance.planning.gap import Factor, Row

KINDS = {
    "capture": N_("Capture: heads that are really taken on anew"),
    "level": N_("Level: openings at the secondary vocational level"),
    "retention": N_("Retention a year"),
    "progression": N_("Going on to higher education"),
    "staying": N_("Staying in the county"),
}
SMALL = 20
"""A cohort of fewer students is drawn dashed."""


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
    names = await queries.specialties(request.user)
    years = sorted({row.year for row in all_gaps.rows})
    chosen = year if year in years else _default_year(years, all_gaps.rows)
    rows = [_shown(row, names[row.specialty]) for row in all_gaps.rows if row.year == chosen]
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
        scale=_scale(rows),
        picture=_picture(rows),
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
    names = await queries.specialties(request.user)
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
    names = await queries.specialties(request.user)
    if found is None or specialty not in names or not queries.has_factors(found):
        raise Missing
    rows = [row for row in (await queries.county_gaps(found)).rows if row.specialty == specialty]
    if not rows:
        raise Missing
    years = [row.year for row in rows]
    chosen = year if year in years else _default_year(years, rows)
    row = next(row for row in rows if row.year == chosen)
    parts = queries.chain_of(found, specialty, chosen)
    shown = [_shown(one, names[specialty]) for one in rows]
    occupations = await queries.occupation_names(request.user)
    ahead = (await queries.yearly_of(request.user, found)).get(specialty)
    with_drivers = bool(found.drivers) and drivers == "1"
    back = f"/gaps?year={chosen}{'&drivers=1' if with_drivers else ''}"
    return page(
        request,
        "planning/gap.html",
        crumbs=[(_("Gaps by specialty"), back), (named(names[specialty]), None)],
        row=_shown(row, names[specialty]),
        rows=shown,
        scale=_scale(shown),
        years=years,
        year=chosen,
        run=found.run,
        parts=parts,
        names=occupations,
        employers=await queries.employers(request.user, [part["occupation"] for part in parts]),
        posts=await queries.posts_for(request.user, specialty),
        supply=_supply(found, row),
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


@get("/factors", guards=[may("gap.read")])
async def factors_page(request: WebRequest) -> Template:
    rows = await queries.factors(request.user)
    return page(
        request,
        "planning/factors.html",
        crumbs=[(_("Factors of need"), None)],
        rows=rows,
        kinds=KINDS,
        may_edit=request.user.role == "planner",
    )


@get("/factors/export", guards=[may("gap.read")])
async def factors_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    heads = [_("Kind"), _("Code"), _("Low"), _("Middle"), _("High"), _("Source"), _("Changed")]
    table: list[list[Cell]] = []
    for row in await queries.factors(request.user):
        label = KINDS[row["kind"]]
        table.append(
            [
                _(label),
                row["code"],
                row["low"],
                row["middle"],
                row["high"],
                row["source"],
                row["changed"],
            ]
        )
    return await files.table(heads, table, _("Factors of need"), form)


@get("/factors/new", guards=[may("factor.edit")])
async def new_factor_page(request: WebRequest) -> Template:
    return await _factor_form(request, Form({"kind": "capture"}), None)


@post("/factors", guards=[may("factor.edit")], status_code=200)
async def new_factor_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    kind = form.choice("kind", KINDS)
    known = await (
        queries.occupation_names if kind in ("capture", "level") else queries.specialties
    )(request.user)
    code = form.text("code", most=12)
    if not form.errors and not any(one.startswith(code) for one in known):
        form.error("code", _("No occupation or specialty begins with this code."))
    draft = _draft(form, kind, code)
    if draft is None:
        return await _factor_form(request, form, None, 422)
    try:
        await actions.add_factor(request.user, draft)
    except Refusal as refusal:
        form.refuse(refusal)
        return await _factor_form(request, form, None, refusal.status)
    return go(request, "/factors", _("The factor was added; the gaps follow it."))


@get("/factors/{factor_id:uuid}", guards=[may("factor.edit")])
async def factor_page(request: WebRequest, factor_id: FromPath[UUID]) -> Template:
    row = await queries.factor(request.user, factor_id)
    shown = {**row, **{name: number(row[name] * 100, 1) for name in ("low", "middle", "high")}}
    return await _factor_form(request, Form.showing(shown), row)


@post("/factors/{factor_id:uuid}", guards=[may("factor.edit")], status_code=200)
async def factor_form(request: WebRequest, factor_id: FromPath[UUID]) -> Template | Redirect:
    row = await queries.factor(request.user, factor_id)
    form = Form(await request.form())
    version = form.whole("version", least=1, most=10**9) or 0
    draft = _draft(form, row["kind"], row["code"])
    if draft is None:
        return await _factor_form(request, form, row, 422)
    try:
        await actions.change_factor(request.user, factor_id, version, draft)
    except Refusal as refusal:
        form.refuse(refusal)
        return await _factor_form(request, form, row, refusal.status)
    return go(request, "/factors", _("The factor was changed; the gaps follow it."))


async def _factor_form(
    request: WebRequest, form: Form, row: dict[str, Any] | None, status: int = 200
) -> Template:
    return page(
        request,
        "planning/factor.html",
        status=status,
        crumbs=[(_("Factors of need"), "/factors"), (_("Factor"), None)],
        form=form,
        factor=row,
        kinds=KINDS,
        history=await queries.factor_history(request.user, row["id"]) if row else [],
    )


def _draft(form: Form, kind: str, code: str) -> Factor | None:
    shares = {name: form.decimal(name, least=0.1, most=99.9) for name in ("low", "middle", "high")}
    source = form.text("source", most=300)
    low, middle, high = shares["low"], shares["middle"], shares["high"]
    if low is not None and middle is not None and high is not None and not low <= middle <= high:
        form.error("middle", _("The three shares must not fall: low, middle, high."))
    if form.failed or low is None or middle is None or high is None:
        return None
    return Factor(kind, code, float(low) / 100, float(middle) / 100, float(high) / 100, source)


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


def _shown(row: Row, names: dict[str, Any]) -> dict[str, Any]:
    lo95, lo80, median, hi80, hi95 = row.gap
    return {
        **msgspec.structs.asdict(row),
        "name_zh": names["name_zh"],
        "name_en": names["name_en"],
        "schools": names["schools"],
        "lo95": lo95,
        "lo80": lo80,
        "median": median,
        "hi80": hi80,
        "hi95": hi95,
        "pole": "teal" if lo80 > 0 else "seal" if hi80 < 0 else "dim",
    }


def _scale(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One scale for all bars: round ticks that hold the 95 % intervals, zero among them."""
    low, high = min(0.0, *(row["lo95"] for row in rows)), max(0.0, *(row["hi95"] for row in rows))
    steps = (size * base for size in (1, 10, 100, 1000, 10000) for base in (1, 2, 5))
    step = next((step for step in steps if (high - low) / step <= 6), 50000)
    first, last = int(low // step), int(-(-high // step))
    return {
        "low": first * step,
        "high": last * step,
        "ticks": [tick * step for tick in range(first, last + 1)],
    }


def _picture(rows: list[dict[str, Any]]) -> str:
    named_ones = _named_apart(rows)
    points = [
        {
            "name": named(row),
            "need": round(row["need"][1], 1),
            "lo_need": round(row["need"][0], 1),
            "hi_need": round(row["need"][2], 1),
            "entering": round(row["entering"][1], 1),
            "lo_entering": round(row["entering"][0], 1),
            "hi_entering": round(row["entering"][2], 1),
            "pole": {"teal": "teal-ink", "seal": "seal", "dim": "dim"}[row["pole"]],
            "small": row["students"] < SMALL,
            "named": row["specialty"] in named_ones,
            "tip": "\n".join(
                [
                    named(row),
                    f"{_('Need')} {number(row['need'][1])}",
                    f"{_('Entering work')} {number(row['entering'][1])}",
                ]
            ),
        }
        for row in rows
    ]
    words = {
        "need": _("need, persons a year"),
        "entering": _("graduates entering work"),
        "balance": _("balance"),
    }
    return msgspec.json.encode({"points": points, "words": words}).decode()


def _named_apart(rows: list[dict[str, Any]]) -> set[str]:
    """The specialties whose names are written into the picture: the largest first, none where
    another name stands already."""
    most = max((max(row["need"][2], row["entering"][2]) for row in rows), default=1.0) or 1.0
    found: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: -max(row["need"][1], row["entering"][1])):
        x, y = row["entering"][1], row["need"][1]
        if all(
            abs(y - one["need"][1]) > 0.05 * most or abs(x - one["entering"][1]) > 0.22 * most
            for one in found
        ):
            found.append(row)
    return {row["specialty"] for row in found}


def _supply(found: queries.County, row: Row) -> list[dict[str, Any]]:
    """The chain from students to graduates entering work, with the factor of each step."""
    from_factors = {
        kind: queries.factor_of(found, kind, row.specialty)
        for kind in ("retention", "progression", "staying")
    }
    return [
        {"kind": kind, **msgspec.structs.asdict(factor)} for kind, factor in from_factors.items()
    ]


ROUTES = [
    gaps_page,
    gaps_export,
    gap_page,
    factors_page,
    factors_export,
    new_factor_page,
    new_factor_form,
    factor_page,
    factor_form,
]
