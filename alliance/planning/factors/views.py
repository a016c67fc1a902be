"""Factors of the chain from demand to gaps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.forms import Form
from alliance.kit.language import N_, _, word
from alliance.kit.policy import may
from alliance.kit.problems import ChangedMeanwhile, version_of
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.attempt import attempt
from alliance.kit.web.comparing import compared
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
from alliance.kit.web.pages import WebRequest, go, named, page
from alliance.planning import naming
from alliance.planning.factor import Factor
from alliance.planning.factors import actions, queries

KINDS = {
    "capture": N_("Capture: heads that are really taken on anew"),
    "level": N_("Level: openings at the secondary vocational level"),
    "retention": N_("Retention a year"),
    "progression": N_("Going on to higher education"),
    "staying": N_("Staying in the county"),
}


def _columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(_("Kind"), lambda row: word(KINDS, row["kind"])),
        Column(_("Code"), lambda row: row["code"]),
        Column(_("Name"), lambda row: named(row) if row["name_zh"] else ""),
        Column(_("Low"), lambda row: row["low"]),
        Column(_("Middle"), lambda row: row["middle"]),
        Column(_("High"), lambda row: row["high"]),
        Column(_("Source"), lambda row: row["source"]),
        Column(_("Changed"), lambda row: row["changed"]),
    )


LIST = Listing(
    queries.Wanted,
    _columns,
    name=lambda: _("Factors of need"),
    choices={"kind": KINDS, "sort": queries.SORTS},
    by=lambda: {"kind": By(_("Kind"), KINDS), "search": By(_("Search"))},
    per_page=100,
)


def _fetch(request: WebRequest) -> Fetch[queries.Wanted, dict[str, Any]]:
    return lambda wanted, limit, offset: queries.factors_wanted(
        request.user, wanted, limit=limit, offset=offset
    )


@get("/factors", guards=[may("gap.read")])
async def factors_page(request: WebRequest, at: PageNumber = 1) -> Template:
    return page(
        request,
        "planning/factors.html",
        crumbs=[(_("Factors of need"), None)],
        kinds=KINDS,
        **await LIST.page(LIST.asked(request), at, _fetch(request)),
    )


@get("/factors/export", guards=[may("gap.read")])
async def factors_export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    return await LIST.export(request, _fetch(request), form)


@get("/factors/new", guards=[may("factor.edit")])
async def new_factor_page(request: WebRequest) -> Template:
    return await _factor_form(request, Form({"kind": "capture"}), None)


@post("/factors", guards=[may("factor.edit")], status_code=200)
async def new_factor_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    kind = form.choice("kind", KINDS)
    known = await (naming.occupation_names if kind in ("capture", "level") else naming.specialties)(
        request.user
    )
    code = form.text("code", most=12)
    if not form.errors and not any(one.startswith(code) for one in known):
        form.error("code", _("No occupation or specialty begins with this code."))
    draft = _draft(form, kind, code)
    if draft is None:
        return await _factor_form(request, form, None, form.status)

    async def existing() -> str:
        factors = await queries.factors(request.user)
        same = (row["id"] for row in factors if (row["kind"], row["code"]) == (kind, code))
        return next((f"/factors/{factor_id}" for factor_id in same), "")

    async with attempt(form, existing):
        await actions.add_factor(request.user, draft)
        return go(request, "/factors", _("The factor was added; the gaps follow it."))
    return await _factor_form(request, form, None, form.status)


@get("/factors/{factor_id:uuid}", guards=[may("factor.edit")])
async def factor_page(request: WebRequest, factor_id: FromPath[UUID]) -> Template:
    row = await queries.factor(request.user, factor_id)
    shown = actions.shown_of(row)
    return await _factor_form(request, Form.showing({**shown, "seen": version_of(shown)}), row)


@post("/factors/{factor_id:uuid}", guards=[may("factor.edit")], status_code=200)
async def factor_form(request: WebRequest, factor_id: FromPath[UUID]) -> Template | Redirect:
    row = await queries.factor(request.user, factor_id)
    form = Form(await request.form())
    draft = _draft(form, row["kind"], row["code"])
    if draft is None:
        return await _factor_form(request, form, row, form.status)
    try:
        async with attempt(form):
            await actions.change_factor(request.user, factor_id, form.value("seen"), draft)
            return go(request, "/factors", _("The factor was changed; the gaps follow it."))
    except ChangedMeanwhile as conflict:
        label = KINDS[row["kind"]]
        return compared(
            request,
            conflict,
            form,
            title=_(label),
            back=f"/factors/{factor_id}",
            crumbs=[(_("Factors of need"), "/factors"), (_("Factor"), None)],
            labels={
                "low": _("Low"),
                "middle": _("Middle"),
                "high": _("High"),
                "source": _("Source"),
            },
        )
    return await _factor_form(request, form, row, form.status)


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


ROUTES = [factors_page, factors_export, new_factor_page, new_factor_form, factor_page, factor_form]
