"""All files of a round at once: the table, recording the same for many, agreeing and starting
many."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from alliance.kit.asking.ids import RoundId
from alliance.kit.forms import Form
from alliance.kit.language import _, ngettext
from alliance.kit.policy import may
from alliance.kit.problems import Missing
from alliance.kit.web.asked import Choice
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.placements import actions as file_actions
from alliance.placements import judging as file_judging
from alliance.placements import queries as file_queries
from alliance.placements.model import SECTIONS
from alliance.placements.pages.forms import Options, in_words, read_values, words_of
from alliance.placements.words import word_context
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS
from alliance.rounds import queries
from alliance.rounds.leftover import held


@get("/rounds/{round_id:uuid}/files", guards=[may("file.list")])
async def round_files_page(
    request: WebRequest, round_id: FromPath[RoundId], lacks: Choice = "", host: Choice = ""
) -> Template:
    row = await queries.round_of(request.user, round_id)
    given = await held.placements_of(request.user, round_id)
    await file_judging.settle(
        request.user.organisation, file_judging.AT_ONCE, placements=given, over=True
    )
    everything = await file_queries.by_class(request.user, request.app.state.vault, given)
    going = [each for each in everything if each.state != "cancelled"]
    counts = {code: sum(code in each.gaps for each in going) for code in SECTIONS}
    rows = [each for each in going if lacks in ("", *each.gaps) and host in ("", str(each.host))]
    hosts = sorted({(str(each.host), each.host_name) for each in going}, key=lambda each: each[1])
    return page(
        request,
        "rounds/files.html",
        crumbs=_crumbs(row, (_("Files"), None)),
        round=row,
        rows=rows,
        counts=counts,
        hosts=hosts,
        all=len(going),
        query={"lacks": lacks, "host": host},
        **word_context(),
    )


@post("/rounds/{round_id:uuid}/files/fill", guards=[may("file.move")], status_code=200)
async def fill_page(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    """The form of one section for the ticked placements."""
    form = Form(await request.form())
    chosen = form.identifiers("placement")
    if not chosen:
        return go(
            request, f"/rounds/{round_id}/files", _("Tick at least one placement first."), "warn"
        )
    return await _fill_page(request, round_id, form.value("section"), chosen, Form())


@post("/rounds/{round_id:uuid}/files/record", guards=[may("file.move")], status_code=200)
async def record_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    form = Form(await request.form())
    section = SECTIONS.get(form.value("section"))
    chosen = form.identifiers("placement")
    if section is None or not chosen:
        raise Missing
    values = read_values(form, section.of("school"), await _instructors(request), many=True)
    if not values and not form.failed:
        form.general = _("Fill in at least one field.")
    if not form.failed:
        await _of_round(request, round_id, chosen)
        async with attempt(form):
            changed = await file_actions.record(request.user, chosen, values)
            done = ngettext(
                "%(count)s file was changed.", "%(count)s files were changed.", len(changed)
            )
            return go(request, f"/rounds/{round_id}/files", done)
    return await _fill_page(request, round_id, section.code, chosen, form, status=form.status)


@post("/rounds/{round_id:uuid}/files/move", guards=[may("file.move")], status_code=200)
async def move_many_form(request: WebRequest, round_id: FromPath[RoundId]) -> Template | Redirect:
    """Agree or start many; tells who passed, who was refused and why."""
    form = Form(await request.form())
    chosen, name = form.identifiers("placement"), form.value("step")
    if not chosen or name not in ("agree", "start"):
        return go(
            request, f"/rounds/{round_id}/files", _("Tick at least one placement first."), "warn"
        )
    row = await queries.round_of(request.user, round_id)
    known = await _of_round(request, round_id, chosen)
    told = await file_actions.move_many(
        request.user, chosen, name, only_good=form.ticked("only_good"), kept_under=round_id
    )
    refused = [(known[placement], findings) for placement, findings in told.refused]
    barred = {placement for placement, _findings in told.refused}
    return page(
        request,
        "rounds/files_moved.html",
        crumbs=_crumbs(row, (_("Files"), f"/rounds/{round_id}/files"), (_("Result"), None)),
        round=row,
        step=name,
        done=[known[placement] for placement in told.done],
        refused=refused,
        good=[known[placement] for placement in chosen if placement not in barred],
        status=200 if told.done else 422,
        **word_context(),
    )


async def _of_round(
    request: WebRequest, round_id: RoundId, chosen: list[UUID]
) -> dict[UUID, file_queries.Filed]:
    given = set(await held.placements_of(request.user, round_id)).intersection(chosen)
    rows = await file_queries.by_class(request.user, request.app.state.vault, list(given))
    known = {row.id: row for row in rows}
    if any(placement not in known for placement in chosen):
        raise Missing
    return known


async def _fill_page(
    request: WebRequest,
    round_id: RoundId,
    code: str,
    chosen: list[UUID],
    form: Form,
    *,
    status: int = 200,
) -> Template:
    section = SECTIONS.get(code)
    if section is None:
        raise Missing
    row = await queries.round_of(request.user, round_id)
    known = await _of_round(request, round_id, chosen)
    back = f"/rounds/{round_id}/files"
    return page(
        request,
        "placements/file_section.html",
        status=status,
        crumbs=_crumbs(row, (_("Files"), back), (_(section.label), None)),
        rows=[known[placement] for placement in chosen],
        section=section,
        form=form,
        version=0,
        fields=section.of("school"),
        people=await _instructors(request),
        action=f"{back}/record",
        back=back,
        many=True,
        present=None,
        findings=(),
        plan_words=words_of(PLAN_FIELDS),
        item_words=words_of(AGREEMENT_ITEMS),
        in_words=in_words,
    )


async def _instructors(request: WebRequest) -> Options:
    return {
        "instructor": await file_queries.guides(request.user, request.app.state.vault, "instructor")
    }


def _crumbs(row: dict[str, Any], *more: Crumb) -> list[Crumb]:
    return [(_("Placement rounds"), "/rounds"), (row["title"], f"/rounds/{row['id']}"), *more]


ROUTES = [round_files_page, fill_page, record_form, move_many_form]
