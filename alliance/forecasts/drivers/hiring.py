"""Persons whom a plant, a hotel, a ward is known to take on, by driver, occupation, month and year;
pure.

Units: persons, and shares of one. A hire is a person really taken on: no advertisement, no capture
stands between. Of one part of a driver (an occupation with low ≤ middle ≤ high, the ends of its
80 % interval; a turnover a year, nothing where the staff does not last):

    persons in month t = chance × staff × pace(t)
    pace(t)            = 1 / months      in the months of the hiring (those who leave meanwhile are
                                         within the count)
                       = turnover / 12   in every month after them: who leaves is hired back, and
                                         the staff stays as large as it was
    persons in a year  = the sum of its twelve months, whether a run has seen them or not
    by middle values   : chance = probability, staff = middle
    on a sample path   : chance = 1 with that probability, else 0
                         staff  = middle + z × (high − middle) / 1.2816 where z ≥ 0,
                                  middle + z × (middle − low) / 1.2816 below, never under zero

z is standard normal and drawn once a driver: a plant that takes on fewer turners takes on fewer
fitters too. So a tenth, half and nine tenths of the paths lie below low, middle and high.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml.demand.periods import ordinal, ordinals

Floats = NDArray[np.float64]
Row = Mapping[str, Any]
NINETY = 1.2815515655446004
"""Nine tenths of standard normal draws lie below."""


class Part(msgspec.Struct, frozen=True):
    """Persons of one occupation, with the ends of their 80 % interval; `turnover` a year is zero
    where the staff does not last."""

    occupation: str
    low: float
    middle: float
    high: float
    turnover: float = 0.0


class Hiring(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver's hires come from: from a month on, over so many, with a probability; `entropy`
    makes its draws its own, whatever drivers stand beside it."""

    entropy: int
    first_month: str
    months: int
    probability: float
    parts: tuple[Part, ...]


class Hires(msgspec.Struct, frozen=True):
    """Persons by driver, occupation and year. `middle` (D, O, Y) is by the middle values,
    probability and turnover in it; `drivers` are the rows of the table."""

    drivers: Sequence[Row]
    hirings: Sequence[Hiring]
    occupations: list[str]
    years: list[int]
    middle: Floats

    def paths(self, n: int, seed: int, months: Sequence[str] | None = None) -> NDArray[np.float32]:
        """(n, D, O, Y) sample paths, each driver's own for its entropy and the seed; by these
        months where they are given."""
        periods = len(self.years) if months is None else len(months)
        shape = len(self.hirings), len(self.occupations), periods
        found = np.zeros((n, *shape), np.float32)
        for place, hiring in enumerate(self.hirings):
            generator = np.random.default_rng([seed, hiring.entropy])
            normal = generator.standard_normal(n)
            happens = generator.random(n) < hiring.probability
            for part in hiring.parts:
                staff = staff_at(part, normal) * happens
                column = self.occupations.index(part.occupation)
                found[:, place, column] += staff[:, None] * self._paces(hiring, part, months)
        return found

    def by_month(self, months: Sequence[str]) -> Floats:
        """(D, O, H) persons by month, by the middle values."""
        found = np.zeros((len(self.hirings), len(self.occupations), len(months)))
        for place, hiring in enumerate(self.hirings):
            for part in hiring.parts:
                found[place, self.occupations.index(part.occupation)] += (
                    hiring.probability * part.middle * pace(hiring, part, months)
                )
        return found

    def _paces(self, hiring: Hiring, part: Part, months: Sequence[str] | None) -> Floats:
        if months is None:
            return pace_by_year(hiring, part, self.years)
        return pace(hiring, part, months)


def hires_of(
    drivers: Sequence[Row],
    hirings: Sequence[Hiring],
    occupations: Sequence[str],
    years: Sequence[int],
) -> Hires:
    """Count the hires of these drivers in these years by their middle values."""
    column = {code: place for place, code in enumerate(occupations)}
    middle = np.zeros((len(hirings), len(occupations), len(years)))
    for place, hiring in enumerate(hirings):
        for part in hiring.parts:
            middle[place, column[part.occupation]] += (
                hiring.probability * part.middle * pace_by_year(hiring, part, years)
            )
    return Hires(drivers, hirings, list(occupations), list(years), middle)


def staff_at(part: Part, normal: Floats) -> Floats:
    """Persons that a part takes on where its driver drew these standard normal values."""
    side = np.where(normal >= 0, part.high - part.middle, part.middle - part.low)
    return np.maximum(part.middle + normal * side / NINETY, 0.0)


def pace(hiring: Hiring, part: Part, months: Sequence[str]) -> Floats:
    """(H,) persons hired in each month for one of the part's staff."""
    place = ordinals(months) - ordinal(hiring.first_month)[1]
    after = np.where(place >= hiring.months, part.turnover / 12, 0.0)
    during = (place >= 0) & (place < hiring.months)
    found: Floats = np.where(during, 1 / hiring.months, after)
    return found


def pace_by_year(hiring: Hiring, part: Part, years: Sequence[int]) -> Floats:
    """(Y,) persons hired in each calendar year for one of the part's staff."""
    months = [f"{year:04d}-{month:02d}" for year in years for month in range(1, 13)]
    found: Floats = pace(hiring, part, months).reshape(len(years), 12).sum(axis=1)
    return found
