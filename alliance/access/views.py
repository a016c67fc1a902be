"""Pages of the access log: who read whose data, who may, and the question why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.access import actions, queries
from alliance.access.queries import Wanted
from alliance.access.wording import page_words
from alliance.kit import clock, reading
from alliance.kit.actors import Actor
from alliance.kit.contacts import checked_mail
from alliance.kit.forms import Form
from alliance.kit.language import C_, _
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web.asked import Address, Choice, PageNumber
from alliance.kit.web.attempt import attempt
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
from alliance.kit.web.pages import WebRequest, go, page, within
from alliance.members.model import role_label

_ROLES = ("coordinator", "instructor", "hr", "mentor", "authority", "student", "guardian")
_LONGEST = timedelta(days=366)


def words() -> dict[str, Any]:
    """The words of the log: kinds, purposes, roles, for templates that show entries."""
    return {
        "kinds": {code: _(label) for code, label in reading.KINDS.items()},
        "purposes": {code: _(label) for code, label in reading.PURPOSES.items()},
        "roles": {code: role_label(code) for code in _ROLES},
    }


def _columns() -> Iterator[Column[dict[str, Any]]]:
    said = words()
    yield Column(_("When"), lambda row: row["at"])
    yield Column(_("Organisation"), lambda row: row["organisation_name"] or "")
    yield Column(_("Role"), lambda row: said["roles"].get(row["role"], row["role"]))
    yield Column(_("Who read"), lambda row: row["name"])
    yield Column(_("Student"), lambda row: row["pseudonym"])
    yield Column(_("What"), lambda row: said["kinds"][row["kind"]])
    yield Column(_("Number of students"), lambda row: row["number"])
    yield Column(_("Why"), lambda row: said["purposes"].get(row["purpose"], row["purpose"]))
    yield Column(_("Reason"), lambda row: row["reason"])
    yield Column(_("Page"), lambda row: page_words(row["page"]) or row["page"])
    yield Column(C_("network", "Address"), lambda row: row["address"])


def _by() -> dict[str, By]:
    said = words()
    return {
        "search": By(_("Pseudonym or organisation")),
        "role": By(_("Role"), said["roles"]),
        "purpose": By(_("Why"), said["purposes"]),
        "kind": By(_("What"), said["kinds"]),
        "since": By(_("From")),
        "until": By(_("To")),
        "night": By(_("at night")),
    }


LIST = Listing(
    Wanted,
    _columns,
    name=lambda: _("Who read what"),
    by=_by,
    per_page=50,
    most=queries.MOST,
)


def _fetch(request: WebRequest) -> Fetch[Wanted, dict[str, Any]]:
    return lambda wanted, limit, offset: queries.entries(
        request.user, request.app.state.vault, wanted, limit=limit, offset=offset
    )


@get("/access", guards=[may("access.read")])
async def log_page(request: WebRequest, at: PageNumber = 1) -> Template:
    actor, vault = request.user, request.app.state.vault
    officer, _staff = await queries.officers(actor, vault)
    return page(
        request,
        "access/log.html",
        crumbs=[(_("Who read what"), None)],
        remarkable=await queries.remarkable(actor),
        many=queries.MANY,
        officer=officer,
        page_words=page_words,
        **words(),
        **await LIST.page(LIST.asked(request), at, _fetch(request)),
    )


@get("/access/export", guards=[may("access.read")])
async def log_export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    return await LIST.export(request, _fetch(request), form)


@get("/access/purpose", guards=[may("access.purpose")])
async def purpose_page(request: WebRequest, back: Address = "/") -> Template:
    return await _purpose(request, Form({"back": back}))


@post("/access/purpose", guards=[may("access.purpose")], status_code=200)
async def purpose_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    code = form.choice("purpose", await queries.purposes(request.user))
    reason = form.text("reason", most=200, required=False)
    if form.failed:
        return await _purpose(request, form, status=422)
    request.session["purpose"] = {
        "grant": request.session.get("grant"),
        "code": code,
        "reason": reason,
    }
    return go(request, within(form.value("back")))


@get("/access/approvals", guards=[may("access.approve")])
async def approvals_page(request: WebRequest) -> Template:
    officer, _staff = await queries.officers(request.user, request.app.state.vault)
    shown = {"phone": officer.phone, "mail": officer.mail} if officer else {}
    return await _approvals(
        request, Form({"ends": (clock.today() + timedelta(days=180)).isoformat(), **shown})
    )


@post("/access/approvals", guards=[may("access.approve")], status_code=200)
async def approve_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    _officer, staff = await queries.officers(request.user, request.app.state.vault)
    people = {person for person, _name in staff}
    who = form.choice("who", people | {f"role:{role}" for role in _roles_of(request.user)})
    purposes = form.choices("purposes", reading.PURPOSES, least=1)
    ends, reason = form.day("ends"), form.text("reason", most=200)
    today = clock.today()
    if ends is not None and not today <= ends <= today + _LONGEST:
        form.error("ends", _("From today until a year ahead; then it is approved again."))
    if not form.failed and ends is not None:
        role = who.removeprefix("role:") if who.startswith("role:") else None
        async with attempt(form):
            await actions.approve(
                request.user,
                role=role,
                person=None if role else UUID(who),
                purposes=purposes,
                starts=today,
                ends=ends,
                reason=reason,
            )
            return go(request, "/access/approvals", _("Approved; it counts from now on."))
    return await _approvals(request, form, status=form.status)


@post(
    "/access/approvals/{approval_id:uuid}/revoke", guards=[may("access.approve")], status_code=303
)
async def revoke_form(request: WebRequest, approval_id: FromPath[UUID]) -> Redirect:
    await actions.revoke(request.user, approval_id)
    return go(request, "/access/approvals", _("Revoked; nothing is read on it any more."))


@post("/access/officer", guards=[may("access.appoint")], status_code=303)
async def officer_form(request: WebRequest) -> Redirect:
    person = Form(await request.form()).identifier("person")
    if person is None:
        return go(request, "/access/approvals", _("Choose a person."), "warn")
    try:
        await actions.appoint(request.user, person)
    except Refusal as refusal:
        return go(request, "/access/approvals", refusal.sentence, "stop")
    return go(
        request, "/access/approvals", _("This person answers for students' data from today on.")
    )


@post("/access/officer/contact", guards=[may("access.appoint")], status_code=200)
async def contact_form(request: WebRequest) -> Template | Redirect:
    """How whoever answers for the data is reached: an office has a line of its own, so any number
    of digits is taken."""
    form = Form(await request.form())
    phone, mail = (
        form.text("phone", most=20),
        checked_mail(form, "mail", form.text("mail", most=120, required=False)),
    )
    if phone and not re.fullmatch(r"\+?[0-9][0-9 -]{5,18}", phone):
        form.error("phone", _("Write a phone number in digits, with hyphens if you like."))
    if form.failed:
        return await _approvals(request, form, status=422)
    await actions.publish_contact(request.user, phone, mail)
    return go(
        request,
        "/access/approvals",
        _("It is published: everybody whose data you hold can read it."),
    )


async def _purpose(request: WebRequest, form: Form, status: int = 200) -> Template:
    return page(
        request,
        "access/purpose.html",
        status=status,
        crumbs=[(_("Why you read this"), None)],
        form=form,
        choices=[
            (code, _(reading.PURPOSES[code])) for code in await queries.purposes(request.user)
        ],
    )


async def _approvals(request: WebRequest, form: Form, status: int = 200) -> Template:
    actor, vault = request.user, request.app.state.vault
    officer, staff = await queries.officers(actor, vault)
    whom = [(f"role:{role}", role_label(role)) for role in _roles_of(actor)] + staff
    return page(
        request,
        "access/approvals.html",
        status=status,
        crumbs=[(_("Who read what"), "/access"), (_("Who may read"), None)],
        officer=officer,
        staff=staff,
        whom=whom,
        rows=await queries.approvals(actor, vault),
        form=form,
        **words(),
    )


def _roles_of(actor: Actor) -> tuple[str, ...]:
    """The roles of the actor's own organisation that read students' data at all."""
    if actor.role in ("hr", "mentor"):
        return ("hr", "mentor")
    return ("authority",) if actor.role == "authority" else ("coordinator", "instructor")


ROUTES = [
    log_page,
    log_export,
    purpose_page,
    purpose_form,
    approvals_page,
    approve_form,
    revoke_form,
    officer_form,
    contact_form,
]
