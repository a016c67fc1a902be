"""Stretches of days with the same counts, against the days themselves."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alliance.posts.caps.occupancy import month_starts, stretches

FIRST = date(2027, 9, 6)


@given(counts=st.lists(st.integers(0, 3), max_size=30), here=st.integers(1, 3))
def test_stretches_say_of_every_day_what_was_counted(counts: list[int], here: int) -> None:
    days = [(FIRST + timedelta(days=at), count) for at, count in enumerate(counts)]
    found = stretches(days, here)
    said = [
        (each.first + timedelta(days=at), each.others)
        for each in found
        for at in range((each.last - each.first).days + 1)
    ]
    assert said == days
    assert all(each.here == here for each in found)
    assert all(a.others != b.others for a, b in itertools.pairwise(found))


def test_months_are_marked_where_they_begin_and_thinned_over_years() -> None:
    assert month_starts(FIRST, date(2028, 1, 1)) == [
        date(2027, 10, 1),
        date(2027, 11, 1),
        date(2027, 12, 1),
        date(2028, 1, 1),
    ]
    assert month_starts(FIRST, date(2027, 9, 20)) == []
    assert len(month_starts(FIRST, date(2030, 9, 1))) <= 12
