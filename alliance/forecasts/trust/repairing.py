"""Whether a later run has repaired what an alarm was raised for; pure, from plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from alliance.forecasts.trust.judging import error_of, nearest
from ml.demand.drift import FAR, SLACK

FEWEST: Final = 3
"""So many months of later runs must have come: one that fell inside repairs nothing."""


def repaired_by(alarm: Mapping[str, Any], scores: Sequence[Mapping[str, Any]]) -> int | None:
    """The number of the run from which on the forecasts keep the promise that the alarm says was
    broken; None while none does.

    Looked at are the months nearest to runs after the newest one that the alarm was raised on, so
    that neither a note nor the mere passing of time ends it. Intervals that were too narrow (too
    wide) hold again when the share inside is no more than FAR below (above) its level; a biased
    county when its mean error is within SLACK of a spread.
    """
    known = alarm["evidence"].get("run", 0)
    mine = [
        one for one in nearest(scores) if one["level"] == alarm["level"] and one["number"] > known
    ]
    for number in sorted({one["number"] for one in mine}):
        months = [one for one in mine if one["number"] >= number]
        if len(months) >= FEWEST and _kept(alarm, months):
            return int(number)
    return None


def _kept(alarm: Mapping[str, Any], months: Sequence[Mapping[str, Any]]) -> bool:
    if alarm["kind"] == "bias":
        return abs(float(np.mean([error_of(one) for one in months]))) <= SLACK
    percent = alarm["percent"]
    cases = sum(one["active"] for one in months)
    if not cases:
        return False
    held = float(sum(one[f"inside{percent}"] for one in months))
    beyond = held / cases - percent / 100
    return bool(beyond >= -FAR if alarm["evidence"]["narrow"] else beyond <= FAR)
