"""What judgements keep about a person whom the hub erases: of birthdays the year, as in the
student's own row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.compliance.tables import Evaluation, StandingFinding
from alliance.kit.asking import subjects
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring

_BIRTHDAYS: Final = ("born", "sixteen", "eighteen")
"""Facts of a student and numbers of a finding that tell the day of birth."""


async def forget_judged(person: UUID, _ring: Keyring) -> Sequence[UUID]:
    """Take the day of birth out of the facts and findings of gates and reviews; which rule said
    what stays as it was."""
    rows = await DB.fetch(
        "select id, facts, findings from evaluation where facts @> jsonb_build_object('groups',"
        " jsonb_build_object('student', jsonb_build_array(jsonb_build_object('student', "
        "$1::text))))",
        str(person),
    )
    about = {str(person), *(str(each) for each in await subjects.about(person))}
    for row in rows:
        facts, findings = msgspec.json.decode(row["facts"]), msgspec.json.decode(row["findings"])
        facts["groups"]["student"] = [
            _without_day(fact) if fact["student"] == str(person) else fact
            for fact in facts["groups"]["student"]
        ]
        kept = [_of(found, about) for found in findings]
        await DB.change(
            Evaluation.update(
                {
                    Evaluation.facts: msgspec.json.encode(facts).decode(),
                    Evaluation.findings: msgspec.json.encode(kept).decode(),
                }
            ).where(Evaluation.id == row["id"])
        )
    for row in await DB.fetch(
        "select id, finding from standing_finding where subject::text = any($1)", list(about)
    ):
        said = _of(msgspec.json.decode(row["finding"]), about)
        await DB.change(
            StandingFinding.update(
                {StandingFinding.finding: msgspec.json.encode(said).decode()}
            ).where(StandingFinding.id == row["id"])
        )
    return []


def _of(finding: Mapping[str, Any], subjects: set[str]) -> dict[str, Any]:
    about = finding.get("subject") in subjects
    return (
        {**finding, "numbers": _without_day(finding.get("numbers", {}))} if about else dict(finding)
    )


def _without_day(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the first of January for each birthday.

    >>> _without_day({"born": "2008-11-30", "sex": "F"})
    {'born': '2008-01-01', 'sex': 'F'}
    """
    return {
        name: f"{value[:4]}-01-01" if name in _BIRTHDAYS and value else value
        for name, value in told.items()
    }
