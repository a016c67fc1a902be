"""The one tie-break of a round, which anybody can draw again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def lottery(seed: int, ids: Sequence[str]) -> NDArray[np.int64]:
    """[ids] the place of each id in the draw, 0 is best.

    The draw sorts the ids by SHA-256 of "seed:id" (UTF-8, hexadecimal, ascending). It does not
    depend on the order of the ids, on the machine or on a library's random numbers. Raises
    ValueError when an id comes twice.

    >>> lottery(7, ["b", "a"]).tolist() == lottery(7, ["a", "b"])[::-1].tolist()
    True
    """
    if len(set(ids)) != len(ids):
        raise ValueError("ids must differ")
    drawn = [hashlib.sha256(f"{seed}:{one}".encode()).hexdigest() for one in ids]
    places = np.empty(len(ids), np.int64)
    places[np.array(sorted(range(len(ids)), key=drawn.__getitem__), np.int64)] = np.arange(len(ids))
    return places
