"""The rule book: what the law asks, where the hub asks it, and what stands against it now."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.response import Template

from alliance.compliance import board
from alliance.compliance import queries as queries_board
from alliance.compliance.policy import POLICY
from alliance.kit.language import N_, _, language
from alliance.kit.policy import allows, may
from alliance.kit.problems import Missing
from alliance.kit.web.asked import Choice, Code, SearchText
from alliance.kit.web.pages import WebRequest, page
from alliance.regulation import GATES, RULE_PACK_VERSION, RULES, Rule, Text
from alliance.regulation.naming import GATE_NAMES, inputs_of, parameters_of, sentences_of, spoken

SEVERITIES = {
    "block": N_("blocks"),
    "block_unless_filed": N_("blocks unless filed"),
    "warn": N_("reminds"),
    "record": N_("asks for a record"),
}
OWNERS = {"host": N_("the host"), "school": N_("the school")}
VERIFIED = {
    "yes": N_("checked against the official text"),
    "no": N_("to be verified against the official text"),
}


@get("/rules", guards=[may("rules.read")])
async def rules_page(
    request: WebRequest,
    search: SearchText = "",
    area: Choice = "",
    severity: Choice = "",
    gate: Choice = "",
    verified: Choice = "",
) -> Template:
    choices = _choices()
    asked = {"area": area, "severity": severity, "gate": gate, "verified": verified}
    known = {
        name: chosen if chosen in dict(choices[name]) else "" for name, chosen in asked.items()
    }
    query = {"search": search, **known}
    rows = [row for row in map(_row, RULES.values()) if _fits(row, query)]
    return page(
        request,
        "compliance/rules.html",
        crumbs=[(_("Rule book"), None)],
        rows=rows,
        query=query,
        areas=board.AREAS,
        severities=SEVERITIES,
        choices=choices,
        all=len(RULES),
        unverified=sum(not rule.verified for rule in RULES.values()),
        version=RULE_PACK_VERSION,
        counts=await _counts(request),
    )


@get("/rules/{rule_id:str}", guards=[may("rules.read")])
async def rule_page(request: WebRequest, rule_id: Code) -> Template:
    rule = RULES.get(rule_id)
    if rule is None:
        raise Missing
    ids = list(RULES)
    place = ids.index(rule_id)
    return page(
        request,
        "compliance/rules_one.html",
        crumbs=[(_("Rule book"), "/rules"), (rule_id, None)],
        rule=rule,
        row=_row(rule),
        inputs=inputs_of(rule, language() == "zh"),
        parameters=parameters_of(rule, language() == "zh"),
        severities=SEVERITIES,
        owners=OWNERS,
        areas=board.AREAS,
        counts=await _counts(request),
        before=ids[place - 1] if place else None,
        after=ids[place + 1] if place + 1 < len(ids) else None,
    )


def _row(rule: Rule) -> dict[str, Any]:
    """A rule in the reader's language."""
    chinese = language() == "zh"
    said: dict[str, list[Text | None]] = {
        "title": [rule.title],
        "citation": [rule.citation],
        "mend": [rule.mend],
        "unknown": [rule.unknown],
        "student": list(dict.fromkeys([*(each.student for each in rule.causes), rule.student])),
    }
    return {
        "id": rule.id,
        **{
            name: " ".join(spoken(text, chinese) for text in texts if text is not None)
            for name, texts in said.items()
        },
        "sentences": sentences_of(rule, chinese),
        "reminders": sentences_of(rule, chinese, softly=True),
        "severity": rule.severity,
        "area": board.area_of(rule.id),
        "verified": rule.verified,
        "since": rule.in_force_from,
        "until": rule.in_force_to,
        "gates": {name: _gate(name) for name, asked in GATES.items() if rule.id in asked},
        "inputs": inputs_of(rule, chinese),
        "owner": rule.owner,
    }


def _gate(name: str) -> str:
    return GATE_NAMES[name].zh if language() == "zh" else GATE_NAMES[name].en


def _fits(row: dict[str, Any], query: dict[str, str]) -> bool:
    words = query["search"].strip().lower()
    text = " ".join(
        (
            row["id"],
            row["title"],
            row["citation"],
            *row["sentences"],
            *row["reminders"],
            *row["inputs"],
        )
    ).lower()
    return (
        (not words or all(word in text for word in words.split()))
        and query["area"] in ("", row["area"])
        and query["severity"] in ("", row["severity"])
        and (not query["gate"] or query["gate"] in row["gates"])
        and query["verified"] in ("", "yes" if row["verified"] else "no")
    )


def _choices() -> dict[str, list[tuple[str, str]]]:
    """What each filter offers, "all" first."""
    named = {"area": board.AREAS, "severity": SEVERITIES, "verified": VERIFIED}
    every = [("", _("all"))]
    chosen = {
        name: every + [(key, _(label)) for key, label in labels.items()]
        for name, labels in named.items()
    }
    return {**chosen, "gate": every + [(name, _gate(name)) for name in GATES]}


async def _counts(request: WebRequest) -> dict[str, int] | None:
    """Open findings by rule, for those who may see the board."""
    if not allows(POLICY, request.user.role, "compliance.board"):
        return None
    return await queries_board.count_of_rule(request.user)


ROUTES = [rules_page, rule_page]
