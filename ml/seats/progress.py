"""A search under way: what it found, what no plan can go below, how long it may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ml.seats.cost import objective
from ml.seats.model import Integers, Plan, Question


@dataclass(frozen=True)
class Progress:
    """How far a search is: the cheapest plan found, what no plan can go below, seconds so far."""

    objective: float
    bound: float
    seconds: float


@dataclass
class Search:
    """A search: it ends within `gap` of the best plan's cost, after `seconds`, or when `go_on`,
    which is told the progress, says so."""

    question: Question
    seconds: float
    gap: float
    go_on: Callable[[Progress], bool] = lambda _: True
    began: float = field(default_factory=time.monotonic)
    best: Integers | None = None
    objective: float = np.inf
    bound: float = -np.inf
    stopped: bool = False

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.seconds - (time.monotonic() - self.began)

    @property
    def near_enough(self) -> bool:
        """Whether the plan found is within the gap of the best one."""
        still_open = self.objective - self.bound
        return self.best is not None and still_open <= self.gap * max(abs(self.objective), 1e-9)

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done; asks `go_on`."""
        if not self.stopped:
            told = Progress(self.objective, self.bound, self.seconds - self.left)
            self.stopped = self.near_enough or self.left <= 0 or not self.go_on(told)
        return self.stopped

    def keep(self, seats: Integers) -> None:
        """Keeps a plan that keeps the limits, if it is cheaper than the one before."""
        cost = objective(self.question, seats)
        if cost < self.objective:
            self.best, self.objective = seats, cost

    def plan(self) -> Plan:
        """What was found. Raises TimeoutError when nothing was."""
        if self.best is None:
            raise TimeoutError(f"no plan was found in {self.seconds:g} seconds")
        bound = min(self.bound, self.objective)
        seconds = self.seconds - self.left
        return Plan(self.best, self.objective, bound, seconds, self.near_enough)
