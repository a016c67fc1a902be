"""A good plan quickly: each specialty in turn takes its cheapest schedule in what others leave.

Limits are of one intake each, so that what is left of them only closes states; the cheapest
schedule among the open ones is again a shortest path. Some specialties give up theirs and choose
anew in another order, as long as that helps (large neighbourhood search, Shaw 1998).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ml.seats.master import Master
from ml.seats.model import Floats, Integers
from ml.seats.progress import Search

TOGETHER = 5
"""Specialties that choose anew together."""
FRUITLESS = 30
"""Tries for each specialty without a cheaper plan after which it ends."""
ROUNDING = 1e-9


@dataclass
class Choice:
    """A schedule of each specialty, what it costs, and what is left of the limits (intakes,
    resources)."""

    master: Master
    true: list[Floats]
    left: Floats
    states: list[Integers]
    costs: list[float]

    def take(self, number: int, prices: Floats) -> bool:
        """The cheapest schedule of a specialty in what is left; False where there is none."""
        part = self.master.parts[number]
        fits = (part.uses[None, :, :] <= self.left[:, None, :] + ROUNDING).all(axis=2)
        cost, states = part.cheapest(np.where(fits, prices, np.inf))
        if not np.isfinite(cost):
            return False
        intakes = np.arange(states.size)
        self.states[number] = states
        self.costs[number] = float(
            self.true[number][intakes, states].sum() + part.fixed_cost(states)
        )
        self.left -= part.uses[states]
        return True

    def release(self, number: int) -> None:
        """Gives up a specialty's schedule."""
        self.left += self.master.parts[number].uses[self.states[number]]

    def settle(self, numbers: Iterable[int]) -> None:
        """Chooses at the true costs until no specialty finds a cheaper one."""
        numbers = list(numbers)
        while True:
            before = sum(self.costs[number] for number in numbers)
            for number in numbers:
                self.release(number)
                self.take(number, self.true[number])
            if sum(self.costs[number] for number in numbers) > before - ROUNDING:
                return


def descend(search: Search, master: Master, priced: list[Floats], seconds: float) -> None:
    """Keeps the cheapest plan found in so many seconds; none where holds leave no way from an empty
    plan. `priced` is what states cost at the prices of the mix (intakes, states)."""
    draws, count, ends = np.random.default_rng(0), len(master.parts), search.left - seconds
    nobody = [np.empty(0, np.int64)] * count
    choice = Choice(master, master.true_prices(), master.capacities(), nobody, [0.0] * count)
    if not all(choice.take(number, priced[number]) for number in draws.permutation(count)):
        return
    choice.settle(range(count))
    fruitless = 0
    while fruitless < FRUITLESS * count and search.left > ends:
        some = draws.choice(count, size=min(TOGETHER, count), replace=False)
        better = _anew(choice, some, priced if draws.random() < 0.5 else choice.true)
        fruitless = 0 if better else fruitless + 1
    master.keep(search, choice.states)


def _anew(choice: Choice, some: Integers, prices: list[Floats]) -> bool:
    """Lets some specialties choose anew in this order; back as it was where that is dearer."""
    left, states, costs = choice.left.copy(), list(choice.states), list(choice.costs)
    for number in some:
        choice.release(number)
    if all(choice.take(number, prices[number]) for number in some):
        choice.settle(some)
        more: float = sum(choice.costs[number] - costs[number] for number in some)
        if more <= ROUNDING:
            return more < -ROUNDING
    choice.left, choice.states, choice.costs = left, states, costs
    return False
