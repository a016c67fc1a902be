"""Finds the cheapest seat plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from ml.seats.conflict import smallest_conflict
from ml.seats.cost import objective, total_path_costs, worst_weights
from ml.seats.descent import descend
from ml.seats.master import Master
from ml.seats.model import Floats, InfeasibleError, Integers, Plan, Question
from ml.seats.progress import Progress, Search
from ml.seats.schedules import Schedules, schedules_of
from ml.seats.whole import search_program

DESCENT = 0.4
"""The part of the time for a good plan, if it is not good enough before."""
NEARBY = ((60, 0.5), (400, 1.0))
"""Schedules a specialty that are looked at beside those of the mix, as long as the gap stays."""
FINE = 0.02
"""The part of the gap that the mix may be from its best: prices need no more."""


def plan(
    question: Question,
    *,
    seconds: float = 60.0,
    gap: float = 1e-4,
    start: Integers | None = None,
    go_on: Callable[[Progress], bool] = lambda _: True,
) -> Plan:
    """The cheapest plan, to within `gap` of its cost, or the best found in `seconds`; `start` is a
    plan to begin from. `go_on` is told the progress between the steps of a search and may end it.

    Raises InfeasibleError with a smallest set of limits that no plan keeps together; TimeoutError
    when no plan was found in time.
    """
    search = Search(question, seconds, gap, go_on)
    if start is not None:
        search.keep(start)
    resources = tuple(dict.fromkeys(limit.resource for limit in question.limits))
    parts = schedules_of(question, resources)
    if parts is None:
        search_program(search)
    else:
        _search_schedules(search, parts, resources)
    return search.plan()


@dataclass
class Mix:
    """The cheapest mix of schedules: what states cost at its prices, what a specialty pays, and
    what no plan can go below at these prices."""

    prices: list[Floats]
    paid: Floats
    bound: float


def _search_schedules(search: Search, parts: list[Schedules], resources: tuple[str, ...]) -> None:
    question = search.question
    master = Master(question, parts, resources, _penalty(question))
    zero = np.zeros(len(parts) + len(question.limits))
    for number, prices in enumerate(master.prices(zero)):
        cost, states = parts[number].cheapest(prices)
        if not np.isfinite(cost):
            raise InfeasibleError(smallest_conflict(question))
        master.add(number, states)
    untaught = _untaught(question, master)
    mix = _mixed(search, master, untaught)
    descend(search, master, mix.prices, search.left * DESCENT)
    for most, part in NEARBY:
        if search.over:
            return
        complete = True
        # of the mix, not of the search, which may know better: at these prices a schedule of a
        # cheaper plan costs no more than this
        open_yet = search.objective - mix.bound
        if not np.isfinite(open_yet):
            open_yet = 0.05 * abs(mix.bound)
        for number, one in enumerate(parts):
            found, all_of_them = one.near(mix.prices[number], mix.paid[number] + open_yet, most)
            complete &= all_of_them
            for states in found:
                master.add(number, states)
        _choose(search, master, untaught, part, complete=complete and search.best is not None)


def _penalty(question: Question) -> float:
    """More than any plan gains by a unit over a limit."""
    gain = [
        (
            (question.aims.short + question.aims.over) * one.share
            + 2 * question.aims.change
            + one.opening
        )
        / abs(use)
        for one in question.programmes
        for (name, _resource), use in question.uses.items()
        if use and name == one.name
    ]
    return 10.0 * max(gain, default=0.0) + 10.0


def _untaught(question: Question, master: Master) -> float:
    """What specialties cost that no plan changes."""
    none = np.zeros((len(question.programmes), len(question.intakes)), np.int64)
    if question.aims.joint:
        return (1 - question.aims.risk) * float(master.fixed.mean())
    taught = {one.specialty for one in question.programmes}
    left = {key: needs for key, needs in question.needs.items() if key[0] not in taught}
    if not left:
        return 0.0
    return objective(Question((), question.intakes, left, aims=question.aims), none[:0])


def _mixed(search: Search, master: Master, untaught: float) -> Mix:
    """Adds schedules and sets of worst paths until no mix is cheaper. Raises InfeasibleError."""
    question, solver, parts = search.question, master.solver, len(master.parts)
    while True:
        solver.run()
        solution = solver.getSolution()
        values = np.array(solution.col_value)
        master.duals = duals = np.array(solution.row_dual)
        cost = float(solver.getInfo().objective_function_value) + untaught
        prices, lower, known = master.prices(duals), cost, len(master.columns)
        for number, part in enumerate(master.parts):
            cheapest, states = part.cheapest(prices[number])
            lower += min(0.0, cheapest - duals[number])
            if cheapest < duals[number]:
                master.add(number, states)
        search.bound = max(search.bound, lower)
        mix = Mix(prices, duals[:parts], lower)
        if search.left <= 0:
            return mix
        # a price a hair off may name a schedule that is known
        fine = cost - lower <= FINE * search.gap * max(abs(cost), 1e-9)
        if not fine and len(master.columns) > known:
            continue
        if values[: len(question.limits)].max(initial=0.0) > 1e-6:
            conflict = smallest_conflict(question)
            if conflict:
                raise InfeasibleError(conflict)
            _raise_penalty(master)
        elif not _add_worst(search, master, values):
            return mix


def _raise_penalty(master: Master) -> None:
    master.penalty *= 100
    for column in range(len(master.question.limits)):
        master.solver.changeColCost(column, master.penalty)


def _add_worst(search: Search, master: Master, values: Floats) -> bool:
    """Adds the paths that are worst for a mix, where its price is below their cost."""
    if not master.jointly or not search.question.aims.risk:
        return False
    costs = master.mixed_costs(values)
    worst = float(costs @ worst_weights(costs, search.question.aims.tail))
    if worst <= values[master.first - 1] + 10 * FINE * search.gap * max(abs(worst), 1e-9):
        return False
    master.add_worst(costs)
    return True


def _choose(
    search: Search, master: Master, untaught: float, part: float, *, complete: bool = False
) -> None:
    """The cheapest plan of the schedules that are known; where these are all that can be cheaper
    than the plan found (`complete`), what the solver cannot go below bounds every plan."""
    solver, first = master.solver, master.first
    count = len(master.columns)
    columns = np.arange(first, first + count, dtype=np.int32)
    limits = np.arange(len(search.question.limits), dtype=np.int32)
    whole = np.full(count, int(highspy.HighsVarType.kInteger), np.uint8)
    solver.changeColsIntegrality(count, columns, whole)
    if limits.size:
        solver.changeColsBounds(limits.size, limits, np.zeros(limits.size), np.zeros(limits.size))
    solver.setOptionValue("mip_rel_gap", search.gap / 2)
    solver.setOptionValue("objective_target", search.bound * (1 + search.gap) - untaught)
    ends = search.left * (1 - part)
    while search.left > ends:
        solver.setOptionValue("time_limit", solver.getRunTime() + search.left - ends)
        if master.chosen.size:
            solver.setSolution(master.chosen.size, master.chosen, np.ones(master.chosen.size))
        solver.run()
        info = solver.getInfo()
        if complete:
            below = min(float(info.mip_dual_bound) + untaught, search.objective)
            search.bound = max(search.bound, below)
        if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            break
        values = np.array(solver.getSolution().col_value)
        taken = np.flatnonzero(values[first:] > 0.5)
        schedules = sorted((master.columns[place] for place in taken), key=lambda one: one[0])
        seats = master.keep(search, [states for _number, states in schedules])
        if not master.jointly or search.over:
            break
        costs = total_path_costs(search.question, seats)
        worst = float(costs @ worst_weights(costs, search.question.aims.tail))
        if worst <= values[first - 1] + search.gap / 2 * max(abs(worst), 1e-9):
            break
        master.add_worst(costs)
