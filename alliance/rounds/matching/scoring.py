"""A host's order of students: published criteria with their weights, one seeded tie-break.

The score of a student at a host is the weighted mean of four parts, each 0 to 100, rounded to a
tenth; equal scores are told apart by one lottery for the whole round, which anybody can draw again
from the published seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt

import msgspec
import numpy as np
from numpy.typing import NDArray

EARTH_KM = 6371.0
ROAD_FACTOR = 1.3
"""Roads in hilly country are about this much longer than the straight line (assumption, shown with
the criteria)."""
FARTHEST_KM = 40.0
"""A way of this length or more earns no points."""
UNKNOWN_GRADE = 60.0
UNKNOWN_DISTANCE = 50.0
NO_HOST_SCORE = 60.0
WANTED_WITHOUT_LINK = 0.5
SAME_CATEGORY = 0.25

Floats = NDArray[np.float64]


class Weights(msgspec.Struct, frozen=True):
    """Percent by criterion; they add up to 100."""

    specialty: int
    grade: int
    distance: int
    host: int


class Parts(msgspec.Struct, frozen=True):
    """Points by criterion, one array each, already weighted; `tenths` is their sum."""

    specialty: Floats
    grade: Floats
    distance: Floats
    host: Floats

    @property
    def tenths(self) -> NDArray[np.int64]:
        """The scores in tenths of a point, 0 to 1000."""
        total = self.specialty + self.grade + self.distance + self.host
        return np.rint(total * 10).astype(np.int64)


def kilometres(
    first: tuple[float, float] | None, second: tuple[float, float] | None
) -> float | None:
    """Length of the way between two (longitude, latitude) in degrees: great circle (haversine)
    times the road factor."""
    if first is None or second is None:
        return None
    (lon1, lat1), (lon2, lat2) = first, second
    along, across = radians(lat2 - lat1), radians(lon2 - lon1)
    h = sin(along / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(across / 2) ** 2
    return round(2 * EARTH_KM * asin(sqrt(h)) * ROAD_FACTOR, 1)


def specialty_fit(
    specialty: str, occupation: str, wanted: frozenset[str], links: Mapping[tuple[str, str], float]
) -> float:
    """How well a specialty leads to a post, 0 to 1: the link's weight, else what the post itself
    asks for."""
    if (weight := links.get((specialty, occupation))) is not None:
        return weight
    if specialty in wanted:
        return WANTED_WITHOUT_LINK
    return SAME_CATEGORY if any(code[:2] == specialty[:2] for code in wanted) else 0.0


def weigh(weights: Weights, fit: Floats, grade: Floats, distance: Floats, host: Floats) -> Parts:
    """Weighted points from raw ones.

    Arrays of one shape, a place for each student at a host: `fit` 0 to 1; `grade` 0 to 100, NaN
    unknown; `distance` km, NaN unknown; `host` 0 to 100, NaN not given.
    """
    near = 100 * (1 - np.minimum(distance, FARTHEST_KM) / FARTHEST_KM)
    return Parts(
        specialty=weights.specialty * fit,
        grade=weights.grade / 100 * np.nan_to_num(grade, nan=UNKNOWN_GRADE),
        distance=weights.distance / 100 * np.where(np.isnan(distance), UNKNOWN_DISTANCE, near),
        host=weights.host / 100 * np.nan_to_num(host, nan=NO_HOST_SCORE),
    )


def keys(tenths: NDArray[np.int64], drawn: NDArray[np.int64], places: int) -> NDArray[np.int64]:
    """Strict standings, bigger is better: the score first, then the student's place in the lottery
    (`drawn`, 0 is best, of `places`)."""
    return tenths * ties_of(places) + (places - drawn)


def ties_of(places: int) -> int:
    """What a tenth is worth in a key: more than the draw of so many places can add."""
    return places + 1
