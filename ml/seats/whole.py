"""Finds the cheapest seat plan as one program: parts of classes first, then whole classes near
them, then all. For specialties that many schools teach, whose schedules are too many to list."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from ml.seats.conflict import smallest_conflict
from ml.seats.cost import worst_weights
from ml.seats.model import Floats, InfeasibleError
from ml.seats.program import Program, build, passed, worst_row
from ml.seats.progress import Search

NEAR = 0.4
"""The part of the time in which only whole classes beside the best parts of classes are tried: most
of the work of a search is to find a first good plan."""


def search_program(search: Search) -> None:
    """Searches until the search is over. Raises InfeasibleError."""
    program = build(search.question)
    solver = passed(program)
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("mip_rel_gap", search.gap)
    solver.setOptionValue("mip_abs_gap", 1e-9)
    nearby = _in_parts(search, program, solver)
    if not search.over:
        _whole_classes(search, program, solver, nearby, search.left * NEAR)
    if not search.over:
        _whole_classes(search, program, solver, None, search.left)


def _in_parts(search: Search, program: Program, solver: highspy.Highs) -> Floats:
    """(programmes, intakes) classes of the cheapest plan with parts of classes, which no plan is
    cheaper than."""
    whole = np.flatnonzero(program.whole).astype(np.int32)
    _kinds(solver, whole, highspy.HighsVarType.kContinuous)
    while True:
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            raise InfeasibleError(smallest_conflict(search.question))
        values = np.array(solver.getSolution().col_value)
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise TimeoutError(f"the solver stopped: {solver.getModelStatus()}")
        if not _add_worst(search, program, solver, values):
            break
    search.bound = float(solver.getInfo().objective_function_value)
    _kinds(solver, whole, highspy.HighsVarType.kInteger)
    found: Floats = values[program.classes]
    if np.abs(values[whole] - np.rint(values[whole])).max(initial=0) < 1e-6:
        _keep_found(search, program, values)
    return found


def _whole_classes(
    search: Search, program: Program, solver: highspy.Highs, near: Floats | None, seconds: float
) -> None:
    """Searches plans of whole classes, those beside `near` or all, for so many seconds; jointly,
    until no paths are worse than the program knows."""
    ends = search.left - seconds
    places = program.classes.ravel().astype(np.int32)
    low, high = np.array(program.lower)[places], np.array(program.upper)[places]
    if near is not None:
        low = np.maximum(low, np.floor(near.ravel() + 1e-6))
        high = np.minimum(high, np.ceil(near.ravel() - 1e-6))
    solver.changeColsBounds(places.size, places, low, high)
    while (left := search.left - ends) > 0:
        _begin(search, program, solver)
        solver.setOptionValue("time_limit", solver.getRunTime() + left)
        solver.run()
        status, info = solver.getModelStatus(), solver.getInfo()
        if near is None:
            if status == highspy.HighsModelStatus.kInfeasible:
                raise InfeasibleError(smallest_conflict(search.question))
            search.bound = max(search.bound, float(info.mip_dual_bound))
        if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            return
        values = np.array(solver.getSolution().col_value)
        _keep_found(search, program, values)
        if search.over or not _add_worst(search, program, solver, values):
            return


def _begin(search: Search, program: Program, solver: highspy.Highs) -> None:
    """Gives the solver the classes of the plan to begin from; it completes the rest."""
    if search.best is None:
        return
    sizes = np.array([[one.class_size] for one in search.question.programmes])
    places = program.classes.ravel().astype(np.int32)
    solver.setSolution(places.size, places, (search.best / sizes).ravel())


def _keep_found(search: Search, program: Program, values: Floats) -> None:
    sizes = np.array([[one.class_size] for one in search.question.programmes], np.int64)
    classes = np.rint(values[program.classes]).astype(np.int64)
    search.keep(classes * sizes.reshape(-1, 1))


def _kinds(solver: highspy.Highs, columns: NDArray[np.int32], kind: highspy.HighsVarType) -> None:
    solver.changeColsIntegrality(columns.size, columns, np.full(columns.size, int(kind), np.uint8))


def _add_worst(search: Search, program: Program, solver: highspy.Highs, values: Floats) -> bool:
    """Adds the row of the paths that are worst at a solution; False where the program knows it, or
    has no such rows."""
    if program.worst is None:
        return False
    costs = np.sum(
        [
            one.costs[0] + values[one.first : one.first + one.points.size - 1] @ one.slopes
            for one in program.stretches
        ],
        axis=0,
    )
    weights = worst_weights(costs, search.question.aims.tail)
    worst = float(costs @ weights)
    if worst <= values[program.worst] + search.gap / 10 * max(abs(worst), 1e-9):
        return False
    places, factors, lower = worst_row(program, weights)
    solver.addRow(
        lower, highspy.kHighsInf, len(places), np.array(places, np.int32), np.array(factors)
    )
    return True
