"""Breaches and exercises: written, confirmed by another, the letters, the steps with their
deadlines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.access import queries as access
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _, ngettext, speaking
from alliance.kit.policy import may
from alliance.kit.problems import Missing
from alliance.kit.web.asked import Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.privacy import breaches
from alliance.privacy.breaches import BreachDraft
from alliance.privacy.model import BREACH_STAGES, BREACH_WAY, DATA_KINDS
from alliance.programmes import queries as programmes

MARKS = {
    "found": "wait",
    "assessed": "seal",
    "authority": "seal",
    "persons": "seal",
    "told": "seal",
    "closed": "ok",
}


@get("/privacy/breaches", guards=[may("breach.read")])
async def breaches_page(request: WebRequest) -> Template:
    return page(
        request,
        "privacy/breaches/list.html",
        crumbs=[(_("Breaches and exercises"), None)],
        rows=await breaches.breaches(request.user),
        states=BREACH_STAGES,
        marks=MARKS,
    )


@get("/privacy/breaches/new", guards=[may("breach.write")])
async def new_page(request: WebRequest) -> Template:
    return await _form_page(request, Form.showing({"known": clock.now(), "scope": "all"}))


@post("/privacy/breaches/new", guards=[may("breach.write")], status_code=200)
async def new_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    title, known = form.text("title", most=120), form.moment("known")
    happened = form.moment("happened") if form.value("happened") else None
    kinds = tuple(form.choices("kinds", DATA_KINDS, least=1))
    from_the_log = form.value("scope") == "access"
    scope = None if form.value("scope") in ("all", "access") else form.identifier("scope")
    read_from = form.moment("read_from") if from_the_log else None
    read_until = form.moment("read_until") if from_the_log else None
    reader = form.identifier("reader") if from_the_log and form.value("reader") else None
    cause, harm = form.lines("cause", most=1000), form.lines("harm", most=1000)
    remedies, advice = form.lines("remedies", most=1000), form.lines("advice", most=1000)
    contact = form.text("contact", most=200)
    scope_kind = "access" if from_the_log else "class" if scope else "school"
    if not form.failed and known is not None:
        new = BreachDraft(
            title=title,
            drill=form.ticked("drill"),
            happened=happened,
            known=known,
            kinds=kinds,
            scope_kind=scope_kind,
            scope=scope,
            cause=cause,
            harm=harm,
            remedies=remedies,
            advice=advice,
            contact=contact,
            read_from=read_from,
            read_until=read_until,
            reader=reader,
        )
        async with attempt(form):
            breach = await breaches.write(request.user, new)
            return go(
                request,
                f"/privacy/breaches/{breach}",
                _("It is written down. Somebody else confirms it; then the letters go."),
            )
    return await _form_page(request, form, form.status)


@get("/privacy/breaches/{breach_id:uuid}", guards=[may("breach.read")])
async def breach_page(request: WebRequest, breach_id: FromPath[UUID]) -> Template:
    return await _page(request, breach_id, Form())


@get("/privacy/breaches/{breach_id:uuid}/letters", guards=[may("breach.write")])
async def letters_page(request: WebRequest, breach_id: FromPath[UUID]) -> Template:
    """Every letter on a sheet of its own; in Chinese, for paper."""
    row = await breaches.breach_of(request.user, breach_id)
    letters = await breaches.letters(request.user, request.app.state.vault, breach_id)
    return page(
        request,
        "privacy/breaches/letters.html",
        row=row,
        letters=letters,
        kinds_zh=_kinds(row),
        officer=await access.officer_of(row["organisation"], request.app.state.vault),
    )


@get("/privacy/breaches/{breach_id:uuid}/report", guards=[may("breach.read")])
async def authority_page(request: WebRequest, breach_id: FromPath[UUID]) -> Template:
    """The report to the authority, which names nobody."""
    row = await breaches.breach_of(request.user, breach_id)
    return page(
        request,
        "privacy/breaches/authority.html",
        row=row,
        kinds_zh=_kinds(row),
        officer=await access.officer_of(row["organisation"], request.app.state.vault),
    )


@post(
    "/privacy/breaches/{breach_id:uuid}/{name:str}", guards=[may("breach.write")], status_code=200
)
async def step_form(
    request: WebRequest, breach_id: FromPath[UUID], name: Code
) -> Template | Redirect:
    form, done = Form(await request.form()), _("It is noted.")
    receipt = form.text("receipt", most=80, required=name == "authority")
    lesson = form.lines("lesson", most=2000, required=name == "close")
    if form.failed:
        return await _page(request, breach_id, form, form.status)
    async with attempt(form):
        if name == "confirm":
            await breaches.confirm(request.user, breach_id)
        elif name == "authority":
            await breaches.tell_authority(request.user, breach_id, receipt)
        elif name == "persons":
            count = await breaches.tell_persons(request.user, breach_id)
            done = ngettext(
                "%(count)s person is marked as told.",
                "%(count)s persons are marked as told.",
                count,
            )
        elif name == "close":
            await breaches.close(request.user, breach_id, lesson)
        elif name == "drop":
            await breaches.drop(request.user, breach_id)
            return go(request, "/privacy/breaches", _("The draft is dropped."))
        else:
            raise Missing
        return go(request, f"/privacy/breaches/{breach_id}", done)
    return await _page(request, breach_id, form, form.status)


def _kinds(row: dict[str, Any]) -> list[str]:
    """The kinds of data in Chinese: letters are for paper, whatever the officer reads."""
    with speaking("zh"):
        return [_(words) for words in (DATA_KINDS[kind] for kind in row["kinds"])]


async def _page(request: WebRequest, breach_id: UUID, form: Form, status: int = 200) -> Template:
    row = await breaches.breach_of(request.user, breach_id)
    return page(
        request,
        "privacy/breaches/breach.html",
        status=status,
        crumbs=[(_("Breaches and exercises"), "/privacy/breaches"), (row["title"], None)],
        row=row,
        form=form,
        kinds=DATA_KINDS,
        steps=_steps(row),
        own=row["organisation"] == request.user.organisation,
        wrote=row["made_by"] == request.user.person,
    )


def _steps(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The way of a breach: what was done when, what is to be done next and by when."""
    is_assessed, is_told = (
        row["confirmed"] is not None,
        bool(row["authority_told"] and row["persons_told"]),
    )
    said = {
        "found": (row["known"], None, False),
        "assessed": (row["confirmed"], None, not is_assessed),
        "authority": (row["authority_told"], row["authority_due"], is_assessed),
        "persons": (row["persons_told"], row["persons_due"], is_assessed),
        "closed": (row["closed"], None, is_told),
    }
    return [
        dict(zip(("name", "at", "due", "now"), (name, *said[code]), strict=True))
        for code, name in BREACH_WAY
    ]


async def _form_page(request: WebRequest, form: Form, status: int = 200) -> Template:
    of_school = request.user.role == "coordinator"
    groups = await programmes.classes(request.user) if of_school else []
    _officer, staff = await access.officers(request.user, request.app.state.vault)
    scopes = [("all", _("everybody of the organisation"))]
    if of_school:
        scopes += [
            ("access", _("whoever was read, by the access log")),
            *((str(one.id), one.name) for one in groups),
        ]
    return page(
        request,
        "privacy/breaches/form.html",
        status=status,
        crumbs=[(_("Breaches and exercises"), "/privacy/breaches"), (_("Write down"), None)],
        form=form,
        kinds=DATA_KINDS,
        readers=staff if of_school else [],
        scopes=scopes,
    )


ROUTES = [breaches_page, new_page, new_form, breach_page, letters_page, authority_page, step_form]
