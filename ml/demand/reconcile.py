"""Parts made to add up to wholes: the proportions of the parts, the sums of the wholes (top-down
with forecast proportions; Athanasopoulos, Ahmed and Hyndman, International Journal of Forecasting
25, 2009)."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ml.demand.model import Floats, Forecast
from ml.demand.settling import kept_wide
from ml.demand.spread import quantiles

Real = TypeVar("Real", np.float32, np.float64)


def shared_out(
    parts: NDArray[Real], wholes: NDArray[Real], member: NDArray[np.int64]
) -> NDArray[Real]:
    """`parts` (..., P, H) stretched so that those of one whole add up to it: `wholes` (..., W, H),
    `member` (P,) names each part's.

    Where all parts of a whole are zero and it is not, it is divided as its parts' sums over the
    whole array, in equal parts where these are zero too. A whole without parts is left alone. The
    result has the type of `parts`.
    """
    found = np.empty_like(parts)
    usual = parts.sum(
        axis=tuple(axis for axis in range(parts.ndim) if axis != parts.ndim - 2), dtype=np.float64
    )
    for number in np.unique(member):
        mine = np.flatnonzero(member == number)
        own, whole = (
            parts[..., mine, :].astype(np.float64),
            wholes[..., number, :].astype(np.float64),
        )
        sums = own.sum(axis=-2)
        weight = (
            usual[mine] / usual[mine].sum()
            if usual[mine].sum() > 0
            else np.full(len(mine), 1 / len(mine))
        )
        stretch = np.divide(whole, sums, out=np.zeros_like(whole), where=sums > 0)
        spare = np.where(sums > 0, 0.0, whole)
        found[..., mine, :] = own * stretch[..., None, :] + spare[..., None, :] * weight[:, None]
    return found


def rounded(parts: Floats, wholes: Floats, member: NDArray[np.int64], decimals: int) -> Floats:
    """(P, H) `parts` that add up to `wholes` (W, H), rounded so that they still do when the wholes
    are rounded so: cut down, then the largest remainders go up by one unit (Hamilton's method of
    apportionment). Raises ValueError where they do not add up."""
    unit = 10.0**decimals
    low = np.floor(parts * unit + 1e-6)
    remainder = parts * unit - low
    for number in np.unique(member):
        mine = np.flatnonzero(member == number)
        left = np.rint(wholes[number] * unit) - low[mine].sum(axis=0)
        if (left < 0).any() or (left > len(mine)).any():
            raise ValueError("the parts do not add up to their wholes")
        rank = np.argsort(np.argsort(-remainder[mine], axis=0, kind="stable"), axis=0)
        low[mine] += rank < left
    return np.round(low / unit, decimals)


def reconciled(
    parts: Forecast, wholes: Forecast, member: NDArray[np.int64], decimals: int
) -> Forecast:
    """The parts' forecast with means (rounded to `decimals`) and paths that add up to those of
    `wholes`, whose means are rounded so. Both keep paths, of the same number and periods; those of
    `parts` are written over.

    Draws of small counts are cut off at zero and so lie above their mean, those of large ones do
    not; paths are brought to their means before they are divided, else small parts would take from
    large ones.
    """
    mean = rounded(shared_out(parts.mean, wholes.mean, member), wholes.mean, member, decimals)
    median, lower, upper = (
        np.empty_like(mean),
        np.empty_like(parts.lower),
        np.empty_like(parts.upper),
    )
    paths = parts.paths
    for number in np.unique(member):
        mine = np.flatnonzero(member == number)
        own, drawn = paths[:, mine], paths[:, mine].mean(axis=0, dtype=np.float64)
        own *= np.divide(parts.mean[mine], drawn, out=np.ones_like(drawn), where=drawn > 0).astype(
            np.float32
        )
        shared = shared_out(own, wholes.paths[:, [number]], np.zeros(len(mine), np.int64))
        paths[:, mine] = shared
        median[mine], lower[:, mine], upper[:, mine] = quantiles(
            np.ascontiguousarray(shared.transpose(1, 2, 0)), parts.levels
        )
    lower, upper = kept_wide(mean, median, lower, upper, parts.season, parts.counts, False)
    return replace(
        parts,
        mean=mean,
        median=median,
        lower=lower,
        upper=upper,
        paths=paths,
        deciles=np.empty((0, 0, 0)),
    )
