"""Needs, graduates and gaps: rows add up, factors multiply out, nobody is counted twice, what is not
taught here is shown, uncertainty is shared."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.forecasts.drivers.hiring import Hiring, hires_of
from alliance.forecasts.drivers.hiring import Part as HiredPart
from alliance.planning.factor import Factor, draws, factor_for
from alliance.planning.gap import Gaps, Inputs, Row, chain, gaps_of
from alliance.planning.gaps.sources import Openings
from alliance.planning.gaps.sources import wanted_of as laid_out
from alliance.planning.intake import Outlook
from alliance.planning.need import Wanted, need_of, shares
from alliance.planning.sensitivity import swings_of
from alliance.planning.supply import Cohort, cohorts_of, supply_of

FACTORS = [
    Factor("capture", "", 0.3, 0.5, 0.7, "a survey"), Factor("capture", "6-", 0.6, 0.7, 0.8, "another one"),
    Factor("level", "", 0.5, 0.6, 0.7, "texts"), Factor("retention", "", 0.94, 0.96, 0.98, "register"),
    Factor("progression", "", 0.2, 0.3, 0.4, "last year"), Factor("staying", "", 0.5, 0.6, 0.7, "last year"),
]  # fmt: skip
OCCUPATIONS = ("4-01", "6-18", "6-31")
LINKS = {("A", "6-18"): 1.0, ("A", "6-31"): 0.5, ("B", "6-31"): 0.5, ("C", "6-99"): 1.0}
YEARS = (2029, 2030)
STEADY = Outlook(0.25, 12, {"A": (2026, float(np.log(50)))}, by_share=False)


def wanted_of(seed: int = 1, paths: int = 300) -> Wanted:
    rng = np.random.default_rng(seed)
    shape = (paths, len(OCCUPATIONS), len(YEARS))
    heads, openings, hires = (
        rng.poisson(80, shape).astype(float),
        rng.normal(6, 9, shape),
        rng.poisson(3, shape).astype(float),
    )
    return Wanted(
        occupations=OCCUPATIONS,
        years=YEARS,
        heads=heads.mean(axis=0),
        heads_paths=heads,
        elsewhere=rng.uniform(0, 1, shape[1:]),
        openings=openings.mean(axis=0),
        openings_paths=openings,
        hires=hires.mean(axis=0),
        hires_paths=hires,
        growth=np.zeros(shape[1:]),
        within=np.zeros(shape[1:]),
    )


def inputs(**changed: Any) -> Inputs:
    given = Inputs(
        wanted=wanted_of(),
        links=LINKS,
        cohorts=[
            Cohort("A", 2029, 40, 2.5, True, 3),
            Cohort("A", 2030, 50, 3.0, False, 3),
        ],
        outlook=STEADY,
        leavers={},
        factors=FACTORS,
        seed=7,
    )
    return msgspec.structs.replace(given, **changed)


def of_a(found: Gaps) -> Row:
    """The first row of specialty A."""
    return next(row for row in found.rows if row.specialty == "A")


def test_the_longest_prefix_counts() -> None:
    assert factor_for(FACTORS, "capture", "6-18").middle == 0.7
    assert factor_for(FACTORS, "capture", "4-01").middle == 0.5
    with pytest.raises(KeyError):
        factor_for(FACTORS, "staying up", "6-18")


def test_draws_have_the_middle_and_the_interval_that_were_asked_for() -> None:
    values = draws(FACTORS[0], 40_000, 7)
    assert np.quantile(values, 0.5) == pytest.approx(0.5, abs=0.01)
    assert np.quantile(values, (0.1, 0.9)) == pytest.approx((0.3, 0.7), abs=0.015)
    assert np.array_equal(values, draws(FACTORS[0], 40_000, 7))
    assert not np.array_equal(values, draws(FACTORS[1], 40_000, 7))


@settings(deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ABCDE"), st.sampled_from([*OCCUPATIONS, "9-99"])),
        st.floats(0.05, 1),
        max_size=12,
    )
)
def test_every_occupations_need_is_split_once(links: dict[tuple[str, str], float]) -> None:
    split = shares(OCCUPATIONS, links)
    total = sum(split.values()) if split else np.zeros(3)
    for column, code in enumerate(OCCUPATIONS):
        linked = any(occupation == code for _specialty, occupation in links)
        assert np.isclose(np.asarray(total)[column], 1.0 if linked else 0.0)


@settings(deadline=None, max_examples=60)
@given(
    links=st.dictionaries(
        st.tuples(st.sampled_from("ABCDE"), st.sampled_from(OCCUPATIONS)),
        st.floats(0.05, 1),
        max_size=10,
    ),
    sizes=st.lists(st.tuples(st.sampled_from("ABX"), st.integers(0, 300)), max_size=3),
    seed=st.integers(0, 1000),
)
def test_rows_add_up_to_the_total_and_factors_multiply_to_what_is_shown(
    links: dict[tuple[str, str], float], sizes: list[tuple[str, int]], seed: int
) -> None:
    cohorts = [
        Cohort(code, year, float(students), 1.7, True, 3)
        for code, students in dict(sizes).items()
        for year in YEARS
    ]
    this = inputs(wanted=wanted_of(seed, 60), links=links, cohorts=cohorts)
    found = gaps_of(this)
    for year in YEARS:
        rows = [row for row in found.rows if row.year == year]
        assert {row.specialty for row in rows if row.taught} == {one.specialty for one in cohorts}
        total = found.total[year]
        for name in ("need", "entering"):
            parts = [getattr(row, name)[1] for row in [*rows, found.unlinked[year]]]
            assert getattr(total, name)[1] == pytest.approx(sum(parts), abs=1e-6)
        assert total.gap[2] == pytest.approx(total.need[1] - total.entering[1], abs=1e-6)
        for row in rows:
            _holds_together(this, row)
    needed = need_of(this.wanted, FACTORS, 7).expected
    whole = sum(part[:, 0].sum() for part in needed.values())
    # tenths of a person for each occupation, source and specialty are all that rounding can lose
    assert found.total[YEARS[0]].need[1] == pytest.approx(whole, abs=0.05 * 3 * (len(links) + 3))


def _holds_together(this: Inputs, row: Row) -> None:
    parts = chain(this, row.specialty, row.year)
    assert row.need[1] == pytest.approx(sum(part.part for part in parts), abs=1e-6)
    for part in parts:
        persons = part.heads * part.elsewhere * part.capture, part.openings, part.hires
        shown = part.from_elsewhere, part.from_members, part.from_known
        assert [one * part.level * part.share for one in persons] == pytest.approx(shown, abs=0.051)
        assert part.part == pytest.approx(sum(shown), abs=1e-6)
    for supply in row.supplies:
        chained = supply.students * supply.retained * supply.leaving * supply.staying
        assert chained == pytest.approx(supply.entering, abs=0.051)
        assert supply.retained == pytest.approx(supply.retention**supply.years_left)
    assert row.entering[1] == pytest.approx(sum(one.entering for one in row.supplies), abs=1e-6)
    assert row.gap[2] == pytest.approx(row.need[1] - row.entering[1], abs=1e-6)
    assert list(row.gap) == sorted(row.gap)
    assert row.need[0] <= row.need[1] <= row.need[2]


def test_what_is_not_taught_here_is_shown_and_a_class_of_one_changes_no_need() -> None:
    found = gaps_of(inputs())
    assert [(row.specialty, row.taught) for row in found.rows if row.year == 2029] == [
        ("A", True),
        ("B", False),
    ]
    untaught = next(row for row in found.rows if row.specialty == "B")
    assert untaught.need[1] > 0
    assert untaught.entering == (0, 0, 0)
    assert untaught.gap[2] == untaught.need[1]
    opened = inputs(cohorts=[*inputs().cohorts, Cohort("B", 2029, 1, 2.5, True, 3)])
    again = gaps_of(opened)
    mine = next(row for row in again.rows if (row.specialty, row.year) == ("B", 2029))
    assert mine.taught
    assert mine.need[1] == untaught.need[1]
    assert again.total[2029].need[1] == found.total[2029].need[1]


def test_members_openings_stand_instead_of_what_members_advertise() -> None:
    wanted = wanted_of()
    alone = msgspec.structs.replace(
        wanted,
        elsewhere=np.zeros_like(wanted.elsewhere),
        hires=np.zeros_like(wanted.hires),
        openings=np.full_like(wanted.openings, 10.0),
    )
    parts = chain(inputs(wanted=alone), "A", 2029)
    assert {part.from_elsewhere for part in parts} == {0.0}
    assert sum(part.part for part in parts) == pytest.approx(10 * 0.6 * 1 + 10 * 0.6 * 0.5)
    shrinking = msgspec.structs.replace(alone, openings=np.full_like(wanted.openings, -10.0))
    assert sum(part.part for part in chain(inputs(wanted=shrinking), "A", 2029)) == 0


def test_hires_that_are_known_are_persons_and_not_advertised_heads() -> None:
    wanted = wanted_of()
    more = msgspec.structs.replace(
        wanted, hires=wanted.hires + 100, hires_paths=wanted.hires_paths + 100
    )
    before, after = (gaps_of(inputs(wanted=one)).total[2030] for one in (wanted, more))
    # three occupations of a hundred each, at the secondary vocational level
    assert after.need[1] - before.need[1] == pytest.approx(3 * 100 * 0.6, abs=0.3)


def test_hires_of_a_counted_member_count_only_beyond_the_growth_its_staff_tells() -> None:
    mine, other = UUID(int=1), UUID(int=2)
    hirings = [
        Hiring(entropy=row, first_month="2029-01", months=12, probability=1.0,
            parts=(HiredPart("6-18", 30, 40, 50), HiredPart("6-31", 4, 5, 6)))
        for row in (1, 2)
    ]  # fmt: skip
    hires = hires_of([{"member": mine}, {"member": other}], hirings, ["6-18", "6-31"], [2029, 2030])
    growth = np.zeros((50, 2, 2))
    growth[:, 0], growth[:, 1, 0] = 25.0, -9.0
    openings = Openings(["6-18", "6-31"], [2029, 2030], growth, np.full((50, 2, 2), 10.0))
    none = np.zeros((2, 2))
    apart, both, neither = (
        laid_out(["6-18", "6-31"], [2029, 2030], none, np.zeros((50, 2, 2)), openings, {}, hires, 7, counted)
        for counted in (frozenset({mine}), frozenset({mine, other}), frozenset[UUID]())
    )  # fmt: skip
    assert neither.hires[:, 0].tolist() == [80, 10]
    # of eighty turners 25 are those whom growth tells; a shrinking trade tells of nobody
    assert apart.hires[:, 0].tolist() == [55, 10]
    assert apart.within[:, 0].tolist() == [25, 0]
    assert both.hires[:, 0].tolist() == [55, 10], "one growth is taken off once"
    assert apart.hires[:, 1].tolist() == [0, 0]
    assert apart.hires_paths.mean(axis=0)[0, 0] == pytest.approx(55, abs=3)
    # openings and hires together: everybody once
    needed = sum(part[0, 0] for part in need_of(apart, FACTORS, 7).expected.values())
    assert needed == pytest.approx((35 + 55) * 0.6)


def test_a_gap_is_need_minus_entering_and_its_probability_agrees_with_its_interval() -> None:
    cohorts = [Cohort("A", 2029, 40, 2, True, 3)]
    none = of_a(gaps_of(inputs(links={}, cohorts=cohorts)))
    assert none.need == (0, 0, 0)
    assert none.shortage == 0
    assert none.gap[2] == pytest.approx(-none.entering[1])
    many = of_a(gaps_of(inputs(cohorts=[Cohort("A", 2029, 4, 2, True, 3)])))
    assert many.gap[1] > 0
    assert many.shortage > 0.9


def test_an_intake_to_come_is_less_certain_than_one_that_is_there() -> None:
    there, to_come = (
        of_a(gaps_of(inputs(cohorts=[Cohort("A", 2030, 50, 3, enrolled, 3)])))
        for enrolled in (True, False)
    )
    assert (
        there.entering[1]
        == to_come.entering[1]
        == pytest.approx(50 * 0.96**3 * 0.7 * 0.6, abs=0.05)
    )
    assert to_come.entering[2] - to_come.entering[0] > there.entering[2] - there.entering[0]


def test_seats_bring_as_many_into_work_as_the_gap_wants() -> None:
    chain_of_one = supply_of(Cohort("A", 2030, 50, 3, False, 3), FACTORS)
    seats = 32 * chain_of_one.seats_a_person
    assert seats == pytest.approx(86.1, abs=0.1)
    assert supply_of(Cohort("A", 2030, seats, 3, False, 3), FACTORS).entering == pytest.approx(32)


def test_the_strongest_assumption_comes_first_and_its_ends_are_the_gaps_with_it() -> None:
    this = inputs()
    found = swings_of(this, "A", 2030)
    assert [one.width for one in found] == sorted((one.width for one in found), reverse=True)
    assert {one.kind for one in found} >= {"capture", "level", "staying", "advertised", "intake"}
    # every assumption swings around the gap that the page shows
    middle = next(row for row in gaps_of(this).rows if (row.specialty, row.year) == ("A", 2030))
    for one in found:
        ends = sorted((one.gap_low, one.gap_high))
        assert ends[0] - 0.2 <= middle.gap[2] <= ends[1] + 0.2, one
    staying = next(one for one in found if one.kind == "staying")
    for end, gap in ((0.5, staying.gap_low), (0.7, staying.gap_high)):
        factors = [
            msgspec.structs.replace(one, middle=end) if one.kind == "staying" else one
            for one in FACTORS
        ]
        row = next(
            row
            for row in gaps_of(msgspec.structs.replace(this, factors=factors)).rows
            if (row.specialty, row.year) == ("A", 2030)
        )
        assert gap == pytest.approx(row.gap[2], abs=0.2)


def of_class(specialty: str, years: int, entry_year: int, students: int) -> dict[str, Any]:
    return {
        "specialty": specialty,
        "years": years,
        "entry_year": entry_year,
        "students": students,
        "began": students,
    }


def test_cohorts_are_todays_classes_then_what_intakes_let_expect() -> None:
    classes = [
        of_class("A", 3, 2025, 30),
        of_class("A", 3, 2025, 12),
        of_class("A", 3, 2026, 35),
        of_class("B", 3, 2025, 20),
    ]
    day = date(2026, 11, 24)
    found = cohorts_of(classes, [2027, 2028, 2029, 2030], day, STEADY, {})
    assert [(one.specialty, one.year, one.students, one.enrolled) for one in found] == [
        # without a class in a year a specialty keeps its row
        ("A", 2027, 0, True),
        ("A", 2028, 42, True),
        ("A", 2029, 35, True),
        ("A", 2030, 50, False),
        ("B", 2027, 0, True),
        ("B", 2028, 20, True),
        ("B", 2029, 0, True),
        # nobody began it in the county's latest year of entry
        ("B", 2030, 0, False),
    ]
    assert found[1].years_left == pytest.approx(1.68, abs=0.01)
    # classes that somebody prepares for next autumn, or by a slip for 2062, begin nothing yet
    early = [*classes, of_class("B", 3, 2027, 0), of_class("B", 3, 2062, 0)]
    assert cohorts_of(early, [2027, 2028, 2029, 2030], day, STEADY, {}) == found


def test_programmes_of_two_lengths_of_one_specialty_graduate_each_in_their_year() -> None:
    classes = [of_class("A", 3, 2026, 30), of_class("A", 5, 2026, 20), of_class("A", 5, 2025, 10)]
    found = cohorts_of(classes, [2029, 2030, 2031], date(2026, 11, 24), STEADY, {})
    assert [(one.length, one.year, one.students, one.enrolled) for one in found] == [
        (3, 2029, 30, True),
        (3, 2030, 30, False),
        (3, 2031, 30, False),
        (5, 2029, 0, True),
        (5, 2030, 10, True),
        (5, 2031, 20, True),
    ]
    this = inputs(cohorts=[one for one in found if one.year == 2030])
    row = of_a(gaps_of(this))
    assert [one.length for one in row.supplies] == [3, 5]
    assert row.students == 40


def test_what_lies_further_ahead_is_never_better_known() -> None:
    wanted = wanted_of(3, 200)
    # the second year's paths lie close together, the first's far apart
    wide, close = wanted.heads_paths[:, :, :1], wanted.heads_paths[:, :, 1:]
    paths = np.concatenate(
        [wide * 3 - 2 * wide.mean(axis=0), close * 0.1 + close.mean(axis=0) * 0.9], 2
    )
    this = inputs(
        wanted=msgspec.structs.replace(wanted, heads_paths=paths, heads=wanted.heads[:, :1] + np.zeros((1, 2)),
            elsewhere=np.ones_like(wanted.elsewhere), openings=wanted.openings[:, :1] + np.zeros((1, 2)),
            hires=wanted.hires[:, :1] + np.zeros((1, 2))),
        cohorts=[Cohort("A", year, 40, 2.5, True, 3) for year in YEARS],
    )  # fmt: skip
    found = gaps_of(this)
    for first, second in (
        (found.total[2029], found.total[2030]),
        tuple(row for row in found.rows if row.specialty == "A"),
    ):
        for name in ("need", "gap"):
            low, high = getattr(first, name)[0], getattr(first, name)[-1]
            assert getattr(second, name)[-1] - getattr(second, name)[0] >= (high - low) * 0.999
            assert list(getattr(second, name)) == sorted(getattr(second, name))
