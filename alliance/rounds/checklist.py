"""The official checklist of a round — eight before, three throughout, two in time — computed from
records, never ticked.

Source: docs/law.md#the-official-checklist (八个事先、三个全程、两个及时). A line counts hosts,
placements or the school; what the hub keeps no records of yet, or what is due later, is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judge
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.placements.actions import subject_of_file

Unit = Literal["host", "placement"]


class Item(msgspec.Struct, frozen=True):
    """A line of the official list: the rules that judge it, at which gate, and what it counts."""

    group: str
    label: str
    rules: tuple[str, ...]
    gate: str | None
    unit: Unit


BEFORE, THROUGHOUT, IN_TIME = N_("Eight before"), N_("Three throughout"), N_("Two in time")
ITEMS: Final = (
    Item(BEFORE, N_("Inspection report of new hosts"), ("B04",), "host.use", "host"),
    Item(
        BEFORE,
        N_("Host list decided by the Party organisation and published"),
        ("B05",),
        "host.use",
        "host",
    ),
    Item(BEFORE, N_("Consent of student and guardian"), ("C03",), "agreement.sign", "placement"),
    Item(
        BEFORE,
        N_("Filed with the authority; other province and abroad"),
        ("C13", "C14", "C15"),
        "placement.start",
        "placement",
    ),
    Item(
        BEFORE,
        N_("Plan made by school and host together"),
        ("C01",),
        "placement.start",
        "placement",
    ),
    Item(BEFORE, N_("Management, safety rules and emergency plan"), ("C12",), "host.use", "host"),
    Item(
        BEFORE,
        N_("Tripartite agreement"),
        ("D01", "D02", "D04", "D05", "D06"),
        "agreement.sign",
        "placement",
    ),
    Item(BEFORE, N_("Safety training and test"), ("H03",), "placement.start", "placement"),
    Item(THROUGHOUT, N_("Guidance by school and host"), ("H01",), "placement.start", "placement"),
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
    total: int
    lacking: tuple[tuple[UUID, Any], ...]
    """(key, first finding)"""
    judged: bool

    @property
    def kind(self) -> str:
        """Mark of the line."""
        if not self.judged or not self.total:
            return "wait"
        return "ok" if self.good == self.total else "stop" if self.good == 0 else "warn"


async def checklist(
    actor: Actor, round_row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> list[Line]:
    """The lines of a round's placements (rows of `file_queries.of_round`, cancelled ones left out),
    by the law of its first day."""
    subjects = {row["id"]: subject_of_file(row) for row in rows}
    hosts = sorted({row["host"] for row in rows})
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
    ended = round_row["ends"] < clock.today()
    for item in ITEMS:
        lines.append(line(item, found.get(item.gate or "", {}), ended=ended))
    return lines


def line(item: Item, broken: Mapping[UUID, Mapping[str, Any]], *, ended: bool) -> Line:
    """One line from each key's broken rules.

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
    return Line(
        item=item,
        good=good,
        total=len(broken),
        lacking=() if waits else tuple(lacking),
        judged=not waits,
    )
