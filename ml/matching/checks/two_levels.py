"""An independent look at a two-level outcome: feasible, individually rational, without a blocking
pair, and equal to what the published cutoffs alone give. It shares no code with the solver
(`auditing` says what is checked and how)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.matching.checks.nested import audit_nested
from ml.matching.model import HIGHEST, NO_CUTOFF, Market, Outcome
from ml.matching.nested import MOST_KEY, NestedOutcome, nested

UNKNOWN = -2
"""Stands for a cutoff that is nobody's key."""


def audit(market: Market, outcome: Outcome) -> list[str]:
    """Everything that is wrong with an outcome, as sentences; an empty list is a clean bill.
    O(edges) time, NumPy alone.

    In the sentences node v is post v, or host v − posts.
    """
    return audit_nested(
        nested(market),
        NestedOutcome(
            node=outcome.post,
            choice=outcome.choice,
            cutoff=_as_keys(market, np.concatenate([outcome.post_cutoff, outcome.host_cutoff])),
            count=np.concatenate([outcome.post_count, outcome.host_count]),
            proposals=outcome.proposals,
        ),
    )


def _as_keys(market: Market, cutoff: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cutoffs as `nested` numbers keys: as they are, or their dense rank when keys are larger than
    32 bits."""
    if not len(market.key) or market.key.max() <= MOST_KEY:
        return cutoff
    known = np.unique(market.key)
    at = np.minimum(np.searchsorted(known, cutoff), len(known) - 1)
    ranked = np.where(known[at] == cutoff, at, UNKNOWN)
    return np.where((cutoff == NO_CUTOFF) | (cutoff == HIGHEST), cutoff, ranked)
