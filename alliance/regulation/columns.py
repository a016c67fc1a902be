"""Facts as columns, and every rule's check over them: True where the rule is broken.

A check returns an array that broadcasts to [students × posts]. The 1 × 1 case is a page, the large case is a round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance.regulation.model import HostFacts, OccupancyFacts, PostFacts, StudentFacts
from alliance.regulation.rules import ENTERTAINMENT, INTERMEDIARIES, NIGHT_SHIFTS, RULES, category

Bools = NDArray[np.bool_]
_NEVER = date(9999, 1, 1)


@dataclass(frozen=True, slots=True)
class PairColumns:
    """Students down (shape [students, 1]), posts across (shape [1, posts])."""

    may_start: NDArray[np.datetime64]
    """[students, 1] day after the sixteenth birthday."""
    second_year: NDArray[np.datetime64]
    """[students, 1] first of September a year after entry."""
    category: NDArray[np.int64]
    """[students, 1]"""
    starts: NDArray[np.datetime64]
    """[1, posts]"""
    wanted: NDArray[np.int64]
    """[1, posts] one bit per wanted category."""
    uscc_valid: Bools
    intermediary: Bools
    entertainment: Bools
    hours_per_day: NDArray[np.float64]
    hours_per_week: NDArray[np.float64]
    night: Bools

    @classmethod
    def of(cls, students: Sequence[StudentFacts], posts: Sequence[PostFacts], hosts: Sequence[HostFacts]) -> PairColumns:
        """Columns of facts; `hosts[i]` is the host of `posts[i]`."""
        return cls(
            may_start=_column([np.datetime64(sixteenth_birthday(s.born), "D") + 1 for s in students], "datetime64[D]"),
            second_year=_column([np.datetime64(f"{s.entry_year + 1}-09-01", "D") for s in students], "datetime64[D]"),
            category=_column([category(s.specialty) for s in students], "int64"),
            starts=_row([np.datetime64(p.starts or _NEVER, "D") for p in posts], "datetime64[D]"),
            wanted=_row([_bits(p.wanted_specialties) for p in posts], "int64"),
            uscc_valid=_row([h.uscc_valid for h in hosts], "bool"),
            intermediary=_row([h.industry.startswith(INTERMEDIARIES) for h in hosts], "bool"),
            entertainment=_row([h.industry.startswith(ENTERTAINMENT) for h in hosts], "bool"),
            hours_per_day=_row([p.hours_per_day for p in posts], "float64"),
            hours_per_week=_row([p.hours_per_day * p.days_per_week for p in posts], "float64"),
            night=_row([p.shift in NIGHT_SHIFTS for p in posts], "bool"),
        )


def sixteenth_birthday(born: date) -> date:
    """The day a person turns 16; born on 29 February, the first of March where there is none (General Principles, monthly
    periods end with the last day of the month; the later day is the careful reading)."""
    try:
        return born.replace(year=born.year + 16)
    except ValueError:
        return date(born.year + 16, 3, 1)


PAIR_CHECKS: Mapping[str, Callable[[PairColumns], Bools]] = {
    "C02": lambda c: (c.wanted >> c.category) & 1 == 0,
    "E01": lambda c: c.starts < c.second_year,
    "E02": lambda c: c.starts < c.may_start,
}
"""Rules about a student at a post."""

POST_CHECKS: Mapping[str, Callable[[PairColumns], Bools]] = {
    "A02": lambda c: ~c.uscc_valid,
    "B06": lambda c: c.intermediary,
    "E05": lambda c: c.entertainment,
    "F03": lambda c: (
        (c.hours_per_day > RULES["F03"].parameters["hours_per_day"])
        | (c.hours_per_week > RULES["F03"].parameters["hours_per_week"])
        | c.night
    ),
}
"""Rules about a post or its host, whoever comes."""


def cap_of(rule: str, staff: int) -> int:
    """Largest whole number of interns for a staff: the rule's percentage, rounded down in whole numbers."""
    return staff * RULES[rule].parameters["percent"] // 100


def over_cap(rule: str, staff: int | None, occupancy: OccupancyFacts) -> bool:
    """Whether host (C06) or post (C07) would hold more interns than the cap on the fullest day; unknown staff is."""
    present, added = (occupancy.host_peak, occupancy.added_host) if rule == "C06" else (occupancy.post_peak, occupancy.added_post)
    return staff is None or present + added > cap_of(rule, staff)


def _bits(specialties: Sequence[str]) -> int:
    return sum({1 << category(code) for code in specialties})


def _column(values: list[object], kind: str) -> NDArray[Any]:
    return np.array(values, kind).reshape(-1, 1)


def _row(values: list[object], kind: str) -> NDArray[Any]:
    return np.array(values, kind).reshape(1, -1)
