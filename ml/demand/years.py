"""One to eight years ahead: how many heads a growing trade needs, and how many replace those who
leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.demand.families.total import forecast_total, past_errors
from ml.demand.model import CONFIG, Floats, check_levels
from ml.demand.spread import quantiles

MOST_YEARS = 8
YEARLY = replace(CONFIG, level_rates=(1.0,), trend_rate=0.3, trend_least_years=3.0, damping=0.85)
PRIOR_SPREAD = 0.08
PRIOR_YEARS = 4.0
TAIL = np.sqrt(3 / 5)
NORMAL_80 = 1.2816


@dataclass(frozen=True)
class Band:
    """`mean` (S, K), `lower` and `upper` (L, S, K) of one kind of demand; `paths` (N, S, K) are
    joint draws, to be added up."""

    mean: Floats
    lower: Floats
    upper: Floats
    paths: NDArray[np.float32]


@dataclass(frozen=True)
class YearsAhead:
    """Heads a year: `growth` (below zero where a trade shrinks), `replacement` (never below), and
    their sum `openings`."""

    growth: Band
    replacement: Band
    openings: Band
    levels: tuple[int, ...]


def years_ahead(
    heads: Floats,
    rates: Floats,
    horizon: int,
    *,
    stocks: Sequence[str] | None = None,
    levels: tuple[int, ...] = (80, 95),
    seed: int = 0,
    paths: int = 1000,
) -> YearsAhead:
    """Growth and replacement demand for the `horizon` years (1 to 8) after the last of `heads`.

    `heads` (S, Y): people employed, by series and year, oldest first, not negative; `rates` (3,) or
    (S, 3): lower end, middle and upper end of the 80 % interval of the part of a stock that leaves
    in a year (retirement and change of trade), each within 0 and 1, in order. `stocks` (S,) names
    the counted stock that each series is a part of: parts of one stock (the occupations of an
    industry) take its course and err with it, so that their sum is as uncertain as the stock.
    Without it each is its own.

    The stock starts from its last count, as heads are counted, and follows a damped trend (Gardner
    and McKenzie 1985). Its error is a random walk in logs, half of whose variance all series share;
    its yearly spread comes from past origins, shrunk to 8 %. A path keeps one luck with leaving
    rates for all series and years, as a wrong rate stays wrong. Means of the two kinds add up
    exactly. Raises ValueError.
    """
    check_levels(levels)
    rates = np.broadcast_to(np.asarray(rates, np.float64), (len(heads), 3))
    if not 1 <= horizon <= MOST_YEARS or paths < 1:
        raise ValueError(
            f"horizon must lie between 1 and {MOST_YEARS} years, and there must be a path"
        )
    if heads.ndim != 2 or not heads.shape[1] or not np.isfinite(heads).all() or (heads < 0).any():
        raise ValueError("heads must be a table of finite numbers that are not negative")
    if not (np.diff(rates) >= 0).all() or (rates <= 0).any() or (rates >= 1).any():
        raise ValueError("rates must be lower end, middle, upper end, in order, between 0 and 1")
    if stocks is not None and len(stocks) != len(heads):
        raise ValueError("every series is a part of one stock")
    names, part_of = np.unique(
        np.arange(len(heads)) if stocks is None else np.array(stocks), return_inverse=True
    )
    whole = np.zeros((len(names), heads.shape[1]))
    np.add.at(whole, part_of, heads)
    lines = np.log(np.maximum(whole, 1e-9))
    course = np.array([np.exp(forecast_total(line, 1, horizon, YEARLY)[0]) for line in lines])
    course /= np.where(whole[:, -1:] > 0, whole[:, -1:], np.inf)
    ahead = heads[:, -1:] * course[part_of]
    spread = np.sqrt(yearly_variance(lines, whole))
    rng = np.random.default_rng(seed)
    shared = rng.standard_t(5, (paths, 1, horizon)) * TAIL
    own = rng.standard_t(5, (paths, len(names), horizon)) * TAIL
    walk = np.cumsum((shared + own) / np.sqrt(2), axis=2) * spread[None, :, None]
    factor = np.exp(np.clip(walk, -2.0, 2.0))
    stock = ahead[None] * (factor / factor.mean(axis=0))[:, part_of]
    before = np.concatenate(
        [np.broadcast_to(heads[None, :, -1:], (paths, len(heads), 1)), stock[:, :, :-1]], axis=2
    )
    luck = rng.standard_normal((paths, 1, 1))
    odds = np.log(rates / (1 - rates))
    wide = (
        np.where(
            luck < 0,
            (odds[:, 1] - odds[:, 0])[None, :, None],
            (odds[:, 2] - odds[:, 1])[None, :, None],
        )
        / NORMAL_80
    )
    leaving = 1 / (1 + np.exp(-(odds[None, :, 1, None] + wide * luck)))
    past = np.concatenate([heads[:, -1:], ahead[:, :-1]], axis=1)
    growth, replacement = ahead - past, leaving.mean(axis=0) * past
    return YearsAhead(
        band(growth, stock - before, levels),
        band(replacement, leaving * before, levels),
        band(growth + replacement, stock - before + leaving * before, levels),
        levels,
    )


def band(mean: Floats, paths: Floats, levels: tuple[int, ...]) -> Band:
    """Intervals of paths (N, S, K), which may be sums over series."""
    draws = paths.astype(np.float32)
    _, lower, upper = quantiles(np.ascontiguousarray(draws.transpose(1, 2, 0)), levels)
    return Band(mean, lower, upper, draws)


def yearly_variance(lines: Floats, heads: Floats) -> Floats:
    """(S,) variance of one year's log error, of the series' own past origins and the panel's,
    shrunk to PRIOR_SPREAD squared."""
    squares = [
        past_errors(line, 1, 1, YEARLY)[:, 0] ** 2
        if (head > 0).all() and len(line) > 3
        else np.empty(0)
        for line, head in zip(lines, heads, strict=True)
    ]
    everyone = np.concatenate(squares) if squares else np.empty(0)
    prior = PRIOR_YEARS * PRIOR_SPREAD**2
    usual = (everyone.sum() + prior) / (len(everyone) + PRIOR_YEARS)
    return np.array(
        [(np.nansum(own) + PRIOR_YEARS * usual) / (len(own) + PRIOR_YEARS) for own in squares]
    )
