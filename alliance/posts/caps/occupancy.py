"""How full a host is day by day while a post is being written, drawn together into stretches.
Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Days in a row with the same counts."""

    first: date
    last: date
    others: int
    """Places or interns, of all schools, of the host's other posts."""
    here: int
    """What the post asks for, or who is there already where that is more."""


def stretches(others: Iterable[tuple[date, int]], here: int) -> list[Stretch]:
    """The days as stretches, in order; `others` are all days in order with what the host's other
    posts take up. O(days)."""
    found: list[Stretch] = []
    for day, taken in others:
        if found and found[-1].others == taken:
            found[-1] = msgspec.structs.replace(found[-1], last=day)
        else:
            found.append(Stretch(first=day, last=day, others=taken, here=here))
    return found


def month_starts(first: date, last: date) -> list[date]:
    """The first days of the months that begin within the days, at most about a dozen of them,
    evenly."""
    months = [
        date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)
    ]
    within = [month for month in months if first <= month <= last]
    return within[:: len(within) // 12 + 1]
