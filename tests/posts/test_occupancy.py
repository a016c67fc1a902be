"""Stretches of days with the same counts, against counting every day by itself."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alliance.ledger.model import Day
from alliance.posts.occupancy import month_starts, stretches

FIRST = date(2027, 9, 6)


@given(
    counted=st.dictionaries(
        st.integers(-3, 40), st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30
    ),
    days=st.integers(1, 30),
    head_count=st.integers(1, 3),
)
def test_stretches_say_of_every_day_what_the_ledger_says(
    counted: dict[int, tuple[int, int]], days: int, head_count: int
) -> None:
    last = FIRST + timedelta(days=days - 1)
    found = stretches(
        [Day(FIRST + timedelta(days=at), *counts) for at, counts in counted.items()],
        FIRST,
        last,
        head_count,
    )
    said = [
        (each.others, each.here)
        for each in found
        for _day in range((each.last - each.first).days + 1)
    ]
    assert said == [
        (counted.get(at, (0, 0))[0], max(counted.get(at, (0, 0))[1], head_count))
        for at in range(days)
    ]
    assert [each.first for each in found] == [
        FIRST,
        *(each.last + timedelta(days=1) for each in found[:-1]),
    ]
    assert all((a.others, a.here) != (b.others, b.here) for a, b in itertools.pairwise(found))


def test_a_post_without_days_has_no_stretches() -> None:
    assert stretches([], None, FIRST, 2) == []
    assert stretches([], FIRST, None, 2) == []
    assert stretches([], FIRST, FIRST - timedelta(days=1), 2) == []


def test_months_are_marked_where_they_begin_and_thinned_over_years() -> None:
    assert month_starts(FIRST, date(2028, 1, 1)) == [
        date(2027, 10, 1),
        date(2027, 11, 1),
        date(2027, 12, 1),
        date(2028, 1, 1),
    ]
    assert month_starts(FIRST, date(2027, 9, 20)) == []
    assert len(month_starts(FIRST, date(2030, 9, 1))) <= 12
