"""Lists of placement files: the page and its export."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get
from litestar.response import Response, Template

from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.language import _, day, ngettext
from alliance.kit.policy import may
from alliance.kit.reading import EXPORT
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, PageNumber, SearchText, State
from alliance.kit.web.pages import WebRequest, page
from alliance.placements import judging as file_judging
from alliance.placements import lists as file_lists
from alliance.placements import queries as file_queries
from alliance.placements.lists import Wanted
from alliance.placements.model import (
    PLACEMENT_STATES,
    SECTIONS,
)
from alliance.placements.words import SECTION_WORDS, word_context

PAGE = 25
EXPORTED = 2000
"""Files that an export judges before it is written, at most."""


@get("/placements", guards=[may("file.list")])
async def placements_page(
    request: WebRequest,
    in_state: State = "",
    lacks: Choice = "",
    search: SearchText = "",
    sort: Choice = "",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template:
    wanted = Wanted(state=in_state, lacks=lacks, search=search, sort=sort, down=down)
    actor, vault = request.user, request.app.state.vault
    await file_judging.settle(actor.organisation, file_judging.AT_ONCE)
    async with DB.reading(actor):
        ids, total = await file_lists.found(
            actor, vault, wanted, limit=PAGE, offset=(at - 1) * PAGE
        )
        await file_judging.settle(actor.organisation, PAGE, placements=ids, over=True)
        rows, counts = await file_queries.these(actor, vault, ids), await file_lists.figures(actor)
    return page(
        request,
        "placements/files.html",
        crumbs=[(_("Placements"), None)],
        rows=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query=msgspec.structs.asdict(wanted),
        figures=_figures(counts),
        **word_context(),
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
            "label": _("Files with gaps"),
            "value": count["gaps"],
            "kind": "stop",
            "note": waiting if count["waiting"] else _("a section is missing"),
            "href": "/placements?lacks=any",
        },
        {
            "label": _("Insurance running out"),
            "value": count["expiring"],
            "kind": "warn",
            "href": "/placements?lacks=expiring",
        },
    ]


@get("/placements/export", guards=[may("file.list")], opt={EXPORT: True})
async def export(
    request: WebRequest,
    in_state: State = "",
    lacks: Choice = "",
    search: SearchText = "",
) -> Response[bytes]:
    actor, vault = request.user, request.app.state.vault
    await file_judging.settle(actor.organisation, EXPORTED, over=True)
    ids, _total = await file_lists.found(
        actor, vault, Wanted(state=in_state, lacks=lacks, search=search)
    )
    rows = await file_queries.these(actor, vault, ids)
    heads = [
        _("Number"),
        _("Name"),
        _("Class"),
        _("Host"),
        _("Post"),
        _("From"),
        _("To"),
        _("State"),
    ]
    heads += [_(section.label) for section in SECTIONS.values()]
    states = {code: _(label) for code, label in SECTION_WORDS.items()}
    words = {code: _(label) for code, label in PLACEMENT_STATES.items()}
    table = [
        [
            row["number"],
            row["name"],
            row["class_name"],
            row["host_name"],
            row["title"],
            row["starts"],
            row["ends"],
            words[row["state"]],
            *(states[row["sections"][code]] for code in SECTIONS),
        ]
        for row in rows
    ]
    return await files.table(heads, table, f"{_('Placements')}-{day(clock.today())}")


ROUTES = [placements_page, export]
