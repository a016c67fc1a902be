"""Gaps as pages draw them: rows, scale, picture, history of intakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from alliance.kit.language import _, number
from alliance.kit.web.pages import named
from alliance.planning.factor import factor_for
from alliance.planning.gap import Gaps, Inputs, Row, chain
from alliance.planning.need import shares
from alliance.planning.supply import PROGRAMME

SMALL = 20
"""A cohort of fewer students is drawn dashed."""
FOREMOST = 3


def shown_row(row: Row, names: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its names; `seats` is what its gap means in places of an intake (of its shortest
    programme)."""
    lo95, lo80, expected, hi80, hi95 = row.gap
    return {
        **msgspec.structs.asdict(row),
        "name_zh": names["name_zh"],
        "name_en": names["name_en"],
        "schools": names["schools"],
        "lo95": lo95,
        "lo80": lo80,
        "expected": expected,
        "hi80": hi80,
        "hi95": hi95,
        "pole": "teal" if lo80 > 0 else "seal" if hi80 < 0 else "dim",
        "seats": expected * row.supplies[0].seats_a_person if row.supplies else None,
    }


def shown_total(row: Row) -> dict[str, Any]:
    """A sum, which has no name."""
    return shown_row(row, {"name_zh": "", "name_en": "", "schools": []})


def sums_of(rows: Sequence[Row]) -> dict[str, float]:
    """Need, entering work and gap of these rows together, in tenths as they are shown."""
    need = round(sum(row.need[1] for row in rows), 1)
    entering = round(sum(row.entering[1] for row in rows), 1)
    return {"need": need, "entering": entering, "gap": round(need - entering, 1)}


def before_factors(given: Inputs, year: int) -> dict[str, float]:
    """What the county's need of a year is made from before any factor: advertised heads expected,
    members' openings, hires that planners know of."""
    wanted, column = given.wanted, given.wanted.years.index(year)
    return {
        "heads": float(wanted.heads[:, column].sum()),
        "openings": float(np.maximum(wanted.openings[:, column], 0).sum()),
        "hires": float(wanted.hires[:, column].sum()),
    }


def untaught_of(
    found: Gaps, given: Inputs, year: int, names: Mapping[str, Any], occupations: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Specialties that the county does not teach, the most needed first: need, the occupations that
    it comes from, the part of it that specialties taught here lead to as well, and the seats of an
    intake that would meet it."""
    split = shares(given.wanted.occupations, given.links)
    taught = {cohort.specialty for cohort in given.cohorts}
    none = np.zeros(len(given.wanted.occupations))
    led_to = sum((split[one] for one in taught & split.keys()), none) > 0
    reached = {code for code, led in zip(given.wanted.occupations, led_to, strict=True) if led}
    rows = []
    for row in found.rows:
        if row.year != year or row.taught:
            continue
        parts = chain(given, row.specialty, year, split)
        retention = factor_for(given.factors, "retention", row.specialty).middle
        leaving = 1 - factor_for(given.factors, "progression", row.specialty).middle
        staying = factor_for(given.factors, "staying", row.specialty).middle
        rows.append(
            {
                **shown_row(row, names[row.specialty]),
                "occupations": [occupations[part.occupation] for part in parts[:FOREMOST]],
                "reached": round(sum(part.part for part in parts if part.occupation in reached), 1),
                "seats": row.need[1] / (retention**PROGRAMME * leaving * staying),
            }
        )
    return sorted(rows, key=lambda row: (-row["need"][1], row["specialty"]))


def scale_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One scale for all bars: round ticks that hold the 95 % intervals, zero among them."""
    low = min((0.0, *(row["lo95"] for row in rows)))
    high = max((0.0, *(row["hi95"] for row in rows)))
    steps = (size * base for size in (1, 10, 100, 1000, 10000) for base in (1, 2, 5))
    step = next((step for step in steps if (high - low) / step <= 6), 50000)
    first, last = int(low // step), int(-(-high // step))
    return {
        "low": first * step,
        "high": max(last, first + 1) * step,
        "ticks": [tick * step for tick in range(first, last + 1)],
    }


def picture_of(rows: list[dict[str, Any]]) -> str:
    named_ones = _named_apart(rows)
    points = [
        {
            "name": named(row),
            "need": round(row["need"][1], 1),
            "lo_need": round(row["need"][0], 1),
            "hi_need": round(row["need"][2], 1),
            "entering": round(row["entering"][1], 1),
            "lo_entering": round(row["entering"][0], 1),
            "hi_entering": round(row["entering"][2], 1),
            "pole": {"teal": "teal-ink", "seal": "seal", "dim": "dim"}[row["pole"]],
            "small": row["students"] < SMALL,
            "named": row["specialty"] in named_ones,
            "tip": "\n".join(
                [
                    named(row),
                    f"{_('Need')} {number(row['need'][1], 1)}",
                    f"{_('Entering work')} {number(row['entering'][1], 1)}",
                ]
            ),
        }
        for row in rows
    ]
    words = {
        "need": _("need, persons a year"),
        "entering": _("graduates entering work"),
        "balance": _("balance"),
    }
    return msgspec.json.encode({"points": points, "words": words}).decode()


def _named_apart(rows: list[dict[str, Any]]) -> set[str]:
    """The specialties whose names are written into the picture: the largest first, none where
    another name stands already."""
    most = max((max(row["need"][2], row["entering"][2]) for row in rows), default=1.0) or 1.0
    found: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: -max(row["need"][1], row["entering"][1])):
        x, y = row["entering"][1], row["need"][1]
        if all(
            abs(y - one["need"][1]) > 0.05 * most or abs(x - one["entering"][1]) > 0.22 * most
            for one in found
        ):
            found.append(row)
    return {row["specialty"] for row in found}
