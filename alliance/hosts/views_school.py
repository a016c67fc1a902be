"""Pages of a school's own file: who leads internships, which office, rules, emergency plan,
channels of information."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.hosts import actions as host_actions
from alliance.hosts import queries as host_queries
from alliance.hosts.forms import past_day
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _, language
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web import files
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.regulation import ARRANGEMENTS, CHANNELS

KINDS = (*ARRANGEMENTS, *(f"channel_{code}" for code in CHANNELS))


@get("/school-file", guards=[may("school_file.read")])
async def own_page(request: WebRequest) -> Template:
    if request.user.role in ("coordinator", "instructor"):
        return await _file(request, request.user.organisation, None)
    rows = await host_queries.schools(request.user)
    return page(
        request,
        "hosts/schools.html",
        crumbs=[(_("School file"), None)],
        rows=rows,
        wanted=len(KINDS),
    )


@get("/school-file/{school_id:uuid}", guards=[may("school_file.read")])
async def school_page(request: WebRequest, school_id: FromPath[UUID]) -> Template:
    if (
        request.user.role in ("coordinator", "instructor")
        and school_id != request.user.organisation
    ):
        raise Missing
    return await _file(request, school_id, None)


@post("/school-file", guards=[may("school_file.edit")], status_code=200)
async def keep_form(request: WebRequest) -> Template | Redirect:
    sent = await request.form()
    form = Form(sent)
    given: dict[str, tuple[str, date] | None] = {}
    for kind in (one for one in KINDS if f"{one}_detail" in sent):
        words = form.text(f"{kind}_detail", most=300, required=False)
        since = past_day(form, f"{kind}_since", required=bool(words))
        given[kind] = (words, since) if words and since is not None else None
    if not form.failed:
        seen = {kind: form.value(f"{kind}_was") for kind in given}
        async with attempt(form):
            changed = await host_actions.keep_arrangements(request.user, given, seen)
            return go(
                request,
                "/school-file",
                _("The school file is saved.") if changed else _("Nothing was changed."),
            )
    return await _file(request, request.user.organisation, form, status=form.status)


@post(
    "/school-file/evidence",
    guards=[may("school_file.edit")],
    status_code=303,
    request_max_body_size=files.UPLOADS,
)
async def evidence_form(request: WebRequest) -> Redirect:
    sent = await request.form()
    slot = str(sent.get("slot", ""))
    if slot not in KINDS or request.user.organisation is None:
        raise Missing
    try:
        upload = await files.read_upload(sent.get("file"))
        await host_actions.add_school_evidence(
            request.user, request.user.organisation, slot, upload
        )
    except Refusal as refusal:
        return go(request, "/school-file", refusal.sentence, "stop")
    return go(request, "/school-file", _("The file is kept with its fingerprint."))


async def _file(
    request: WebRequest, school: UUID | None, form: Form | None, status: int = 200
) -> Template:
    if school is None:
        raise Missing
    row = await host_queries.arrangements(request.user, school)
    mine = request.user.role == "coordinator" and school == request.user.organisation
    kept: dict[str, Any] = row["kept"]
    if form is None:
        shown = {
            f"{kind}_{name}": kept[kind][name] for kind in kept for name in ("detail", "since")
        }
        form = Form.showing(shown)
    crumbs = (
        [(_("School file"), "/school-file"), (row["school"]["name"], None)]
        if not mine
        else [(_("School file"), None)]
    )
    return page(
        request,
        "hosts/school_file.html",
        status=status,
        crumbs=crumbs,
        school=row["school"],
        kept=kept,
        evidence=row["evidence"],
        form=form,
        mine=mine,
        labels=_labels(),
        today=clock.today(),
    )


def _labels() -> dict[str, str]:
    channels = {f"channel_{code}": text for code, text in CHANNELS.items()}
    found = {code: getattr(text, language()) for code, text in ARRANGEMENTS.items()}
    return found | {
        code: _("Channel %(with)s", **{"with": getattr(text, language())})
        for code, text in channels.items()
    }


ROUTES = [own_page, school_page, keep_form, evidence_form]
