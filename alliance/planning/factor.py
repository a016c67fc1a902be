"""Shares that planners state with the ends of their 80 % interval, and draws of them; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TEN_TO_NINETY = 2 * 1.2815515655446004
"""Width of the middle 80 % of a standard normal distribution."""


class Factor(msgspec.Struct, frozen=True):
    """A share with the ends of its 80 % interval, and where it comes from."""

    kind: str
    code: str
    low: float
    middle: float
    high: float
    source: str


def factor_for(factors: Sequence[Factor], kind: str, code: str) -> Factor:
    """The factor of a kind for a code: the one with the longest prefix. Raises KeyError when there
    is none."""
    fitting = [factor for factor in factors if factor.kind == kind and code.startswith(factor.code)]
    if not fitting:
        raise KeyError((kind, code))
    return max(fitting, key=lambda factor: len(factor.code))


def under_todays_codes(factors: Sequence[Factor], present: Mapping[str, str]) -> list[Factor]:
    """The factors, and those of retired occupations (`present`: any code → the one that stands for
    it today) for today's code too, unless that has its own; of several the first."""
    found = {(factor.kind, factor.code): factor for factor in factors}
    for factor in factors:
        today = present.get(factor.code, factor.code)
        if factor.kind in ("capture", "level"):
            found.setdefault((factor.kind, today), msgspec.structs.replace(factor, code=today))
    return list(found.values())


def draws(factor: Factor, paths: int, seed: int) -> Floats:
    """`paths` values of a share, logit-normal through its middle with the width of its interval
    (paths,).

    The same factor gets the same values for whatever code it stands, so that its error is shared by
    all that use it.
    """
    ends = np.array([factor.low, factor.middle, factor.high])
    logit = np.log(ends / (1 - ends))
    entropy = [seed, *f"{factor.kind}|{factor.code}".encode()]
    normal = np.random.default_rng(entropy).standard_normal(paths)
    found: Floats = 1 / (1 + np.exp(-(logit[1] + normal * (logit[2] - logit[0]) / TEN_TO_NINETY)))
    return found
