"""The official checklist of a round — eight before, three throughout, two in time — counted from
placement files and host files.

Source: docs/law.md#the-official-checklist (八个事先、三个全程、两个及时). A line counts hosts,
placements or the school; what the hub keeps no records of yet, or what is due later, is not judged.
What people typed and no document shows counts as *declared*, apart from what is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judge
from alliance.hosts.queries import documents_of_uses
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.placements.model import SECTIONS
from alliance.placements.queries import Filed

Unit = Literal["host", "placement"]


class Item(msgspec.Struct, frozen=True):
    """A line of the official list: the rules that judge it, at which gate, and what it counts."""

    group: str
    label: str
    rules: tuple[str, ...]
    gate: str | None
    unit: Unit
    shown_by: str = ""
    """Where its documents lie: a section of the placement file, or `inspection`, `minutes`,
    `arrangements` of the host files."""


BEFORE, THROUGHOUT, IN_TIME = N_("Eight before"), N_("Three throughout"), N_("Two in time")
ITEMS: Final = (
    Item(BEFORE, N_("Inspection report of new hosts"), ("B04",), "host.use", "host", "inspection"),
    Item(
        BEFORE,
        N_("Host list decided by the Party organisation and published"),
        ("B05",),
        "host.use",
        "host",
        "minutes",
    ),
    Item(
        BEFORE,
        N_("Consent of student and guardian"),
        ("C03",),
        "agreement.sign",
        "placement",
        "consents",
    ),
    Item(
        BEFORE,
        N_("Filed with the authority; other province and abroad"),
        ("C13", "C14", "C15"),
        "placement.start",
        "placement",
        "filings",
    ),
    Item(
        BEFORE,
        N_("Plan made by school and host together"),
        ("C01",),
        "placement.start",
        "placement",
        "plan",
    ),
    Item(
        BEFORE,
        N_("Management, safety rules and emergency plan"),
        ("C12",),
        "host.use",
        "host",
        "arrangements",
    ),
    Item(
        BEFORE,
        N_("Tripartite agreement"),
        ("D01", "D02", "D04", "D05", "D06"),
        "agreement.sign",
        "placement",
        "agreement",
    ),
    Item(
        BEFORE, N_("Safety training and test"), ("H03",), "placement.start", "placement", "training"
    ),
    Item(
        THROUGHOUT,
        N_("Guidance by school and host"),
        ("H01",),
        "placement.start",
        "placement",
        "guides",
    ),
    Item(
        THROUGHOUT, N_("Management by school and host"), ("H02", "H05"), "week.review", "placement"
    ),
    Item(THROUGHOUT, N_("Ideological guidance"), (), None, "placement"),
    Item(
        IN_TIME,
        N_("Assessed by school and host together"),
        ("I01", "I02"),
        "placement.close",
        "placement",
    ),
    Item(IN_TIME, N_("Archived"), ("I03",), "placement.close", "placement"),
)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its count: `good` of `total`, and who is missing (`key` is a host or a
    placement)."""

    item: Item
    good: int
    """Those in which nothing is missing."""
    declared: int
    """Of the good ones those that somebody typed and no document shows."""
    total: int
    lacking: tuple[tuple[UUID, Any], ...]
    """(key, first finding)"""
    judged: bool

    @property
    def shown(self) -> int:
        """Those in which nothing is missing and a document, or the hub itself, shows it."""
        return self.good - self.declared

    @property
    def kind(self) -> str:
        """Mark of the line: `ok` only where all is shown, `info` where some is but declared."""
        if not self.judged or not self.total:
            return "wait"
        if self.good < self.total:
            return "stop" if self.good == 0 else "warn"
        return "info" if self.declared else "ok"


async def checklist(
    actor: Actor, round_row: Mapping[str, Any], files: Sequence[Filed]
) -> list[Line]:
    """The lines of a round's placements (cancelled ones left out), by the law of its first day."""
    subjects = {each.id: each.about for each in files}
    hosts = sorted({each.host for each in files})
    whose = {
        host: Subject(
            host=host,
            school=round_row["school"],
            starts=round_row["starts"],
            ends=round_row["ends"],
        )
        for host in hosts
    }
    lines = []
    found: dict[str, dict[UUID, dict[str, Any]]] = {}
    async with DB.acting_for(actor):
        for gate in dict.fromkeys(item.gate for item in ITEMS if item.gate):
            asked = whose if gate == "host.use" else subjects
            judgement = await judge(gate, list(asked.values()), round_row["starts"])
            found[gate] = {
                key: {finding.rule: finding for finding in findings}
                for key, findings in zip(asked, judgement.each, strict=True)
            }
        shown = await documents_of_uses(round_row["school"], hosts)
    for code in SECTIONS:
        shown[code] = {each.id for each in files if code in each.shown}
    ended = round_row["ends"] < clock.today()
    for item in ITEMS:
        told = found.get(item.gate or "", {})
        lines.append(line(item, told, shown.get(item.shown_by, frozenset()), ended=ended))
    return lines


def line(
    item: Item,
    broken: Mapping[UUID, Mapping[str, Any]],
    shown: Collection[UUID],
    *,
    ended: bool,
) -> Line:
    """One line from each key's broken rules and the keys that a document speaks for.

    What runs or is due after the first day is not judged while its facts are wholly unknown and the
    round has not ended.
    """
    lacking = []
    unknown = 0
    for key, rules in broken.items():
        findings = [rules[rule] for rule in item.rules if rule in rules]
        if findings:
            lacking.append((key, findings[0]))
            unknown += all(finding.unknown for finding in findings)
    later = item.gate in ("week.review", "placement.close") and unknown == len(broken)
    waits = item.gate is None or (later and not (ended and item.gate == "placement.close"))
    good = 0 if waits else len(broken) - len(lacking)
    short = {key for key, _finding in lacking}
    return Line(
        item=item,
        good=good,
        declared=0 if waits else sum(key not in short and key not in shown for key in broken),
        total=len(broken),
        lacking=() if waits else tuple(lacking),
        judged=not waits,
    )
