"""Questions of every shape, small enough to try all plans."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from ml.seats import Aims, Hold, Limit, Programme, Question
from ml.seats.cost import objective
from ml.seats.model import Integers


def county(draws: np.random.Generator, *, joint: bool = False, tight: bool = True) -> Question:
    """Two specialties that one or two schools teach, an untaught one, two intakes, some paths."""
    programmes, uses, needs = [], {}, {}
    for specialty, most in (("lathes", 2), ("care", 1)):
        for school in range(int(draws.integers(1, most + 1))):
            size = int(draws.choice([20, 30, 40]))
            least = size * int(draws.integers(1, 3))
            programmes.append(
                Programme(
                    f"{specialty}@{school}",
                    specialty,
                    f"school {school}",
                    int(draws.choice([0, size, 35])),
                    size,
                    least,
                    least + size * int(draws.integers(0, 3)),
                    float(draws.choice([0.3, 0.5])),
                    float(draws.choice([0.0, 3.0])),
                    int(draws.choice([40, 80])) if draws.random() < 0.2 else None,
                )
            )
            uses[programmes[-1].name, "beds"] = float(draws.choice([0.4, 1.0]))
    for specialty, intake in product(("lathes", "care", "untaught"), (2027, 2028)):
        needs[specialty, intake] = np.round(draws.gamma(4, 6, size=7), 1)
    beds = float(draws.integers(20, 120)) if tight else 1e6
    limits = tuple(Limit("beds", intake, beds) for intake in (2027, 2028))
    holds = (
        (Hold(programmes[0].name, 2028, programmes[0].class_size),) if draws.random() < 0.3 else ()
    )
    aims = Aims(
        1.0,
        float(draws.choice([0.2, 1.0])),
        float(draws.choice([0.0, 0.05])),
        float(draws.choice([0.0, 0.3, 1.0])),
        float(draws.choice([0.0, 0.6, 0.9])),
        joint,
    )
    return Question(tuple(programmes), (2027, 2028), needs, limits, uses, holds, aims)


def tight_county(specialties: int, *, joint: bool = False) -> Question:
    """Specialties that two schools teach in three intakes, with room for half of what is needed."""
    draws, programmes, uses, needs = np.random.default_rng(7), [], {}, {}
    years = (2027, 2028, 2029)
    for number in range(specialties):
        name = f"specialty {number}"
        middle = float(draws.gamma(3, 12))
        for year in years:
            needs[name, year] = middle * np.exp(draws.normal(0, 0.3, 40))
        for school in range(2):
            size = int(draws.choice([25, 35, 40]))
            one = Programme(
                f"{name}@{school}", name, str(school), 0, size, size, 4 * size, 0.4, 2.0
            )
            programmes.append(one)
            uses[one.name, "beds"], uses[one.name, "money"] = 0.6, float(draws.uniform(0.8, 1.4))
    half = sum(float(needs[key].mean()) for key in needs) / len(years) / 0.4 / 2
    limits = [Limit("beds", year, 0.6 * half) for year in years]
    limits += [Limit("money", year, half) for year in years]
    return Question(tuple(programmes), years, needs, tuple(limits), uses, (), Aims(joint=joint))


def plans(question: Question) -> Iterator[Integers]:
    """Every plan that keeps classes, limits, holds and steps, by trying all."""
    choices = [
        [0] + [n for n in range(one.class_size, one.most + 1, one.class_size) if n >= one.least]
        for one in question.programmes
    ]
    shape = len(question.programmes), len(question.intakes)
    for cells in product(*(one for one in choices for _intake in question.intakes)):
        seats = np.array(cells, np.int64).reshape(shape)
        if keeps(question, seats):
            yield seats


def keeps(question: Question, seats: Integers) -> bool:
    """Whether a plan keeps every limit, hold and step."""
    names = [one.name for one in question.programmes]
    for limit in question.limits:
        column = question.intakes.index(limit.intake)
        taken = sum(
            question.uses.get((name, limit.resource), 0.0) * float(seats[row, column])
            for row, name in enumerate(names)
        )
        if taken > limit.capacity + 1e-9:
            return False
    for hold in question.holds:
        held = seats[names.index(hold.programme), question.intakes.index(hold.intake)]
        if held < hold.least or (hold.most is not None and held > hold.most):
            return False
    for row, one in enumerate(question.programmes):
        moved = np.abs(np.diff([one.seats, *seats[row]]))
        if one.step is not None and moved.max() > one.step:
            return False
    return True


def cheapest(question: Question) -> float | None:
    """The cost of the best plan, None where there is no plan."""
    costs = [objective(question, seats) for seats in plans(question)]
    return min(costs, default=None)
