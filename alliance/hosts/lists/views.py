"""Pages of a school's host lists."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.compliance.passing import RefusedByLaw
from alliance.hosts.forms import past_day, upload_of
from alliance.hosts.lists import actions as host_list_actions
from alliance.hosts.lists import queries as host_list_queries
from alliance.hosts.model import LIST_STEPS, list_state
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.regulation import blocking

KINDS_OF_STEP = {"draft": "wait", "decided": "info", "published": "ok", "withdrawn": "lock"}


@get("/host-lists", guards=[may("host_list.read")])
async def lists_page(request: WebRequest) -> Template:
    return await _lists(request, Form())


@post("/host-lists", guards=[may("host_list.edit")], status_code=200)
async def create_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    title = form.text("title", most=80)
    if not form.failed:
        async with attempt(form):
            list_id = await host_list_actions.create_list(request.user, title)
            done = _("The list is drawn up. Choose its hosts next.")
            return go(request, f"/host-lists/{list_id}", done)
    return await _lists(request, form, status=form.status)


@get("/host-lists/{list_id:uuid}", guards=[may("host_list.read")])
async def list_page(request: WebRequest, list_id: FromPath[UUID]) -> Template:
    return await _list(
        request, list_id, Form.showing({"decided_on": clock.today(), "published_on": clock.today()})
    )


@get("/host-lists/{list_id:uuid}/print", guards=[may("host_list.read")])
async def print_page(request: WebRequest, list_id: FromPath[UUID]) -> Template:
    row = await host_list_queries.host_list(request.user, list_id)
    return page(request, "hosts/lists/print.html", row=row, step=list_state(row), steps=LIST_STEPS)


@post("/host-lists/{list_id:uuid}/hosts", guards=[may("host_list.edit")], status_code=200)
async def choose_form(request: WebRequest, list_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    hosts, version = form.identifiers("hosts"), form.whole("version", least=1, most=10**9)
    if not form.failed and version is not None:
        async with attempt(form):
            await host_list_actions.choose_hosts(request.user, list_id, version, hosts)
            return go(request, f"/host-lists/{list_id}", _("The hosts of the list are saved."))
    return await _list(request, list_id, form, status=form.status, chosen=set(form.values("hosts")))


@post(
    "/host-lists/{list_id:uuid}/decide",
    guards=[may("host_list.edit")],
    status_code=200,
    request_max_body_size=files.UPLOADS,
)
async def decide_form(request: WebRequest, list_id: FromPath[UUID]) -> Template | Redirect:
    sent = await request.form()
    form = Form(sent)
    decided_on, minutes, upload = (
        past_day(form, "decided_on"),
        form.text("minutes", most=60),
        await upload_of(form, sent),
    )
    if form.failed or decided_on is None:
        return await _list(request, list_id, form, status=422)
    try:
        await host_list_actions.decide_list(request.user, list_id, decided_on, minutes, upload)
    except Refusal as refusal:
        return await _refused(request, list_id, form, refusal)
    return go(
        request, f"/host-lists/{list_id}", _("The decision is kept. Make the list public next.")
    )


@post("/host-lists/{list_id:uuid}/publish", guards=[may("host_list.edit")], status_code=200)
async def publish_form(request: WebRequest, list_id: FromPath[UUID]) -> Template | Redirect:
    form = Form(await request.form())
    published_on, address = past_day(form, "published_on"), form.text("address", most=300)
    row = await host_list_queries.host_list(request.user, list_id)
    if (
        published_on is not None
        and row["decided_on"] is not None
        and published_on < row["decided_on"]
    ):
        form.error("published_on", _("A list is published after the meeting that decided it."))
    if form.failed or published_on is None:
        return await _list(request, list_id, form, status=422)
    try:
        await host_list_actions.publish_list(request.user, list_id, published_on, address)
    except Refusal as refusal:
        return await _refused(request, list_id, form, refusal)
    return go(
        request,
        f"/host-lists/{list_id}",
        _("The list is public; its hosts can be used from now on."),
    )


@post("/host-lists/{list_id:uuid}/{name:str}", guards=[may("host_list.edit")], status_code=303)
async def back_form(request: WebRequest, list_id: FromPath[UUID], name: Code) -> Redirect:
    """Withdraw a list, or restore it."""
    if name not in ("withdraw", "restore"):
        raise Missing
    await host_list_actions.withdraw_list(request.user, list_id, undo=name == "restore")
    done = (
        _("The list counts again.")
        if name == "restore"
        else _("The list is withdrawn; its hosts are on no list of it any more.")
    )
    return go(request, f"/host-lists/{list_id}", done)


async def _lists(request: WebRequest, form: Form, status: int = 200) -> Template:
    rows = await host_list_queries.lists(request.user)
    return page(
        request,
        "hosts/lists/all.html",
        status=status,
        crumbs=[(_("Host lists"), None)],
        form=form,
        rows=[{**row, "step": list_state(row)} for row in rows],
        steps=LIST_STEPS,
        kinds=KINDS_OF_STEP,
    )


async def _list(
    request: WebRequest,
    list_id: UUID,
    form: Form,
    status: int = 200,
    chosen: set[str] | None = None,
    refusal: RefusedByLaw | None = None,
) -> Template:
    row = await host_list_queries.host_list(request.user, list_id)
    mine = request.user.role == "coordinator" and row["school"] == request.user.organisation
    if status != 200 and not mine:
        raise Missing
    step = list_state(row)
    judged = (
        await host_list_queries.candidates(request.user, row["school"])
        if mine and step in ("draft", "decided")
        else []
    )
    on_list = {str(one["id"]) for one in row["entries"]}
    findings = {one["id"]: one["findings"] for one in judged}
    if refusal is not None:
        findings |= {
            one.host: each
            for one, each in zip(refusal.judgement.subjects, refusal.judgement.each, strict=True)
        }
    blocked = [
        {**one, "findings": findings[one["id"]]}
        for one in row["entries"]
        if blocking(findings.get(one["id"], ()))
    ]
    return page(
        request,
        "hosts/lists/list.html",
        status=status,
        crumbs=[(_("Host lists"), "/host-lists"), (row["title"], None)],
        row=row,
        step=step,
        steps=LIST_STEPS,
        kinds=KINDS_OF_STEP,
        mine=mine,
        form=form,
        judged=judged,
        blocked=blocked,
        refused=refusal.sentence if refusal else "",
        chosen=on_list if chosen is None else chosen,
        blocking=blocking,
        today=clock.today(),
    )


async def _refused(request: WebRequest, list_id: UUID, form: Form, refusal: Refusal) -> Template:
    """What was typed again, with the reason; a refusal by law lists the hosts with all that is
    wrong with each."""
    if refusal.status == Missing.status:
        raise refusal
    if isinstance(refusal, RefusedByLaw):
        return await _list(request, list_id, form, status=422, refusal=refusal)
    form.refuse(refusal)
    return await _list(request, list_id, form, status=refusal.status)


ROUTES = [
    lists_page,
    create_form,
    list_page,
    print_page,
    choose_form,
    decide_form,
    publish_form,
    back_form,
]
