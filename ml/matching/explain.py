"""Why a student did not get what they wanted more: which cap was full, and the key that would have
been enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.matching.model import NO_CUTOFF, Market, Outcome

POST, HOST, NONE = 0, 1, -1


@dataclass(frozen=True, slots=True)
class Refusals:
    """For every edge above the student's result: the smallest full cap and its cutoff."""

    level: NDArray[np.int8]
    """[edges] POST, HOST, or NONE for an edge that is not above the result."""
    cutoff: NDArray[np.int64]
    """[edges] the smallest key held under that cap; NO_CUTOFF where `level` is NONE."""


def explain(market: Market, outcome: Outcome) -> Refusals:
    """The refusals behind an outcome; O(E)."""
    owner = market.student_of_edge()
    place = np.arange(len(market.post)) - market.indptr[owner]
    above = (outcome.choice[owner] < 0) | (place < outcome.choice[owner])
    post_cutoff = outcome.post_cutoff[market.post]
    host_cutoff = outcome.host_cutoff[market.host_of[market.post]]
    full_post = post_cutoff != NO_CUTOFF
    level = np.where(above, np.where(full_post, POST, HOST), NONE).astype(np.int8)
    cutoff = np.where(above, np.where(full_post, post_cutoff, host_cutoff), NO_CUTOFF)
    return Refusals(level=level, cutoff=cutoff)
