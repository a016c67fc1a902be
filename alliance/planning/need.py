"""How many persons the county needs at the secondary vocational level, by occupation, year and
source; pure.

    elsewhere = advertised heads × share of them that others than counted members advertise
                × capture × level
    members   = openings by members' own staff counts (never below none) × level
    known     = persons whom planners' drivers say will be hired × level
    need      = elsewhere + members + known

No person is counted twice: what a member with staff counts advertises stands for the openings that
its counts tell already (decision 44). `capture` is the part of advertised heads that are really
taken on anew, so it has no part in openings and hires, which are persons. `level` is the part of
them at the secondary vocational level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from alliance.planning.factor import Factor, Floats, draws, factor_for

SOURCES = ("elsewhere", "members", "known")
DECIMALS = 1
"""Persons are counted in tenths, so that what is shown adds up to what is shown."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a run, members and drivers say of occupations (O) in years (Y).

    Each source has expected numbers (O, Y) and sample paths (N, O, Y), persons a year (`heads`:
    advertised ones). `elsewhere` (O, Y), 0 to 1, is the share of heads that is not told by members'
    staff already: 1 where no staff is counted. `hires` of counted members leave out those `within`
    (O, Y) the `growth` (O, Y) that members' staff tells.
    """

    occupations: tuple[str, ...]
    years: tuple[int, ...]
    heads: Floats
    heads_paths: Floats
    elsewhere: Floats
    openings: Floats
    openings_paths: Floats
    hires: Floats
    hires_paths: Floats
    growth: Floats
    within: Floats


class Need(msgspec.Struct, frozen=True):
    """Persons a year at the secondary vocational level: expected by source (O, Y), and sample paths
    of all sources together (N, O, Y)."""

    expected: Mapping[str, Floats]
    paths: Floats


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one occupation adds to the need for one specialty in one year, factor by factor: the
    three sources multiply out, in tenths of a person, and `part` is their sum."""

    occupation: str
    heads: float
    elsewhere: float
    capture: float
    level: float
    share: float
    openings: float
    hires: float
    within: float
    """Hires known besides that stand in the openings already."""
    from_elsewhere: float
    from_members: float
    from_known: float
    part: float


def need_of(wanted: Wanted, factors: Sequence[Factor], seed: int) -> Need:
    """Need by source, with factors at their middle for what is expected and drawn for the paths.
    Raises KeyError for a missing factor."""
    paths = wanted.heads_paths.shape[0]
    drawn = {kind: _drawn(wanted, factors, kind, paths, seed) for kind in ("capture", "level")}
    together = (
        wanted.heads_paths * wanted.elsewhere * drawn["capture"]
        + np.maximum(wanted.openings_paths, 0)
        + wanted.hires_paths
    ) * drawn["level"]
    return Need(expected_of(wanted, factors), together)


def expected_of(wanted: Wanted, factors: Sequence[Factor]) -> dict[str, Floats]:
    """What is expected from each source (O, Y), factors at their middle. Raises KeyError for a
    missing factor."""
    capture, level = (_middles(wanted, factors, kind) for kind in ("capture", "level"))
    return {
        "elsewhere": wanted.heads * wanted.elsewhere * capture * level,
        "members": np.maximum(wanted.openings, 0) * level,
        "known": wanted.hires * level,
    }


def guessed_parts(
    wanted: Wanted,
    links: Mapping[tuple[str, str], float],
    factors: Sequence[Factor],
    year: int,
    guessed: Mapping[str, float],
) -> dict[str, float]:
    """By specialty the part of its need in a year, 0 to 1, that advertisements tell whose
    occupation was guessed from the title, a share of the heads by occupation (`guessed`). Raises
    KeyError for a missing factor."""
    column = wanted.years.index(year)
    told = {kind: part[:, column] for kind, part in expected_of(wanted, factors).items()}
    whole = told["elsewhere"] + told["members"] + told["known"]
    read = told["elsewhere"] * [guessed.get(code, 0.0) for code in wanted.occupations]
    return {
        specialty: float(read @ share / (whole @ share)) if whole @ share > 0 else 0.0
        for specialty, share in shares(wanted.occupations, links).items()
    }


def shares(occupations: Sequence[str], links: Mapping[tuple[str, str], float]) -> dict[str, Floats]:
    """By specialty its share of each occupation's need (O,): weights of (specialty, occupation)
    that sum to one over the specialties of an occupation, taught here or not."""
    place = {code: column for column, code in enumerate(occupations)}
    sums = np.zeros(len(occupations))
    for (_specialty, occupation), weight in links.items():
        if occupation in place:
            sums[place[occupation]] += weight
    found: dict[str, Floats] = {}
    for (specialty, occupation), weight in sorted(links.items()):
        row = found.setdefault(specialty, np.zeros(len(occupations)))
        if occupation in place:
            row[place[occupation]] = weight / sums[place[occupation]]
    return found


def parts_of(
    wanted: Wanted, share: Floats, year: int, factors: Sequence[Factor]
) -> tuple[Part, ...]:
    """The need for a specialty with this share of each occupation (O,) in one year, by occupation,
    the largest part first. Raises KeyError for a missing factor."""
    column = wanted.years.index(year)
    found = []
    for row in np.flatnonzero(share):
        code = wanted.occupations[row]
        capture = factor_for(factors, "capture", code).middle
        level = factor_for(factors, "level", code).middle
        mine = float(share[row])
        heads, elsewhere = float(wanted.heads[row, column]), float(wanted.elsewhere[row, column])
        openings = max(float(wanted.openings[row, column]), 0.0)
        hires = float(wanted.hires[row, column])
        by_source = [
            round(persons * level * mine, DECIMALS)
            for persons in (heads * elsewhere * capture, openings, hires)
        ]
        found.append(
            Part(
                occupation=code,
                heads=heads,
                elsewhere=elsewhere,
                capture=capture,
                level=level,
                share=mine,
                openings=openings,
                hires=hires,
                within=float(wanted.within[row, column]),
                from_elsewhere=by_source[0],
                from_members=by_source[1],
                from_known=by_source[2],
                part=round(sum(by_source), DECIMALS),
            )
        )
    return tuple(sorted(found, key=lambda part: (-part.part, part.occupation)))


def openings_by_specialty(
    occupations: Sequence[str],
    growth: Floats,
    replacement: Floats,
    links: Mapping[tuple[str, str], float],
    factors: Sequence[Factor],
    seed: int,
) -> dict[str, tuple[Floats, Floats]]:
    """By specialty its part of members' growth and replacement at the secondary vocational level,
    paths (N, K) of each, from paths (N, O, K) by occupation; their means are what is expected with
    the level at its middle, as in `parts_of`."""
    middle = np.array([factor_for(factors, "level", code).middle for code in occupations])[:, None]
    level = np.stack(
        [draws(factor_for(factors, "level", code), len(growth), seed) for code in occupations],
        axis=1,
    )[:, :, None]
    own, anew = (
        drawn * level + (drawn.mean(axis=0) * middle - (drawn * level).mean(axis=0))
        for drawn in (growth, replacement)
    )
    return {
        specialty: (np.einsum("nok,o->nk", own, share), np.einsum("nok,o->nk", anew, share))
        for specialty, share in shares(occupations, links).items()
        if share.any()
    }


def _middles(wanted: Wanted, factors: Sequence[Factor], kind: str) -> Floats:
    """(O, 1) the middle of a factor by occupation."""
    return np.array([factor_for(factors, kind, code).middle for code in wanted.occupations])[
        :, None
    ]


def _drawn(wanted: Wanted, factors: Sequence[Factor], kind: str, paths: int, seed: int) -> Floats:
    """(N, O, 1) drawn values of a factor by occupation; one factor errs alike for all of its."""
    chosen = [factor_for(factors, kind, code) for code in wanted.occupations]
    known = {factor.code: draws(factor, paths, seed) for factor in chosen}
    return np.stack([known[factor.code] for factor in chosen], axis=1)[:, :, None]
