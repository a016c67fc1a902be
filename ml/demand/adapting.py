"""Intervals that learn: by what to widen them, from how earlier ones held what came.

The score of a truth is by what the half of its 80 % interval on its side would have had to be
multiplied to reach it. Month after month the factor moves with the share of the n scores above it:

    log factor(t+1) = log factor(t) + RATE x n / (n + FEW) x (share outside at factor(t) - 0.2)

so that over many months 20 % fall outside, whatever the series do (conformal quantile tracking:
Angelopoulos, Candes and Tibshirani 2023, "Conformal PID control for time series prediction"; the
step of adaptive conformal inference: Gibbs and Candes 2021). A month that misses everything widens
four times as fast as one that holds everything narrows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.demand.model import Floats

OUTSIDE = 0.2
RATE = 0.8
"""Chosen on windows before those of the board (docs/decisions/0045)."""
FEW = 3.0
"""One case moves the factor by a quarter of what many do: a month of a single series is luck."""
NARROWEST, WIDEST = 0.25, 4.0
BANDS = ((1, 3), (4, 12), (13, 10_000))
"""Leads that learn together, first and last."""
FARTHEST = 99.0
"""A truth beside an interval without width counts as so far off."""


@dataclass(frozen=True)
class Learnt:
    """By what intervals of a band of leads are multiplied, from so many months with so many cases,
    of which so many fell outside as they were printed; `since` is the month from which the factor
    has been above (or below) one, None at one."""

    first: int
    last: int
    factor: float
    months: int
    cases: int
    outside: int
    since: str | None


def scores_of(actual: Floats, median: Floats, low: Floats, high: Floats) -> Floats:
    """By what the half-width on the truth's side would have had to be multiplied to reach it: one
    at the end of the interval, nan where nothing is known."""
    above = actual >= median
    gap = np.abs(actual - median)
    half = np.where(above, high - median, median - low)
    return np.where(
        half > 1e-9,
        np.minimum(gap / np.maximum(half, 1e-9), FARTHEST),
        np.where(np.isnan(gap), np.nan, np.where(gap <= 1e-6, 0.0, FARTHEST)),
    )


def tracked(months: Iterable[Sequence[Floats]]) -> list[float]:
    """The factor after each month of scores (of each forecast those of its cases), oldest first;
    every forecast of a month weighs alike."""
    factor, found = 1.0, []
    for parts in months:
        known = [part for part in parts if part.size]
        if known:
            outside = float(np.mean([(part > factor).mean() for part in known]))
            cases = max(part.size for part in known)
            move = RATE * cases / (cases + FEW) * (outside - OUTSIDE)
            factor = float(np.clip(factor * np.exp(move), NARROWEST, WIDEST))
        found.append(factor)
    return found


def by_lead(learnt: Sequence[Learnt], horizon: int) -> Floats:
    """(H,) factors, which do not fall with the lead; leads of a band that nothing is known of take
    that of the band before."""
    found = np.ones(horizon)
    for one in sorted(learnt, key=lambda one: one.first):
        found[one.first - 1 :] = one.factor
    return np.asarray(np.maximum.accumulate(found), np.float64)


def learn_from_origins(scores: Mapping[int, Floats], origin: int, horizon: int) -> Floats:
    """(H,) factors at an origin from forecasts of earlier ones: `scores` (S, H) by origin, of whose
    truths those of the periods before this origin have come."""
    learnt = []
    for first, last in BANDS:
        months = [
            [
                line[:, month - made][~np.isnan(line[:, month - made])]
                for made, line in scores.items()
                if made <= month and first <= month - made + 1 <= min(last, line.shape[1])
            ]
            for month in range(min(scores, default=origin), origin)
        ]
        cases = sum(part.size for parts in months for part in parts)
        if cases:
            learnt.append(Learnt(first, last, tracked(months)[-1], len(months), cases, 0, None))
    return by_lead(learnt, horizon)
