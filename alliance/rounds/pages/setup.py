"""Setting a round up: its weights and days, classes, posts, and opening it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit import clock
from alliance.kit.asking.ids import RoundId
from alliance.kit.forms import Form
from alliance.kit.language import COUNTY_TIME, _
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web.asked import Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page, reads
from alliance.programmes import queries as programmes
from alliance.programmes.standing.model import days_of_internship
from alliance.rounds import actions, opening, queries
from alliance.rounds.matching.scoring import Weights
from alliance.rounds.model import ROUND_STATES, closing
from alliance.rounds.pages.answers import crumbs_of, done_or_refused


@get("/rounds", guards=[may("round.list")])
@reads
async def rounds_page(request: WebRequest) -> Template:
    return page(
        request,
        "rounds/list.html",
        crumbs=[(_("Placement rounds"), None)],
        rounds=await queries.rounds(request.user),
        states=ROUND_STATES,
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
        request,
        "rounds/form.html",
        crumbs=crumbs_of((_("New round"), None)),
        form=form,
        round=None,
    )


@post("/rounds/new", guards=[may("round.manage")], status_code=200)
async def new_round_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    draft = _draft(form)
    if draft is not None:
        async with attempt(form):
            round_id = await actions.create_round(request.user, draft)
            return go(
                request,
                f"/rounds/{round_id}",
                _("The round is prepared. Choose classes and posts next."),
            )
    crumbs = crumbs_of((_("New round"), None))
    return page(
        request, "rounds/form.html", status=form.status, crumbs=crumbs, form=form, round=None
    )


@get("/rounds/{round_id:uuid}/edit", guards=[may("round.manage")])
async def edit_round_page(request: WebRequest, round_id: FromPath[RoundId]) -> Template:
    row = await queries.round_of(request.user, round_id)
    shown = {
        **row,
        **{name: row[f"weight_{name}"] for name in ("specialty", "grade", "distance", "host")},
    }
    crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Settings"), None))
    return page(request, "rounds/form.html", crumbs=crumbs, form=Form.showing(shown), round=row)


@post("/rounds/{round_id:uuid}/edit", guards=[may("round.manage")], status_code=200)
async def edit_round_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    row = await queries.round_of(request.user, round_id)
    form = Form(await request.form())
    draft = _draft(form, row)
    version = form.whole("version", least=1, most=10**6) or 0
    reason = form.lines("reason", most=500, required=False)
    if draft is not None and not form.failed:
        async with attempt(form):
            said = await actions.change_round(request.user, round_id, version, draft, reason)
            return _saved(request, round_id, _("The settings were saved."), said)
    crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Settings"), None))
    return page(
        request, "rounds/form.html", status=form.status, crumbs=crumbs, form=form, round=row
    )


@get("/rounds/{round_id:uuid}/classes", guards=[may("round.manage")])
async def classes_page(request: WebRequest, round_id: FromPath[RoundId]) -> Template:
    taking_part, _posts = await queries.chosen(request.user, round_id)
    return await _classes_page(request, round_id, Form(), taking_part)


@post("/rounds/{round_id:uuid}/classes", guards=[may("round.manage")], status_code=200)
async def classes_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    form = Form(await request.form())
    wanted = form.identifiers("class")
    async with attempt(form):
        said = await actions.choose_classes(request.user, round_id, wanted)
        return _saved(request, round_id, _("Classes were saved."), said)
    return await _classes_page(request, round_id, form, set(wanted), status=form.status)


def _saved(request: WebRequest, round_id: RoundId, done: str, said: str) -> Redirect:
    """Back to the round with what was done, and what is to be known of it."""
    if said:
        return go(request, f"/rounds/{round_id}", f"{done} {said}", "warn")
    return go(request, f"/rounds/{round_id}", done)


async def _classes_page(
    request: WebRequest, round_id: RoundId, form: Form, chosen: set[UUID], status: int = 200
) -> Template:
    row = await queries.round_of(request.user, round_id)
    classes = [each for each in await programmes.classes(request.user) if each.students]
    return page(
        request,
        "rounds/choose_classes.html",
        status=status,
        crumbs=crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Classes"), None)),
        round=row,
        form=form,
        classes=classes,
        days={each.id: days_of_internship(each.entry_year, each.years) for each in classes},
        chosen=chosen,
    )


@get("/rounds/{round_id:uuid}/posts", guards=[may("round.manage")])
async def posts_page(request: WebRequest, round_id: FromPath[RoundId]) -> Template:
    row = await queries.round_of(request.user, round_id)
    _classes, offered = await queries.chosen(request.user, round_id)
    crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Posts"), None))
    posts = await queries.posts_for(request.user, row)
    return page(
        request, "rounds/choose_posts.html", crumbs=crumbs, round=row, posts=posts, chosen=offered
    )


@post("/rounds/{round_id:uuid}/posts", guards=[may("round.manage")], status_code=303)
async def posts_form(request: WebRequest, round_id: FromPath[RoundId]) -> Redirect:
    form = Form(await request.form())
    return await done_or_refused(
        request,
        round_id,
        actions.choose_posts(request.user, round_id, form.identifiers("post")),
        _("Posts were saved."),
    )


@post("/rounds/{round_id:uuid}/{name:str}", guards=[may("round.manage")], status_code=200)
async def move_form(
    request: WebRequest, round_id: FromPath[RoundId], name: Code
) -> Template | Redirect:
    form = Form(await request.form())
    if name == "open" and not form.ticked("sure"):
        found = await opening.look(request.user, round_id)
        if found.students and found.able < found.students:
            row = await queries.round_of(request.user, round_id)
            crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Open preferences"), None))
            return page(
                request,
                "rounds/changing/opening.html",
                status=422,
                crumbs=crumbs,
                round=row,
                opening=found,
            )
    if name != "open":
        return go(request, f"/rounds/{round_id}")
    return await done_or_refused(
        request,
        round_id,
        actions.move_round(request.user, round_id, name),
        _("Students can rank posts now."),
    )


@get("/rounds/{round_id:uuid}/close", guards=[may("round.manage")])
async def close_page(request: WebRequest, round_id: FromPath[RoundId]) -> Template:
    return await _close(request, round_id, Form())


@post("/rounds/{round_id:uuid}/close", guards=[may("round.manage")], status_code=200)
async def close_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    form = Form(await request.form())
    reason = form.lines("reason", most=500, required=False)
    if not form.failed:
        try:
            await actions.move_round(request.user, round_id, "close", reason)
        except Refusal as refusal:
            if "reason" not in refusal.fields:
                if refusal.status == 404:
                    raise
                return go(request, f"/rounds/{round_id}", refusal.sentence, "stop")
            form.error("reason", refusal.sentence)
        else:
            return go(request, f"/rounds/{round_id}", _("Preferences are closed."))
    return await _close(request, round_id, form, 422)


async def _close(request: WebRequest, round_id: RoundId, form: Form, status: int = 200) -> Template:
    row = await queries.round_of(request.user, round_id)
    crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Close preferences"), None))
    return page(
        request,
        "rounds/changing/close.html",
        status=status,
        crumbs=crumbs,
        form=form,
        round=row,
    )


@get("/rounds/{round_id:uuid}/reopen", guards=[may("round.manage")])
async def reopen_page(request: WebRequest, round_id: FromPath[RoundId]) -> Template:
    return await _reopen(request, round_id, Form())


@post("/rounds/{round_id:uuid}/reopen", guards=[may("round.manage")], status_code=200)
async def reopen_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    form = Form(await request.form())
    closes = form.moment("preferences_close")
    reason = form.lines("reason", most=500)
    if closes is not None and not form.failed:
        async with attempt(form):
            await actions.reopen(request.user, round_id, closes, reason)
            done = _("Students can change their lists again; every one of them is told why.")
            return go(request, f"/rounds/{round_id}", done)
    return await _reopen(request, round_id, form, form.status)


async def _reopen(
    request: WebRequest, round_id: RoundId, form: Form, status: int = 200
) -> Template:
    row = await queries.round_of(request.user, round_id)
    crumbs = crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Reopen preferences"), None))
    return page(
        request,
        "rounds/changing/reopen.html",
        status=status,
        crumbs=crumbs,
        form=form,
        round=row,
        closing=closing(row),
    )


def _draft(form: Form, before: dict[str, Any] | None = None) -> actions.RoundDraft | None:
    title = form.text("title", most=80)
    starts, ends, closes = form.day("starts"), form.day("ends"), form.moment("preferences_close")
    if starts and ends and starts >= ends:
        form.error("ends", _("The round must start before it ends."))
    if (
        closes
        and closes <= clock.now()
        and (
            before is None or closes != before["preferences_close"].replace(second=0, microsecond=0)
        )
    ):
        form.error("preferences_close", _("This moment has passed. Set a later one."))
    if closes and starts and closes.astimezone(COUNTY_TIME).date() > starts:
        form.error("preferences_close", _("Preferences close before the first day."))
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


ROUTES = [
    rounds_page,
    new_round_page,
    new_round_form,
    edit_round_page,
    edit_round_form,
    classes_page,
    classes_form,
    posts_page,
    posts_form,
    close_page,
    close_form,
    reopen_page,
    reopen_form,
    move_form,
]
