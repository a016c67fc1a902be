"""Pages on which two placed students change places after publishing, and where that is taken
back."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from alliance.kit import clock
from alliance.kit.asking.ids import PlacementId, RoundId
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.problems import Conflict, Missing, Refusal, Unlawful
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import WebRequest, go, page
from alliance.placements.model import PLACEMENT_STATES
from alliance.rounds import queries
from alliance.rounds.leftover import exchanging, held
from alliance.rounds.pages.answers import crumbs_of


@get("/rounds/{round_id:uuid}/exchange", guards=[may("round.manage")])
async def exchange_page(
    request: WebRequest,
    round_id: FromPath[RoundId],
    first: FromQuery[PlacementId | None] = None,
    second: FromQuery[PlacementId | None] = None,
) -> Template:
    """Choose two placements; with both chosen, what a swap would mean."""
    return await _exchange(request, round_id, first, second, Form())


@post("/rounds/{round_id:uuid}/exchange", guards=[may("round.manage")], status_code=200)
async def exchange_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    form = Form(await request.form())
    first = form.identifier("first", PlacementId)
    second = form.identifier("second", PlacementId)
    reason = form.lines("reason", most=300)
    if first is None or second is None:
        raise Missing
    if not form.failed:
        try:
            async with attempt(form):
                await exchanging.exchange(request.user, round_id, first, second, reason)
                done = _("Both changed places; they, their guardians and the hosts are told.")
                return go(request, f"/rounds/{round_id}/exchange", done)
        except Unlawful as refusal:
            form.general = refusal.sentence
    return await _exchange(request, round_id, first, second, form, status=422)


@post(
    "/rounds/{round_id:uuid}/exchange/{swap:uuid}/undo",
    guards=[may("round.manage")],
    status_code=303,
)
async def undo_exchange(
    request: WebRequest, round_id: FromPath[RoundId], swap: FromPath[UUID]
) -> Redirect:
    back = f"/rounds/{round_id}/exchange"
    try:
        await exchanging.take_back(request.user, round_id, swap)
    except Missing:
        raise
    except Refusal as refusal:
        return go(request, back, refusal.sentence, "warn")
    return go(request, back, _("Both have their former place again, with its file as it was."))


async def _exchange(
    request: WebRequest,
    round_id: RoundId,
    first: PlacementId | None,
    second: PlacementId | None,
    form: Form,
    status: int = 200,
) -> Template:
    row = await queries.round_of(request.user, round_id)
    vault = request.app.state.vault
    rows = await held.held(request.user, vault, round_id)
    named = {one["id"]: one for one in rows}
    found, sentence = None, ""
    if first is not None and second is not None:
        try:
            found = await exchanging.effect(request.user, round_id, first, second)
        except (Conflict, Refusal) as refusal:
            sentence = refusal.sentence if refusal.status != Missing.status else ""
            sentence = sentence or _(
                "One of the two no longer has the place that the page showed. Look at it again."
            )
    return page(
        request,
        "rounds/changing/exchange.html",
        status=status,
        crumbs=crumbs_of((row["title"], f"/rounds/{round_id}"), (_("Swap"), None)),
        round=row,
        over=row["ends"] < clock.today(),
        form=form,
        first=named.get(first) if first else None,
        second=named.get(second) if second else None,
        held=rows,
        effect=found,
        sentence=sentence,
        swaps=await held.swaps(request.user, vault, round_id),
        states=PLACEMENT_STATES,
    )


ROUTES = [exchange_page, exchange_form, undo_exchange]
