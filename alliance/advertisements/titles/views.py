"""Pages of titles without a code: what each counts as, and confirming it."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from alliance.advertisements.heading import crumbs
from alliance.advertisements.titles import actions, queries
from alliance.advertisements.titles.queries import Title, TitleFilter
from alliance.kit.forms import Form
from alliance.kit.language import N_, _, language
from alliance.kit.policy import may
from alliance.kit.problems import Conflict, Missing
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.attempt import attempt
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
from alliance.kit.web.pages import WebRequest, go, page
from alliance.reference import queries as reference

STATES = {
    "": N_("all"),
    "open": N_("no occupation"),
    "read": N_("read from the title"),
    "confirmed": N_("confirmed by the county"),
}
NO_ONE = "-"
"""What a form says for no one occupation; no code looks like it."""


def _columns(names: dict[str, str]) -> tuple[Column[Title], ...]:
    return (
        Column(_("Title"), lambda one: one.title),
        Column(_("Advertisements"), lambda one: one.advertisements),
        Column(_("Head count"), lambda one: one.heads),
        Column(_("Occupation code"), lambda one: one.occupation or ""),
        Column(_("Occupation"), lambda one: names.get(one.occupation or "", "")),
        Column(_("Where the occupation comes from"), state_of),
        Column(
            _("Read from the title"),
            lambda one: "; ".join(f"{names.get(c, c)} {percent} %" for c, percent in one.guesses),
        ),
        Column(_("Confirmed"), lambda one: one.confirmed.confirmed if one.confirmed else None),
    )


def state_of(one: Title) -> str:
    """Where the occupation of a title comes from, in words."""
    if one.confirmed is not None:
        return _("confirmed by the county")
    return _("read from the title") if one.occupation else _("no occupation")


def _listing(names: dict[str, str]) -> Listing[TitleFilter, Title]:
    return Listing(
        TitleFilter,
        lambda: _columns(names),
        name=lambda: _("Titles without a code"),
        choices={"state": STATES, "sort": queries.SORTS},
        by=lambda: {"state": By(_("State"), STATES), "search": By(_("Search"))},
        most=10_000,
    )


def _fetch(request: WebRequest) -> Fetch[TitleFilter, Title]:
    return lambda wanted, limit, offset: queries.titles(
        request.user, wanted, limit=limit, offset=offset
    )


async def _names(request: WebRequest) -> dict[str, str]:
    return {
        one.code: one.name_zh if language() == "zh" else one.name_en
        for one in await reference.occupations(request.user)
    }


@get("/demand/titles", guards=[may("demand.read")])
async def titles_page(request: WebRequest, at: PageNumber = 1) -> Template:
    names = await _names(request)
    listing = _listing(names)
    return page(
        request,
        "advertisements/titles.html",
        crumbs=crumbs((_("Titles without a code"), None)),
        states=STATES,
        names=names,
        shares=await queries.shares(request.user),
        **await listing.page(listing.asked(request), at, _fetch(request)),
    )


@get("/demand/titles/export", guards=[may("demand.read")])
async def titles_export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    listing = _listing(await _names(request))
    return await listing.export(request, _fetch(request), form)


@get("/demand/titles/one", guards=[may("demand.import")])
async def title_page(
    request: WebRequest, title: Annotated[str, QueryParameter(max_length=240)] = ""
) -> Template:
    return await _title_page(request, title, Form())


async def _title_page(request: WebRequest, title: str, form: Form, status: int = 200) -> Template:
    one = await queries.title_of(request.user, title)
    if one is None:
        raise Missing
    return page(
        request,
        "advertisements/title.html",
        status=status,
        crumbs=crumbs((_("Titles without a code"), "/demand/titles"), (one.title, None)),
        one=one,
        form=form,
        state=state_of(one),
        names=await _names(request),
        occupations=await reference.occupations_in_force(request.user),
        no_one=NO_ONE,
    )


@post("/demand/titles/confirm", guards=[may("demand.import")], status_code=200)
async def confirm_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    title = form.text("title", most=120)
    code = form.value("occupation")
    async with attempt(form):
        if await queries.title_of(request.user, title) is None:
            raise Missing
        await actions.confirm_title(request.user, title, None if code == NO_ONE else code)
        return go(
            request,
            "/demand/titles",
            _("Remembered. The worker counts the advertisements of “%(title)s” so.", title=title),
        )
    return await _title_page(request, title, form, form.status)


@post("/demand/titles/withdraw", guards=[may("demand.import")], status_code=303)
async def withdraw_form(request: WebRequest) -> Redirect:
    title = Form(await request.form()).text("title", most=120)
    try:
        await actions.withdraw_title(request.user, title)
    except Conflict as refusal:
        return go(request, "/demand/titles", refusal.sentence, "stop")
    return go(
        request,
        "/demand/titles",
        _("Taken back. The worker reads the titles “%(title)s” again.", title=title),
    )


ROUTES = [titles_page, titles_export, title_page, confirm_form, withdraw_form]
