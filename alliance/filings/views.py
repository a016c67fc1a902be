"""Pages of filings and overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from alliance.evidence import actions as evidence
from alliance.filings import actions as filing
from alliance.filings import keeping, queries
from alliance.filings.actions import (
    KINDS,
    LIFTABLE,
    LIFTABLE_BY,
    MARKS,
    SUBJECTS,
    SUBJECTS_OF_ROLE,
    VERDICTS,
    NewFiling,
)
from alliance.kit import clock, reading
from alliance.kit.asking.subjects import MOST_CHOICES
from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.language import N_, _, language, word
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import LONGEST_CHOICE, Choice, PageNumber, SearchText
from alliance.kit.web.attempt import attempt
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.regulation import (
    COUNTED,
    Outgrown,
    name_outgrown,
    rule_of_lift,
    say_outgrown,
    title_of_lift,
)

STATES = {
    "waiting": N_("waits for confirmation"),
    "in_force": N_("in force"),
    "ended": N_("ended"),
    "revoked": N_("revoked"),
}

_LONGEST_SEEN: Final = 40_000
"""Characters of the values of 200 posts, as many as a host's filing keeps at most."""


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Filings"), "/filings"), *more]


def _columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(_("Kind"), lambda row: word(KINDS, row["kind"])),
        Column(_("Rule"), lambda row: "; ".join(said_lifts(row))),
        Column(_("About"), lambda row: word(SUBJECTS, row["subject_kind"])),
        Column(_("What"), named_subject),
        Column(_("Filed by"), lambda row: row["organisation_name"]),
        Column(_("Authority"), lambda row: row["authority"]),
        Column(_("Document no."), lambda row: row["document"]),
        Column(_("Reason"), lambda row: row["reason"]),
        Column(_("Filed on"), lambda row: row["filed_on"]),
        Column(_("First day"), lambda row: row["starts"]),
        Column(_("Last day"), lambda row: row["ends"]),
        Column(_("What it does"), lambda row: word(VERDICTS, row["verdict"])),
    )


LIST = Listing(
    queries.Filter,
    _columns,
    name=lambda: _("Filings"),
    choices={"sort": queries.SORTS},
    by=lambda: {
        "rule": By(_("Rule")),
        "about": By(_("About"), SUBJECTS),
        "state": By(_("State"), STATES),
        "search": By(_("Search")),
    },
)


def _fetch(request: WebRequest, *, words: bool) -> Fetch[queries.Filter, dict[str, Any]]:
    return lambda wanted, limit, offset: queries.filings(
        request.user, wanted, limit=limit, offset=offset, words=words
    )


@get("/filings", guards=[may("filing.read")])
async def filings_page(request: WebRequest, at: PageNumber = 1) -> Template:
    return page(
        request,
        "filings/list.html",
        crumbs=[(_("Filings"), None)],
        states=STATES,
        **_words(),
        **await LIST.page(LIST.asked(request), at, _fetch(request, words=False)),
    )


@get("/filings/export", guards=[may("filing.read")], opt={reading.EXPORT: True})
async def export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    return await LIST.export(request, _fetch(request, words=True), form, names_people=True)


@get("/filings/new", guards=[may("filing.record")])
async def new_page(
    request: WebRequest,
    rule: Choice = "",
    about: Choice = "",
    for_post: Annotated[str, QueryParameter(name="post", max_length=LONGEST_CHOICE)] = "",
    subject: Choice = "",
    search: SearchText = "",
) -> Template:
    shown = {
        "subject_kind": "post" if for_post else about,
        "subject": for_post or subject,
        "rule": rule,
        "filed_on": clock.today(),
    }
    return await _form_page(request, Form.showing(shown), search=search)


@post(
    "/filings/new",
    guards=[may("filing.record")],
    status_code=200,
    request_max_body_size=files.UPLOADS,
)
async def new_form(request: WebRequest) -> Template | Redirect:
    sent = await request.form()
    form = Form(sent)
    new = _typed(request, form)
    if new is None:
        return await _form_page(request, form, status=form.status)
    async with attempt(form):
        chosen = getattr(sent.get("file"), "filename", "")
        paper = await files.read_upload(sent.get("file")) if chosen else None
        filing_id = await filing.record(request.user, new, paper)
        row = await queries.filing(request.user, filing_id)
        if row["verdict"] in ("late", "short"):
            return go(
                request,
                f"/filings/{filing_id}",
                _("The filing is kept, but it lifts nothing: see below why."),
                "warn",
            )
        done = (
            _("The filing is entered; it lifts nothing before it is confirmed.")
            if row["confirmed"] is None
            else _("The filing is recorded; it counts from now on.")
        )
        return go(request, f"/filings/{filing_id}", done)
    return await _form_page(request, form, status=form.status)


@get("/filings/{filing_id:uuid}", guards=[may("filing.read")])
async def filing_page(request: WebRequest, filing_id: FromPath[UUID]) -> Template:
    return await _filing_page(request, filing_id, Form())


@post("/filings/{filing_id:uuid}/confirm", guards=[may("filing.confirm")], status_code=303)
async def confirm_form(request: WebRequest, filing_id: FromPath[UUID]) -> Redirect:
    seen = Form(await request.form()).text("seen", required=False, most=_LONGEST_SEEN)
    try:
        await filing.confirm(request.user, filing_id, seen)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/filings/{filing_id}", refusal.sentence, "warn")
    return go(
        request, f"/filings/{filing_id}", _("The filing is confirmed; it counts from now on.")
    )


@post("/filings/{filing_id:uuid}/revoke", guards=[may("filing.record")], status_code=200)
async def revoke_form(request: WebRequest, filing_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    reason = form.lines("reason", most=300)
    if form.failed:
        return await _filing_page(request, filing_id, form, status=422)
    try:
        await filing.revoke(request.user, filing_id, reason)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/filings/{filing_id}", refusal.sentence, "warn")
    return go(
        request,
        f"/filings/{filing_id}",
        _("The filing is revoked; the rules that it lifted stand again."),
    )


def named_subject(row: dict[str, Any]) -> str:
    """What a filing is about, in the words that its reader may see."""
    about = row["about"]
    parts = {
        "post": (about.title, about.host_name),
        "host": (about.host_name,),
        "student": (about.pseudonym,),
        "placement": (about.pseudonym, about.host_name),
    }[row["subject_kind"]]
    return " · ".join(part for part in parts if part) or "–"


def said_lifts(row: dict[str, Any]) -> list[str]:
    """What a filing lifts, each with its rule's id and in words."""
    return [
        f"{rule_of_lift(lift)} {title_of_lift(lift, language())}"
        for lift in row["rules"]
        if lift in LIFTABLE
    ]


async def _filing_page(
    request: WebRequest, filing_id: UUID, form: Form, status: int = 200
) -> Template:
    row = await queries.filing(request.user, filing_id)
    async with DB.acting_for(request.user):
        names = await keeping.occupations_of(row)
        papers = (await evidence.evidence_of("filing", [filing_id])).get(
            (filing_id, filing.SLOT), []
        )
    return page(
        request,
        "filings/filing.html",
        status=status,
        crumbs=_crumbs((row["document"], None)),
        row=row,
        form=form,
        papers=papers,
        kept=keeping.say(row, row["works"], names),
        outgrown=_said_beyond([keeping.beyond(row, work.values) for work in row["works"]], names),
        said_beyond=lambda each: _said_beyond([each["beyond"]], names),
        renewable=any(
            work.starts is not None
            and work.starts > clock.today()
            and keeping.beyond(row, work.values)
            for work in row["works"]
        ),
        seen=keeping.to_confirm(row, row["works"]),
        touched=await queries.touched(request.user, row),
        revocable=filing.may_revoke(request.user, row),
        confirmable=filing.may_confirm(request.user, row),
        confirmer=filing.confirmer_of_all(row["rules"]),
        **_words(),
    )


def _said_beyond(
    told: Sequence[Mapping[str, Outgrown]], names: Mapping[str, tuple[str, str]]
) -> list[str]:
    """By what work goes beyond what was confirmed, each sentence once."""
    return list(
        dict.fromkeys(
            say_outgrown(lift, name_outgrown(by, names), language())
            for each in told
            for lift, by in each.items()
        )
    )


async def _form_page(
    request: WebRequest, form: Form, status: int = 200, search: str = ""
) -> Template:
    role = request.user.role
    abouts = SUBJECTS_OF_ROLE[role]
    about = form.value("subject_kind") if form.value("subject_kind") in abouts else abouts[0]
    choices = await queries.subject_choices(request.user, about, search)
    labels = {
        "rule": _("What it lifts"),
        "subject": _("What it is for"),
        "authority": _("Authority"),
        "document": _("Document no."),
        "allows": _("How many interns it allows"),
        "reason": _("Reason"),
        "filed_on": _("Filed on"),
        "starts": _("First day"),
        "ends": _("Last day"),
        "file": _("Document"),
    }
    return page(
        request,
        "filings/form.html",
        status=status,
        crumbs=_crumbs((_("New filing"), None)),
        form=form,
        labels=labels,
        abouts=abouts,
        about=about,
        choices=choices,
        most=MOST_CHOICES,
        search=search,
        counted=[lift for lift in LIFTABLE_BY[role] if lift in COUNTED],
        at_once=filing.counts_at_once(request.user),
        **_words(LIFTABLE_BY[request.user.role]),
    )


def _typed(request: WebRequest, form: Form) -> NewFiling | None:
    role = request.user.role
    subject = form.identifier("subject")
    starts, ends, filed_on = form.day("starts"), form.day("ends"), form.day("filed_on")
    form.in_order(starts, ends, "ends")
    about = form.choice("subject_kind", SUBJECTS_OF_ROLE[role])
    lift = form.choice("rule", LIFTABLE_BY[role])
    authority, document = form.text("authority", most=120), form.text("document", most=80)
    reason = form.lines("reason", most=500)
    allows = form.whole("allows", least=1, most=9999, required=False)
    if form.failed or subject is None or starts is None or ends is None or filed_on is None:
        return None
    return NewFiling(
        lift=lift,
        subject_kind=about,
        subject=subject,
        authority=authority,
        document=document,
        reason=reason,
        filed_on=filed_on,
        starts=starts,
        ends=ends,
        allows=allows if lift in COUNTED else None,
    )


def _words(liftable: tuple[str, ...] = LIFTABLE) -> dict[str, Any]:
    rules = [(lift, f"{rule_of_lift(lift)} {title_of_lift(lift, language())}") for lift in liftable]
    return {
        "kinds": KINDS,
        "subjects": SUBJECTS,
        "verdicts": VERDICTS,
        "marks": MARKS,
        "rules": rules,
        "named_subject": named_subject,
        "said_lifts": said_lifts,
    }


ROUTES = [filings_page, export, new_page, new_form, filing_page, confirm_form, revoke_form]
