"""The schedules of one specialty: how many classes each of its programmes has in each intake.

Without the limits that specialties share, the cheapest schedule of a specialty is a shortest path
over the intakes: a state is the classes of all its programmes, a step between two states costs the
change and the openings.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ml.seats.cost import expected_cost, path_costs
from ml.seats.model import Floats, Hold, Integers, Question

MOST_STATES = 1_500
"""States of one specialty; a step between intakes looks at the square of it."""


@dataclass(frozen=True)
class Schedules:
    """What a specialty may do.

    `rows` are its programmes' places in the question; `seats` (states, programmes); `costs` what
    being in a state costs (intakes, states), and jointly what each path costs there (intakes,
    states, paths); `first` and `step` what it costs to come into a state
    from the last intake (states) and from another state (states, states), `open` whether a state
    keeps the holds of an intake (intakes, states), `uses` what a state takes of each resource
    (states, resources).
    """

    rows: tuple[int, ...]
    seats: Integers
    costs: Floats
    first: Floats
    step: Floats
    open: NDArray[np.bool_]
    uses: Floats

    def cheapest(self, prices: Floats) -> tuple[float, Integers]:
        """(cost, states by intake) of the cheapest schedule where being in a state costs `prices`
        (intakes, states); infinite where no schedule keeps the holds."""
        prices = np.where(self.open, prices, np.inf)
        value = self.first + prices[0]
        came: list[Integers] = []
        for now in prices[1:]:
            through = value[:, None] + self.step
            best = through.argmin(axis=0)
            came.append(best)
            value = through[best, np.arange(best.size)] + now
        states = [int(value.argmin())]
        cost = float(value[states[0]])
        for best in reversed(came):
            states.append(int(best[states[-1]]))
        return cost, np.array(states[::-1], np.int64)

    def near(self, prices: Floats, more: float, most: int) -> tuple[Integers, bool]:
        """(schedules, intakes) the states of every schedule that costs at most `more` at `prices`,
        cheapest first and at most `most` of them, and whether these are all."""
        prices = np.where(self.open, prices, np.inf)
        ahead = [np.zeros(self.seats.shape[0])]
        for now in prices[:0:-1]:
            ahead.append((self.step + (now + ahead[-1])[None, :]).min(axis=1))
        kept = np.zeros((1, 0), np.int64)
        values = np.zeros(1)
        complete = True
        for now in prices:
            step = self.step[kept[:, -1]] if kept.shape[1] else self.first[None, :]
            longer = values[:, None] + step + now
            totals = longer + ahead.pop()
            before, states = np.nonzero(totals <= more)
            cheapest = np.argsort(totals[before, states], kind="stable")
            complete &= cheapest.size <= most
            before, states = before[cheapest[:most]], states[cheapest[:most]]
            kept = np.hstack([kept[before], states[:, None]])
            values = longer[before, states]
        return kept, complete

    def fixed_cost(self, states: Integers) -> float:
        """What a schedule's changes and openings cost."""
        steps = self.step[states[:-1], states[1:]].sum() if states.size > 1 else 0.0
        return float(self.first[states[0]] + steps)


def schedules_of(question: Question, resources: tuple[str, ...]) -> list[Schedules] | None:
    """The schedules of every taught specialty; None where one has too many states."""
    found = []
    for specialty in question.specialties:
        rows = tuple(
            row for row, one in enumerate(question.programmes) if one.specialty == specialty
        )
        count = np.prod([len(_choices(question.programmes[row].classes)) for row in rows])
        if count > MOST_STATES:
            return None
        if rows:
            found.append(_schedules(question, specialty, rows, resources))
    return found


def _choices(classes: tuple[int, int]) -> list[int]:
    return [0, *range(classes[0], classes[1] + 1)]


def _schedules(
    question: Question, specialty: str, rows: tuple[int, ...], resources: tuple[str, ...]
) -> Schedules:
    ones = [question.programmes[row] for row in rows]
    sizes = np.array([one.class_size for one in ones], np.int64)
    seats = np.array(list(product(*(_choices(one.classes) for one in ones))), np.int64) * sizes
    share = np.array([one.share for one in ones])
    opening = np.array([one.opening for one in ones])
    longest = np.array([np.inf if one.step is None else one.step for one in ones])

    def step(before: Integers, after: Integers) -> Floats:
        moved = np.abs(after - before)
        opened = (after > 0) & (before == 0)
        cost = moved.sum(axis=-1) * question.aims.change + (opened * opening).sum(axis=-1)
        return np.where((moved > longest).any(axis=-1), np.inf, cost)

    takes = np.array(
        [[question.uses.get((one.name, name), 0.0) for name in resources] for one in ones]
    )
    held = {(one.programme, one.intake): one for one in question.holds}
    allowed = np.ones((len(question.intakes), seats.shape[0]), np.bool_)
    for place, one in enumerate(ones):
        for number, intake in enumerate(question.intakes):
            hold = held.get((one.name, intake), Hold(one.name, intake))
            most = np.inf if hold.most is None else hold.most
            allowed[number] &= (seats[:, place] >= hold.least) & (seats[:, place] <= most)
    workers, aims = seats @ share, question.aims
    needs = [question.needs[specialty, intake] for intake in question.intakes]
    return Schedules(
        rows,
        seats,
        np.array([path_costs(workers, one, aims) for one in needs])
        if aims.joint
        else np.array([expected_cost(workers, one, aims, aims.risk) for one in needs]),
        step(np.array([one.seats for one in ones], np.int64), seats),
        step(seats[:, None, :], seats[None, :, :]),
        allowed,
        seats @ takes.reshape(len(ones), len(resources)),
    )
