"""Parts made to add up to wholes: the proportions of the parts, the sums of the wholes (top-down with forecast proportions;
Athanasopoulos, Ahmed and Hyndman, International Journal of Forecasting 25, 2009)."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ml.demand.model import Floats, Forecast
from ml.demand.spread import quantiles

Real = TypeVar("Real", np.float32, np.float64)


def shared_out(parts: NDArray[Real], wholes: NDArray[Real], member: NDArray[np.int64]) -> NDArray[Real]:
    """`parts` (..., P, H) stretched so that those of one whole add up to it: `wholes` (..., W, H), `member` (P,) names each part's.

    Where all parts of a whole are zero and it is not, it is divided as its parts' sums over the whole array, in equal parts where
    these are zero too. The result has the type of `parts`. Raises ValueError for a whole without a part.
    """
    if not np.array_equal(np.unique(member), np.arange(wholes.shape[-2])):
        raise ValueError("every whole needs a part, and every part a whole")
    found = np.empty_like(parts)
    usual = parts.sum(axis=tuple(axis for axis in range(parts.ndim) if axis != parts.ndim - 2), dtype=np.float64)
    for number in range(wholes.shape[-2]):
        mine = np.flatnonzero(member == number)
        own, whole = parts[..., mine, :].astype(np.float64), wholes[..., number, :].astype(np.float64)
        sums = own.sum(axis=-2)
        weight = usual[mine] / usual[mine].sum() if usual[mine].sum() > 0 else np.full(len(mine), 1 / len(mine))
        stretch = np.divide(whole, sums, out=np.zeros_like(whole), where=sums > 0)
        spare = np.where(sums > 0, 0.0, whole)
        found[..., mine, :] = own * stretch[..., None, :] + spare[..., None, :] * weight[:, None]
    return found


def rounded(parts: Floats, wholes: Floats, member: NDArray[np.int64], decimals: int) -> Floats:
    """(P, H) `parts` that add up to `wholes` (W, H), rounded so that they still do when the wholes are rounded so: cut down, then
    the largest remainders go up by one unit (Hamilton's method of apportionment)."""
    unit = 10.0**decimals
    low = np.floor(parts * unit + 1e-6)
    remainder = parts * unit - low
    for number in range(len(wholes)):
        mine = np.flatnonzero(member == number)
        left = np.rint(wholes[number] * unit) - low[mine].sum(axis=0)
        rank = np.argsort(np.argsort(-remainder[mine], axis=0, kind="stable"), axis=0)
        low[mine] += rank < left
    return np.round(low / unit, decimals)


def reconciled(parts: Forecast, wholes: Forecast, member: NDArray[np.int64], decimals: int) -> Forecast:
    """The parts' forecast with means (rounded to `decimals`) and paths that add up to those of `wholes`, whose means are rounded
    so. Both keep paths, of the same number and periods."""
    mean = rounded(shared_out(parts.mean, wholes.mean, member), wholes.mean, member, decimals)
    paths, median = np.empty_like(parts.paths), np.empty_like(mean)
    lower, upper = np.empty_like(parts.lower), np.empty_like(parts.upper)
    for number in range(len(wholes.series)):
        mine = np.flatnonzero(member == number)
        shared = shared_out(parts.paths[:, mine], wholes.paths[:, [number]], np.zeros(len(mine), np.int64))
        paths[:, mine] = shared
        median[mine], lower[:, mine], upper[:, mine] = quantiles(np.ascontiguousarray(shared.transpose(1, 2, 0)), parts.levels)
    return replace(parts, mean=mean, median=median, lower=lower, upper=upper, paths=paths, deciles=np.empty((0, 0, 0)))
