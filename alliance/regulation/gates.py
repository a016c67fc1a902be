"""Which rules stand before which change of state, and how they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alliance.regulation.columns import PAIR_CHECKS, POST_CHECKS, PairColumns, cap_of, over_cap, sixteenth_birthday
from alliance.regulation.model import Facts, Finding, Number, Rule
from alliance.regulation.rules import RULES, rules_in_force

GATES: Final[Mapping[str, tuple[str, ...]]] = {
    "post.publish": ("A02", "B06", "E05", "F03", "C06", "C07"),
    "placement.propose": ("A02", "B06", "E05", "F03", "C02", "C06", "C07", "E01", "E02"),
    "round.publish": ("A02", "B06", "E05", "F03", "C02", "C06", "C07", "E01", "E02"),
}
"""DOMAIN.md §1.2, as far as the pack reaches. At `post.publish` the caps are asked about the post alone: its staff must be
known, and it may not ask for more than the law would ever allow it."""

JOB_RULES: Final = ("A02",)
"""What is asked of a job: the rest of these gates is about internships."""
RULE_BITS: Final[Mapping[str, int]] = {rule: bit for bit, rule in enumerate((*PAIR_CHECKS, *POST_CHECKS))}
"""Position of each rule in the mask of a pair. Bits are only ever added at the end."""


def gate(transition: str, facts: Facts, on_day: date, lifted: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Every finding of a gate on a day, in the order of the rules' ids.

    `lifted` names rules that a filing or override lifts; it lifts `block_unless_filed` only. Raises KeyError for an unknown
    transition.
    """
    asked = set(GATES[transition]) if facts.post.kind == "internship" else set(GATES[transition]) & set(JOB_RULES)
    found = []
    for rule in rules_in_force(on_day):
        if rule.id in asked and not (rule.id in lifted and rule.severity == "block_unless_filed"):
            finding = _ask(rule, facts)
            if finding is not None:
                found.append(finding)
    return tuple(found)


def blocking(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that close the gate."""
    return tuple(finding for finding in findings if finding.severity.startswith("block"))


def pair_mask(columns: PairColumns, on_day: date) -> NDArray[np.uint64]:
    """[students × posts] the broken rules of every pair, one bit each (`RULE_BITS`), by the law of a day."""
    mask = np.zeros((len(columns.category), columns.starts.shape[1]), np.uint64)
    in_force = {rule.id for rule in rules_in_force(on_day)}
    for rule, bit in RULE_BITS.items():
        if rule in in_force:
            check = PAIR_CHECKS.get(rule) or POST_CHECKS[rule]
            mask |= check(columns).astype(np.uint64) << np.uint64(bit)
    return mask


def rules_of_mask(mask: int) -> list[str]:
    """The rules whose bits are set."""
    return [rule for rule, bit in RULE_BITS.items() if mask >> bit & 1]


def findings_of_pair(mask: int, facts: Facts) -> tuple[Finding, ...]:
    """The findings behind a pair's mask, with their numbers."""
    return tuple(_finding(RULES[rule], facts) for rule in rules_of_mask(mask))


def host_cap(staff: int) -> int:
    """Interns that a host of so many staff may have at a time (rule C06)."""
    return cap_of("C06", staff)


def post_cap(staff_same_type: int) -> int:
    """Interns that may share a kind of post with so many staff (rule C07)."""
    return cap_of("C07", staff_same_type)


def _ask(rule: Rule, facts: Facts) -> Finding | None:
    if rule.id in PAIR_CHECKS:
        if facts.student is None:
            return None
        broken = bool(PAIR_CHECKS[rule.id](PairColumns.of([facts.student], [facts.post], [facts.host]))[0, 0])
    elif rule.id in POST_CHECKS:
        broken = bool(POST_CHECKS[rule.id](PairColumns.of([], [facts.post], [facts.host]))[0, 0])
    elif facts.occupancy is None:
        return None
    else:
        broken = over_cap(rule.id, _staff(rule.id, facts), facts.occupancy)
    return _finding(rule, facts) if broken else None


def _finding(rule: Rule, facts: Facts) -> Finding:
    unknown = rule.id in ("C06", "C07") and _staff(rule.id, facts) is None
    subject = facts.host.host if rule.id in ("A02", "B06", "C06", "E05") else facts.post.post
    if rule.id in PAIR_CHECKS and facts.student is not None:
        subject = facts.student.student
    return Finding(
        rule=rule.id,
        version=rule.version,
        severity=rule.severity,
        subject=subject,
        numbers={"host": facts.host.name} if unknown else _numbers(rule.id, facts),
        unknown=unknown,
    )


def _staff(rule: str, facts: Facts) -> int | None:
    return facts.host.staff if rule == "C06" else facts.post.staff_same_type


def _numbers(rule: str, facts: Facts) -> dict[str, Number]:
    host, post, student, occupancy = facts.host, facts.post, facts.student, facts.occupancy
    if rule in ("C06", "C07") and occupancy is not None:
        staff = _staff(rule, facts) or 0
        present, added = (
            (occupancy.host_peak, occupancy.added_host) if rule == "C06" else (occupancy.post_peak, occupancy.added_post)
        )
        cap = cap_of(rule, staff)
        total = present + added
        return {"host": host.name, "staff": staff, "present": present, "total": total, "cap": cap, "excess": total - cap}
    if rule == "F03":
        return {"hours": post.hours_per_day, "week": post.hours_per_day * post.days_per_week, "shift": f"shift:{post.shift}"}
    if rule == "C02" and student is not None:
        wanted = ",".join(dict.fromkeys(code[:2] for code in post.wanted_specialties))
        return {
            "specialty": student.specialty,
            "category": f"category:{student.specialty[:2]}",
            "wanted": f"category:{wanted}",
        }
    if rule == "E01" and student is not None and post.starts is not None:
        return {"entry": str(student.entry_year), "earliest": date(student.entry_year + 1, 9, 1), "starts": post.starts}
    if rule == "E02" and student is not None and post.starts is not None:
        return {"sixteen": sixteenth_birthday(student.born), "starts": post.starts}
    return {"host": host.name, "industry": host.industry}
