"""What seats cost over the paths of the forecast: too few workers, too many, change, openings.

A path costs short * max(0, need - w) + over * max(0, w - need) for a specialty and intake with w
workers. The mean over the worst 1 - tail of equally likely paths is CVaR as Rockafellar and
Uryasev (2002) define it for discrete losses: the path on the border counts with its part.
"""

from __future__ import annotations

import numpy as np

from ml.seats.model import Aims, Floats, Integers, Question


def _worst_paths(count: int, tail: float) -> float:
    """How many of `count` paths are the worst 1 - tail, the last one in part."""
    kept = min(float(count), max((1 - tail) * count, 1e-9))
    # a tail of .9 leaves a hair less than 20 of 200
    return float(round(kept)) if round(kept) and abs(kept - round(kept)) < 1e-9 * count else kept


def worst_weights(costs: Floats, tail: float) -> Floats:
    """The weight of each path in the mean over the worst 1 - tail of them; they sum to 1."""
    kept = _worst_paths(costs.size, tail)
    weights = np.empty(costs.size)
    weights[np.argsort(-costs, kind="stable")] = np.clip(kept - np.arange(costs.size), 0, 1) / kept
    return weights


def worst_mean(costs: Floats, tail: float) -> Floats:
    """(points) the mean over the worst 1 - tail of the paths of `costs` (points, paths)."""
    count = costs.shape[1]
    kept = _worst_paths(count, tail)
    whole = int(kept)
    if whole == count:
        return np.asarray(costs.mean(axis=1))
    ranked = np.partition(costs, count - 1 - whole, axis=1)
    above = ranked[:, count - whole :].sum(axis=1) if whole else 0.0
    return np.asarray((above + (kept - whole) * ranked[:, count - 1 - whole]) / kept)


def path_costs(workers: Floats, needs: Floats, aims: Aims) -> Floats:
    """(points, paths) costs of `workers` (points) against `needs` (paths)."""
    missing = needs - workers[:, None]
    return np.where(missing > 0, aims.short * missing, -aims.over * missing)


def expected_cost(workers: Floats, needs: Floats, aims: Aims, risk: float) -> Floats:
    """(1 - risk) * mean + risk * CVaR of the paths' costs at each of `workers`."""
    costs = path_costs(workers, needs, aims)
    mean = costs.mean(axis=1)
    if not risk:
        return np.asarray(mean)
    return np.asarray((1 - risk) * mean + risk * worst_mean(costs, aims.tail))


def kinks(needs: Floats, aims: Aims, most: float) -> Floats:
    """Every point from 0 to `most` between which the expected cost is straight: the needs, and
    where another set of paths becomes the worst.

    The worst paths are the j largest needs and the i smallest; a set changes where the last of it
    and the first outside cost the same, short * (high - w) = over * (w - low), so with j + i one
    or two more than the paths that count whole."""
    points = [np.array([0.0, most]), needs]
    total = aims.short + aims.over
    if aims.risk and not aims.joint and total:
        ordered, count = np.sort(needs), needs.size
        whole = int((1 - aims.tail) * count + 1e-9)
        for last in (whole, whole + 1, whole + 2):
            largest = np.arange(1, last)
            smallest = last - largest
            kept = (largest <= count) & (smallest <= count)
            high, low = ordered[count - largest[kept]], ordered[smallest[kept] - 1]
            points.append((aims.short * high + aims.over * low) / total)
    found = np.unique(np.concatenate(points))
    return np.asarray(found[(found >= 0) & (found <= most)])


def workers_of(question: Question, seats: Integers) -> dict[tuple[str, int], float]:
    """Workers that a plan's seats bring, by specialty and intake; 0 where nobody teaches it."""
    found = dict.fromkeys(question.needs, 0.0)
    for row, programme in enumerate(question.programmes):
        for column, intake in enumerate(question.intakes):
            found[programme.specialty, intake] += programme.share * float(seats[row, column])
    return found


def total_path_costs(question: Question, seats: Integers) -> Floats:
    """What each path costs, summed over specialties and intakes; paths must be the same ones."""
    workers = workers_of(question, seats)
    by_need = [
        path_costs(np.array([workers[key]]), needs, question.aims)[0]
        for key, needs in question.needs.items()
    ]
    return np.asarray(np.sum(by_need, axis=0))


def change_cost(question: Question, seats: Integers) -> float:
    """What differences between intakes and openings cost."""
    before = np.array([[one.seats] for one in question.programmes], np.int64).reshape(-1, 1)
    all_years = np.hstack([before, seats]) if len(question.programmes) else seats
    moved = float(np.abs(np.diff(all_years, axis=1)).sum()) * question.aims.change
    opened = ((all_years[:, 1:] > 0) & (all_years[:, :-1] == 0)).sum(axis=1)
    return moved + float(
        sum(
            int(times) * one.opening for times, one in zip(opened, question.programmes, strict=True)
        )
    )


def objective(question: Question, seats: Integers) -> float:
    """The cost of a plan, computed from its definition and not from the solver's."""
    aims = question.aims
    changes = change_cost(question, seats)
    if aims.joint:
        costs = total_path_costs(question, seats)
        worst = float(costs @ worst_weights(costs, aims.tail))
        return (1 - aims.risk) * float(costs.mean()) + aims.risk * worst + changes
    workers = workers_of(question, seats)
    return changes + sum(
        float(expected_cost(np.array([workers[key]]), needs, aims, aims.risk)[0])
        for key, needs in question.needs.items()
    )
