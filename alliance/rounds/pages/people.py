"""What students, guardians and hosts do in a round: rank, read the result, score blind, see
interns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect, Template

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.language import _, language, ngettext
from alliance.kit.policy import may
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.web.asked import Choice, SearchText
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page, reads, within
from alliance.posts.model import SHIFTS
from alliance.posts.showing import said
from alliance.programmes import guiding
from alliance.regulation import LABOUR_GRADES, Facts, chip, findings_of_pair, sentence
from alliance.rounds import blind, queries
from alliance.rounds.changing import rules
from alliance.rounds.inputs import lifted_for_students, posts_of, read_offer, read_students
from alliance.rounds.leftover import waiting
from alliance.rounds.matching.feasibility import pair_facts, rule_masks
from alliance.rounds.matching.scoring import kilometres
from alliance.rounds.model import Move, closing
from alliance.rounds.students import own, preferences
from alliance.rounds.workbench import choice_sentence, why

MOVES: dict[str, Move] = {"up": "up", "down": "down", "add": "add", "remove": "remove"}
FIRST_SHOWN, FIRST_BARRED = 8, 3


@get("/preferences", guards=[may("preference.read")])
@reads
async def preferences_page(
    request: WebRequest,
    student: FromQuery[UUID | None] = None,
    round_id: Annotated[UUID | None, QueryParameter(name="round")] = None,
    more: Choice = "",
    search: SearchText = "",
) -> Template:
    """A student's list in the round that asks for one, or else the latest result; guardians read
    it."""
    actor = request.user
    in_care = await queries.students_in_care(actor, request.app.state.vault)
    child = next((row for row in in_care if student in (None, row["id"])), None)
    if child is None:
        if student is not None:
            raise Missing
        return _no_round(request, None, lapsed=await guiding.lapsed(actor))
    rounds = await own.rounds_of(actor, child["id"])
    asked = next((r for r in rounds if r["id"] == round_id), None)
    if round_id is not None and asked is None:
        raise Missing
    row = asked or own.begins_with(rounds)
    apart = [{"title": r["title"], "why": own.why_not(r)} for r in rounds if not own.takes_part(r)]
    if row is None or not own.takes_part(row):
        return _no_round(request, child, in_care=in_care, apart=apart)
    context = await _phone(actor, row, child["id"], None if more == "barred" else FIRST_BARRED)
    wanted = search.strip().lower()
    allowed = [
        p
        for p in context["allowed"]
        if not wanted or wanted in f"{p['title']} {p['enterprise_name']}".lower()
    ]
    context["allowed"] = allowed
    return page(
        request,
        "rounds/students/preferences.html",
        round=row,
        child=child,
        in_care=in_care,
        rounds=[r for r in rounds if own.takes_part(r)],
        apart=apart,
        more=more,
        search=search,
        first_shown=FIRST_SHOWN,
        first_barred=FIRST_BARRED,
        waits=await _waits(actor, row, child["id"]),
        closing=closing(row),
        days_left=(row["preferences_close"] - clock.now()).days,
        amended=await rules.of_round(actor, request.app.state.vault, row["id"], child["id"]),
        is_open=row["state"] == "open" and row["preferences_close"] > clock.now(),
        **context,
    )


async def _waits(
    actor: Actor, row: dict[str, Any], student: StudentId
) -> list[tuple[waiting.Wait, dict[str, Any]]]:
    found = await waiting.of_student(actor, row, student)
    posts = await queries.post_names(actor, row["id"]) if found else {}
    return [(one, posts[one.post]) for one in found if one.post in posts]


def _no_round(
    request: WebRequest,
    child: dict[str, Any] | None,
    *,
    in_care: Sequence[dict[str, Any]] = (),
    apart: Sequence[dict[str, str]] = (),
    lapsed: date | None = None,
) -> Template:
    return page(
        request,
        "rounds/students/no_round.html",
        child=child,
        in_care=in_care,
        lapsed=lapsed,
        apart=apart,
    )


@post("/preferences/{round_id:uuid}", guards=[may("preference.own")], status_code=303)
async def preferences_form(request: WebRequest, round_id: FromPath[RoundId]) -> Redirect:
    """One button of the list (`move` and `post`), or a whole list (`posts`, for undo)."""
    form = Form(await request.form())
    _row, before = await queries.list_of(request.user, round_id, _student(request.user))
    try:
        if form.value("move") in MOVES:
            chosen = form.identifier("post", PostId)
            if chosen is None:
                raise Missing
            await preferences.press(request.user, round_id, chosen, MOVES[form.value("move")])
            request.session["before"] = [str(post_id) for post_id in before]
            request.session["moved"] = str(chosen)
        else:
            await preferences.save_list(
                request.user,
                round_id,
                form.identifiers("posts"),
                form.whole("version", least=0, most=10**9),
            )
            request.session.pop("before", None)
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(
            request,
            f"/preferences?round={round_id}",
            refusal.sentence,
            "warn" if isinstance(refusal, Conflict) else "stop",
        )
    back = within(form.value("back"))
    return go(
        request, back if back.startswith("/preferences") else f"/preferences?round={round_id}"
    )


@post("/preferences/{round_id:uuid}/waiting", guards=[may("preference.own")], status_code=303)
async def waiting_form(request: WebRequest, round_id: FromPath[RoundId]) -> Redirect:
    """Leave the waiting list of a post, or come back."""
    form = Form(await request.form())
    chosen = form.identifier("post", PostId)
    if chosen is None:
        raise Missing
    back = f"/preferences?round={round_id}"
    if form.ticked("leave"):
        await waiting.leave(request.user, round_id, chosen)
        return go(request, back, _("You wait for this post no longer."))
    await waiting.rejoin(request.user, round_id, chosen)
    return go(request, back, _("You wait for this post again."))


@post(
    "/preferences/{round_id:uuid}/answers/{amendment:uuid}",
    guards=[may("preference.own")],
    status_code=303,
)
async def answer_form(
    request: WebRequest, round_id: FromPath[RoundId], amendment: FromPath[UUID]
) -> Redirect:
    """What a student says to a change of the rules."""
    form = Form(await request.form())
    back = f"/preferences?round={round_id}"
    try:
        words = form.lines("words", most=500, required=False)
        await rules.answer(request.user, amendment, words)
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(request, back, refusal.sentence, "stop")
    return go(request, back, _("Your coordinator reads it."))


async def _phone(
    actor: Actor, row: dict[str, Any], student: StudentId, most_barred: int | None
) -> dict[str, Any]:
    """The list, and its result or else what may be chosen and what may not: of the first
    `most_barred` the reasons are told."""
    saved, ranked = await queries.list_of(actor, row["id"], student)
    async with DB.reading(actor):
        result = await own.result_of(actor, row["id"], student) if row["decided"] else None
        # whoever has a result may be in another class today, or have a place from elsewhere
        students = [] if result is not None else await read_students(row["id"], student)
        if result is not None:
            known = await posts_of(row)
        elif students:
            offer = await read_offer(row)
            lifted = await lifted_for_students(row, students)
            known = list(offer.posts)
        else:
            raise Missing
        home = await queries.home_of(student)
    for found in known:
        found["kilometres"] = kilometres(home, (found["longitude"], found["latitude"]))
    by_id = {found["id"]: found for found in known}
    context = {
        "saved": saved,
        "ranked": [by_id[post_id] for post_id in ranked if post_id in by_id],
        "result": result,
    }
    if result is not None:
        posts = await queries.post_names(actor, row["id"])
        result["why"] = why(result["reason"], result["reason"].note, posts)
        result["choices"] = [
            (choice, posts.get(choice.post), choice_sentence(choice, posts))
            for choice in result["reason"].choices
        ]
        return {**context, "allowed": [], "barred": []}
    masks = rule_masks(students, offer, row["starts"], lifted)[0]
    allowed, barred = [], []
    for index, found in enumerate(known):
        if mask := int(masks[index]):
            barred.append((mask, found))
        elif found["id"] not in ranked and found["state"] == "published":
            found["places"] = offer.room(index)
            found["direct"] = students[0]["specialty"] in found["wanted"]
            allowed.append(found)
    allowed.sort(
        key=lambda p: (
            not p["direct"],
            p["places"] == 0,
            p["kilometres"] if p["kilometres"] is not None else 999.0,
            p["title"],
        )
    )
    # the fewer rules stand in the way, the nearer the post
    barred.sort(key=lambda each: each[0].bit_count())
    for mask, found in barred[:most_barred]:
        found["reasons"] = _reasons(
            mask, pair_facts(offer, found["id"], students[0]), row["starts"]
        )
    return {**context, "allowed": allowed, "barred": [found for _mask, found in barred]}


def _reasons(mask: int, facts: Facts, on_day: date) -> list[tuple[str, str]]:
    """(chip, sentence to the student) of every rule that excludes the post."""
    return [
        (chip(finding, language()), sentence(finding, language(), "student"))
        for finding in findings_of_pair(mask, facts, on_day)
    ]


@get("/preferences/{round_id:uuid}/posts/{post_id:uuid}", guards=[may("preference.read")])
@reads
async def post_page(
    request: WebRequest, round_id: FromPath[RoundId], post_id: FromPath[PostId]
) -> Template:
    """A post as students and guardians read it before they rank it."""
    row = await own.post_of(request.user, request.app.state.vault, round_id, post_id)
    return page(
        request,
        "rounds/students/post.html",
        post=row,
        round_id=round_id,
        value_of=said,
        shifts=SHIFTS,
        grades=LABOUR_GRADES,
    )


@get("/candidates", guards=[may("candidate.score")])
@reads
async def candidates_page(request: WebRequest) -> Template:
    rounds = await queries.scoring_rounds(request.user)
    return page(
        request, "rounds/candidates/list.html", crumbs=[(_("Candidates"), None)], rounds=rounds
    )


@get("/candidates/{round_id:uuid}", guards=[may("candidate.score")])
@reads
async def candidates_of_round(request: WebRequest, round_id: FromPath[RoundId]) -> Template:
    row, rows = await _candidates(request, round_id)
    shown = {str(r["student"]): r["score"] for r in rows}
    crumbs = [(_("Candidates"), "/candidates"), (row["title"], None)]
    return page(
        request,
        "rounds/candidates/one.html",
        crumbs=crumbs,
        round=row,
        rows=rows,
        form=Form.showing(shown),
    )


@post("/candidates/{round_id:uuid}", guards=[may("candidate.score")], status_code=200)
async def candidates_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    row, rows = await _candidates(request, round_id)
    form = Form(await request.form())
    scores = {
        r["student"]: form.decimal(str(r["student"]), least=0, most=100, places=1, required=False)
        for r in rows
    }
    if not form.failed:
        async with attempt(form):
            count = await blind.give_scores(request.user, round_id, scores)
            done = ngettext("%(count)s score is kept.", "%(count)s scores are kept.", count)
            return go(request, f"/candidates/{round_id}", done)
    crumbs = [(_("Candidates"), "/candidates"), (row["title"], None)]
    return page(
        request,
        "rounds/candidates/one.html",
        status=form.status,
        crumbs=crumbs,
        round=row,
        rows=rows,
        form=form,
    )


async def _candidates(
    request: WebRequest, round_id: RoundId
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    row = next((r for r in await queries.scoring_rounds(request.user) if r["id"] == round_id), None)
    if row is None:
        raise Missing
    return row, await queries.candidates(request.user, round_id)


def _student(actor: Actor) -> StudentId:
    if actor.person is None:
        raise Missing
    return StudentId(actor.person)


ROUTES = [
    preferences_page,
    preferences_form,
    waiting_form,
    answer_form,
    post_page,
    candidates_page,
    candidates_of_round,
    candidates_form,
]
