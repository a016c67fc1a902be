"""Chooses a schedule for every specialty under the limits that they share: column generation.

The master program mixes schedules that are known; its shadow prices say what a place, a teacher, or
a bad path costs; each specialty then looks for a schedule that is cheaper at these prices. When
none is left, the mix is the cheapest of all mixes, and no plan is cheaper (Dantzig and Wolfe 1960).
A plan is one schedule a specialty: the cheapest of those known, and for certain where all are known
whose price lies within what is still open between mix and plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray

from ml.seats.cost import path_costs, worst_weights
from ml.seats.model import Floats, Integers, Question
from ml.seats.progress import Search
from ml.seats.schedules import Schedules

INFINITY = highspy.kHighsInf


@dataclass
class Master:
    """The program over the schedules that are known.

    Rows: a specialty each ("one schedule"), a limit each, then jointly one for each set of worst
    paths ("the worst costs at least the sum so weighted"). Columns: what is over a limit (at a
    price that no plan pays), jointly the worst, then the schedules.
    """

    question: Question
    parts: list[Schedules]
    resources: tuple[str, ...]
    penalty: float
    solver: highspy.Highs = field(default_factory=highspy.Highs)
    columns: list[tuple[int, Integers]] = field(default_factory=list)
    known: dict[tuple[int, bytes], int] = field(default_factory=dict)
    weights: list[Floats] = field(default_factory=list)
    path_costs: list[Floats] = field(default_factory=list)
    chosen: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """The columns of the cheapest plan found."""
    duals: Floats = field(default_factory=lambda: np.empty(0))
    """The shadow prices of the mix."""

    def __post_init__(self) -> None:
        solver, question = self.solver, self.question
        solver.silent()
        solver.setOptionValue("random_seed", 0)
        for _part in self.parts:
            solver.addRow(1.0, 1.0, 0, [], [])
        for limit in question.limits:
            solver.addRow(-INFINITY, limit.capacity, 0, [], [])
        for number in range(len(question.limits)):
            solver.addCol(self.penalty, 0.0, INFINITY, 1, [len(self.parts) + number], [-1.0])
        self.places = np.array(
            [
                (self.resources.index(limit.resource), question.intakes.index(limit.intake))
                for limit in question.limits
            ],
            np.int64,
        ).reshape(-1, 2)
        self.jointly = question.aims.joint
        if self.jointly:
            solver.addCol(question.aims.risk, 0.0, INFINITY, 0, [], [])
            taught = {question.programmes[part.rows[0]].specialty for part in self.parts}
            untaught = [key for key in question.needs if key[0] not in taught]
            self.fixed = np.zeros(next(iter(question.needs.values())).size)
            for key in untaught:
                self.fixed += path_costs(np.zeros(1), question.needs[key], question.aims)[0]

    @property
    def first(self) -> int:
        """The column of the first schedule."""
        return len(self.question.limits) + self.jointly

    def capacities(self) -> Floats:
        """(intakes, resources) what there is of each; infinite where nothing limits it."""
        found = np.full((len(self.question.intakes), len(self.resources)), np.inf)
        for limit, (resource, intake) in zip(self.question.limits, self.places, strict=True):
            found[intake, resource] = min(found[intake, resource], limit.capacity)
        return found

    def true_prices(self) -> list[Floats]:
        """(intakes, states) what states cost each specialty without the price of limits; jointly
        at the weights of the paths that are worst so far."""
        duals = self.duals.copy()
        duals[: len(self.parts) + len(self.question.limits)] = 0.0
        return self.prices(duals)

    def prices(self, duals: Floats) -> list[Floats]:
        """(intakes, states) what a state costs each specialty at shadow prices."""
        start, rows = len(self.parts), len(self.parts) + len(self.question.limits)
        per_unit = np.zeros((len(self.question.intakes), len(self.resources)))
        for (resource, intake), dual in zip(self.places, duals[start:rows], strict=True):
            per_unit[intake, resource] -= dual
        by_path = self._by_path(duals[rows:])
        return [
            (part.costs if by_path is None else part.costs @ by_path) + per_unit @ part.uses.T
            for part in self.parts
        ]

    def _by_path(self, duals: Floats) -> Floats | None:
        """What a path's cost weighs at shadow prices; None where every cost is one number."""
        if not self.jointly:
            return None
        count = self.fixed.size
        weights = np.full(count, (1 - self.question.aims.risk) / count)
        for one, dual in zip(self.weights, duals, strict=True):
            weights += dual * one
        return weights

    def add(self, number: int, states: Integers) -> int:
        """Adds a schedule of a specialty, if it is not known, and returns its place."""
        mark = number, states.tobytes()
        if mark in self.known:
            return self.known[mark]
        self.known[mark] = len(self.columns)
        part, intakes = self.parts[number], np.arange(states.size)
        cost = part.fixed_cost(states)
        rows, factors = [number], [1.0]
        if self.places.size:
            used = part.uses[states][self.places[:, 1], self.places[:, 0]]
            taken = np.flatnonzero(used)
            rows += (len(self.parts) + taken).tolist()
            factors += used[taken].tolist()
        if self.jointly:
            costs = part.costs[intakes, states].sum(axis=0)
            self.path_costs.append(costs)
            cost += (1 - self.question.aims.risk) * float(costs.mean())
            first = len(self.parts) + len(self.question.limits)
            rows += [first + row for row in range(len(self.weights))]
            factors += [-float(one @ costs) for one in self.weights]
        else:
            cost += float(part.costs[intakes, states].sum())
        self.columns.append((number, states))
        # no upper side: "one schedule" keeps it, and a price would lie on both
        self.solver.addCol(cost, 0.0, INFINITY, len(rows), rows, factors)
        return len(self.columns) - 1

    def add_worst(self, costs: Floats) -> None:
        """Adds the row of the paths that are worst at `costs` (paths, of all specialties)."""
        weights = worst_weights(costs, self.question.aims.tail)
        self.weights.append(weights)
        factors = [-float(weights @ one) for one in self.path_costs]
        places = [self.first + number for number in range(len(factors))]
        self.solver.addRow(
            float(weights @ self.fixed),
            INFINITY,
            1 + len(places),
            [self.first - 1, *places],
            [1.0, *factors],
        )

    def mixed_costs(self, values: Floats) -> Floats:
        """(paths) what a mix of schedules costs at most on each path."""
        mixed = values[self.first :]
        return self.fixed + mixed @ np.array(self.path_costs[: mixed.size])

    def keep(self, search: Search, schedules: list[Integers]) -> Integers:
        """Keeps the plan of one schedule a specialty, if it is the cheapest so far; its seats."""
        places = [self.add(number, states) for number, states in enumerate(schedules)]
        seats = self.seats(np.array(places, np.int64))
        search.keep(seats)
        if search.best is seats:
            self.chosen = (self.first + np.array(places)).astype(np.int32)
        return seats

    def seats(self, chosen: Integers) -> Integers:
        """(programmes, intakes) seats of the schedules in these places."""
        found = np.zeros((len(self.question.programmes), len(self.question.intakes)), np.int64)
        for place in chosen:
            number, states = self.columns[place]
            part = self.parts[number]
            found[list(part.rows)] = part.seats[states].T
        return found
