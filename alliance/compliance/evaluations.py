"""Reads of evaluations: what a gate found, and when."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.regulation import Finding, Outgrown


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate said of one thing, when, by which version of the rules."""

    id: int
    at: datetime
    transition: str
    on_day: date
    rule_pack: str
    passed: bool
    findings: list[Finding]
    filings: list[UUID]


async def evaluations_of(actor: Actor, subject_kind: str, subject: UUID) -> list[Evaluation]:
    """What gates said of one thing, the latest first; at most 50."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select id, at, transition, on_day, rule_pack, passed, findings, filings"
            " from evaluation where subject_kind = $1 and subject = $2 order by id desc limit 50",
            subject_kind,
            subject,
        )
    return [Evaluation(**{**row, "findings": read_findings(row["findings"])}) for row in rows]


def read_findings(stored: str) -> list[Finding]:
    """Findings as an evaluation keeps them; days among the numbers are days again."""
    return [
        Finding(
            **{
                **each,
                "numbers": {
                    name: _number(value) for name, value in each.get("numbers", {}).items()
                },
                "outgrown": msgspec.convert(each.get("outgrown", {}), type=dict[str, Outgrown]),
            }
        )
        for each in msgspec.json.decode(stored)
    ]


def _number(value: Any) -> Any:
    return (
        date.fromisoformat(value)
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        else value
    )
