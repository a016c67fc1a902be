"""A host's interns day by day while a post is being written: the ledger's days drawn together into
stretches. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from alliance.ledger.model import Day


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Days in a row with the same counts."""

    first: date
    last: date
    others: int
    """Interns of all schools at the host's other posts."""
    here: int
    """What the post asks for, or who is there already where that is more."""


def stretches(
    counted: Iterable[Day], first: date | None, last: date | None, head_count: int
) -> list[Stretch]:
    """The days from first to last as stretches, in order; `counted` are those on which
    the ledger has any intern.

    Nothing where a day is missing or the last is before the first. O(days).
    """
    if first is None or last is None:
        return []
    on_day = {each.day: (each.others, each.here) for each in counted}
    found: list[Stretch] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        others, here = on_day.get(day, (0, 0))
        here = max(here, head_count)
        if found and (found[-1].others, found[-1].here) == (others, here):
            found[-1] = msgspec.structs.replace(found[-1], last=day)
        else:
            found.append(Stretch(first=day, last=day, others=others, here=here))
    return found


def month_starts(first: date, last: date) -> list[date]:
    """The first days of the months that begin within the days, at most about a dozen of them,
    evenly."""
    months = [
        date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)
    ]
    within = [month for month in months if first <= month <= last]
    return within[:: len(within) // 12 + 1]
