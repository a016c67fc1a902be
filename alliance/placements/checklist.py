"""The official checklist of a round: eight before, three throughout, two in time (DOMAIN.md §1.5), computed from facts."""

from __future__ import annotations

from typing import Any, Final

from alliance.compliance.actions import judge
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import N_, _
from alliance.kit.secrets import Vault
from alliance.placements import file_queries
from alliance.placements.file_queries import subject_of

GROUPS: Final = (
    (
        N_("Eight before the start"),
        (
            (N_("On-site inspection of new hosts"), ("B04",)),
            (N_("Host list decided by the meeting and published"), ("B05",)),
            (N_("Informed consent of student and guardian"), ("C03",)),
            (N_("Filed as required (batch, other province, abroad)"), ("C13", "C14", "C15")),
            (N_("Plan made together by school and host"), ("C01",)),
            (N_("Management rules, safety rules, emergency plan"), ("C12",)),
            (N_("Tripartite agreement"), ("D01", "D02", "D04", "D05", "D06")),
            (N_("Training before the start"), ("H03",)),
        ),
    ),
    (
        N_("Three throughout"),
        (
            (N_("Guidance by both sides"), ("H01",)),
            (N_("Management by both sides"), ("H02",)),
            (N_("Information and education in values"), ("H09",)),
        ),
    ),
    (N_("Two in time"), ((N_("Assessed and graded together"), ("I01", "I02")), (N_("Filed in the archive"), ("I03",)))),
    (
        N_("Caps, age and insurance"),
        (
            (N_("10% and 20% caps"), ("C06", "C07")),
            (N_("Sixteen on the first day"), ("E02",)),
            (N_("Not in the first year"), ("E01",)),
            (N_("Insured for the whole internship"), ("H06",)),
        ),
    ),
)
ASKED: Final = ("host.use", "round.publish", "agreement.sign", "placement.start")
LATER: Final = frozenset({"H02", "I01", "I02", "I03"})
"""Rules whose daily facts come with supervision: they are listed and not yet counted."""


async def of_round(actor: Actor, vault: Vault, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Groups of lines: title, rules, how many placements are in order (`done` of `all`, both None while not counted), who lacks."""
    placements = [one for one in await file_queries.placements(actor, vault, round_id=row["id"]) if one["state"] != "cancelled"]
    broken: list[set[str]] = [set() for _one in placements]
    async with DB.acting_for(actor):
        for gate in ASKED:
            judgement = await judge(gate, [subject_of(one) for one in placements], row["starts"])
            for found, findings in zip(broken, judgement.each, strict=True):
                found.update(finding.rule for finding in findings if not finding.softly)
    return [
        {"title": _(title), "lines": [_line(_(words), rules, placements, broken) for words, rules in lines]}
        for title, lines in GROUPS
    ]


def _line(title: str, rules: tuple[str, ...], placements: list[dict[str, Any]], broken: list[set[str]]) -> dict[str, Any]:
    if LATER & set(rules):
        return {"title": title, "rules": rules, "done": None, "all": None, "lacking": []}
    lacking = [one for one, found in zip(placements, broken, strict=True) if found & set(rules)]
    return {"title": title, "rules": rules, "done": len(placements) - len(lacking), "all": len(placements), "lacking": lacking}
