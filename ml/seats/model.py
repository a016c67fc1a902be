"""What a seat plan is made of: programmes, needs over paths, limits, what the planner minds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class SeatsError(ValueError):
    """A question that has no sense; says which part of it and why."""


class InfeasibleError(SeatsError):
    """No plan keeps every limit; `conflict` is a smallest set of limits that cannot be kept
    together."""

    def __init__(self, conflict: tuple[Limit | Hold, ...]) -> None:
        super().__init__("no plan keeps: " + "; ".join(map(str, conflict)))
        self.conflict = conflict


@dataclass(frozen=True)
class Programme:
    """A specialty at a school. `seats` are those of the last intake; an intake's seats are 0 or a
    whole number of classes of `class_size` between `least` and `most`. `share` is workers per
    seat, `opening` what it costs when an intake has seats and the one before had none, `step` how
    many seats an intake may differ from the one before."""

    name: str
    specialty: str
    school: str
    seats: int
    class_size: int
    least: int
    most: int
    share: float
    opening: float = 0.0
    step: int | None = None

    def __post_init__(self) -> None:
        if self.class_size < 1 or min(self.seats, self.least, self.most) < 0:
            raise SeatsError(f"{self.name}: seats are counted from 0, a class has at least one")
        if not (0 <= self.share < np.inf and 0 <= self.opening < np.inf):
            raise SeatsError(f"{self.name}: share and opening are finite and not below 0")
        if self.step is not None and self.step < 0:
            raise SeatsError(f"{self.name}: a step is not below 0")

    @property
    def classes(self) -> tuple[int, int]:
        """(fewest, most) classes of an intake that has any; (1, 0) where no number of classes
        lies between least and most."""
        fewest = max(1, -(-self.least // self.class_size))
        most = self.most // self.class_size
        return (fewest, most) if fewest <= most else (1, 0)


@dataclass(frozen=True)
class Limit:
    """How much of a resource the seats of one intake may use together."""

    resource: str
    intake: int
    capacity: float

    def __str__(self) -> str:
        return f"{self.resource} in {self.intake}: at most {self.capacity:g}"


@dataclass(frozen=True)
class Hold:
    """Seats that a programme keeps in an intake whatever it costs, or may not pass."""

    programme: str
    intake: int
    least: int = 0
    most: int | None = None

    def __str__(self) -> str:
        most = "" if self.most is None else f", at most {self.most}"
        return f"{self.programme} in {self.intake}: at least {self.least}{most} seats"


@dataclass(frozen=True)
class Aims:
    """What a planner minds. `short` and `over` cost a worker too few and one too many, `change` a
    seat more or fewer than in the intake before; `risk` is the weight of the mean over the worst
    1 - `tail` of the paths (CVaR) against the mean over all; `joint` takes these worst paths of
    the sum over specialties and intakes instead of each one's own."""

    short: float = 1.0
    over: float = 0.5
    change: float = 0.05
    risk: float = 0.3
    tail: float = 0.9
    joint: bool = False

    def __post_init__(self) -> None:
        for name in ("short", "over", "change"):
            if not 0 <= getattr(self, name) < np.inf:
                raise SeatsError(f"{name} is {getattr(self, name)}, expected 0 or more")
        if not 0 <= self.risk <= 1:
            raise SeatsError(f"risk is {self.risk}, expected 0 to 1")
        if not 0 <= self.tail < 1:
            raise SeatsError(f"tail is {self.tail}, expected 0 or more and below 1")


@dataclass(frozen=True)
class Question:
    """Everything that a plan is made from. `needs` gives for a specialty and an intake the workers
    needed on each path; `uses` what one seat of a programme takes of a resource."""

    programmes: tuple[Programme, ...]
    intakes: tuple[int, ...]
    needs: Mapping[tuple[str, int], Floats]
    limits: tuple[Limit, ...] = ()
    uses: Mapping[tuple[str, str], float] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()
    aims: Aims = field(default_factory=Aims)

    def __post_init__(self) -> None:
        if not self.intakes or list(self.intakes) != sorted(set(self.intakes)):
            raise SeatsError("intakes are years in rising order")
        names = {one.name for one in self.programmes}
        if len(names) < len(self.programmes):
            raise SeatsError("two programmes have one name")
        taught = {one.specialty for one in self.programmes}
        for specialty in sorted(taught | {specialty for specialty, _ in self.needs}):
            for intake in self.intakes:
                paths = self.needs.get((specialty, intake))
                if paths is None or not paths.size:
                    raise SeatsError(f"no need of {specialty} in {intake}")
                if not np.isfinite(paths).all():
                    raise SeatsError(f"a need of {specialty} in {intake} is no finite number")
        if self.aims.joint and len({paths.size for paths in self.needs.values()}) > 1:
            raise SeatsError("jointly, every specialty and intake has the same paths")
        unknown = {programme for programme, _ in self.uses} - names
        unknown |= {hold.programme for hold in self.holds} - names
        if unknown:
            raise SeatsError(f"unknown programme {sorted(unknown)[0]}")

    @property
    def specialties(self) -> tuple[str, ...]:
        """Every specialty with needs, taught or not, in order of first mention."""
        return tuple(dict.fromkeys(specialty for specialty, _ in self.needs))


@dataclass(frozen=True)
class Plan:
    """Seats (programmes x intakes), what they cost, and how far at most from the best."""

    seats: Integers
    objective: float
    bound: float
    seconds: float
    complete: bool
    """Whether the search ended by itself, not by its time."""

    @property
    def gap(self) -> float:
        """How much lower the best plan's cost can be at most, as a share of this one's."""
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-9)
