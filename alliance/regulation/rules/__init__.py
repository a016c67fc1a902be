"""The rule pack: 66 rules in files by subject, shown in docs/law.md; what is not verified: docs/law.md#read-and-remembered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from alliance.regulation.model import Rule
from alliance.regulation.rules import (
    agreements,
    arranging,
    hosts,
    jobs,
    pay,
    protection,
    supervising,
)

RULE_PACK_VERSION: Final = "2026-11.12"
_LIST: Final = (
    *hosts.RULES, *arranging.RULES, *agreements.RULES, *protection.RULES, *pay.RULES, *supervising.RULES, *jobs.RULES,
)  # fmt: skip
RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in _LIST})


def rules_in_force(on_day: date, rules: Mapping[str, Rule] = RULES) -> tuple[Rule, ...]:
    """The rules that apply on a day: an old placement is judged by the law of its day."""
    return tuple(
        rule
        for rule in rules.values()
        if rule.in_force_from <= on_day and (rule.in_force_to is None or on_day <= rule.in_force_to)
    )
