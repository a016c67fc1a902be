"""Which limits cannot be kept together."""

from __future__ import annotations

from dataclasses import replace

import highspy

from ml.seats.model import Aims, Hold, Limit, Question
from ml.seats.program import build, passed


def smallest_conflict(question: Question) -> tuple[Limit | Hold, ...]:
    """A set of limits and holds that no plan keeps, from which none can be left out (deletion
    filter, Chinneck and Dravnieks 1991); empty when a plan keeps all."""
    plain = replace(question, aims=Aims(short=0, over=0, change=0, risk=0))
    kept: list[Limit | Hold] = [*question.limits, *question.holds]
    if _possible(plain, kept):
        return ()
    # in halves first: most limits have no part in it
    size = len(kept)
    while size > 1:
        size = (size + 1) // 2
        place = 0
        while place < len(kept):
            rest = kept[:place] + kept[place + size :]
            if not _possible(plain, rest):
                kept = rest
            else:
                place += size
    for one in list(kept):
        rest = [other for other in kept if other is not one]
        if not _possible(plain, rest):
            kept = rest
    return tuple(kept)


def _possible(question: Question, kept: list[Limit | Hold]) -> bool:
    limits = tuple(one for one in kept if isinstance(one, Limit))
    holds = tuple(one for one in kept if isinstance(one, Hold))
    solver = passed(build(replace(question, limits=limits, holds=holds)))
    solver.run()
    return bool(solver.getModelStatus() != highspy.HighsModelStatus.kInfeasible)
