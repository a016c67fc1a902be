"""Forms of a host file: a check, an inspection report, the cooperation, a staff count."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.hosts import actions as host_actions
from alliance.hosts import queries as host_queries
from alliance.hosts.forms import past_day, upload_of
from alliance.hosts.model import (
    CHECKS,
    CONCLUSIONS,
    HOSPITAL_KINDS,
    CheckDraft,
    CooperationDraft,
    InspectionDraft,
    is_hospital,
)
from alliance.hosts.wording import crumbs, result_text
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _, language
from alliance.kit.policy import may
from alliance.kit.problems import Missing
from alliance.kit.web import files
from alliance.kit.web.asked import Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.members.actions import record_staff
from alliance.members.counting import ask_back
from alliance.posts import actions as post_actions
from alliance.posts.reading import refuse_intimate
from alliance.regulation import CONDITIONS, INSPECTION_ITEMS


@get("/hosts/{host_id:uuid}/check/{kind:str}", guards=[may("host.check")])
async def check_page(request: WebRequest, host_id: FromPath[UUID], kind: Code) -> Template:
    shown: dict[str, Any] = {"checked_on": clock.today(), "met": list(CONDITIONS)}
    return await _check_page(request, host_id, kind, Form.showing(shown))


@post(
    "/hosts/{host_id:uuid}/check/{kind:str}",
    guards=[may("host.check")],
    status_code=200,
    request_max_body_size=files.UPLOADS,
)
async def check_form(
    request: WebRequest, host_id: FromPath[UUID], kind: Code
) -> Template | Redirect:
    sent = await request.form()
    form = Form(sent)
    draft, upload = _check(form, kind), await upload_of(form, sent)
    if draft is not None and not form.failed:
        async with attempt(form):
            await host_actions.record_check(request.user, host_id, draft, upload)
            return go(
                request,
                f"/hosts/{host_id}#part-{kind}",
                _("The check is kept; rules use it from now on."),
            )
    return await _check_page(request, host_id, kind, form, status=form.status)


@get("/hosts/{host_id:uuid}/inspection", guards=[may("host.inspect")])
async def inspection_page(request: WebRequest, host_id: FromPath[UUID]) -> Template:
    row = await host_queries.host_file(request.user, host_id)
    last = row["inspection"]
    shown = {"inspected_on": clock.today()}
    if last is not None:
        shown |= {f"item_{code}": text for code, text in last["items"].items()} | {
            "visitors": last["visitors"]
        }
    return _inspection(request, row, Form.showing(shown))


@post(
    "/hosts/{host_id:uuid}/inspection",
    guards=[may("host.inspect")],
    status_code=200,
    request_max_body_size=files.UPLOADS,
)
async def inspection_form(request: WebRequest, host_id: FromPath[UUID]) -> Template | Redirect:
    sent = await request.form()
    form = Form(sent)
    row = await host_queries.host_file(request.user, host_id)
    draft, upload = _inspected(form), await upload_of(form, sent)
    if draft is not None and not form.failed:
        async with attempt(form):
            await host_actions.record_inspection(request.user, host_id, draft, upload)
            return go(request, f"/hosts/{host_id}#part-inspection", _("The inspection is kept."))
    return _inspection(request, row, form, status=form.status)


@get("/hosts/{host_id:uuid}/cooperation", guards=[may("host.inspect")])
async def cooperation_page(request: WebRequest, host_id: FromPath[UUID]) -> Template:
    row = await host_queries.host_file(request.user, host_id)
    kept = row["cooperation"] or {}
    return _cooperation(
        request,
        row,
        Form.showing({name: kept.get(name) for name in CooperationDraft.__struct_fields__}),
    )


@post("/hosts/{host_id:uuid}/cooperation", guards=[may("host.inspect")], status_code=200)
async def cooperation_form(request: WebRequest, host_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    row = await host_queries.host_file(request.user, host_id)
    since, until = past_day(form, "since"), form.day("until", required=False)
    form.in_order(since, until, "until")
    document = form.text("document", most=80, required=False)
    interns_since = past_day(form, "interns_since", required=False)
    if interns_since is not None and not document:
        form.error(
            "document",
            _(
                "Write the agreement under which interns came: with it the host counts as in use "
                "before."
            ),
        )
    if interns_since is not None and interns_since >= clock.today():
        form.error(
            "interns_since",
            _(
                "This is about interns of before. A host whose first interns come now is inspected "
                "first."
            ),
        )
    note = form.text("note", most=300, required=False)
    refuse_intimate(form, "note")
    if form.failed or since is None:
        return _cooperation(request, row, form, status=422)
    draft = CooperationDraft(
        since=since, until=until, document=document, interns_since=interns_since, note=note
    )
    async with attempt(form):
        await host_actions.record_cooperation(request.user, host_id, draft)
        return go(request, f"/hosts/{host_id}#part-cooperation", _("The cooperation is kept."))
    return _cooperation(request, row, form, status=form.status)


@get("/hosts/{host_id:uuid}/staff", guards=[may("host.count")])
async def staff_page(request: WebRequest, host_id: FromPath[UUID]) -> Template:
    return await _staff(
        request, host_id, Form.showing({"counted_on": clock.today(), "what": "all"})
    )


@post("/hosts/{host_id:uuid}/staff", guards=[may("host.count")], status_code=200)
async def staff_form(request: WebRequest, host_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    host = await host_queries.host_row(request.user, host_id)
    posts = await host_queries.own_posts(request.user)
    what = form.choice("what", {"all", *(str(row["id"]) for row in posts)})
    counted_on, staff = past_day(form, "counted_on"), form.whole("staff", least=0, most=200000)
    source = form.text("source", most=120, required=False)
    before = {"all": host["staff"], **{str(row["id"]): row["staff_same_type"] for row in posts}}
    if staff is not None:
        ask_back(form, "staff", before.get(what), staff)
    if form.failed or counted_on is None or staff is None:
        return await _staff(request, host_id, form, status=422)
    async with attempt(form):
        if what == "all":
            await record_staff(request.user, host_id, counted_on, staff, source)
        else:
            await post_actions.count_staff(request.user, UUID(what), counted_on, staff)
        return go(
            request,
            f"/hosts/{host_id}#part-staff",
            _("The staff count is kept; caps use it from now on."),
        )
    return await _staff(request, host_id, form, status=form.status)


def _check(form: Form, kind: str) -> CheckDraft | None:
    if kind not in CHECKS:
        raise Missing
    checked_on = past_day(form, "checked_on")
    until = (
        form.day("until", required=kind == "insurance")
        if kind not in ("hospital", "conditions")
        else None
    )
    if checked_on is not None and until is not None and until < checked_on:
        form.error("until", _("It cannot expire before it was checked."))
    details: dict[str, Any] = {}
    good = True
    if kind == "conditions":
        details["met"] = form.choices("met", CONDITIONS)
        good = len(details["met"]) == len(CONDITIONS)
    elif kind == "hospital":
        details["kind"] = form.choice("hospital_kind", HOSPITAL_KINDS)
    else:
        good = form.choice("good", ("yes", "no")) == "yes"
    if kind == "safety" and not good:
        violation = past_day(form, "violation")
        details["violation"] = None if violation is None else violation.isoformat()
    if kind == "insurance" and good:
        details |= {
            "insurer": form.text("insurer", most=80),
            "policy": form.text("policy", most=60),
        }
    note = form.text("note", most=300)
    refuse_intimate(form, "note")
    if form.failed or checked_on is None:
        return None
    return CheckDraft(
        kind=kind, checked_on=checked_on, good=good, until=until, details=details, note=note
    )


def _inspected(form: Form) -> InspectionDraft | None:
    inspected_on = past_day(form, "inspected_on")
    visitors = form.text("visitors", most=200)
    passed = form.choice("passed", ("yes", "no")) == "yes"
    items = {
        code: form.lines(f"item_{code}", most=500, required=False) for code in INSPECTION_ITEMS
    }
    for code, text in items.items():
        if passed and not text:
            form.error(
                f"item_{code}", _("A visit is passed only with a word on each of the eight items.")
            )
    conclusion = form.lines("conclusion", most=500, required=not passed)
    refuse_intimate(form, "conclusion", *(f"item_{code}" for code in INSPECTION_ITEMS))
    if form.failed or inspected_on is None:
        return None
    return InspectionDraft(
        inspected_on=inspected_on,
        visitors=visitors,
        items=items,
        passed=passed,
        conclusion=conclusion,
    )


async def _check_page(
    request: WebRequest, host_id: UUID, kind: str, form: Form, status: int = 200
) -> Template:
    row = await host_queries.host_file(request.user, host_id)
    if kind not in CHECKS or (kind == "hospital" and not is_hospital(row["industry"])):
        raise Missing
    label = CHECKS[kind]
    return page(
        request,
        "hosts/check_form.html",
        status=status,
        crumbs=crumbs(request, (row["name"], f"/hosts/{host_id}"), (_(label), None)),
        host=row,
        kind=kind,
        label=_(label),
        form=form,
        result_text=result_text,
        today=clock.today(),
        conclusions=[
            (value, _(text))
            for value, text in zip(("yes", "no"), CONCLUSIONS.get(kind, ()), strict=False)
        ],
        conditions=[(code, getattr(text, language())) for code, text in CONDITIONS.items()],
        hospitals=[(code, _(text)) for code, text in HOSPITAL_KINDS.items()],
    )


def _inspection(
    request: WebRequest, row: dict[str, Any], form: Form, status: int = 200
) -> Template:
    return page(
        request,
        "hosts/inspection_form.html",
        status=status,
        host=row,
        form=form,
        today=clock.today(),
        crumbs=crumbs(
            request, (row["name"], f"/hosts/{row['id']}"), (_("On-site inspection"), None)
        ),
        items=[(code, getattr(text, language())) for code, text in INSPECTION_ITEMS.items()],
    )


def _cooperation(
    request: WebRequest, row: dict[str, Any], form: Form, status: int = 200
) -> Template:
    where = crumbs(request, (row["name"], f"/hosts/{row['id']}"), (_("Cooperation"), None))
    return page(
        request,
        "hosts/cooperation_form.html",
        status=status,
        crumbs=where,
        host=row,
        form=form,
        today=clock.today(),
    )


async def _staff(request: WebRequest, host_id: UUID, form: Form, status: int = 200) -> Template:
    row = await host_queries.host_file(request.user, host_id)
    where = crumbs(request, (row["name"], f"/hosts/{host_id}"), (_("Staff count"), None))
    return page(
        request,
        "hosts/staff_form.html",
        status=status,
        crumbs=where,
        host=row,
        form=form,
        today=clock.today(),
        posts=await host_queries.own_posts(request.user),
    )


ROUTES = [
    check_page,
    check_form,
    inspection_page,
    inspection_form,
    cooperation_page,
    cooperation_form,
    staff_page,
    staff_form,
]
