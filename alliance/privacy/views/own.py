"""The page of one's own data: seen, taken along, corrected, asked about, agreed to; and the notice
before all that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.access import queries as access
from alliance.kit import clock
from alliance.kit.contacts import checked_mail, checked_phone
from alliance.kit.forms import Form
from alliance.kit.language import _, day, language
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.reading import KINDS, PURPOSES
from alliance.kit.web import files
from alliance.kit.web.asked import Address, Choice, Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page, within
from alliance.privacy import consents, holds, queries, requests, restrictions, telling
from alliance.privacy.holdings import NOT_SHOWN, acted, exported, gather, grouped
from alliance.privacy.model import (
    CONSENTS,
    CORRECTED,
    HOLDS,
    MARKS,
    OPEN,
    OWN,
    REQUESTS,
    STATES,
    corrected_of,
    deadline,
)
from alliance.privacy.register import entries_of
from alliance.privacy.subjects import Subject, children, log_opening, subject_for

JSON = "application/json; charset=utf-8"
NOTICE = "/privacy-notice"
LOGGED = 20
"""So many readings stand on the page; all of them are in the export."""


async def chosen(request: WebRequest, of: str) -> Subject:
    """Whom the page is about: the actor, or the child named in the address. Raises Missing."""
    try:
        person = UUID(of) if of else None
    except ValueError:
        raise Missing from None
    return await subject_for(request.user, request.app.state.vault, person)


@get("/my-data", guards=[may("data.own")])
async def my_data_page(request: WebRequest, of: Choice = "") -> Template:
    return await _page(request, await chosen(request, of), Form())


@get("/my-data/print", guards=[may("data.own")])
async def my_data_print(request: WebRequest, of: Choice = "") -> Template:
    subject = await chosen(request, of)
    return page(request, "privacy/my_data_print.html", **await _held(request, subject))


@get("/my-data/export", guards=[may("data.own")])
async def my_data_export(request: WebRequest, of: Choice = "") -> Response[bytes]:
    """The whole as a file that another system can read (PIPL art. 45)."""
    subject = await chosen(request, of)
    await log_opening(request.user, subject, "export")
    content = exported(subject, await gather(subject), await acted(subject))
    return files.download(content, f"{_('My data')}-{day(clock.today())}.json", JSON)


@post("/my-data/contact", guards=[may("data.own")], status_code=200)
async def contact_form(request: WebRequest) -> Template | Redirect:
    """Correct directly how one is reached."""
    form = Form(await request.form())
    subject = await chosen(request, form.value("of"))
    field, value = (
        form.choice("own_field", own_fields(subject)),
        form.text("value", most=120, required=False),
    )
    value = (
        checked_mail(form, "value", value)
        if field == "mail"
        else checked_phone(form, "value", value)
    )
    if not form.failed:
        await requests.correct_own(request.user, subject, field, value)
        return go(request, _back(subject), _("It is corrected."))
    return await _page(request, subject, form, 422)


@post("/my-data/requests", guards=[may("data.own")], status_code=200)
async def request_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    subject = await chosen(request, form.value("of"))
    kind = form.choice("kind", REQUESTS)
    field = form.choice("field", corrected_of(student=subject.student)) if kind == "correct" else ""
    wanted = form.text("wanted", most=120, required=kind == "correct")
    reason = form.lines("reason", most=500, required=kind == "correct")
    if not form.failed:
        async with attempt(form):
            await requests.ask(
                request.user, subject, kind, field=field, wanted=wanted, reason=reason
            )
            days = deadline("answer", clock.today()).days
            return go(
                request,
                f"{_back(subject)}#requests",
                _("It is asked; the answer comes within %(days)s days.", days=days),
            )
    return await _page(request, subject, form, form.status)


@post("/my-data/requests/{request_id:uuid}/withdraw", guards=[may("data.own")], status_code=303)
async def withdraw_form(request: WebRequest, request_id: FromPath[UUID]) -> Redirect:
    form = Form(await request.form())
    subject = await chosen(request, form.value("of"))
    try:
        await requests.withdraw(request.user, request_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"{_back(subject)}#requests", refusal.sentence, "warn")
    return go(request, f"{_back(subject)}#requests", _("The request is withdrawn."))


@post("/my-data/consents/{kind:str}", guards=[may("data.own")], status_code=303)
async def consent_form(request: WebRequest, kind: Code) -> Redirect:
    """Give or withdraw: the same page, the same one press (PIPL art. 15)."""
    form = Form(await request.form())
    subject = await chosen(request, form.value("of"))
    gives = form.value("step") == "give"
    try:
        await (consents.give if gives else consents.withdraw)(request.user, subject, kind)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"{_back(subject)}#consents", refusal.sentence, "warn")
    done = (
        _("You agreed; you may withdraw here at any time.")
        if gives
        else _("It is withdrawn, with effect from now on.")
    )
    return go(request, f"{_back(subject)}#consents", done)


@get(NOTICE, guards=[may("data.own")])
async def notice_page(request: WebRequest, back: Address = "/", version: Choice = "") -> Template:
    """The present notice (recorded as shown), or an earlier version to read again."""
    audience = telling.audience_of(request.user)
    present = telling.present(audience, clock.today())
    earlier = [one for one in telling.notices() if one.audience == audience]
    notice = next((one for one in earlier if one.version == version), present)
    if notice == present:
        await telling.show(request.user, notice, language())
    officer = None
    if request.user.organisation is not None:
        officer = await access.officer_of(request.user.organisation, request.app.state.vault)
    return page(
        request,
        "privacy/notice.html",
        officer=officer,
        crumbs=[(_("Privacy notice"), None)],
        notice=notice,
        back=within(back),
        present=present,
        lines=telling.paragraphs(notice.texts[language()]),
        versions=[one.version for one in earlier],
    )


@post(NOTICE, guards=[may("data.own")], status_code=303)
async def notice_form(request: WebRequest) -> Redirect:
    """Go on from the notice: it was read. Nothing is agreed to by this."""
    form = Form(await request.form())
    await telling.confirm(
        request.user, telling.present(telling.audience_of(request.user), clock.today())
    )
    return go(request, within(form.value("back", "/")))


async def lead_to_notice(request: WebRequest) -> Redirect | None:
    """Before a whole page: who has not been shown the present notice is led to it, once for each
    version."""
    if (
        request.scope.get("user") is None
        or request.method != "GET"
        or request.headers.get("hx-request") == "true"
    ):
        return None
    if request.url.path == NOTICE or request.url.path.startswith("/static/"):
        return None
    notice = telling.present(telling.audience_of(request.user), clock.today())
    told = f"{notice.audience}.{notice.version}"
    if request.session.get("told") == told:
        return None
    if not await telling.has_seen(request.user, notice):
        return Redirect(f"{NOTICE}?back={request.url.path}", status_code=303)
    request.session["told"] = told
    return None


async def _page(request: WebRequest, subject: Subject, form: Form, status: int = 200) -> Template:
    given = await consents.consents_of(request.user, subject)
    return page(
        request,
        "privacy/my_data.html",
        status=status,
        crumbs=[(_("My data"), None)],
        form=form,
        kinds=REQUESTS,
        states=STATES,
        marks=MARKS,
        open_states=OPEN,
        corrected=CORRECTED,
        correctable=corrected_of(student=subject.student),
        own={name: OWN[name] for name in own_fields(subject)},
        asked=await queries.own_requests(request.user, subject),
        deadline=deadline("answer", clock.today()),
        purposes=CONSENTS if subject.student else {},
        given=given,
        standing={one.purpose: one for one in await consents.standing(subject)},
        **await _held(request, subject),
    )


async def _held(request: WebRequest, subject: Subject) -> dict[str, Any]:
    await log_opening(request.user, subject, "record")
    return {
        "subject": subject,
        "log": await access.access_of_person(request.user, subject.person, limit=LOGGED)
        if subject.student
        else [],
        "officer": await access.officer_of(subject.organisation, request.app.state.vault),
        "kinds_read": {code: _(label) for code, label in KINDS.items()},
        "purposes_read": {code: _(label) for code, label in PURPOSES.items()},
        "restriction": await restrictions.of_person(request.user, subject.person),
        "holds": await holds.of_person(request.user, subject.person),
        "grounds": HOLDS,
        "groups": grouped(await gather(subject)),
        "acts": [
            (entries_of(table)[column].label, what, len(ids))
            for table, column, what, ids in await acted(subject)
        ],
        "children": await children(request.user, request.app.state.vault),
        "not_shown": [_(why) for why in NOT_SHOWN.values()],
    }


def own_fields(subject: Subject) -> list[str]:
    """What the reader corrects directly of a subject."""
    if not subject.student:
        return ["mail"]
    return ["phone", "guardian_phone"] if subject.capacity == "guardian" else ["phone", "mail"]


def _back(subject: Subject) -> str:
    return "/my-data" + (f"?of={subject.person}" if subject.capacity == "guardian" else "")


ROUTES = [
    my_data_page,
    my_data_print,
    my_data_export,
    contact_form,
    request_form,
    withdraw_form,
    consent_form,
    notice_page,
    notice_form,
]
