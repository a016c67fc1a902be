"""Structural breaks: the months from which a series runs on another level than before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.demand.model import Floats, Panel

LEAST_LEVEL = 4.0
"""A series with fewer heads a period on average is too thin to tell a shift from chance."""
LEAST_YEARS = 2
"""So many seasons are needed before a season and a shift can be told apart."""
EDGE = 6
"""Periods that a level must last, before a shift and after it."""
CRITICAL = 4.0
"""|t| that the best date of a shift must exceed; a series without a shift exceeds it in about 1 of
100 cases."""
CRITICAL_PAIR = 13.0
"""F that the best pair of dates must exceed where no single one does: a shock that began and
ended."""
LEAST_CHANGE = 0.15
"""Smaller shifts, as a share, are not worth a planner's time."""
MOST = 3
"""At most so many shifts are told of one series."""
LARGEST_MEMORY = 0.8
MENDED = 0.7
USUAL_TREND = 0.08
"""Growth a year (log) that is usual without any break."""


@dataclass(frozen=True)
class Break:
    """From `period` on the level is (1 + `change`) times what it was; `statistic` is the t value of
    the shift at the end."""

    period: str
    change: float
    statistic: float


def find_breaks(panel: Panel) -> tuple[tuple[Break, ...], ...]:
    """Level shifts of every series of a panel, by date; none for thin, short or gappy series."""
    return tuple(
        tuple(
            Break(panel.periods[place], change, statistic)
            for place, change, statistic in level_shifts(line, panel.season)
        )
        for line in panel.values
    )


def level_shifts(line: Floats, season: int) -> list[tuple[int, float, float]]:
    """(first place of the new level, change as a share, t value) of the level shifts of one series
    (T,), by place.

    Regresses the log level on a constant, a linear trend, month effects and steps. The step is put
    where |t| is largest (sup-t over the trimmed sample: Andrews 1993, Econometrica 61) and kept if
    it exceeds CRITICAL; then the next one given the first (sequentially: Bai and Perron 1998,
    Econometrica 66). Where no single step passes, the best pair is tried with F, which finds a
    shock that has ended. Neighbouring months resemble each other, which looks like shifts; so both
    sides are whitened by the lag-one correlation of what the best two steps leave (Prais and
    Winsten 1954). Steps that later ones make superfluous, or smaller than LEAST_CHANGE, are
    dropped.
    """
    length = len(line)
    if (
        length < max(LEAST_YEARS * season, 4 * EDGE)
        or np.isnan(line).any()
        or line.mean() < LEAST_LEVEL
    ):
        return []
    level = np.log(line + 0.5)
    base = _base(length, season)
    steps = np.tril(np.ones((length, length)))
    memory = _memory(level, base, steps)
    level, base, steps = (_whitened(part, memory) for part in (level, base, steps))
    level, base, steps = _calm(level, base, steps)
    found: list[int] = []
    while len(found) < MOST:
        known = np.column_stack([base, steps[:, found]])
        pair = CRITICAL_PAIR if len(found) < MOST - 1 else np.inf
        added = _found(level, known, steps, _free(length, found), CRITICAL, pair)
        if not added:
            break
        found += added
    while found:
        sizes, values = _fitted(level, base, steps[:, found])
        sound = [
            (abs(t) > CRITICAL or len(found) > 1) and abs(np.expm1(size)) >= LEAST_CHANGE
            for size, t in zip(sizes, values, strict=True)
        ]
        weakest = int(np.argmin(np.abs(values)))
        if all(sound) and abs(values[weakest]) > np.sqrt(CRITICAL_PAIR):
            return sorted(
                (place, float(np.expm1(size)), float(t))
                for place, size, t in zip(found, sizes, values, strict=True)
            )
        found.pop(weakest if all(sound) else sound.index(False))
    return []


def _base(length: int, season: int) -> Floats:
    """Constant, trend in years and month effects (T, 2 + season - 1)."""
    time = np.arange(length)
    months = np.eye(season)[time % season][:, 1:]
    return np.column_stack([np.ones(length), time / season, months])


def _memory(level: Floats, base: Floats, steps: Floats) -> float:
    """Lag-one correlation of what constant, trend, season and the best two steps leave; a shift
    that is there must not count as memory. What was taken out makes neighbours look less alike,
    which is mended by the share of freedom that it took."""
    first = _best(level, base, steps, _free(len(level), []))
    known = np.column_stack([base, steps[:, first]])
    second = _best(level, known, steps, _free(len(level), first))
    known = np.column_stack([known, steps[:, second]])
    rest = level - known @ np.linalg.lstsq(known, level, rcond=None)[0]
    spread = float(rest @ rest)
    if spread <= 1e-12:
        return 0.0
    found = float(rest[1:] @ rest[:-1]) / spread
    return float(
        np.clip(found + MENDED * (1 + found) * known.shape[1] / len(rest), 0.0, LARGEST_MEMORY)
    )


def _whitened(part: NDArray[np.float64], memory: float) -> Floats:
    """Prais and Winsten's transformation along the first axis."""
    white = part - memory * np.roll(part, 1, axis=0)
    white[0] = part[0] * np.sqrt(1 - memory**2)
    return white


def _calm(level: Floats, base: Floats, steps: Floats) -> tuple[Floats, Floats, Floats]:
    """One more row that says: a trend of more than USUAL_TREND a year is less likely than a
    shift."""
    rest = level - base @ np.linalg.lstsq(base, level, rcond=None)[0]
    noise = 1.4826 * float(np.median(np.abs(np.diff(rest)))) / np.sqrt(2)
    row = np.zeros((1, base.shape[1]))
    row[0, 1] = noise / USUAL_TREND
    return (
        np.append(level, 0.0),
        np.vstack([base, row]),
        np.vstack([steps, np.zeros((1, steps.shape[1]))]),
    )


def _free(length: int, found: list[int]) -> NDArray[np.int64]:
    """Places where a further step leaves every level at least EDGE periods."""
    edges = [0, *found, length]
    return np.array(
        [place for place in range(length) if all(abs(place - edge) >= EDGE for edge in edges)],
        np.int64,
    )


def _best(level: Floats, known: Floats, steps: Floats, free: NDArray[np.int64]) -> list[int]:
    """The place whose step explains most beyond `known`; empty where none is free."""
    return _found(level, known, steps, free, 0.0, np.inf)


def _found(
    level: Floats,
    known: Floats,
    steps: Floats,
    free: NDArray[np.int64],
    least_t: float,
    least_f: float,
) -> list[int]:
    """The place whose step explains most beyond `known`, if its |t| passes; else the best pair, if
    its F passes; else nothing."""
    if not free.size:
        return []
    frame, _ = np.linalg.qr(known)
    rest = level - frame @ (frame.T @ level)
    candidates = steps[:, free] - frame @ (frame.T @ steps[:, free])
    inner, along = candidates.T @ candidates, candidates.T @ rest
    sizes = np.maximum(np.diag(inner), 1e-9)
    total, freedom = float(rest @ rest), len(level) - known.shape[1]
    explained = along**2 / sizes
    best = int(np.argmax(explained))
    noise = max(total - float(explained[best]), 1e-12) / (freedom - 1)
    if np.sqrt(explained[best] / noise) > least_t:
        return [int(free[best])]
    apart = np.abs(free[:, None] - free[None]) >= EDGE
    if np.isinf(least_f) or not apart.any():
        return []
    area = np.outer(sizes, sizes) - inner**2
    both = (
        np.outer(along**2, sizes) + np.outer(sizes, along**2) - 2 * np.outer(along, along) * inner
    )
    gained = np.where(apart & (area > 1e-9), both / np.maximum(area, 1e-9), 0.0)
    first, second = np.unravel_index(int(np.argmax(gained)), gained.shape)
    noise = max(total - float(gained[first, second]), 1e-12) / (freedom - 2)
    return (
        [int(free[first]), int(free[second])] if gained[first, second] / 2 / noise > least_f else []
    )


def _fitted(level: Floats, base: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Sizes of the steps (log) and their t values, all estimated together."""
    design = np.column_stack([base, steps])
    inverse = np.linalg.pinv(design.T @ design)
    weights = inverse @ design.T @ level
    rest = level - design @ weights
    noise = float(rest @ rest) / (len(level) - design.shape[1])
    count = steps.shape[1]
    errors = np.sqrt(np.maximum(np.diag(inverse)[-count:] * noise, 1e-12))
    return weights[-count:], weights[-count:] / errors
