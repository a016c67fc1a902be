"""The towns' parts of each industry in a run, by month; pure.

A run forecasts towns as sums over industries and keeps no single cell of industry and town. What
its panel counted of these cells is made to add up to both of its forecasts, of industries and of
towns, by iterative proportional fitting; so what drivers add or take by these parts adds up too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDS, CLOSE = 200, 1e-3
"""So often at most the table is fitted, until sums agree to so much of a head."""
NEW = 0.01
"""What a cell that was never counted weighs against one with a town's usual part: enough to follow
a forecast that nothing else can carry."""


class Towns(msgspec.Struct, frozen=True):
    """`shares` (I, T, H) sum to one over towns; `usual` (T, H) are those of an industry that the
    run does not know."""

    industries: Sequence[str]
    towns: Sequence[str]
    shares: Floats
    usual: Floats

    def of(self, industry: str) -> Floats:
        """(T, H) each town's part of an industry."""
        if industry in self.industries:
            return np.asarray(self.shares[self.industries.index(industry)], np.float64)
        return self.usual


def towns_of(
    counted: Mapping[tuple[str, str], float],
    industries: Mapping[str, Floats],
    towns: Mapping[str, Floats],
) -> Towns:
    """Part industries over towns: `counted` heads by (industry, town), forecasts (H,) of both."""
    rows, columns = list(industries), list(towns)
    by_industry = np.array([industries[name] for name in rows]).reshape(len(rows), -1)
    by_town = np.array([towns[name] for name in columns]).reshape(len(columns), -1)
    whole = by_town.sum(axis=0)
    # a month without heads tells no parts: those of the horizon stand
    over_all = by_town.sum(axis=1, keepdims=True) + 1e-9
    usual = np.where(whole > 0, by_town / np.where(whole > 0, whole, 1), over_all / over_all.sum())
    seen = np.array([[counted.get((row, town), 0.0) for town in columns] for row in rows])
    seen = seen.reshape(len(rows), len(columns), 1)
    mass = np.maximum(seen.sum(axis=1, keepdims=True), 1.0)
    table = seen + NEW * mass * usual[None]
    wanted = by_town * (by_industry.sum(axis=0) / np.where(whole > 0, whole, 1))
    sums = table.sum(axis=1)
    table = table * np.where(sums > 0, by_industry / np.where(sums > 0, sums, 1), 0)[:, None]
    for _round in range(ROUNDS):
        sums = table.sum(axis=0)
        if np.abs(sums - wanted).max(initial=0.0) < CLOSE:
            break
        table = table * np.where(sums > 0, wanted / np.where(sums > 0, sums, 1), 0)[None]
        sums = table.sum(axis=1)
        table = table * np.where(sums > 0, by_industry / np.where(sums > 0, sums, 1), 0)[:, None]
    sums = table.sum(axis=1, keepdims=True)
    shares = np.where(sums > 0, table / np.where(sums > 0, sums, 1), usual[None])
    return Towns(rows, columns, shares, usual)
