"""Minimum group sizes: a post that would hold too few students to be supervised is closed, and the
matching goes on.

Close and continue: the open node with the smallest share of its minimum is closed (equal shares:
the lower node), until every open one reaches its minimum. Promised: that, stability among the open
nodes, and the order of closing. Not promised: that few are closed, that a list cannot gain by being
untrue (nested lower quotas admit no such rule; Biró et al. 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.matching.nested import NestedMarket, NestedOutcome
from ml.matching.season.steps import lower_caps
from ml.matching.solve import solve_nested


@dataclass(frozen=True, slots=True)
class Grouped:
    """An outcome in which every open node reaches its minimum."""

    market: NestedMarket
    """The market with the closed nodes' caps at 0."""
    outcome: NestedOutcome
    closed: tuple[int, ...]
    """Closed nodes in the order of closing."""


def solve_with_groups(
    market: NestedMarket, minimum: NDArray[np.int32], *, compiled: bool | None = None
) -> Grouped:
    """Match, close, continue. `minimum` [nodes]: smallest group, 0 or 1 for none. Equal to a cold
    run on the open nodes.

    Raises ValueError when `minimum` is negative or not as long as the nodes. At most one
    continuation for every node.
    """
    if len(minimum) != len(market.parent) or (minimum < 0).any():
        raise ValueError("minimum must be one number, not negative, for every node")
    outcome = solve_nested(market, compiled=compiled)
    closed: list[int] = []
    open_ = minimum > 1
    while True:
        share = np.where(open_, outcome.count / np.maximum(minimum, 1), 1.0)
        node = int(share.argmin()) if len(share) else 0
        if not len(share) or share[node] >= 1.0:
            return Grouped(market, outcome, tuple(closed))
        capacity = market.capacity.copy()
        capacity[node] = 0
        step = lower_caps(market, outcome, capacity, compiled=compiled)
        market, outcome = step.market, step.outcome
        open_[node] = False
        closed.append(node)
