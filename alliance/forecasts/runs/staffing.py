"""Growth and replacement by year: from the staff that members count to openings of occupations,
industries, the county; pure.

Staff is counted by member and day. A year has each member's last count in it, else the one before,
which stands until the next. Members that came later would look like growth, so earlier years are
chained back by members counted in both years, as the demand panel chains its sources. Nobody counts
occupations: an industry's staff is split by the heads that it advertised in the last MIX_MONTHS
months, each divided by the share of its occupation that leaves in a year, since trades that people
leave often advertise more than they employ. Leaving rates come from the dated table `leaving_rate`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.advertisements.naming import UNKNOWN
from alliance.forecasts.panel.building import DECIMALS, DemandPanel
from alliance.reference.model import LeavingRate
from ml.demand.years import MOST_YEARS, years_ahead

Floats = NDArray[np.float64]

FEWEST_YEARS = 3
"""A course needs counts of so many years."""
HALF = 0.5
"""A year is used when the members counted in it hold this share of the next year's staff; else it
tells of few."""
MIX_MONTHS = 24
KINDS = ("growth", "replacement", "openings")
QUANTILES = (
    ("median", 0.5),
    ("lo50", 0.25),
    ("hi50", 0.75),
    ("lo80", 0.1),
    ("hi80", 0.9),
    ("lo90", 0.05),
    ("hi90", 0.95),
    ("lo95", 0.025),
    ("hi95", 0.975),
)


class StaffCount(msgspec.Struct, frozen=True):
    """Staff of one member from a day on; `industry` is its class of industries, empty where it has
    none."""

    organisation: str
    industry: str
    counted_on: date
    staff: int


class Stock(msgspec.Struct, frozen=True):
    """People employed by industry division and year, `heads` (I, Y), as members count them;
    `members` of them, `chained` of whom were not counted in the first year."""

    years: tuple[int, ...]
    industries: tuple[str, ...]
    heads: Floats
    members: int
    chained: int


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Means and quantiles by period, as they are stored and shown."""

    periods: list[str]
    mean: list[float]
    median: list[float]
    lo50: list[float]
    hi50: list[float]
    lo80: list[float]
    hi80: list[float]
    lo90: list[float]
    hi90: list[float]
    lo95: list[float]
    hi95: list[float]


class Yearly(msgspec.Struct, frozen=True, kw_only=True):
    """One occupation, industry or the county: staff by past year, and by year ahead `growth`,
    `replacement` and `openings`, each with periods, mean and quantiles; the leaving rate of an
    occupation."""

    level: str
    code: str
    stock: list[float]
    ahead: dict[str, Course]
    rate: dict[str, Any]


class YearlyOutcome(msgspec.Struct, frozen=True):
    """What a run keeps: `basis` says what it came from (and why there is nothing), the rows, the
    occupations' paths."""

    basis: dict[str, Any]
    rows: tuple[Yearly, ...] = ()
    paths: bytes = b""


def stock_of(counts: Sequence[StaffCount]) -> Stock | None:
    """Staff by industry division and year up to the latest year with a count; None without any."""
    if not counts:
        return None
    members = sorted({(one.organisation, one.industry[:3] or UNKNOWN) for one in counts})
    years = range(
        min(one.counted_on.year for one in counts), max(one.counted_on.year for one in counts) + 1
    )
    table = np.full((len(members), len(years)), np.nan)
    row_of = {organisation: row for row, (organisation, _industry) in enumerate(members)}
    for one in sorted(counts, key=lambda one: one.counted_on):
        table[row_of[one.organisation], one.counted_on.year - years[0] :] = one.staff
    industries = sorted({industry for _organisation, industry in members})
    mine = np.array(
        [[industry == name for _organisation, industry in members] for name in industries]
    )
    heads = np.zeros((len(industries), len(years)))
    heads[:, -1] = mine @ table[:, -1]
    first = len(years) - 1
    for year in range(len(years) - 2, -1, -1):
        known = np.isfinite(table[:, year])
        if table[known, year + 1].sum() < HALF * np.nansum(table[:, year + 1]):
            break
        before, after = mine[:, known] @ table[known, year], mine[:, known] @ table[known, year + 1]
        county = before.sum() / after.sum() if after.sum() else 1.0
        heads[:, year] = heads[:, year + 1] * np.where(
            after > 0, before / np.maximum(after, 1e-9), county
        )
        first = year
    chained = int(np.isnan(table[:, first]).sum())
    return Stock(tuple(years[first:]), tuple(industries), heads[:, first:], len(members), chained)


def openings(
    counts: Sequence[StaffCount],
    panel: DemandPanel,
    rates: Sequence[LeavingRate],
    seed: int,
    paths: int,
) -> YearlyOutcome:
    """Growth and replacement of every occupation, industry and the county for the years after the
    latest counted one; rows are empty, and the basis says so, where there are too few years or no
    rate for all occupations."""
    stock = stock_of(counts)
    basis: dict[str, Any] = {
        "years": list(stock.years) if stock else [],
        "members": stock.members if stock else 0,
        "chained": stock.chained if stock else 0,
        "heads": round(float(stock.heads[:, -1].sum())) if stock else 0,
        "fewest": FEWEST_YEARS,
        "mix_months": MIX_MONTHS,
        "rates": any(not one.code for one in rates),
        "ahead": [],
        "digest": digest_of(counts, rates),
    }
    if stock is None or len(stock.years) < FEWEST_YEARS or not basis["rates"] or not basis["heads"]:
        return YearlyOutcome(basis)
    cells, shares = mix(stock.industries, panel, rates)
    place = {name: row for row, name in enumerate(stock.industries)}
    heads = shares[:, None] * stock.heads[[place[industry] for _occupation, industry in cells]]
    of = [rate_for(rates, occupation) for occupation, _industry in cells]
    found = years_ahead(
        heads,
        np.array([(one.low, one.middle, one.high) for one in of]),
        MOST_YEARS,
        stocks=[industry for _o, industry in cells],
        seed=seed,
        paths=paths,
    )
    ahead = [str(stock.years[-1] + step) for step in range(1, MOST_YEARS + 1)]
    rows: list[Yearly] = []
    kept: dict[str, Any] = {}
    for level, labels in (
        ("total", ["total"] * len(cells)),
        ("industry", [industry for _occupation, industry in cells]),
        ("occupation", [occupation for occupation, _industry in cells]),
    ):
        names = sorted(set(labels))
        into = np.array([[label == name for label in labels] for name in names], np.float64)
        sums = {
            kind: (into @ getattr(found, kind).mean, _summed(into, getattr(found, kind).paths))
            for kind in KINDS
        }
        for row, name in enumerate(names):
            rows.append(
                Yearly(
                    level=level,
                    code=name,
                    stock=_plain((into @ heads)[row]),
                    ahead={
                        kind: course_of(ahead, mean[row], drawn[:, row])
                        for kind, (mean, drawn) in sums.items()
                    },
                    rate=msgspec.to_builtins(rate_for(rates, name))
                    if level == "occupation"
                    else {},
                )
            )
        if level == "occupation":
            kept = {
                "codes": np.array(names),
                **{kind: sums[kind][1] for kind in ("growth", "replacement")},
            }
    file = io.BytesIO()
    np.savez_compressed(file, years=np.array(ahead), **kept)
    unsplit = sum(
        float(row.stock[-1]) for row in rows if (row.level, row.code) == ("occupation", UNKNOWN)
    )
    return YearlyOutcome(
        {**basis, "ahead": ahead, "unsplit": round(unsplit)}, tuple(rows), file.getvalue()
    )


def digest_of(counts: Sequence[StaffCount], rates: Sequence[LeavingRate]) -> str:
    """SHA-256 of the staff counts and leaving rates in order, so that a run tells which ones it
    saw: neither lies in its panel."""
    lines = sorted(msgspec.json.encode(one) for one in (*counts, *rates))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def mix(
    industries: Sequence[str], panel: DemandPanel, rates: Sequence[LeavingRate]
) -> tuple[list[tuple[str, str]], Floats]:
    """Cells (occupation, industry) and each one's share of its industry's staff; the unknown
    occupation has the whole of an industry that advertised nothing."""
    advertised = panel.cells.linked[:, -MIX_MONTHS:].sum(axis=1)
    wanted = set(industries)
    weights: dict[tuple[str, str], float] = {}
    for (occupation, industry), heads in zip(panel.cells.keys, advertised, strict=True):
        if (industry or UNKNOWN) in wanted and heads > 0:
            weights[occupation or UNKNOWN, industry or UNKNOWN] = (
                float(heads) / rate_for(rates, occupation or UNKNOWN).middle
            )
    for industry in wanted - {industry for _occupation, industry in weights}:
        weights[UNKNOWN, industry] = 1.0
    sums: dict[str, float] = {}
    for (_occupation, industry), weight in weights.items():
        sums[industry] = sums.get(industry, 0.0) + weight
    cells = sorted(weights)
    return cells, np.array([weights[cell] / sums[cell[1]] for cell in cells])


def split_industries(panel: DemandPanel) -> set[str]:
    """The industry divisions whose staff is split over known occupations: the openings of members
    of others stand with no occupation."""
    advertised = panel.cells.linked[:, -MIX_MONTHS:].sum(axis=1)
    return {
        industry
        for (occupation, industry), heads in zip(panel.cells.keys, advertised, strict=True)
        if heads > 0 and occupation and industry
    }


def rate_for(rates: Sequence[LeavingRate], occupation: str) -> LeavingRate:
    """The rate of an occupation: the one with the longest code that begins it. One without a code
    fits all."""
    return max(
        (one for one in rates if occupation.startswith(one.code)), key=lambda one: len(one.code)
    )


def read_openings(
    content: bytes,
) -> tuple[list[str], list[int], NDArray[np.float32], NDArray[np.float32]]:
    """(occupations, years, paths of growth, paths of replacement), paths (N, occupations, years),
    that a run kept."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return (
            list(map(str, file["codes"])),
            [int(year) for year in file["years"]],
            file["growth"],
            file["replacement"],
        )


def _summed(into: Floats, paths: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, names, K) sums of paths (N, cells, K)."""
    return np.asarray(
        np.einsum("gs,nsk->ngk", into.astype(np.float32), paths, optimize=True), np.float32
    )


def course_of(periods: list[str], mean: Floats, drawn: NDArray[Any]) -> Course:
    """The course of a mean (K,) and of draws (N, K)."""
    ends = np.quantile(drawn, [share for _name, share in QUANTILES], axis=0)
    named = {name: _plain(values) for (name, _share), values in zip(QUANTILES, ends, strict=True)}
    return Course(periods=periods, mean=_plain(mean), **named)


def _plain(values: NDArray[Any]) -> list[float]:
    # the zero added makes nothing of -0.0, which a database does not keep
    return [round(float(value), DECIMALS) + 0.0 for value in values]
