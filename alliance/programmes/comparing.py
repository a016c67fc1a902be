"""What a list of students would do to those that are stored: the dry run."""

from __future__ import annotations

from typing import Any

import msgspec

from alliance.kit import reading
from alliance.kit.asking import restrictions
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.programmes.rosters.messages import Severity
from alliance.programmes.rosters.model import Problem, Roster, RosterRow
from alliance.programmes.standing.elsewhere import elsewhere

SECRET = ("name", "identity_number", "phone", "guardian_name", "guardian_phone")
"""Columns of a student that are ciphertext."""


class Plan(msgspec.Struct, frozen=True):
    """What an import would do: rows by what happens to them, and everything that is wrong."""

    roster: Roster
    created: tuple[RosterRow, ...]
    changed: tuple[tuple[RosterRow, tuple[str, ...]], ...]
    """Rows with the columns that differ from what is stored."""
    unchanged: int
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        """Problems that keep their row out."""
        return sum(1 for problem in self.problems if problem.is_error)


async def compare(vault: Vault, roster: Roster) -> Plan:
    """Compare the good rows of a list with the school's students, in the open transaction."""
    stored = await DB.fetch(
        "select s.*, p.key, p.restricted_until, c.name as class_name,"
        " student_state_on(s.id, app_day()) as state"
        " from student s join person p on p.id = s.person"
        " join school_class c on c.id = s.school_class where s.school = app_organisation() and "
        "s.number = any($1)",
        [row.number for row in roster.rows],
    )
    marks = {row.number: vault.mark(row.identity_number) for row in roster.rows}
    owners = await DB.fetch(
        "select number, identity_mark from student where school = app_organisation() and "
        "identity_mark = any($1)",
        list(marks.values()),
    )
    others = {one.mark: one.school_name for one in await elsewhere(list(marks.values()))}
    restricted = await restrictions.in_force()
    by_number = {row["number"]: row for row in stored}
    owner_of = {row["identity_mark"]: row["number"] for row in owners}
    created, changed, unchanged, problems = [], [], 0, list(roster.problems)
    for row in roster.rows:
        present = by_number.get(row.number)
        owner = owner_of.get(marks[row.number], row.number)
        if owner != row.number:
            problems.append(_problem(row, "identity_taken", other=owner))
        elif present is None:
            created.append(row)
            if other := others.get(marks[row.number]):
                problems.append(_problem(row, "elsewhere", "warning", school=other))
        elif present["identity_mark"] != marks[row.number]:
            problems.append(_problem(row, "identity_changed"))
        elif present["key"] is None:
            problems.append(_problem(row, "erased"))
        elif present["restricted_until"] is not None:
            problems.append(_problem(row, "restricted"))
        elif differing := await _differing(vault, row, present):
            if present["id"] in restricted:
                problems.append(_problem(row, "restricted_use"))
            else:
                changed.append((row, differing))
        else:
            unchanged += 1
    return Plan(
        roster,
        tuple(created),
        tuple(changed),
        unchanged,
        tuple(sorted(problems, key=lambda p: (p.row, p.column))),
    )


def _problem(row: RosterRow, code: str, severity: Severity = "error", **values: object) -> Problem:
    return Problem(row.row, "身份证号", "", code, severity, values)


async def _differing(vault: Vault, row: RosterRow, present: dict[str, Any]) -> tuple[str, ...]:
    found = await reading.differing(
        vault, present, {name: getattr(row, name) for name in SECRET if getattr(row, name)}
    )
    if present["class_name"] != row.class_name:
        found.append("school_class")
    found += [name for name in ("sex", "born") if present[name] != getattr(row, name)]
    if row.town_code is not None and present["town"] != row.town_code:
        found.append("town")
    if row.grade is not None and present["grade"] != row.grade:
        found.append("grade")
    if row.state is not None and present["state"] != row.state:
        found.append("state")
    return tuple(found)


def summary(plan: Plan) -> dict[str, int]:
    """The figures of a dry run."""
    return {
        "created": len(plan.created),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "errors": plan.errors,
        "bad_rows": len({problem.row for problem in plan.problems if problem.is_error}),
        "warnings": sum(1 for problem in plan.problems if problem.severity == "warning"),
        "skipped": plan.roster.skipped_rows,
    }
