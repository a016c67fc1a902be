"""What filings and overrides can lift, and of which facts they speak."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from alliance.regulation.facts import Facts, Filing
from alliance.regulation.model import Confirmer, Facet, Rule
from alliance.regulation.rules import RULES

OVERRIDDEN: Final = frozenset(rule.id for rule in RULES.values() if rule.only_overridden)
"""Rules that only an override of the authority lifts, never a filing of those whom they bind."""
LIFTS: Final[Mapping[str, tuple[Rule, Facet | None]]] = {
    f"{rule.id}.{facet.name}" if facet else rule.id: (rule, facet)
    for rule in sorted(RULES.values(), key=lambda rule: rule.id)
    if rule.severity == "block_unless_filed"
    for facet in (rule.facets or (None,))
}
"""What a filing or override can name, one of these: a rule, or a facet of a rule (F03.nights)."""
NO_LIFTS: Final[frozenset[str]] = frozenset()


def rule_of_lift(lift: str) -> str:
    """The id of the rule that a filing names with this."""
    return lift.partition(".")[0]


def confirmer_of(lift: str) -> Confirmer:
    """Who makes a filing for this take effect."""
    return LIFTS[lift][0].confirmed_by


def covers_days(filing: Filing, starts: date | None, ends: date | None) -> bool:
    """Whether a filing was made before the first of these days and covers them all."""
    return (
        starts is not None
        and ends is not None
        and filing.filed_on < starts
        and filing.starts <= starts
        and ends <= filing.ends
    )


def concerns(filing: Filing, facts: Facts) -> bool:
    """Whether a filing names this post, host, student or placement at all."""
    named = {facts.post.post, facts.host.host}
    if facts.student is not None:
        named.add(facts.student.student)
    if facts.file is not None:
        named.add(facts.file.placement)
    return filing.subject in named
