"""Whether forecasts still keep their promise: coverage against its level, bias by cumulative
sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lgamma
from statistics import NormalDist

import numpy as np

from ml.demand.model import Floats

FEWEST_MONTHS = 4
"""Fewer scored months tell nothing yet."""
SURE = 0.01
"""Coverage alarms when a sound interval would show such a share, or one farther off, in fewer cases
than this."""
FAR = 0.05
"""... and the share lies at least so far from its level; less does not change a plan."""
TOGETHER = 0.1
"""Correlation of two series of one month that is taken for granted, whatever few months show."""
SLACK = 0.5
"""Half the shift, in standard deviations, that the cumulative sum is to find (Page 1954;
Montgomery, Introduction to Statistical Quality Control, chapter 9)."""
DECISION = 5.0
"""The cumulative sum alarms above this: on sound forecasts once in about 465 months, at twice the
usual error after about four."""
MOST_SPREADS = 4.0
"""One month counts for no more than this: a single shock is a shock, not a drift."""


@dataclass(frozen=True)
class Coverage:
    """`share` of truths inside, of `cases` that are worth `worth` independent ones, and the
    probability of a share so far off."""

    level: int
    share: float
    cases: int
    worth: float
    probability: float
    alarm: bool

    @property
    def narrow(self) -> bool:
        """Whether intervals hold too little; else they hold too much."""
        return self.share < self.level / 100


@dataclass(frozen=True)
class Bias:
    """Cumulative sums (M,) of forecasts that were too low (`above`) and too high (`below`), in
    spreads; `begun` is the place of the month from which the sum that alarms has grown."""

    above: tuple[float, ...]
    below: tuple[float, ...]
    alarm: bool
    low: bool
    begun: int | None


def coverage_drift(inside: Sequence[int], cases: Sequence[int], level: int) -> Coverage | None:
    """Whether the central `level` per cent interval holds its share, from months with so many
    truths inside of so many; None without any.

    Fewer than FEWEST_MONTHS months are worth one case each, and only a gross miss counts
    (`surest`). For more, an exact binomial test, but series of one month err together: the cases
    are divided by the design effect, the variance of the monthly shares over the binomial one (Rao
    and Scott 1992, Biometrics 48), so that 40 occupations in one bad month are not 40 proofs.
    """
    hits, known = np.asarray(inside, np.float64), np.asarray(cases, np.float64)
    hits, known = hits[known > 0], known[known > 0]
    if not len(known):
        return None
    wanted, total = level / 100, float(known.sum())
    share = float(hits.sum() / total)
    if len(known) < FEWEST_MONTHS:
        chance = surest(1 - hits / known, 1 - wanted)
        return Coverage(level, share, int(total), len(known), chance, chance < SURE)
    spread = float(
        (known * (hits / known - share) ** 2).sum() / (wanted * (1 - wanted)) / (len(known) - 1)
    )
    # few months know their own spread badly, least where all of them are good
    usual = 1 + TOGETHER * (total / len(known) - 1)
    worth = total / max(spread * (1 + 3 / (len(known) - 1)), usual)
    trials = max(round(worth), 1)
    chance = binomial(round(share * trials), trials, wanted)
    return Coverage(
        level, share, int(total), worth, chance, chance < SURE and abs(share - wanted) >= FAR
    )


def surest(missed: Floats, promised: float) -> float:
    """Upper bound (at most 1) of the probability that forecasts miss so much, however their cases
    err together.

    `missed` (M,) are shares of cases outside of what should miss the share `promised`, one of each
    forecast, oldest first. A share over what is promised has mean 1 whatever the dependence within,
    and given what was known when the forecast was made; so the product over forecasts, each made
    when the cases of those before were known, has mean 1 as well, and by Markov's inequality
    exceeds x with probability 1 / x at most (Vovk and Wang 2021, Annals of Statistics 49:
    e-values). Nothing sharper holds for any dependence: if all cases of a forecast miss together,
    one forecast out of 20 misses with all of them. So one forecast alone never tells; 95 %
    intervals of two must miss in more than half of the cases, of three in more than 23 %; 80 %
    intervals of three in 93 %; and intervals that are too wide cannot be told from sound ones.
    """
    return float(min(1.0, 1.0 / max(float(np.prod(missed / promised)), 1e-12)))


def binomial(hits: int, trials: int, chance: float) -> float:
    """Probability of a count as unlikely as `hits` or more so, of `trials` with `chance` each
    (exact, two-sided)."""
    counts = np.arange(trials + 1)
    ways = [lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1) for count in counts]
    each = np.exp(np.array(ways) + counts * np.log(chance) + (trials - counts) * np.log1p(-chance))
    return min(1.0, float(each[each <= each[hits] * (1 + 1e-7)].sum()))


def spreads(actual: Floats, median: Floats, low: Floats, high: Floats, level: int = 80) -> Floats:
    """(M,) log of truth over median, in standard deviations as the central interval tells them."""
    wide = np.log((high + 1) / (low + 1)) / (2 * NormalDist().inv_cdf(0.5 + level / 200))
    return np.asarray(np.log((actual + 1) / (median + 1)) / np.maximum(wide, 0.01), np.float64)


def bias_drift(errors: Floats) -> Bias | None:
    """Two-sided tabular cumulative sums of errors in spreads (M,), oldest first; None for fewer
    than FEWEST_MONTHS."""
    if len(errors) < FEWEST_MONTHS:
        return None
    bounded = np.clip(errors, -MOST_SPREADS, MOST_SPREADS)
    above, below = _sums(bounded), _sums(-bounded)
    low = above[-1] >= below[-1]
    grown = above if low else below
    alarm = grown[-1] > DECISION
    zeros = [place for place, value in enumerate(grown) if value == 0]
    return Bias(
        tuple(above), tuple(below), alarm, low, (zeros[-1] + 1 if zeros else 0) if alarm else None
    )


def gross_bias(above: Floats, below: Floats) -> Bias:
    """Bias of forecasts that are too few for cumulative sums, from the shares (M,) of each one's
    truths above and below its central 95 % interval: each side should miss 2.5 %, and both are
    looked at (`surest`). The sums stay empty."""
    chances = [2 * surest(side, 0.025) for side in (above, below)]
    alarm = min(chances) < SURE
    return Bias((), (), alarm, chances[0] <= chances[1], 0 if alarm else None)


def _sums(errors: Floats) -> list[float]:
    sums, at = [], 0.0
    for error in errors:
        at = max(0.0, at + float(error) - SLACK)
        sums.append(at)
    return sums
