"""Stable matching of students to posts under nested caps: post ⊂ host, or any tree of caps.

    market = Market(indptr, post, key, host_of, post_capacity, host_capacity)
    outcome = solve(market)

    market = NestedMarket.of(indptr, node, key, parent, capacity)
    outcome = solve_nested(market)

    outcome = score(market)  # greatest total of fits instead of stability, with a certified bound

Guarantees of the first two (strict keys, nested caps; Abraham, Irving, Manlove 2007; Hatfield,
Milgrom 2005): the outcome exists, is stable and the best stable one for every student at once; no
student gains by misreporting; the order of rows never matters. `docs/matching.md` lists the other
doors: lists, reasons, auditing, certificate, seasons, groups, moves, dictionaries.
"""

from ml.matching.checks.two_levels import audit
from ml.matching.explain import Refusals, explain
from ml.matching.lottery import lottery
from ml.matching.model import HIGHEST, NO_CUTOFF, Market, Outcome
from ml.matching.nested import NestedMarket, NestedOutcome, nested, two_levels
from ml.matching.scored.bound import ScoredOutcome, audit_scored
from ml.matching.scored.solving import score
from ml.matching.solve import solve, solve_nested

__all__ = [
    "HIGHEST",
    "NO_CUTOFF",
    "Market",
    "NestedMarket",
    "NestedOutcome",
    "Outcome",
    "Refusals",
    "ScoredOutcome",
    "audit",
    "audit_scored",
    "explain",
    "lottery",
    "nested",
    "score",
    "solve",
    "solve_nested",
    "two_levels",
]
