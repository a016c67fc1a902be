"""How wrong the forecasts may be: the common factor's error apart from the series' own, and joint
paths drawn from both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.demand.model import Floats

CHUNK = 2_048
SLACK = 0.02
"""A middle error counts as above nothing from this part of the level on."""
LEAST_PART = 0.5
BLOCK = 400_000
"""Cells that are worked on together."""
PRIOR_ORIGINS = 4.0
LARGEST_COMMON = 0.8
FEWEST_ERRORS = 20


@dataclass(frozen=True)
class CommonLaw:
    """Log error of the factor that all series share, h periods ahead: noise + random walk;
    variances a period."""

    noise: float
    drift: float

    def draw(self, paths: int, horizon: int, rng: np.random.Generator) -> Floats:
        """(N, H) factors with mean about one; Student's t with 6 degrees of freedom, as past shocks
        have heavy tails.

        The walk's spread is bounded, so that far horizons stay finite.
        """
        tail = np.sqrt(4 / 6)
        walk = np.cumsum(rng.standard_t(6, (paths, horizon)), axis=1) * tail * np.sqrt(self.drift)
        steps = np.arange(1, horizon + 1)
        bound = np.minimum(1.0, LARGEST_COMMON / np.sqrt(np.maximum(self.drift * steps, 1e-12)))
        noise = rng.standard_t(6, (paths, horizon)) * tail * np.sqrt(self.noise)
        spread = np.clip(walk * bound + noise, -3.0, 3.0)
        factors: Floats = np.exp(spread) / np.exp(spread).mean(axis=0)
        return factors


def fit_common(
    errors: Floats, prior_noise: float = 0.003, prior_drift: float = 0.0015
) -> CommonLaw:
    """Noise and drift from past log errors (O, H): least squares of squared errors on (1, h),
    shrunk to a prior.

    The prior weighs as much as PRIOR_ORIGINS origins and is all there is when nothing is known.
    """
    known = np.isfinite(errors)
    counts = known.sum(axis=0)
    steps = np.arange(1, errors.shape[1] + 1)
    squares = np.where(known, errors, 0.0) ** 2
    # Prior origins enter as pseudo errors of the prior's size.
    total = squares.sum(axis=0) + PRIOR_ORIGINS * (prior_noise + prior_drift * steps)
    weight = counts + PRIOR_ORIGINS
    mean = total / weight
    best, law = np.inf, CommonLaw(prior_noise, prior_drift)
    for part in np.linspace(0.0, 1.0, 21):
        shape = part + (1 - part) * steps
        size = float((weight * mean / shape).sum() / weight.sum())
        loss = float((weight * (mean / (size * shape) + np.log(size * shape))).sum())
        if loss < best:
            best, law = loss, CommonLaw(size * part, size * (1 - part))
    return CommonLaw(law.noise, max(law.drift, 1e-5))


@dataclass(frozen=True)
class OwnLaw:
    """Own errors: standardised trajectories by bin, and how each series scales them.

    `pools` are (n, Hc) trajectories; `bin_of` (S,) names each series' pool; `own` (S,) multiplies
    it. An error is trajectory x own x sqrt(mean + 1) for counts (`counts`), else trajectory x own,
    which is then in the series' units.
    """

    pools: tuple[NDArray[np.float32], ...]
    bin_of: NDArray[np.int64]
    own: Floats
    counts: bool
    growth: Floats
    """(H,) factor on the spread; one up to Hc, rising after it."""


def widening(pools: tuple[NDArray[np.float32], ...], horizon: int) -> Floats:
    """(H,) one where errors were seen, then growing like a random walk that goes on at the pace
    seen (at least 2 % a period)."""
    seen = pools[0].shape[1]
    if horizon <= seen:
        return np.ones(horizon)
    spread = np.nanmean(np.vstack(pools).astype(np.float64) ** 2, axis=0) if seen else np.ones(1)
    pace = 0.0 if seen < 2 else float(np.polyfit(np.arange(1, seen + 1), spread, 1)[0])
    last = max(float(spread[-1]), 1e-12)
    pace = min(max(pace, 0.02 * last), 0.2 * last)
    steps = np.arange(1, horizon + 1)
    return np.asarray(np.sqrt(1 + np.maximum(steps - seen, 0) * pace / last), np.float64)


def fill_trajectories(errors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Trajectories whose end is not yet known go on with a random other trajectory's end, so that
    late origins count too."""
    filled = errors.copy()
    rng = np.random.default_rng(0)
    for step in range(1, errors.shape[1]):
        holes = np.flatnonzero(np.isnan(filled[:, step]))
        known = np.flatnonzero(~np.isnan(errors[:, step]))
        if holes.size and known.size:
            filled[holes, step] = errors[rng.choice(known, holes.size), step]
        elif holes.size:
            filled[holes, step] = filled[holes, step - 1]
    return filled


def draw_chunks(
    mean: Floats,
    common: Floats,
    law: OwnLaw,
    whole: bool,
    season: int,
    seed: int,
    heads: bool = False,
    wider: Floats | None = None,
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Slices of series and their joint paths (s, H, N); chunk by chunk with seeds of their own, so
    memory stays bounded.

    `common` (N, H) multiplies all series; own errors are whole past trajectories, which keeps their
    correlation in time. With `heads`, less than one head is one with that probability and none
    else, so that sums over many small series can be as small as they were. `whole` rounds to whole
    numbers, for panels of counts. `wider` (H,) multiplies how far paths lie from the mean.
    """
    paths, horizon = common.shape
    factor = np.ascontiguousarray(common.T.astype(np.float32))
    step = steps_of(law.pools[0].shape[1], horizon, season)
    for start in range(0, mean.shape[0], CHUNK):
        part = slice(start, min(start + CHUNK, mean.shape[0]))
        rng = np.random.default_rng([seed, start])
        size = part.stop - part.start
        bins = law.bin_of[part]
        picks = np.empty((size, paths), np.int64)
        for number in np.unique(bins):
            members = np.flatnonzero(bins == number)
            picks[members] = rng.integers(0, len(law.pools[number]), (len(members), paths))
        drawn = np.empty((size, horizon, paths), np.float32)
        scale = law.own[part].astype(np.float32)[:, None] * law.growth.astype(np.float32)
        for block in blocks(size, horizon * paths):
            rows, centre = mean[part][block], drawn[block]
            np.multiply(rows.astype(np.float32)[:, :, None], factor[None], out=centre)
            own = np.empty_like(centre)
            for number in np.unique(bins[block]):
                members = np.flatnonzero(bins[block] == number)
                picked = law.pools[number][picks[block][members]].transpose(0, 2, 1)
                own[members] = np.ascontiguousarray(picked)[:, step]
            own *= scale[block][:, :, None]
            if law.counts:
                own *= np.sqrt(centre + 1.0)
            centre += own
            if wider is not None:
                middle = rows.astype(np.float32)[:, :, None]
                centre -= middle
                centre *= wider.astype(np.float32)[None, :, None]
                centre += middle
            np.maximum(centre, 0.0, out=centre)
            if heads and not whole:
                luck = rng.random(centre.shape, np.float32)
                np.copyto(centre, luck < centre, where=centre < 1.0)
            if whole:
                np.rint(centre, out=centre)
            if (rows <= 0).any():
                centre[rows <= 0] = 0.0
        yield part, drawn


def steps_of(seen: int, horizon: int, season: int) -> NDArray[np.int64]:
    """(H,) which of the `seen` steps of a past error stands for each period ahead: beyond them the
    last year's again."""
    place = np.arange(horizon)
    cycle = min(season, seen)
    return np.where(place < seen, place, seen - cycle + (place - seen) % cycle)


def not_below_median(mean: Floats, law: OwnLaw, season: int) -> tuple[Floats, OwnLaw]:
    """(S, H) means and the law around them, where half of the past errors of a level were above
    its forecasts: they told a middle, not a mean, which for what may rise without end is larger.
    There the mean error joins the mean and leaves the law."""
    found, pools = mean.copy(), list(law.pools)
    step = steps_of(pools[0].shape[1], mean.shape[1], season)
    for number, pool in enumerate(law.pools):
        rows = np.flatnonzero((law.bin_of == number) & (mean[:, 0] > 0))
        more = float((pool > 0).mean())
        if not rows.size or len(pool) < FEWEST_ERRORS or more < 0.5 + 1 / np.sqrt(len(pool)):
            continue
        usual, level = pool.mean(axis=0, dtype=np.float64), float(np.median(mean[rows, 0]))
        middle = float(np.median(pool, axis=0).mean()) * np.sqrt(level + 1.0)
        if middle <= SLACK * level or usual.mean() <= 0:
            continue
        size = law.own[rows, None] * law.growth[None] * np.sqrt(mean[rows] + 1.0)
        found[rows] = np.maximum(mean[rows] + usual[step] * size, mean[rows] * LEAST_PART)
        pools[number] = (pool - usual).astype(np.float32)
    return found, replace(law, pools=tuple(pools))


def blocks(rows: int, cells: int) -> Iterator[slice]:
    """Slices of rows of so many cells each, small enough to stay in a processor's cache between
    one step of a computation and the next."""
    size = max(BLOCK // max(cells, 1), 1)
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def quantiles(draws: NDArray[np.float32], levels: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Median (...), lower and upper (L, ...) over the last axis of `draws`; see `cuts`."""
    return cuts(np.sort(draws, axis=-1), levels)


def cuts(ordered: NDArray[np.float32], levels: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Median (...), lower and upper (L, ...) of draws that are sorted along the last axis.

    Intervals are central where that can be. Draws that tie at the lower end (zeros of small counts)
    cannot be cut off there, so the upper end comes down until the interval holds the level and no
    more. Where it falls among ties, they are left out when that comes nearer to the level: whole
    numbers cannot be cut finer. The upper end is never below the median.
    """
    size = ordered.shape[-1]
    median = at_rank(ordered, 0.5 * (size - 1))
    lower, upper = [], []
    for level in levels:
        low = at_rank(ordered, (0.5 - level / 200) * (size - 1))
        below = (ordered < low[..., None].astype(np.float32)).sum(axis=-1)
        wanted = level / 100 * size
        high = at_ranks(ordered, np.clip(below + wanted - 1, 0, size - 1))
        ties = high[..., None].astype(np.float32)
        least, most = (ordered < ties).sum(axis=-1), (ordered <= ties).sum(axis=-1)
        nearer = wanted - (least - below) < (most - below) - wanted
        high = np.where(nearer, at_ranks(ordered, np.maximum(least - 1.0, 0.0)), high)
        lower.append(low)
        upper.append(np.maximum(high, np.maximum(median, low)))
    return median, np.stack(lower), np.stack(upper)


def deciles_of(draws: NDArray[np.float32]) -> Floats:
    """(9, ...) quantiles .1 to .9 over the last axis."""
    ordered = np.sort(draws, axis=-1)
    last = ordered.shape[-1] - 1
    return np.stack([at_rank(ordered, part / 10 * last) for part in range(1, 10)])


def at_rank(ordered: NDArray[np.float32], rank: float) -> Floats:
    """The value at a rank between places of the last axis, interpolated."""
    low = int(np.floor(rank))
    high = min(low + 1, ordered.shape[-1] - 1)
    below, above = ordered[..., low].astype(np.float64), ordered[..., high].astype(np.float64)
    return np.asarray(below + (rank - low) * (above - below), np.float64)


def at_ranks(ordered: NDArray[np.float32], ranks: Floats) -> Floats:
    """As `at_rank`, with a rank for every line (...)."""
    low = np.floor(ranks).astype(np.int64)
    high = np.minimum(low + 1, ordered.shape[-1] - 1)
    below = np.take_along_axis(ordered, low[..., None], axis=-1)[..., 0].astype(np.float64)
    above = np.take_along_axis(ordered, high[..., None], axis=-1)[..., 0].astype(np.float64)
    return np.asarray(below + (ranks - low) * (above - below), np.float64)
