"""What a series with a short history borrows from its group: the usual share, or the season and the
trend."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ml.demand.families.scales import carried
from ml.demand.model import Floats

SHORT = 12
PRIOR_PERIODS = 3.0
FEWEST_GROWN = 3


def group_of(groups: Mapping[str, tuple[str, ...]]) -> NDArray[np.int64] | None:
    """(S,) number of each series' group by the first group column; None without one."""
    labels = next(iter(groups.values()), None)
    return (
        None
        if labels is None
        else np.unique(np.array(labels, dtype=object).astype(str), return_inverse=True)[1].astype(
            np.int64
        )
    )


def borrowed_shares(shares: Floats, values: Floats, member: NDArray[np.int64]) -> Floats:
    """(S,) shares, those of series known for less than SHORT periods drawn to the mean share of
    their group's longer ones.

    n known periods count n, the group PRIOR_PERIODS (a Bayesian mean): after three months a
    newcomer is half itself. Late series are nan before they begin; zeros are known. Groups with
    fewer than FEWEST_GROWN longer series lend nothing.
    """
    known = (~np.isnan(values)).sum(axis=1)
    grown = known >= min(SHORT, values.shape[1])
    count = int(member.max()) + 1
    lenders = np.bincount(member[grown], minlength=count)
    usual = np.bincount(member[grown], shares[grown], minlength=count) / np.maximum(lenders, 1)
    newcomer = ~grown & (known > 0) & (lenders[member] >= FEWEST_GROWN)
    blend = (known * shares + PRIOR_PERIODS * usual[member]) / (known + PRIOR_PERIODS)
    return np.where(newcomer, blend, shares)


def borrowed_paths(mean: Floats, values: Floats, member: NDArray[np.int64], season: int) -> Floats:
    """(S, H) forecasts, those of series known for less than two years being their size times their
    group's course.

    The course is the mean of the group's longer series, each over its last year's mean: in the past
    as seen, ahead as forecast. A newcomer's size is its sum over the course's sum in the periods (a
    year at most) that it knows; below SHORT periods it is drawn to the mean size of those longer
    series, as `borrowed_shares` draws shares: one lucky month is no size.
    """
    known = ~np.isnan(values)
    counts = known.sum(axis=1)
    grown = counts >= min(2 * season, values.shape[1])
    recent = slice(max(values.shape[1] - season, 0), None)
    level = carried(values)[:, recent].mean(axis=1)
    found = mean.copy()
    for number in np.unique(member[~grown & (counts > 0)]):
        lenders = np.flatnonzero((member == number) & grown & (level > 0))
        if len(lenders) < FEWEST_GROWN:
            continue
        course = (carried(values[lenders])[:, recent] / level[lenders, None]).mean(axis=0)
        ahead = (mean[lenders] / level[lenders, None]).mean(axis=0)
        usual = float(level[lenders].mean())
        for row in np.flatnonzero((member == number) & ~grown & known[:, recent].any(axis=1)):
            seen = known[row, recent]
            size = values[row, recent][seen].sum() / max(float(course[seen].sum()), 1e-12)
            if counts[row] < SHORT:
                size = (counts[row] * size + PRIOR_PERIODS * usual) / (counts[row] + PRIOR_PERIODS)
            found[row] = size * ahead
    return found


def begun(values: Floats, chance: float) -> Floats:
    """(S, T) values with the zeros before a newcomer's first value unknown (nan), for panels that
    write nothing seen as zero.

    A series that had something in n of its last k periods and nothing in the T - k before is a
    newcomer when chance would bring all n into the last k in fewer than `chance` of cases: (k /
    T)^(n - 1), as the first one sets k. Most series that begin late are only rare, and to take
    their silence for unknown would forecast them by their luckiest months.
    """
    length = values.shape[1]
    there = np.nan_to_num(values) > 0
    times = there.sum(axis=1)
    first = np.where(times > 0, there.argmax(axis=1), 0)
    new = (times > 1) & (((length - first) / length) ** (times - 1.0) < chance)
    return np.where(new[:, None] & (np.arange(length) < first[:, None]), np.nan, values)
