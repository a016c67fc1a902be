"""The compliance board: where things stand, whose task they are, and each with its sentence and
what mends it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.response import Response, Template

from alliance import regulation
from alliance.compliance import board
from alliance.compliance import queries as queries_board
from alliance.compliance.queries import Wanted
from alliance.compliance.standing import link_of
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.language import N_, _, day, day_short, language
from alliance.kit.policy import may
from alliance.kit.sheets import Cell
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, PageNumber, filters
from alliance.kit.web.pages import Crumb, WebRequest, page

PAGE = 20
GROUPS = 12
"""Groups that the board lists before it sends the reader to the list."""
MOST = 5000
PARTIES = frozenset({"coordinator", "hr"})
"""Roles that open a placement's page and see whose it is."""


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Compliance board"), "/compliance"), *more]


@get("/compliance", guards=[may("compliance.board")])
async def board_page(request: WebRequest, by: Choice = "host", opened: Choice = "") -> Template:
    actor = request.user
    by = by if by in board.BY else "host"
    atoms = await queries_board.atoms(actor)
    groups = board.tallies(atoms, by)
    named = await queries_board.names(
        actor,
        {
            each
            for atom in atoms
            for each in (atom.school, atom.host, atom.owner)
            if each is not None
        },
    )
    drill: list[dict[str, Any]] = []
    if opened and any(group.key == opened for group in groups):
        drill, _total = await queries_board.matters(actor, Wanted(**{by: opened}), limit=GROUPS)
    heat = board.heat(atoms)
    trend = await queries_board.trend(actor)
    stop, warn = board.whole(atoms)
    return page(
        request,
        "compliance/board.html",
        crumbs=[(_("Compliance board"), None)],
        stop=stop,
        warn=warn,
        blocked=len(frozenset[UUID]().union(*(atom.placements for atom in atoms if atom.blocks))),
        heat=heat,
        total=board.everywhere(atoms),
        schools=sorted((key for key in heat if key), key=lambda key: named.get(str(key), "")),
        areas={
            area: label
            for area, label in board.AREAS.items()
            if any(area in row for row in heat.values())
        },
        by=by,
        groups=groups[:GROUPS],
        more=len(groups),
        opened=opened,
        drill=[_shown(actor, row) for row in drill],
        named=named,
        trend=trend,
        chart=_chart(trend),
        owners=_by_owner(atoms),
        coverage=await queries_board.coverage(actor),
        filings=await queries_board.filings(actor),
        rules=len(regulation.RULES),
        severities=board.SEVERITIES,
        rule_title=lambda rule: regulation.title_of_rule(rule, language()),
    )


@get("/compliance/findings", guards=[may("compliance.board")])
async def findings_page(request: WebRequest, at: PageNumber = 1) -> Template:
    wanted, query = _wanted(request)
    rows, total = await queries_board.matters(
        request.user, wanted, limit=PAGE, offset=(at - 1) * PAGE
    )
    return page(
        request,
        "compliance/board_findings.html",
        crumbs=_crumbs((_("Findings"), None)),
        rows=[_shown(request.user, row) for row in rows],
        total=total,
        at=at,
        per_page=PAGE,
        query=query,
        choices=_choices(await queries_board.choices(request.user)),
        withheld=await queries_board.withheld(request.user),
    )


@get("/compliance/findings/export", guards=[may("compliance.board")])
async def findings_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    wanted, _query = _wanted(request)
    rows, _total = await queries_board.matters(request.user, wanted, limit=MOST)
    heads = [
        _("Rule"),
        _("Title"),
        _("Severity"),
        _("What"),
        _("Sentence"),
        _("What mends it"),
        _("Citation"),
        _("Verified against the official text"),
        _("Host"),
        _("Schools"),
        _("Responsible"),
        _("Placements"),
        _("Since"),
        _("Mended"),
    ]
    table: list[list[Cell]] = [_exported(_shown(request.user, row)) for row in rows]
    name = f"{_('Compliance findings')}-{day(clock.today())}"
    return await files.table(heads, table, name, form)


@get("/compliance/sheet", guards=[may("compliance.board")])
async def sheet_page(request: WebRequest) -> Template:
    """The supervision sheet: what the filters show, on paper."""
    wanted, query = _wanted(request)
    rows, total = await queries_board.matters(request.user, wanted, limit=MOST)
    by_owner: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_owner.setdefault(row["owner_name"], []).append(_shown(request.user, row))
    return page(
        request,
        "compliance/board_sheet.html",
        layout="layout/print.html",
        owners=by_owner,
        total=total,
        query=query,
    )


STATES = {"open": N_("not mended"), "mended": N_("mended"), "all": N_("all")}


def _wanted(request: WebRequest) -> tuple[Wanted, dict[str, str]]:
    """What a list shows, and the same as the address says it."""
    query = filters(request, Wanted.__struct_fields__)
    query["state"] = query["state"] if query["state"] in STATES else "open"
    return Wanted(**query), query


def _shown(actor: Actor, row: dict[str, Any]) -> dict[str, Any]:
    """A matter as pages show it: what it is about and where one mends it, if that page is the
    reader's."""
    finding: regulation.Finding = row["finding"]
    said = finding.numbers
    kind, party = str(said.get("kind", row["subject_kind"])), actor.role in PARTIES
    what = (
        str(said.get("host", row["host_name"]))
        if kind in ("host", "use")
        else str(said.get("about", ""))
    )
    if kind == "placement" and party:
        what = f"{what} {said.get('mark', '')}".strip()
    subject = finding.subject if kind == "post" else row["subject"]
    title = regulation.title(finding, language())
    return {
        **row,
        # who does not know the student reads no birthday either
        "sentence": regulation.sentence(finding, language())
        if kind != "placement" or party
        else f"{title}{_('.')}",
        "kind": kind,
        "what": what,
        "href": link_of(kind, subject, row["host"]) if kind != "placement" or party else None,
        "title": title,
        "shown": "block" if row["blocks"] else "warn",
    }


def _choices(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[tuple[str, str]]]:
    """What each filter offers, "all" first."""
    every = [("", _("all"))]
    return {
        "severity": every + [(key, _(label)) for key, label in board.SEVERITIES.items()],
        "area": every + [(key, _(label)) for key, label in board.AREAS.items()],
        "rule": every
        + [
            (row["id"], f"{row['id']} {regulation.title_of_rule(row['id'], language())}")
            for row in found["rule"]
        ],
        **{
            kind: every + [(str(row["id"]), row["name"]) for row in found[kind]]
            for kind in ("school", "host")
        },
        "state": [(key, _(label)) for key, label in STATES.items()],
    }


def _exported(row: dict[str, Any]) -> list[Cell]:
    finding, severity = row["finding"], board.SEVERITIES["stop" if row["blocks"] else "warn"]
    return [
        finding.rule,
        row["title"],
        _(severity),
        row["what"],
        row["sentence"],
        regulation.mend(finding, language()),
        regulation.citation(finding, language()),
        _("yes") if regulation.verified(finding) else _("no"),
        row["host_name"],
        "、".join(row["school_names"] or ()),
        row["owner_name"],
        row["placements"],
        day(row["since"]),
        day(row["mended"]) if row["mended"] else "",
    ]


def _by_owner(atoms: list[board.Atom]) -> list[board.Tally]:
    """Whose task how much is."""
    alike = [msgspec.structs.replace(atom, host=atom.owner) for atom in atoms]
    return board.tallies(alike, "host")[:8]


def _chart(trend: list[dict[str, Any]]) -> str:
    """The weeks as JSON for the chart: the same numbers as the table beside it."""
    values = {
        "labels": [day_short(week["monday"]) for week in trend],
        **{name: [week[name] for week in trend] for name in ("opened", "mended", "standing")},
        "words": {
            "opened": _("newly found"),
            "mended": _("mended"),
            "standing": _("open at the end"),
        },
    }
    return msgspec.json.encode(values).decode()


ROUTES = [board_page, findings_page, findings_export, sheet_page]
