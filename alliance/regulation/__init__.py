"""The law as data: dated rules with citations, and the gates that ask them. Pure: no I/O, no clock.

A *rule* is a row of `rules.RULES` and a check over columns; a *gate* is a list of rules before one change of state; a
*finding* is a broken rule with its numbers. One row of columns serves a page, a million a round.

What always holds: a gate returns every finding at once; a rule is asked only on days on which it is in force; each finding
can be said in both languages with the rule's id, the numbers, what would mend it, and the citation.
"""

from alliance.regulation.columns import PairColumns
from alliance.regulation.gates import (
    GATES,
    RULE_BITS,
    blocking,
    findings_of_pair,
    gate,
    host_cap,
    pair_mask,
    post_cap,
    rules_of_mask,
)
from alliance.regulation.model import Facts, Finding, HostFacts, OccupancyFacts, PostFacts, Rule, StudentFacts
from alliance.regulation.rules import RULE_PACK_VERSION, RULES, rules_in_force
from alliance.regulation.wording import chip, chip_of_rule, citation, mend, sentence, verified

__all__ = [
    "GATES",
    "RULES",
    "RULE_BITS",
    "RULE_PACK_VERSION",
    "Facts",
    "Finding",
    "HostFacts",
    "OccupancyFacts",
    "PairColumns",
    "PostFacts",
    "Rule",
    "StudentFacts",
    "blocking",
    "chip",
    "chip_of_rule",
    "citation",
    "findings_of_pair",
    "gate",
    "host_cap",
    "mend",
    "pair_mask",
    "post_cap",
    "rules_in_force",
    "rules_of_mask",
    "sentence",
    "verified",
]
