"""A school's rounds: set up, run, decide, publish."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, ServerSentEvent, Template

from alliance.kit.forms import Form
from alliance.kit.language import _, day, language, ngettext
from alliance.kit.policy import allows, may
from alliance.kit.problems import Missing, Refusal, Unlawful
from alliance.kit.reading import EXPORT
from alliance.kit.web import files, pages
from alliance.kit.web.asked import Choice, Code, PageNumber, SearchText
from alliance.kit.web.pages import Crumb, WebRequest, go, page, reads, within
from alliance.programmes import queries as programmes
from alliance.rounds import actions, deciding, publishing, queries, running
from alliance.rounds.matching.certifying import opened
from alliance.rounds.matching.scoring import Weights
from alliance.rounds.model import ROUND_STATES, RUN_STEPS
from alliance.rounds.workbench import choice_sentence, filtered, stages, workbench

PAGE = 25


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Placement rounds"), "/rounds"), *more]


@get("/rounds", guards=[may("round.list")])
@reads
async def rounds_page(request: WebRequest) -> Template:
    return page(
        request,
        "rounds/list.html",
        crumbs=[(_("Placement rounds"), None)],
        rounds=await queries.rounds(request.user),
        states=ROUND_STATES,
        may_manage=_may(request, "round.manage"),
    )


@get("/rounds/new", guards=[may("round.manage")])
async def new_round_page(request: WebRequest) -> Template:
    form = Form(
        {
            "most_preferences": "8",
            "least_group": "1",
            "specialty": "40",
            "grade": "40",
            "distance": "20",
            "host": "0",
        }
    )
    return page(
        request, "rounds/form.html", crumbs=_crumbs((_("New round"), None)), form=form, round=None
    )


@post("/rounds/new", guards=[may("round.manage")], status_code=200)
async def new_round_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    draft = _draft(form)
    if draft is not None:
        round_id = await actions.create_round(request.user, draft)
        return go(
            request,
            f"/rounds/{round_id}",
            _("The round is prepared. Choose classes and posts next."),
        )
    crumbs = _crumbs((_("New round"), None))
    return page(request, "rounds/form.html", status=422, crumbs=crumbs, form=form, round=None)


@get("/rounds/{round_id:uuid}", guards=[may("round.list")])
@reads
async def round_page(
    request: WebRequest,
    round_id: FromPath[UUID],
    show: Choice = "",
    student: FromQuery[UUID | None] = None,
    search: SearchText = "",
    at: PageNumber = 1,
) -> Template:
    row = await queries.round_of(request.user, round_id)
    context: dict[str, Any] = {"round": row, "states": ROUND_STATES, "stages": stages(row)}
    context["may_manage"] = (
        _may(request, "round.manage") and row["school"] == request.user.organisation
    )
    if row["state"] in ("draft", "open") or not _may(request, "round.students"):
        return page(request, "rounds/setup.html", crumbs=_crumbs((row["title"], None)), **context)
    bench = await workbench(request.user, request.app.state.vault, row)
    rows = filtered(bench["proposals"], show, search)
    chosen = next(
        (r for r in bench["proposals"] if r["student"] == student), rows[0] if rows else None
    )
    return page(
        request,
        "rounds/workbench.html",
        crumbs=_crumbs((row["title"], None)),
        **context,
        **bench,
        rows=rows[(at - 1) * PAGE : at * PAGE],
        sentence_of=lambda choice: choice_sentence(choice, bench["posts"]),
        found=len(rows),
        at=at,
        per_page=PAGE,
        show=show,
        search=search,
        chosen=chosen,
        form=Form(),
        findings=(),
    )


@get("/rounds/{round_id:uuid}/edit", guards=[may("round.manage")])
async def edit_round_page(request: WebRequest, round_id: FromPath[UUID]) -> Template:
    row = await queries.round_of(request.user, round_id)
    shown = {
        **row,
        **{name: row[f"weight_{name}"] for name in ("specialty", "grade", "distance", "host")},
    }
    crumbs = _crumbs((row["title"], f"/rounds/{round_id}"), (_("Settings"), None))
    return page(request, "rounds/form.html", crumbs=crumbs, form=Form.showing(shown), round=row)


@post("/rounds/{round_id:uuid}/edit", guards=[may("round.manage")], status_code=200)
async def edit_round_form(request: WebRequest, round_id: FromPath[UUID]) -> Template | Redirect:
    row = await queries.round_of(request.user, round_id)
    form = Form(await request.form())
    draft = _draft(form)
    version = form.whole("version", least=1, most=10**6) or 0
    if draft is not None and not form.failed:
        try:
            await actions.change_round(request.user, round_id, version, draft)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(request, f"/rounds/{round_id}", _("The settings were saved."))
    crumbs = _crumbs((row["title"], f"/rounds/{round_id}"), (_("Settings"), None))
    return page(request, "rounds/form.html", status=422, crumbs=crumbs, form=form, round=row)


@get("/rounds/{round_id:uuid}/classes", guards=[may("round.manage")])
async def classes_page(request: WebRequest, round_id: FromPath[UUID]) -> Template:
    row = await queries.round_of(request.user, round_id)
    taking_part, _posts = await queries.chosen(request.user, round_id)
    crumbs = _crumbs((row["title"], f"/rounds/{round_id}"), (_("Classes"), None))
    classes = [row for row in await programmes.classes(request.user) if row["students"]]
    return page(
        request,
        "rounds/choose_classes.html",
        crumbs=crumbs,
        round=row,
        classes=classes,
        chosen=taking_part,
    )


@post("/rounds/{round_id:uuid}/classes", guards=[may("round.manage")], status_code=303)
async def classes_form(request: WebRequest, round_id: FromPath[UUID]) -> Redirect:
    form = Form(await request.form())
    return await _told(
        request,
        round_id,
        actions.choose_classes(request.user, round_id, form.identifiers("class")),
        _("Classes were saved."),
    )


@get("/rounds/{round_id:uuid}/posts", guards=[may("round.manage")])
async def posts_page(request: WebRequest, round_id: FromPath[UUID]) -> Template:
    row = await queries.round_of(request.user, round_id)
    _classes, offered = await queries.chosen(request.user, round_id)
    crumbs = _crumbs((row["title"], f"/rounds/{round_id}"), (_("Posts"), None))
    posts = await queries.posts_for(request.user, row)
    return page(
        request, "rounds/choose_posts.html", crumbs=crumbs, round=row, posts=posts, chosen=offered
    )


@post("/rounds/{round_id:uuid}/posts", guards=[may("round.manage")], status_code=303)
async def posts_form(request: WebRequest, round_id: FromPath[UUID]) -> Redirect:
    form = Form(await request.form())
    return await _told(
        request,
        round_id,
        actions.choose_posts(request.user, round_id, form.identifiers("post")),
        _("Posts were saved."),
    )


@post("/rounds/{round_id:uuid}/{name:str}", guards=[may("round.manage")], status_code=303)
async def move_form(request: WebRequest, round_id: FromPath[UUID], name: Code) -> Redirect:
    done = {
        "open": _("Students can rank posts now."),
        "close": _("Preferences are closed."),
        "reopen": _("Students can change their lists again."),
    }
    if name not in done:
        return Redirect(f"/rounds/{round_id}", status_code=303)
    return await _told(
        request, round_id, actions.move_round(request.user, round_id, name), done[name]
    )


@post("/rounds/{round_id:uuid}/run", guards=[may("round.manage")], status_code=303)
async def run_form(request: WebRequest, round_id: FromPath[UUID]) -> Redirect:
    return await _told(
        request,
        round_id,
        running.request_run(request.user, round_id),
        _("The run is queued; this page follows it."),
    )


@post("/runs/{run_id:uuid}/repeat", guards=[may("round.manage")], status_code=303)
async def repeat_form(request: WebRequest, run_id: FromPath[UUID]) -> Redirect:
    run = await queries.run_of(request.user, run_id)
    return await _told(
        request,
        run["round"],
        running.repeat_run(request.user, run_id),
        _("The run is queued again."),
    )


@get("/runs/{run_id:uuid}/progress", guards=[may("round.students")])
async def progress_stream(request: WebRequest, run_id: FromPath[UUID]) -> ServerSentEvent:
    await queries.run_of(request.user, run_id)

    async def render() -> tuple[str, bool]:
        run = await queries.run_of(request.user, run_id)
        text = pages.fragment(request, "rounds/run_progress.html", run=run, steps=RUN_STEPS)
        return text, run["state"] in ("done", "failed")

    return pages.live(request.app.state.feed, running.RUNS.topic(run_id), render)


@get("/runs/{run_id:uuid}/certificate", guards=[may("round.manage")])
async def certificate_download(request: WebRequest, run_id: FromPath[UUID]) -> Response[bytes]:
    """Inputs by pseudonym, cutoffs and outcome of a run, for whoever wants to check it with
    `alliance verify`."""
    run = await queries.run_of(request.user, run_id)
    content = opened(await queries.certificate_of(request.user, run_id))
    return files.download(content, f"certificate-{run['number']}-{run_id}.json", "application/json")


@post("/rounds/{round_id:uuid}/accept", guards=[may("round.manage")], status_code=303)
async def accept_form(request: WebRequest, round_id: FromPath[UUID]) -> Redirect:
    form = Form(await request.form())
    students = None if form.ticked("all") else form.identifiers("student")
    if students == []:
        return go(request, _bench(round_id, form), _("Tick at least one student first."), "warn")
    try:
        count = await deciding.accept(request.user, round_id, students)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, _bench(round_id, form), refusal.sentence, "stop")
    done = ngettext("%(count)s proposal was accepted.", "%(count)s proposals were accepted.", count)
    return go(request, _bench(round_id, form), done)


@post(
    "/rounds/{round_id:uuid}/students/{student:uuid}/undo",
    guards=[may("round.manage")],
    status_code=303,
)
async def undo_form(
    request: WebRequest, round_id: FromPath[UUID], student: FromPath[UUID]
) -> Redirect:
    await deciding.undo(request.user, round_id, student)
    return go(request, f"/rounds/{round_id}?student={student}", _("The decision is open again."))


@post(
    "/rounds/{round_id:uuid}/students/{student:uuid}/override",
    guards=[may("round.manage")],
    status_code=200,
)
async def override_form(
    request: WebRequest, round_id: FromPath[UUID], student: FromPath[UUID]
) -> Template | Redirect:
    form = Form(await request.form())
    target = None if form.value("post") == "none" else form.identifier("post")
    reason = form.lines("reason", most=500)
    findings: tuple[Any, ...] = ()
    if not form.failed:
        try:
            findings = await deciding.override(request.user, round_id, student, target, reason)
        except Unlawful as refusal:
            form.general, findings = refusal.sentence, refusal.findings
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return go(
                request,
                f"/rounds/{round_id}?student={student}",
                _("Your decision was kept with its reason."),
            )
    row = await queries.round_of(request.user, round_id)
    bench = await workbench(request.user, request.app.state.vault, row)
    chosen = _proposal(bench, student)
    return page(
        request,
        "rounds/override.html",
        status=422,
        crumbs=_crumbs((row["title"], f"/rounds/{round_id}")),
        round=row,
        form=form,
        findings=findings,
        chosen=chosen,
        **bench,
    )


@get("/rounds/{round_id:uuid}/students/{student:uuid}/override", guards=[may("round.manage")])
async def override_page(
    request: WebRequest, round_id: FromPath[UUID], student: FromPath[UUID]
) -> Template:
    row = await queries.round_of(request.user, round_id)
    bench = await workbench(request.user, request.app.state.vault, row)
    chosen = _proposal(bench, student)
    crumbs = _crumbs((row["title"], f"/rounds/{round_id}"), (_("Decide otherwise"), None))
    return page(
        request,
        "rounds/override.html",
        crumbs=crumbs,
        round=row,
        form=Form(),
        findings=(),
        chosen=chosen,
        **bench,
    )


@post("/rounds/{round_id:uuid}/publish", guards=[may("round.manage")], status_code=200)
async def publish_form(request: WebRequest, round_id: FromPath[UUID]) -> Template | Redirect:
    try:
        count = await publishing.publish(request.user, round_id)
    except Unlawful as refusal:
        row = await queries.round_of(request.user, round_id)
        crumbs = _crumbs((row["title"], f"/rounds/{round_id}"), (_("Publishing"), None))
        return page(
            request,
            "rounds/refused.html",
            status=422,
            crumbs=crumbs,
            round=row,
            sentence=refusal.sentence,
            findings=refusal.findings,
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/rounds/{round_id}", refusal.sentence, "stop")
    done = ngettext(
        "%(count)s placement was published.", "%(count)s placements were published.", count
    )
    return go(request, f"/rounds/{round_id}", done)


@get("/rounds/{round_id:uuid}/export", guards=[may("round.students")], opt={EXPORT: True})
async def export(request: WebRequest, round_id: FromPath[UUID]) -> Response[bytes]:
    row = await queries.round_of(request.user, round_id)
    bench = await workbench(request.user, request.app.state.vault, row)
    heads = [
        _("Number"),
        _("Name"),
        _("Class"),
        _("Post"),
        _("Host"),
        _("Choice"),
        _("Score"),
        _("Decision"),
        _("Why"),
    ]
    rows = [
        [
            r["number"],
            r["name"],
            r["class_name"],
            r["title"] or "",
            r["host_name"] or "",
            r["rank"],
            r["score"],
            r["decision_label"],
            r["why"],
        ]
        for r in bench["proposals"]
    ]
    return await files.table(heads, rows, f"{row['title']}-{day(row['starts'])}-{language()}")


def _proposal(bench: dict[str, Any], student: UUID) -> dict[str, Any]:
    """The student's line on the bench; raises Missing."""
    found: dict[str, Any] | None = next(
        (row for row in bench["proposals"] if row["student"] == student), None
    )
    if found is None:
        raise Missing
    return found


async def _told(request: WebRequest, round_id: UUID, work: Any, done: str) -> Redirect:
    """Do it and go back to the round, saying what was done or why not."""
    try:
        await work
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/rounds/{round_id}", refusal.sentence, "stop")
    return go(request, f"/rounds/{round_id}", done)


def _draft(form: Form) -> actions.RoundDraft | None:
    title = form.text("title", most=80)
    starts, ends, closes = form.day("starts"), form.day("ends"), form.moment("preferences_close")
    if starts and ends and starts >= ends:
        form.error("ends", _("The round must start before it ends."))
    most = form.whole("most_preferences", least=1, most=20)
    group = form.whole("least_group", least=1, most=50)
    parts = [
        form.whole(name, least=0, most=100) for name in ("specialty", "grade", "distance", "host")
    ]
    if None not in parts and sum(part or 0 for part in parts) != 100:
        form.error(
            "host",
            _(
                "The four weights must add up to 100; they add up to %(sum)s.",
                sum=sum(p or 0 for p in parts),
            ),
        )
    if (
        form.failed
        or starts is None
        or ends is None
        or closes is None
        or most is None
        or group is None
    ):
        return None
    return actions.RoundDraft(
        title=title,
        starts=starts,
        ends=ends,
        preferences_close=closes,
        most_preferences=most,
        weights=Weights(*(part or 0 for part in parts)),
        least_group=group,
    )


def _bench(round_id: UUID, form: Form) -> str:
    back = within(form.value("back"))
    return back if back.startswith(f"/rounds/{round_id}") else f"/rounds/{round_id}"


def _may(request: WebRequest, action: str) -> bool:
    return allows(request.app.state.policy, request.user.role, action)


ROUTES = [
    rounds_page,
    new_round_page,
    new_round_form,
    round_page,
    edit_round_page,
    edit_round_form,
    classes_page,
    classes_form,
    posts_page,
    posts_form,
    move_form,
    run_form,
    repeat_form,
    progress_stream,
    certificate_download,
    accept_form,
    undo_form,
    override_form,
    override_page,
    publish_form,
    export,
]
