"""Lists of placement files: the page and its export."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from alliance.kit.engine import DB
from alliance.kit.language import N_, _, ngettext, word
from alliance.kit.policy import may
from alliance.kit.reading import EXPORT
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
from alliance.kit.web.pages import WebRequest, go, page
from alliance.placements import judging as file_judging
from alliance.placements import lists as file_lists
from alliance.placements import queries as file_queries
from alliance.placements.life import ending
from alliance.placements.lists import Wanted
from alliance.placements.model import (
    SECTIONS,
    STANDINGS,
)
from alliance.placements.words import SECTION_WORDS, word_context

_LACKS = {
    **{code: section.label for code, section in SECTIONS.items()},
    "any": N_("anything"),
    "expiring": N_("insurance running out"),
}
EXPORTED = 2000
"""Files that an export judges before it is written, at most."""


def _columns() -> Iterator[Column[dict[str, Any]]]:
    yield Column(_("Number"), lambda row: row["number"])
    yield Column(_("Name"), lambda row: row["name"])
    yield Column(_("Class"), lambda row: row["class_name"])
    yield Column(_("Host"), lambda row: row["host_name"])
    yield Column(_("Post"), lambda row: row["title"])
    yield Column(_("From"), lambda row: row["starts"])
    yield Column(_("To"), lambda row: row["ends"])
    yield Column(_("State"), lambda row: word(STANDINGS, row["standing"]))
    for code, section in SECTIONS.items():
        yield Column(_(section.label), partial(_section_word, code))


def _section_word(code: str, row: dict[str, Any]) -> str:
    return word(SECTION_WORDS, row["sections"][code])


LIST = Listing(
    Wanted,
    _columns,
    name=lambda: _("Placements"),
    by=lambda: {
        "state": By(_("State"), STANDINGS),
        "lacks": By(_("Missing"), _LACKS),
        "search": By(_("Search")),
    },
    most=50_000,
)


def _fetch(request: WebRequest, judged: int) -> Fetch[Wanted, dict[str, Any]]:
    """Placements as their files were judged; so many that are over are judged first."""
    actor, vault = request.user, request.app.state.vault

    async def fetch(wanted: Wanted, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        ids, total = await file_lists.found(actor, vault, wanted, limit=limit, offset=offset)
        await file_judging.settle(actor.organisation, judged, placements=ids, over=True)
        return await file_queries.these(actor, vault, ids), total

    return fetch


@get("/placements", guards=[may("file.list")])
async def placements_page(request: WebRequest, at: PageNumber = 1) -> Template:
    actor = request.user
    await file_judging.settle(actor.organisation, file_judging.AT_ONCE)
    async with DB.reading(actor):
        found = await LIST.page(LIST.asked(request), at, _fetch(request, LIST.per_page))
        counts = await file_lists.figures(actor)
    return page(
        request,
        "placements/files.html",
        crumbs=[(_("Placements"), None)],
        figures=_figures(counts),
        **word_context(),
        **found,
    )


def _figures(count: dict[str, int]) -> list[dict[str, Any]]:
    waiting = ngettext(
        "%(n)s file is being judged",
        "%(n)s files are being judged",
        count["waiting"],
        n=count["waiting"],
    )
    return [
        {
            "label": _("Placements that go on"),
            "value": count["going"],
            "note": _("placed, agreed or on post"),
        },
        {"label": _("On post"), "value": count["active"], "href": "/placements?state=active"},
        {
            "label": _("Over, not closed"),
            "value": count["over"],
            "kind": "warn" if count["over"] else None,
            "note": _("their last day has passed"),
            "href": "/placements?state=over",
        },
        {
            "label": _("Files with gaps"),
            "value": count["gaps"],
            "kind": "stop",
            "note": waiting
            if count["waiting"]
            else _("a section is missing; a placement that is over counts until it is closed"),
            "href": "/placements?lacks=any",
        },
        {
            "label": _("Insurance running out"),
            "value": count["expiring"],
            "kind": "warn",
            "href": "/placements?lacks=expiring",
        },
    ]


@post("/placements/end-over", guards=[may("file.move")], status_code=303)
async def end_over_form(request: WebRequest) -> Redirect:
    """End every placement of the school whose last day has passed."""
    count = await ending.end_over(request.user)
    done = ngettext("%(count)s placement has ended.", "%(count)s placements have ended.", count)
    return go(request, "/placements", done)


@get("/placements/export", guards=[may("file.list")], opt={EXPORT: True})
async def export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    await file_judging.settle(request.user.organisation, EXPORTED, over=True)
    return await LIST.export(request, _fetch(request, EXPORTED), form, names_people=True)


ROUTES = [placements_page, end_over_form, export]
