"""A seat plan as a mixed-integer program for HiGHS.

Costs of a specialty and intake are convex in its workers, so they are exact as increments: workers
are a sum of stretches between neighbouring points, each with its slope, cheapest first. The points
are the numbers of workers that classes can reach, where those are few, and the kinks of the cost
otherwise. CVaR of the sum (`joint`) is the largest of weighted sums of path costs; each set of
weights is one row over the same stretches, added when a plan is found for which it is the worst.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np

from ml.seats.cost import expected_cost, kinks, path_costs
from ml.seats.model import Floats, Hold, Integers, Limit, Programme, Question

MOST_POINTS = 400
"""Sums of classes that are kept as points; above, the kinks of the cost are fewer."""


@dataclass
class Stretch:
    """The stretches of one specialty and intake, where worst paths are common to all: their first
    column, the points between them, each path's cost at every point (points, paths) and its slope
    on every stretch."""

    first: int
    points: Floats
    costs: Floats
    slopes: Floats


@dataclass
class Program:
    """Columns and rows of the program, and where to find what in them."""

    question: Question
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    price: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)
    factors: list[list[float]] = field(default_factory=list)
    classes: Integers = field(default_factory=lambda: np.empty((0, 0), np.int64))
    limit_rows: dict[Limit, int] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    constant: float = 0.0
    worst: int | None = None

    def column(self, lower: float, upper: float, price: float = 0.0, *, whole: bool = False) -> int:
        """Add a column and return its place."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.price.append(price)
        self.whole.append(whole)
        return len(self.lower) - 1

    def row(self, terms: list[tuple[int, float]], lower: float, upper: float) -> int:
        """Add a row and return its place."""
        self.places.append([place for place, _ in terms])
        self.factors.append([factor for _, factor in terms])
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        return len(self.places) - 1


def build(question: Question) -> Program:
    """The program of a question; limits and holds that are left out of it bind nothing."""
    program = Program(question)
    _add_classes(program)
    _add_limits(program)
    _add_costs(program)
    if question.aims.joint and question.aims.risk:
        program.worst = program.column(0.0, highspy.kHighsInf, question.aims.risk)
    return program


def _add_classes(program: Program) -> None:
    """Classes of each programme and intake, whether there are any, openings and changes."""
    question = program.question
    held = {(one.programme, one.intake): one for one in question.holds}
    rows = []
    for one in question.programmes:
        classes = [
            _classes_of(program, one, held.get((one.name, intake), Hold(one.name, intake)))
            for intake in question.intakes
        ]
        if one.classes[0] > 1 or one.opening:
            _add_openings(program, one, classes)
        if question.aims.change or one.step is not None:
            _add_changes(program, one, classes)
        rows.append(classes)
    program.classes = np.array(rows, np.int64).reshape(len(rows), len(question.intakes))


def _classes_of(program: Program, one: Programme, hold: Hold) -> int:
    least = -(-hold.least // one.class_size)
    most = one.classes[1] if hold.most is None else min(one.classes[1], hold.most // one.class_size)
    most = max(most, 0)
    place = program.column(float(min(least, most)), float(most), whole=True)
    if most < least:
        # as a row, so that the solver finds no plan instead of a program without sense
        program.row([(place, 1.0)], float(least), highspy.kHighsInf)
    return place


def _add_openings(program: Program, one: Programme, classes: list[int]) -> None:
    fewest, most = one.classes
    before: int | None = None
    for place in classes:
        active = program.column(0.0, 1.0, whole=True)
        program.row([(place, 1.0), (active, -float(most))], -highspy.kHighsInf, 0.0)
        program.row([(place, 1.0), (active, -float(fewest))], 0.0, highspy.kHighsInf)
        if one.opening:
            opened = program.column(0.0, 1.0, one.opening)
            terms = [(opened, 1.0), (active, -1.0)]
            if before is not None:
                program.row([*terms, (before, 1.0)], 0.0, highspy.kHighsInf)
            else:
                program.row(terms, -1.0 if one.seats else 0.0, highspy.kHighsInf)
        before = active


def _add_changes(program: Program, one: Programme, classes: list[int]) -> None:
    most = highspy.kHighsInf if one.step is None else float(one.step)
    before: int | None = None
    for place in classes:
        moved = program.column(0.0, most, program.question.aims.change)
        for size in (float(one.class_size), -float(one.class_size)):
            terms = [(moved, 1.0), (place, -size)]
            if before is not None:
                program.row([*terms, (before, size)], 0.0, highspy.kHighsInf)
            else:
                seats = np.copysign(one.seats, size)
                program.row(terms, -float(seats), highspy.kHighsInf)
        before = place


def _add_limits(program: Program) -> None:
    question = program.question
    for limit in question.limits:
        column = question.intakes.index(limit.intake)
        terms = [
            (int(program.classes[row, column]), one.class_size * per_seat)
            for row, one in enumerate(question.programmes)
            if (per_seat := question.uses.get((one.name, limit.resource), 0.0))
        ]
        program.limit_rows[limit] = program.row(terms, -highspy.kHighsInf, limit.capacity)


def _reachable(steps: list[tuple[float, int]]) -> Floats | None:
    """The numbers of workers that classes can add up to; None where they are many."""
    sums = np.zeros(1)
    for share, most in steps:
        sums = np.unique(
            np.round((sums[:, None] + share * np.arange(most + 1)[None, :]).ravel(), 9)
        )
        if sums.size > MOST_POINTS:
            return None
    return sums


def _add_costs(program: Program) -> None:
    question, aims = program.question, program.question.aims
    risk = 0.0 if aims.joint else aims.risk
    weight = 1 - aims.risk if aims.joint else 1.0
    taught: dict[str, list[int]] = {}
    for row, one in enumerate(question.programmes):
        if one.share and one.classes[1] >= one.classes[0]:
            taught.setdefault(one.specialty, []).append(row)
    for (specialty, intake), needs in question.needs.items():
        column = question.intakes.index(intake)
        rows = taught.get(specialty, [])
        steps = [
            (question.programmes[row].share * question.programmes[row].class_size, most)
            for row in rows
            for most in [int(program.upper[int(program.classes[row, column])])]
        ]
        most_workers = sum(share * most for share, most in steps)
        points = _reachable(steps)
        if points is None:
            points = kinks(needs, aims, most_workers)
        expected = expected_cost(points, needs, aims, risk) * weight
        program.constant += float(expected[0])
        first = len(program.lower)
        lengths = np.diff(points)
        for length, slope in zip(lengths, np.diff(expected) / lengths, strict=True):
            program.column(0.0, float(length), float(slope))
        if aims.joint:
            costs = path_costs(points, needs, aims)
            slopes = np.diff(costs, axis=0) / lengths[:, None]
            program.stretches.append(Stretch(first, points, costs, slopes))
        if rows:
            workers = [
                (int(program.classes[row, column]), share)
                for row, (share, _most) in zip(rows, steps, strict=True)
            ]
            fill = [(first + one, -1.0) for one in range(len(lengths))]
            program.row([*workers, *fill], 0.0, 0.0)


def worst_row(program: Program, weights: Floats) -> tuple[list[int], list[float], float]:
    """A row "the worst costs at least the sum so weighted": columns, factors, lower side.

    Stretches of a cheapest plan are filled in order whatever the weights, because each path's cost
    is convex in the same workers; so the row is exact and not a tangent."""
    assert program.worst is not None
    places, factors, lower = [program.worst], [1.0], 0.0
    for one in program.stretches:
        lower += float(one.costs[0] @ weights)
        slopes = one.slopes @ weights
        places += range(one.first, one.first + slopes.size)
        factors += (-slopes).tolist()
    return places, factors, lower


def passed(program: Program) -> highspy.Highs:
    """A solver that holds the program and says nothing."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.lower), len(program.places)
    model.col_lower_, model.col_upper_ = np.array(program.lower), np.array(program.upper)
    model.col_cost_ = np.array(program.price)
    model.row_lower_, model.row_upper_ = np.array(program.row_lower), np.array(program.row_upper)
    model.offset_ = program.constant
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *map(len, program.places)])
    model.a_matrix_.index_ = np.array([x for row in program.places for x in row], np.int32)
    model.a_matrix_.value_ = np.array([x for row in program.factors for x in row])
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[one] for one in program.whole]
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.passModel(model)
    return solver
