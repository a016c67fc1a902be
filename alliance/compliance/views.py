"""The compliance board: where things stand, whose task they are, and each with its sentence and
what mends it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.response import Template

from alliance import regulation
from alliance.compliance import board
from alliance.compliance import queries as queries_board
from alliance.compliance.queries import Wanted
from alliance.compliance.standing import link_of
from alliance.kit.actors import Actor
from alliance.kit.language import N_, _, day_short, language, word
from alliance.kit.policy import may
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
from alliance.kit.web.pages import Crumb, WebRequest, page

GROUPS = 12
"""Groups that the board lists before it sends the reader to the list."""
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
    found = await queries_board.open_matters(actor)
    return page(
        request,
        "compliance/board.html",
        crumbs=[(_("Compliance board"), None)],
        stop=found.stop,
        warn=found.warn,
        ahead=found.ahead,
        due=found.due,
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


STATES = {"open": N_("not mended"), "ahead": N_("ahead"), "mended": N_("mended"), "all": N_("all")}


def _columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(_("Rule"), lambda row: row["finding"].rule),
        Column(_("Title"), lambda row: row["title"]),
        Column(
            _("Severity"), lambda row: word(board.SEVERITIES, "stop" if row["blocks"] else "warn")
        ),
        Column(_("What"), lambda row: row["what"]),
        Column(_("Sentence"), lambda row: row["sentence"]),
        Column(_("What mends it"), lambda row: regulation.mend(row["finding"], language())),
        Column(_("Citation"), lambda row: regulation.citation(row["finding"], language())),
        Column(
            _("Verified against the official text"),
            lambda row: _("yes") if regulation.verified(row["finding"]) else _("no"),
        ),
        Column(_("Host"), lambda row: row["host_name"]),
        Column(_("Schools"), lambda row: "、".join(row["school_names"] or ())),
        Column(_("Responsible"), lambda row: row["owner_name"]),
        Column(_("Placements"), lambda row: row["placements"]),
        Column(_("Since"), lambda row: row["since"]),
        Column(_("Due"), lambda row: row["due"]),
        Column(_("Mended"), lambda row: row["mended"]),
    )


LIST = Listing(
    Wanted,
    _columns,
    name=lambda: _("Compliance findings"),
    choices={"state": STATES},
    by=lambda: {
        "severity": By(_("Severity"), board.SEVERITIES),
        "area": By(_("Area")),
        "rule": By(_("Rule")),
        "school": By(_("School")),
        "host": By(_("Host")),
        "state": By(_("State"), STATES),
    },
    per_page=20,
)


def _fetch(request: WebRequest) -> Fetch[Wanted, dict[str, Any]]:
    async def fetch(wanted: Wanted, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        rows, total = await queries_board.matters(request.user, wanted, limit=limit, offset=offset)
        return [_shown(request.user, row) for row in rows], total

    return fetch


@get("/compliance/findings", guards=[may("compliance.board")])
async def findings_page(request: WebRequest, at: PageNumber = 1) -> Template:
    return page(
        request,
        "compliance/board_findings.html",
        crumbs=_crumbs((_("Findings"), None)),
        choices=_choices(await queries_board.choices(request.user)),
        withheld=await queries_board.withheld(request.user),
        **await LIST.page(LIST.asked(request), at, _fetch(request)),
    )


@get("/compliance/findings/export", guards=[may("compliance.board")])
async def findings_export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    choices, query = _choices(await queries_board.choices(request.user)), LIST.asked(request).query
    words = {name: dict(offered).get(query[name], "") for name, offered in choices.items()}
    return await LIST.export(request, _fetch(request), form, words=words)


@get("/compliance/sheet", guards=[may("compliance.board")])
async def sheet_page(request: WebRequest) -> Template:
    """The supervision sheet: what the filters show, on paper."""
    asked = LIST.asked(request)
    rows, total = await _fetch(request)(asked.wanted, LIST.most, 0)
    by_owner: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_owner.setdefault(row["owner_name"], []).append(row)
    return page(
        request,
        "compliance/board_sheet.html",
        layout="layout/print.html",
        owners=by_owner,
        total=total,
        query=asked.query,
    )


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
        "posts": _(", ").join(row["posts"] or ()) if len(row["posts"] or ()) > 1 else "",
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
