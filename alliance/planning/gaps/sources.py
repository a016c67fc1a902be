"""What the sources of need say, in one table of occupations and years; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from alliance.forecasts.drivers.hiring import Hires
from alliance.planning.factor import Floats
from alliance.planning.need import Wanted


class Openings(msgspec.Struct, frozen=True):
    """Members' growth and replacement by occupation and year, sample paths (N, O, K) of each."""

    occupations: list[str]
    years: list[int]
    growth: Any
    replacement: Any


def wanted_of(
    occupations: Sequence[str],
    years: Sequence[int],
    expected: Floats,
    heads: Floats,
    openings: Openings | None,
    elsewhere: dict[str, float],
    hires: Hires,
    seed: int | None,
    counted: frozenset[UUID] = frozenset(),
) -> Wanted:
    """What the sources say, for all occupations that any of them names: of advertised heads what is
    `expected` and sample paths around it. After the last year of openings they stay as they were in
    it; before the first, advertisements of members count as everybody's. Without a seed hires do
    not count; those of `counted` members only beyond the growth that their staff tells."""
    more = {*(openings.occupations if openings else ()), *hires.occupations}
    codes = [*occupations, *sorted(more - {*occupations})]
    place = {code: row for row, code in enumerate(codes)}
    paths = len(heads)
    whole = np.zeros((paths, len(codes), len(years)))
    whole[:, : len(occupations)] = heads
    means = np.zeros((len(codes), len(years)))
    means[: len(occupations)] = expected
    share = np.ones((len(codes), len(years)))
    opened = np.zeros((paths, len(codes), len(years)))
    grown = np.zeros_like(opened)
    if openings is not None:
        rows = [place[code] for code in openings.occupations]
        mine = np.array([elsewhere.get(code, 1.0) for code in codes])
        both = openings.growth[:paths] + openings.replacement[:paths]
        last = len(openings.years) - 1
        for column, year in enumerate(years):
            if year >= openings.years[0]:
                at = min(year - openings.years[0], last)
                opened[:, rows, column] = both[:, :, at]
                grown[:, rows, column] = openings.growth[:paths, :, at]
                share[:, column] = mine
    known, known_paths = np.zeros((len(codes), len(years))), np.zeros_like(opened)
    within = np.zeros_like(known)
    if seed is not None and hires.occupations:
        rows = [place[code] for code in hires.occupations]
        columns = [hires.years.index(year) for year in years]
        mine_too = np.array([driver["member"] in counted for driver in hires.drivers], bool)
        middle = hires.middle[:, :, columns]
        drawn = hires.paths(paths, seed)[:, :, :, columns]
        within[rows] = told_twice(middle[mine_too].sum(axis=0), grown[:, rows].mean(axis=0))
        known[rows] = middle.sum(axis=0) - within[rows]
        known_paths[:, rows] = drawn.sum(axis=1) - told_twice(
            drawn[:, mine_too].sum(axis=1), grown[:, rows]
        )
    return Wanted(
        occupations=tuple(codes),
        years=tuple(years),
        heads=means,
        heads_paths=whole,
        elsewhere=share,
        openings=opened.mean(axis=0),
        openings_paths=opened,
        hires=known,
        hires_paths=known_paths,
        growth=np.maximum(grown.mean(axis=0), 0.0),
        within=within,
    )


def told_twice(hires: Floats, growth: Floats) -> Floats:
    """Of persons whom drivers say counted members take on, those whom the growth of members' staff
    in the occupation tells already: as many as the smaller of the two."""
    found: Floats = np.minimum(hires, np.maximum(growth, 0.0))
    return found
