"""Why a plan is as it is: which limits hold it, and what one more unit of each would be worth."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from ml.seats.model import Limit, Plan, Question
from ml.seats.solve import plan

ROUNDING = 1e-9


@dataclass(frozen=True)
class Binding:
    """A limit that leaves no room for another class; `worth` is how much cheaper the plan found
    with one unit more is (None where the time was over before it was asked)."""

    limit: Limit
    used: float
    worth: float | None


def used(question: Question, found: Plan, limit: Limit) -> float:
    """How much of a limit a plan's seats use."""
    column = question.intakes.index(limit.intake)
    return sum(
        question.uses.get((one.name, limit.resource), 0.0) * float(found.seats[row, column])
        for row, one in enumerate(question.programmes)
    )


def binding(question: Question, found: Plan, *, seconds: float, gap: float = 1e-4) -> list[Binding]:
    """The limits that hold a plan, each with the worth of one more unit by solving again from the
    plan found, together in about so many seconds."""
    held = []
    for limit in question.limits:
        takes = [
            use * one.class_size
            for one in question.programmes
            if (use := question.uses.get((one.name, limit.resource), 0.0)) > 0
        ]
        taken = used(question, found, limit)
        if takes and limit.capacity - taken < min(takes) - ROUNDING:
            held.append((limit, taken))
    ends, bindings = time.monotonic() + seconds, []
    for number, (limit, taken) in enumerate(held):
        left = ends - time.monotonic()
        worth = None
        if left > 0:
            more = replace(limit, capacity=limit.capacity + 1)
            asked = replace(
                question,
                limits=tuple(more if one is limit else one for one in question.limits),
            )
            again = plan(asked, seconds=left / (len(held) - number), gap=gap, start=found.seats)
            worth = max(0.0, found.objective - again.objective)
        bindings.append(Binding(limit, taken, worth))
    return bindings
