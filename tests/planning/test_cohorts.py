"""Cohorts of intakes that are typed or yet to come: whole students, rosters first."""

from __future__ import annotations

from datetime import date

import numpy as np

from alliance.planning.intake import Outlook
from alliance.planning.supply import cohorts_of
from tests.planning.test_gap import of_class


def test_an_intake_of_two_lengths_is_rounded_once() -> None:
    classes = [of_class("A", 3, 2026, 15), of_class("A", 5, 2026, 15)]
    outlook = Outlook(0.25, 12, {"A": (2026, float(np.log(31)))}, by_share=False)
    found = cohorts_of(classes, [2030, 2032], date(2026, 11, 24), outlook, {})
    coming = {one.length: one.students for one in found if one.year - one.length == 2027}
    # 15.5 in each length are 16 and 15, not 16 and 16
    assert coming == {3: 16, 5: 15}
    assert sum(coming.values()) == 31


def test_a_typed_intake_is_the_cohort_until_rosters_bring_it() -> None:
    day = date(2026, 11, 24)
    before = [of_class("A", 3, 2025, 60), of_class("A", 5, 2025, 20), of_class("B", 3, 2025, 30)]
    outlook = Outlook(0.25, 12, {code: (2025, float(np.log(90))) for code in "AB"}, by_share=False)
    typed = {("A", 2026): 100.0, ("N", 2026): 40.0, ("A", 2025): 999.0, ("B", 2027): 5.0}
    found = cohorts_of(before, [2029, 2030, 2031], day, outlook, {}, typed, {"N": [3]})
    told = {(one.specialty, one.length, one.year): one for one in found}
    assert [told["A", length, 2026 + length].students for length in (3, 5)] == [75, 25]
    assert told["A", 3, 2029].enrolled
    assert told["A", 3, 2029].years_left == 3, "they were counted when they began"
    assert told["A", 5, 2030].students == 20, "rosters of a year stand before what was typed of it"
    assert told["N", 3, 2029].students == 40, "its first class, known before any roster"
    # the year that is typed for one specialty is not yet the latest of the others
    assert not told["B", 3, 2029].enrolled
    assert told["B", 3, 2029].students == 90
    assert (told["A", 3, 2030].students, told["A", 3, 2030].enrolled) == (68, False)
    # when the roster is there, it counts
    both = cohorts_of([*before, of_class("A", 3, 2026, 99)], [2029], day, outlook, {}, typed)
    now = next(one for one in both if (one.specialty, one.length) == ("A", 3))
    assert (now.students, now.enrolled) == (99, True)
    assert now.years_left < 3
