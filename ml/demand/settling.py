"""Widths of intervals as a function of the horizon: as wide as past misses ask, and never narrower
the farther ahead.

What is drawn from 400 paths narrows here and there by chance, and what is measured at far leads
from few origins narrows for no better reason. So the width of every series and of every sum, over
what its mean allows, is replaced by the nearest one that never falls (isotonic regression: Barlow
et al. 1972), in the paths themselves, so that sums of them agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ml.demand.model import Floats
from ml.demand.periods import ordinals
from ml.demand.spread import blocks

CHANCE = 50.0
"""Heads at which chance and the county's own luck weigh alike: below, spread goes with the root of
the mean, above with the mean."""
LEAST_PART = 0.05
"""A mean is taken for no less than this part of its series' usual one."""
FEWEST_PATHS = 20
"""Fewer paths have no width worth a look."""
FEWEST_HEADS = 1.0
"""Series of fewer heads a period are drawn as one or none and cannot be stretched."""
ROWS = 2_048


def never_falling(line: Floats) -> Floats:
    """The non-decreasing line nearest to `line` along the last axis (least squares, by the max-min
    formula)."""
    length = line.shape[-1]
    if length < 2 or (np.diff(line, axis=-1) >= 0).all():
        return line
    rows = line.reshape(-1, length)
    found = np.empty_like(rows)
    # what never falls already stays as it is, to the last bit
    falling = (np.diff(rows, axis=1) < 0).any(axis=1)
    found[~falling] = rows[~falling]
    places = np.flatnonzero(falling)
    for start in range(0, len(places), ROWS):
        part = places[start : start + ROWS]
        sums = np.concatenate([np.zeros((len(part), 1)), np.cumsum(rows[part], axis=1)], axis=1)
        best = np.full((len(part), length), -np.inf)
        for first in range(length):
            means = (sums[:, first + 1 :] - sums[:, first, None]) / np.arange(1, length - first + 1)
            least = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]
            np.maximum(best[:, first:], least, out=best[:, first:])
        # sums of floats may leave a step down in the last bit
        found[part] = np.maximum.accumulate(best, axis=1)
    return found.reshape(line.shape)


def allowance(mean: Floats, season: int, counts: bool) -> Floats:
    """(..., H) what a spread goes with: the mean, for counts by less where one month of the year is
    busier than another; for other panels the growth since the same month of the first year."""
    usual = np.maximum(mean.mean(axis=-1, keepdims=True), 1e-12)
    mean = np.maximum(mean, LEAST_PART * usual)
    if season == 1:
        return mean
    first = mean[..., np.arange(mean.shape[-1]) % season]
    if counts:
        return np.asarray(mean * np.sqrt(1 + CHANCE / first), np.float64)
    return np.asarray(usual * np.maximum.accumulate(mean / first, axis=-1), np.float64)


def width_of(ordered: NDArray[np.float32]) -> Floats:
    """(...) width of the central 80 % of draws sorted along the last axis."""
    size = ordered.shape[-1]
    low, high = round(0.1 * (size - 1)), round(0.9 * (size - 1))
    return np.asarray(ordered[..., high] - ordered[..., low], np.float64)


def stretch(width: Floats, wanted: Floats, allowed: Floats) -> Floats:
    """(..., H) by what deviations are multiplied, so that `width` becomes the line that never falls
    nearest to `wanted`, both over what is `allowed`; one where there is no width."""
    target = never_falling(wanted / allowed) * allowed
    return np.where(width > 0, target / np.where(width > 0, width, 1.0), 1.0)


def stretched(draws: NDArray[np.float32], factor: Floats) -> NDArray[np.float32]:
    """`draws` (..., N) farther from (nearer to) their mean by `factor` (...), never negative, with
    the same mean."""
    if np.abs(factor - 1).max(initial=0.0) < 1e-9:
        return draws
    rows = draws.reshape(-1, draws.shape[-1])
    found = np.empty_like(rows)
    factors = np.broadcast_to(factor, draws.shape[:-1]).reshape(-1, 1).astype(np.float32)
    for part in blocks(len(rows), rows.shape[1]):
        here, moved = rows[part], found[part]
        centre = here.mean(axis=-1, keepdims=True, dtype=np.float64).astype(np.float32)
        np.subtract(here, centre, out=moved)
        moved *= factors[part]
        moved += centre
        # nothing stays nothing where draws come nearer to their mean
        moved[(here <= 0) | (moved < 0)] = 0.0
        drawn = moved.mean(axis=-1, keepdims=True, dtype=np.float64).astype(np.float32)
        moved *= np.divide(centre, drawn, out=np.ones_like(centre), where=drawn > 0)
    return found.reshape(draws.shape)


def settle_sums(
    paths: NDArray[np.float32],
    mean: Floats,
    periods: Sequence[str],
    season: int,
    counts: bool,
    groupings: Sequence[NDArray[np.int64]],
    learnt: Sequence[Floats | None],
    own: Floats | None,
) -> None:
    """Stretch `paths` (S, H, N) in place, so that sums over each of `groupings` (each (S,) numbers
    of groups), by period and by calendar year, are as wide as was `learnt` (H,) and never narrow.

    A path of a sum that moves moves its parts in proportion, so that they still add up. `own` (H,)
    is by what the series themselves have been widened. The last grouping is met exactly, by year.
    """
    size, horizon, number = paths.shape
    if number < FEWEST_PATHS or not groupings:
        return
    flat = paths.reshape(size, horizon * number)
    base = [_sums(flat, member, horizon) for member in groupings]
    wanted = [
        width_of(np.sort(sums, axis=-1))
        * (np.ones(horizon) if factor is None else factor)
        / (np.ones(horizon) if own is None else own)
        for sums, factor in zip(base, learnt, strict=True)
    ]
    for place, (member, wide) in enumerate(zip(groupings, wanted, strict=True)):
        sums = _sums(flat, member, horizon) if place else base[0]
        means = np.zeros((len(sums), horizon))
        np.add.at(means, member, np.nan_to_num(mean))
        allowed = allowance(means, season, counts)
        moved = stretched(sums, stretch(width_of(np.sort(sums, axis=-1)), wide, allowed))
        moved = _by_year(moved, means, periods, season)
        share = np.divide(moved, sums, out=np.ones_like(moved), where=sums > 0)
        for part in blocks(size, horizon * number):
            paths[part] *= share[member[part]]


def _sums(
    flat: NDArray[np.float32], member: NDArray[np.int64], horizon: int
) -> NDArray[np.float32]:
    """(G, H, N) sums of rows (S, H x N) by group."""
    groups = int(member.max()) + 1
    found = np.empty((groups, flat.shape[1]), np.float32)
    for number in range(groups):
        mine = flat if groups == 1 else flat[member == number]
        mine.sum(axis=0, out=found[number])
    return found.reshape(groups, horizon, -1)


def _by_year(
    sums: NDArray[np.float32], means: Floats, periods: Sequence[str], season: int
) -> NDArray[np.float32]:
    """`sums` (G, H, N) stretched so that whole calendar years never narrow over their means."""
    if season == 1 or periods[0].isdigit():
        return sums
    years = ordinals(periods) // season
    whole = [year for year in np.unique(years) if (years == year).sum() == season]
    if len(whole) < 2:
        return sums
    yearly = np.stack([sums[:, years == year].sum(axis=1) for year in whole], axis=1)
    means = np.stack([means[:, years == year].sum(axis=1) for year in whole], axis=1)
    width = width_of(np.sort(yearly, axis=-1))
    moved = stretched(yearly, stretch(width, width, allowance(means, 1, True)))
    share = np.divide(moved, yearly, out=np.ones_like(moved), where=yearly > 0)
    found = sums.copy()
    for place, year in enumerate(whole):
        found[:, years == year] *= share[:, [place]]
    return found


def kept_wide(
    mean: Floats,
    median: Floats,
    lower: Floats,
    upper: Floats,
    season: int,
    counts: bool,
    whole: bool,
) -> tuple[Floats, Floats]:
    """`lower`, `upper` (L, S, H) moved away from the median (or towards it) so that what is printed
    never narrows either; what never does comes back as it is."""
    # a year that nobody can tell leaves the years after it their ends
    nothing = np.isnan(mean)
    if nothing.any():
        mean, median = np.nan_to_num(mean), np.nan_to_num(median)
        lower, upper = np.nan_to_num(lower), np.nan_to_num(upper)
    allowed = allowance(mean, season, counts)
    lows, highs = lower.copy(), upper.copy()
    inner: int | None = None
    for place in np.argsort((upper - lower).sum(axis=(1, 2)), kind="stable"):
        width = upper[place] - lower[place]
        target = never_falling(width / allowed) * allowed
        part = np.divide(median - lower[place], width, out=np.zeros_like(width), where=width > 0)
        low = np.where(lower[place] <= 0, 0.0, np.maximum(median - part * target, 0.0))
        high = np.maximum(low + target, median)
        if whole:
            low, high = np.rint(low), np.rint(high)
        if inner is not None:  # wider levels hold the narrower ones
            low, high = np.minimum(low, lows[inner]), np.maximum(high, highs[inner])
        least = np.maximum.accumulate((high - low) / allowed, axis=-1) * allowed
        high = np.maximum(high, np.rint(low + least) if whole else low + least)
        same = np.abs(target - width) <= 1e-9 * np.maximum(width, 1.0)
        same &= np.abs(high - upper[place]) <= 1e-9 * np.maximum(high, 1.0)
        lows[place] = np.where(same, lower[place], low)
        highs[place] = np.where(same, upper[place], high)
        inner = int(place)
    lows[:, nothing] = highs[:, nothing] = np.nan
    return lows, highs


def factors_of(learnt: Mapping[str, Floats] | None, name: str, horizon: int) -> Floats | None:
    """(H,) by what the intervals of a level are to be widened; None where nothing was learnt. The
    last factor holds beyond what is given."""
    if not learnt or name not in learnt:
        return None
    given = np.asarray(learnt[name], np.float64)
    return given[np.minimum(np.arange(horizon), len(given) - 1)]
