"""The doors to deferred acceptance: `solve` for post ⊂ host, `solve_nested` for any tree of caps.

Both give the student-optimal stable outcome (Abraham, Irving, Manlove 2007; Hatfield, Milgrom
2005), whichever path computes it: compiled (`flat`, `clusters`, `tree`) or plain (`rounds`).
`reference.solve_by_heaps` is the oracle of both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import chosen
from ml.matching.engine.crew import crew_for
from ml.matching.engine.rounds import choices_by_rounds
from ml.matching.model import Market, Outcome
from ml.matching.nested import NestedMarket, NestedOutcome, capped, nested, two_levels


def solve(market: Market, *, compiled: bool | None = None) -> Outcome:
    """The student-optimal stable matching of a two-level market.

    Guarantees as `solve_nested`. `compiled`: True demands numba, False the plain path, None
    chooses; the results are the same.
    """
    return two_levels(market, solve_nested(nested(market), compiled=compiled))


def solve_nested(
    market: NestedMarket,
    *,
    begin: NDArray[np.int32] | None = None,
    compiled: bool | None = None,
    threads: int | None = None,
) -> NestedOutcome:
    """The student-optimal stable matching under a tree of caps.

    `begin` [students] (positions on the lists, list length for "nowhere"): take every list up there
    instead of at its head. That continues an earlier outcome after arrivals, lowered caps and
    closed roots, and equals a cold run as long as every wish before it would be refused anyhow
    (`seasons`).

    `threads`: how many the compiled path may use, None for as many as the process has cores when
    the market is worth it; the result is the same. Large clusters and trees with wishes inside them
    take one.

    Guarantees for strict keys: the outcome exists, is stable, is at least as good for every student
    as any other stable one; no student gains by misreporting; the order of rows does not matter.
    O(edges · (depth + log capacity)) time at worst, each wish is looked at once; O(students + nodes
    + held places) memory beside the market.
    """
    if begin is not None and (
        len(begin) != market.students or (begin < 0).any() or (begin > np.diff(market.indptr)).any()
    ):
        raise ValueError("begin must be a position on every student's list")
    if not chosen(compiled, len(market.wish)):
        return capped(market, choices_by_rounds(market, begin))
    crew = crew_for(threads, len(market.wish))
    if (market.parent < 0).all():
        from ml.matching.engine.flat import solve_flat

        return solve_flat(market, begin, crew)
    from ml.matching.engine.clusters import solve_clusters
    from ml.matching.engine.tree import solve_tree

    found = solve_clusters(market, begin, crew)
    return solve_tree(market, begin) if found is None else found
