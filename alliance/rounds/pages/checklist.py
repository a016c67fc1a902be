"""The official checklist of a round: page, sheet to print, workbook; per host and class."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Response, Template

from alliance.kit import clock, reading
from alliance.kit.asking.ids import RoundId
from alliance.kit.language import _, day, language
from alliance.kit.policy import may
from alliance.kit.web import files
from alliance.kit.web.asked import Choice
from alliance.kit.web.pages import WebRequest, page
from alliance.placements import queries as file_queries
from alliance.placements.queries import Filed
from alliance.regulation import RULES, sentence
from alliance.rounds import queries
from alliance.rounds.checklist import Line, checklist
from alliance.rounds.leftover import held


@get("/rounds/{round_id:uuid}/checklist", guards=[may("file.list")])
async def checklist_page(
    request: WebRequest,
    round_id: FromPath[RoundId],
    host: Choice = "",
    school_class: Choice = "",
    view: Choice = "",
) -> Template:
    row, rows, lines, everything = await _lines(request, round_id, host, school_class)
    crumbs = [
        (_("Placement rounds"), "/rounds"),
        (row["title"], f"/rounds/{round_id}"),
        (_("Official checklist"), None),
    ]
    more: dict[str, Any] = {"layout": "layout/print.html"} if view == "print" else {}
    return page(
        request,
        "rounds/checklist.html",
        crumbs=crumbs,
        round=row,
        lines=lines,
        placements=len(rows),
        who=_who(rows),
        hosts=sorted(
            {(str(each.host), each.host_name) for each in everything}, key=lambda each: each[1]
        ),
        classes=sorted(
            {(str(each.school_class), each.class_name) for each in everything},
            key=lambda each: each[1],
        ),
        query={"host": host, "school_class": school_class},
        citations=_citations,
        checked=_checked,
        printed=view == "print",
        **more,
    )


@get(
    "/rounds/{round_id:uuid}/checklist/export",
    guards=[may("file.list")],
    opt={reading.EXPORT: True},
)
async def export(
    request: WebRequest, round_id: FromPath[RoundId], host: Choice = "", school_class: Choice = ""
) -> Response[bytes]:
    row, rows, lines, _everything = await _lines(request, round_id, host, school_class)
    who = _who(rows)
    heads = [
        _("Part"),
        _("Item"),
        _("Shown by documents"),
        _("Declared only"),
        _("Of"),
        _("Missing"),
        _("Why"),
        _("Rules"),
        _("Citation"),
    ]
    table: list[list[Any]] = []
    for line in lines:
        first = [
            _(line.item.group),
            _(line.item.label),
            line.shown if line.judged else None,
            line.declared if line.judged else None,
            line.total if line.judged else None,
        ]
        last = [" ".join(line.item.rules), _citations(line)]
        table.append([*first, "" if line.judged else _("not judged yet"), "", *last])
        table += [
            [*first, who[key][0], sentence(finding, language()), *last]
            for key, finding in line.lacking
        ]
    with reading.carrying(away=False):
        given = await held.placements_of(request.user, round_id)
        listed = await file_queries.count_of(request.user, given, host, school_class)
    table += reading.left_out(listed - len(rows))
    return await files.table(
        heads, table, f"{row['title']}-{_('Official checklist')}-{day(clock.today())}"
    )


async def _lines(
    request: WebRequest, round_id: RoundId, host: str, school_class: str
) -> tuple[dict[str, Any], list[Filed], list[Line], list[Filed]]:
    row = await queries.round_of(request.user, round_id)
    given = await held.placements_of(request.user, round_id)
    rows = await file_queries.by_class(request.user, request.app.state.vault, given)
    everything = [each for each in rows if each.state != "cancelled"]
    rows = [
        each
        for each in everything
        if host in ("", str(each.host)) and school_class in ("", str(each.school_class))
    ]
    return row, rows, await checklist(request.user, row, rows), everything


def _who(rows: list[Filed]) -> dict[UUID, tuple[str, str]]:
    """Host or placement → its name and address."""
    hosts = {row.host: (row.host_name, f"/organisations/{row.host}") for row in rows}
    return hosts | {
        row.id: (f"{row.name} ({row.class_name})", f"/placements/{row.id}") for row in rows
    }


def _citations(line: Line) -> str:
    texts = [RULES[rule].citation for rule in line.item.rules]
    return _("; ").join(dict.fromkeys(text.zh if language() == "zh" else text.en for text in texts))


def _checked(line: Line) -> bool:
    return all(RULES[rule].verified for rule in line.item.rules)


ROUTES = [checklist_page, export]
