"""Gaps as pages draw them: rows, scale, picture, the chain of supply."""

from __future__ import annotations

from typing import Any

import msgspec

from alliance.kit.language import _, number
from alliance.kit.web.pages import named
from alliance.planning.gap import Row
from alliance.planning.gaps import queries

SMALL = 20
"""A cohort of fewer students is drawn dashed."""


def shown_row(row: Row, names: dict[str, Any]) -> dict[str, Any]:
    lo95, lo80, median, hi80, hi95 = row.gap
    return {
        **msgspec.structs.asdict(row),
        "name_zh": names["name_zh"],
        "name_en": names["name_en"],
        "schools": names["schools"],
        "lo95": lo95,
        "lo80": lo80,
        "median": median,
        "hi80": hi80,
        "hi95": hi95,
        "pole": "teal" if lo80 > 0 else "seal" if hi80 < 0 else "dim",
    }


def scale_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One scale for all bars: round ticks that hold the 95 % intervals, zero among them."""
    low, high = min(0.0, *(row["lo95"] for row in rows)), max(0.0, *(row["hi95"] for row in rows))
    steps = (size * base for size in (1, 10, 100, 1000, 10000) for base in (1, 2, 5))
    step = next((step for step in steps if (high - low) / step <= 6), 50000)
    first, last = int(low // step), int(-(-high // step))
    return {
        "low": first * step,
        "high": last * step,
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
                    f"{_('Need')} {number(row['need'][1])}",
                    f"{_('Entering work')} {number(row['entering'][1])}",
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


def supply_of(found: queries.County, row: Row) -> list[dict[str, Any]]:
    """The chain from students to graduates entering work, with the factor of each step."""
    from_factors = {
        kind: queries.factor_of(found, kind, row.specialty)
        for kind in ("retention", "progression", "staying")
    }
    return [
        {"kind": kind, **msgspec.structs.asdict(factor)} for kind, factor in from_factors.items()
    ]
