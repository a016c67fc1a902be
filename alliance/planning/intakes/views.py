"""Intakes so far and the county's junior-secondary leavers: what the next intakes follow from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import ChangedMeanwhile, version_of
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.attempt import attempt
from alliance.kit.web.comparing import compared
from alliance.kit.web.lists import Column, Listing, Taken, held
from alliance.kit.web.pages import Crumb, WebRequest, go, named, page, reads
from alliance.planning import naming
from alliance.planning.gaps import queries as gaps
from alliance.planning.intake import Leavers
from alliance.planning.intakes import actions, queries
from alliance.planning.supply import entry_of

FIRST_YEAR, LAST_YEAR = 2000, 2100


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """In which order a list stands."""

    sort: str = ""
    down: bool = False


SORTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "specialty": lambda row: row["code"],
    "latest": lambda row: row["line"][max(row["line"])] if row["line"] else None,
    "next": lambda row: row["next"][1] if row["next"] else None,
}
LEAVERS_SORTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "year": lambda row: row["year"],
    "middle": lambda row: row["middle"],
}


def _columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(_("Code"), lambda row: row["code"]),
        Column(_("Specialty"), named),
        Column(_("Year of entry"), lambda row: row["year"]),
        Column(_("Students"), lambda row: row["students"]),
        Column(_("Source"), lambda row: row["source"]),
    )


def _leavers_columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(_("Year"), lambda row: row["year"]),
        Column(_("Low"), lambda row: row["low"]),
        Column(_("Middle"), lambda row: row["middle"]),
        Column(_("High"), lambda row: row["high"]),
        Column(_("Source"), lambda row: row["source"]),
        Column(_("Changed"), lambda row: row["changed"]),
    )


LIST: Listing[Wanted, dict[str, Any]] = Listing(
    Wanted, _columns, name=lambda: _("Intakes"), choices={"sort": SORTS}, per_page=100
)
LEAVERS_LIST: Listing[Wanted, dict[str, Any]] = Listing(
    Wanted,
    _leavers_columns,
    name=lambda: _("Junior-secondary leavers"),
    choices={"sort": LEAVERS_SORTS},
    per_page=100,
)


async def _rows(request: WebRequest, known: queries.Ahead) -> list[dict[str, Any]]:
    """A row for each specialty: its intakes by year, those that were typed, the next."""
    names = await naming.specialties(request.user)
    typed = {(row["specialty"], row["entry_year"]): row for row in await _typed(request)}
    return [
        {
            **names[specialty],
            "line": line,
            "typed": {year: typed.get((specialty, year)) for year in line},
            "next": known.expected.get(specialty),
        }
        for specialty, line in sorted(known.intakes.items())
    ]


@get("/intakes", guards=[may("gap.read")])
@reads
async def intakes_page(request: WebRequest, at: PageNumber = 1) -> Template:
    known = await queries.ahead(request.user)
    intakes = known.intakes
    years = sorted({year for line in intakes.values() for year in line})
    found = await LIST.page(LIST.asked(request), at, held(await _rows(request, known), SORTS))
    return page(
        request,
        "planning/intakes.html",
        crumbs=[(_("Intakes and leavers"), None)],
        years=years,
        sums=[sum(line.get(year, 0) for line in intakes.values()) for year in years],
        leavers=await queries.leavers_rows(request.user),
        expected=known.expected,
        linked=await gaps.specialties_with_gaps(request.user),
        without=known.without,
        **found,
    )


@get("/intakes/export", guards=[may("gap.read")])
async def intakes_export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    """What the page shows, one line a specialty and year of entry."""
    rows = held(await _rows(request, await queries.ahead(request.user)), SORTS)

    async def fetch(wanted: Wanted, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        specialties, _total = await rows(wanted, LIST.most, 0)
        lines = [
            {
                **row,
                "year": year,
                "students": round(students),
                "source": (row["typed"][year] or {}).get("source", _("rosters of the hub")),
            }
            for row in specialties
            for year, students in sorted(row["line"].items())
        ]
        return lines[offset : offset + limit], len(lines)

    return await LIST.export(request, fetch, form)


@get("/intakes/leavers/export", guards=[may("gap.read")])
async def leavers_export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    rows = await queries.leavers_rows(request.user)
    return await LEAVERS_LIST.export(request, held(rows, LEAVERS_SORTS), form)


@get("/intakes/leavers/new", guards=[may("factor.edit")])
async def new_leavers_page(request: WebRequest) -> Template:
    return _leavers_page(request, Form({}), None)


@post("/intakes/leavers", guards=[may("factor.edit")], status_code=200)
async def new_leavers_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    draft = _leavers_of(form)
    if draft is None:
        return _leavers_page(request, form, None, form.status)
    async with attempt(form):
        await actions.add_leavers(request.user, draft)
        return go(request, "/intakes", _("The year was added; intakes to come follow it."))
    return _leavers_page(request, form, None, form.status)


@get("/intakes/leavers/{leavers_id:uuid}", guards=[may("factor.edit")])
async def leavers_page(request: WebRequest, leavers_id: FromPath[UUID]) -> Template:
    row = await queries.leavers_row(request.user, leavers_id)
    return _leavers_page(request, _showing(row, actions.LEAVERS), row)


@post("/intakes/leavers/{leavers_id:uuid}", guards=[may("factor.edit")], status_code=200)
async def leavers_form(request: WebRequest, leavers_id: FromPath[UUID]) -> Template | Redirect:
    row = await queries.leavers_row(request.user, leavers_id)
    form = Form(await request.form())
    draft = _leavers_of(form)
    if draft is None:
        return _leavers_page(request, form, row, form.status)
    try:
        async with attempt(form):
            await actions.change_leavers(request.user, leavers_id, form.value("seen"), draft)
            return go(request, "/intakes", _("The year was changed; intakes to come follow it."))
    except ChangedMeanwhile as conflict:
        return compared(
            request,
            conflict,
            form,
            title=_("Junior-secondary leavers of %(year)s", year=row["year"]),
            back=f"/intakes/leavers/{leavers_id}",
            crumbs=_crumbs(_("Junior-secondary leavers")),
            labels=_leavers_labels(),
        )
    return _leavers_page(request, form, row, form.status)


@post("/intakes/leavers/{leavers_id:uuid}/remove", guards=[may("factor.edit")])
async def remove_leavers_form(request: WebRequest, leavers_id: FromPath[UUID]) -> Redirect:
    await actions.remove_leavers(request.user, leavers_id)
    return go(request, "/intakes", _("The year was removed."))


@get("/intakes/new", guards=[may("factor.edit")])
async def new_intake_page(request: WebRequest) -> Template:
    return await _intake_page(request, Form({}), None)


@post("/intakes", guards=[may("factor.edit")], status_code=200)
async def new_intake_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    specialty = form.choice("specialty", await naming.specialties(request.user))
    year = form.whole("entry_year", least=FIRST_YEAR, most=entry_of(clock.today()))
    students, source = _intake_of(form)
    if form.failed or year is None or students is None:
        return await _intake_page(request, form, None, form.status)
    async with attempt(form):
        await actions.add_intake(request.user, specialty, year, students, source)
        return go(request, "/intakes", _("The intake was added; intakes to come follow it."))
    return await _intake_page(request, form, None, form.status)


@get("/intakes/{intake_id:uuid}", guards=[may("factor.edit")])
async def intake_page(request: WebRequest, intake_id: FromPath[UUID]) -> Template:
    row = await queries.typed_row(request.user, intake_id)
    return await _intake_page(request, _showing(row, actions.INTAKE[2:]), row)


@post("/intakes/{intake_id:uuid}", guards=[may("factor.edit")], status_code=200)
async def intake_form(request: WebRequest, intake_id: FromPath[UUID]) -> Template | Redirect:
    row = await queries.typed_row(request.user, intake_id)
    form = Form(await request.form())
    students, source = _intake_of(form)
    if form.failed or students is None:
        return await _intake_page(request, form, row, form.status)
    try:
        async with attempt(form):
            await actions.change_intake(
                request.user, intake_id, form.value("seen"), students, source
            )
            return go(request, "/intakes", _("The intake was changed; intakes to come follow it."))
    except ChangedMeanwhile as conflict:
        return compared(
            request,
            conflict,
            form,
            title=_("Intake of %(year)s: %(name)s", year=row["entry_year"], name=named(row)),
            back=f"/intakes/{intake_id}",
            crumbs=_crumbs(_("Intake")),
            labels={"students": _("Students"), "source": _("Source")},
        )
    return await _intake_page(request, form, row, form.status)


@post("/intakes/{intake_id:uuid}/remove", guards=[may("factor.edit")])
async def remove_intake_form(request: WebRequest, intake_id: FromPath[UUID]) -> Redirect:
    await actions.remove_intake(request.user, intake_id)
    return go(request, "/intakes", _("The intake was removed; what rosters tell counts again."))


def _showing(row: dict[str, Any], names: Sequence[str]) -> Form:
    """A form with these values of a row, and the version of them that its editor sees."""
    shown = {name: row[name] for name in names}
    return Form.showing({**shown, "seen": version_of(shown)})


def _crumbs(last: str) -> list[Crumb]:
    return [(_("Intakes and leavers"), "/intakes"), (last, None)]


def _leavers_labels() -> dict[str, str]:
    return {
        "year": _("Year"),
        "low": _("Low"),
        "middle": _("Middle"),
        "high": _("High"),
        "source": _("Source"),
    }


async def _typed(request: WebRequest) -> list[dict[str, Any]]:
    return await queries.typed_rows(request.user)


def _leavers_of(form: Form) -> Leavers | None:
    year = form.whole("year", least=FIRST_YEAR, most=LAST_YEAR)
    low, middle, high = (
        form.whole(name, least=1, most=10**7) for name in ("low", "middle", "high")
    )
    source = form.text("source", most=300)
    if low is not None and middle is not None and high is not None and not low <= middle <= high:
        form.error("middle", _("The three numbers must not fall: low, middle, high."))
    if form.failed or year is None or low is None or middle is None or high is None:
        return None
    return Leavers(year, low, middle, high, source)


def _intake_of(form: Form) -> tuple[int | None, str]:
    return form.whole("students", least=0, most=100_000), form.text("source", most=300)


def _leavers_page(
    request: WebRequest, form: Form, row: dict[str, Any] | None, status: int = 200
) -> Template:
    return page(
        request,
        "planning/leavers.html",
        status=status,
        crumbs=_crumbs(_("Junior-secondary leavers")),
        labels=_leavers_labels(),
        form=form,
        row=row,
    )


async def _intake_page(
    request: WebRequest, form: Form, row: dict[str, Any] | None, status: int = 200
) -> Template:
    return page(
        request,
        "planning/intake.html",
        status=status,
        crumbs=_crumbs(_("Intake")),
        form=form,
        row=row,
        specialties=[
            (code, f"{named(one)} · {code}")
            for code, one in (await naming.specialties(request.user)).items()
        ],
    )


ROUTES = [
    intakes_page,
    intakes_export,
    leavers_export,
    new_leavers_page,
    new_leavers_form,
    leavers_page,
    leavers_form,
    remove_leavers_form,
    new_intake_page,
    new_intake_form,
    intake_page,
    intake_form,
    remove_intake_form,
]
