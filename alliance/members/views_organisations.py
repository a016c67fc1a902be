"""Pages of organisations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import C_, _
from alliance.kit.policy import may
from alliance.kit.problems import ChangedMeanwhile, Missing, version_of
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.attempt import attempt
from alliance.kit.web.comparing import compared
from alliance.kit.web.lists import By, Column, Listing, Taken
from alliance.kit.web.pages import Crumb, WebRequest, go, named, page, permits
from alliance.members import actions, queries
from alliance.members.counting import ask_back
from alliance.members.model import KINDS, kind_label


def _columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(C_("organisation", "Name"), lambda row: row["name"]),
        Column(_("English name"), lambda row: row["name_en"]),
        Column(_("Kind"), lambda row: kind_label(row["kind"])),
        Column(_("Credit code"), lambda row: row["uscc"]),
        Column(_("Industry"), lambda row: named(row, "industry") if row["industry_zh"] else ""),
        Column(_("Town"), lambda row: named(row, "town") if row["town_zh"] else ""),
        Column(_("Staff"), lambda row: row["staff"]),
    )


LIST = Listing(
    queries.OrganisationFilter,
    _columns,
    name=lambda: _("Organisations"),
    choices={"kind": KINDS, "sort": queries.ORGANISATION_SORTS},
    by=lambda: {
        "kind": By(_("Kind"), {kind: kind_label(kind) for kind in KINDS}),
        "search": By(_("Name or credit code")),
    },
)


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Organisations"), "/organisations"), *more]


@get("/organisations", guards=[may("organisation.list")])
async def organisations_page(request: WebRequest, at: PageNumber = 1) -> Template:
    fetch = partial(queries.organisations, request.user)
    return page(
        request,
        "members/organisations.html",
        crumbs=[(_("Organisations"), None)],
        counts=await queries.organisations_by_kind(request.user),
        kinds=KINDS,
        **await LIST.page(LIST.asked(request), at, fetch),
    )


@get("/organisations/export", guards=[may("organisation.list")])
async def export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    return await LIST.export(request, partial(queries.organisations, request.user), form)


@get("/organisations/new", guards=[may("organisation.register")])
async def new_page(request: WebRequest) -> Template:
    return await _form_page(request, Form(), None)


@post("/organisations/new", guards=[may("organisation.register")], status_code=200)
async def new_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    draft = await _draft(request, form)
    if draft is not None:
        async with attempt(form, _namesake(request, draft)):
            identifier = await actions.register(request.user, draft)
            return go(
                request,
                f"/organisations/{identifier}",
                _("The organisation is registered. Invite its people next."),
            )
    return await _form_page(request, form, None, status=form.status)


@get("/organisations/{identifier:uuid}", guards=[may("organisation.list")])
async def organisation_page(request: WebRequest, identifier: FromPath[UUID]) -> Template:
    return await _organisation(request, identifier, Form({"counted_on": clock.today().isoformat()}))


@get("/organisations/{identifier:uuid}/edit", guards=[may("organisation.edit")])
async def edit_page(request: WebRequest, identifier: FromPath[UUID]) -> Template:
    row = await queries.organisation(request.user, identifier)
    _own(request, identifier)
    shown = {name: row[name] for name in _FIELDS}
    return await _form_page(request, Form.showing({**shown, "seen": version_of(shown)}), row)


@post("/organisations/{identifier:uuid}/edit", guards=[may("organisation.edit")], status_code=200)
async def edit_form(request: WebRequest, identifier: FromPath[UUID]) -> Template | Redirect:
    row = await queries.organisation(request.user, identifier)
    _own(request, identifier)
    form = Form(await request.form())
    draft = await _draft(request, form)
    if draft is not None:
        back = f"/organisations/{identifier}"
        try:
            async with attempt(form, _namesake(request, draft)):
                await actions.change(request.user, identifier, draft, form.value("seen"))
                return go(request, back, _("The changes are saved."))
        except ChangedMeanwhile as conflict:
            return await _compared(request, conflict, form, row["name"], back)
    return await _form_page(request, form, row, status=form.status)


@post("/organisations/{identifier:uuid}/staff", guards=[may("organisation.edit")], status_code=200)
async def staff_form(request: WebRequest, identifier: FromPath[UUID]) -> Template | Redirect:
    row = await queries.organisation(request.user, identifier)
    _own(request, identifier)
    form = Form(await request.form())
    counted_on, staff = form.day("counted_on"), form.whole("staff", least=0, most=200000)
    source = form.text("source", most=120, required=False)
    if counted_on is not None and counted_on > clock.today():
        form.error("counted_on", _("A count cannot be of a day to come."))
    if staff is not None:
        ask_back(form, "staff", row["counts"][0]["staff"] if row["counts"] else None, staff)
    if form.failed or counted_on is None or staff is None:
        return await _organisation(request, identifier, form, status=422)
    async with attempt(form):
        await actions.record_staff(request.user, identifier, counted_on, staff, source)
        return go(
            request,
            f"/organisations/{identifier}",
            _("The staff count is kept; caps use it from now on."),
        )
    return await _organisation(request, identifier, form, status=form.status)


async def _compared(
    request: WebRequest, conflict: ChangedMeanwhile, form: Form, title: str, back: str
) -> Template:
    industries, towns = await queries.choices(request.user)
    words = {
        "kind": {kind: kind_label(kind) for kind in KINDS},
        "industry": {one["code"]: f"{one['code']} · {named(one)}" for one in industries},
        "town": {one["code"]: named(one) for one in towns},
    }
    return compared(
        request,
        conflict,
        form,
        title=title,
        back=back,
        crumbs=_crumbs((title, back)),
        labels={
            "kind": _("Kind"),
            "name": C_("organisation", "Name"),
            "name_en": _("English name"),
            "uscc": _("Credit code"),
            "industry": _("Industry"),
            "town": _("Town"),
            "address": _("Address"),
        },
        say=lambda name, value: words.get(name, {}).get(value, value),
    )


_FIELDS = ("kind", "name", "name_en", "uscc", "industry", "town", "address")


def _namesake(
    request: WebRequest, draft: actions.OrganisationDraft
) -> Callable[[], Awaitable[str]]:
    """Where the organisation is that has this credit code already."""

    async def existing() -> str:
        found = await queries.organisation_of_code(request.user, draft.uscc)
        return "" if found is None else f"/organisations/{found}"

    return existing


async def _draft(request: WebRequest, form: Form) -> actions.OrganisationDraft | None:
    industries, towns = await queries.choices(request.user)
    kind = form.choice("kind", KINDS)
    code = form.text("uscc", most=18).upper()
    try:
        if code:
            code = uscc.validate(code)
    except ValidationError:
        form.error(
            "uscc",
            _(
                "This is not a unified social credit code: 18 characters, of which the last checks "
                "the others."
            ),
        )
    industry = form.choice(
        "industry", {row["code"] for row in industries} | ({""} if kind != "enterprise" else set())
    )
    draft = {
        "kind": kind,
        "name": form.text("name", most=120),
        "name_en": form.text("name_en", most=160, required=False),
        "uscc": code,
        "industry": industry or None,
        "town": form.choice("town", {row["code"] for row in towns} | {""}) or None,
        "address": form.text("address", most=200, required=False),
    }
    return None if form.failed else actions.OrganisationDraft(**draft)  # type: ignore[arg-type]  # checked above, field by field


async def _form_page(
    request: WebRequest, form: Form, row: dict[str, Any] | None, status: int = 200
) -> Template:
    industries, towns = await queries.choices(request.user)
    crumbs = (
        _crumbs((row["name"], f"/organisations/{row['id']}"), (_("Edit"), None))
        if row
        else _crumbs((_("New"), None))
    )
    return page(
        request,
        "members/organisation_form.html",
        status=status,
        crumbs=crumbs,
        form=form,
        row=row,
        kinds=KINDS,
        industries=industries,
        towns=towns,
    )


async def _organisation(
    request: WebRequest, identifier: UUID, form: Form, status: int = 200
) -> Template:
    row = await queries.organisation(request.user, identifier)
    own = permits(request, "organisation.edit") and (
        request.user.role == "secretary" or identifier == request.user.organisation
    )
    return page(
        request,
        "members/organisation.html",
        status=status,
        crumbs=_crumbs((row["name"], None)),
        row=row,
        form=form,
        own=own,
        today=clock.today(),
    )


def _own(request: WebRequest, organisation: UUID) -> None:
    if request.user.role != "secretary" and organisation != request.user.organisation:
        raise Missing


ROUTES = [
    organisations_page,
    export,
    new_page,
    new_form,
    organisation_page,
    edit_page,
    edit_form,
    staff_form,
]
