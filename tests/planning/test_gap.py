"""Needs, graduates and gaps: split once, sums agree, uncertainty shared, the chain adds up."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.planning.gap import (
    Cohort,
    Factor,
    chain,
    draws,
    entering,
    factor_for,
    gaps,
    needs,
    shares,
)
from alliance.planning.gaps.queries import cohorts_of

FACTORS = [
    Factor("capture", "", 0.3, 0.5, 0.7, "a survey"), Factor("capture", "6-", 0.6, 0.7, 0.8, "another one"),
    Factor("level", "", 0.5, 0.6, 0.7, "texts"), Factor("retention", "", 0.94, 0.96, 0.98, "register"),
    Factor("progression", "", 0.2, 0.3, 0.4, "last year"), Factor("staying", "", 0.5, 0.6, 0.7, "last year"),
]  # fmt: skip
OCCUPATIONS = ["4-01", "6-18", "6-31"]
LINKS = {("A", "6-18"): 1.0, ("A", "6-31"): 0.5, ("B", "6-31"): 0.5, ("C", "6-99"): 1.0}
HEADS = np.random.default_rng(1).poisson(80, (300, 3, 2)).astype(np.float64)
YEARS = [2029, 2030]


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


def test_the_needs_of_specialties_and_of_the_rest_add_up_to_all() -> None:
    need = needs(OCCUPATIONS, HEADS, FACTORS, 7)
    split = shares(OCCUPATIONS, LINKS)
    parts = sum(need[:, :, 0] @ share for share in split.values()) + need[:, 0, 0]
    assert np.allclose(parts, need[:, :, 0].sum(axis=1))
    cohorts = [Cohort("A", 2029, 40, 2.5, enrolled=True)]
    found = gaps(OCCUPATIONS, YEARS, HEADS, LINKS, cohorts, FACTORS, 7)
    assert found.without[2029] == pytest.approx(float(np.median(need[:, 0, 0])))
    assert found.total[2029] == pytest.approx(float(np.median(need[:, :, 0], axis=0).sum()))


def test_a_gap_is_need_minus_entering_and_its_probability_agrees_with_its_interval() -> None:
    none = gaps(
        OCCUPATIONS, YEARS, HEADS, {}, [Cohort("A", 2029, 40, 2, enrolled=True)], FACTORS, 7
    ).rows[0]
    assert none.need == (0, 0, 0)
    assert none.shortage == 0
    assert none.gap[2] == pytest.approx(-none.entering[1])
    many = gaps(
        OCCUPATIONS, YEARS, HEADS, LINKS, [Cohort("A", 2029, 4, 2, enrolled=True)], FACTORS, 7
    ).rows[0]
    assert many.gap[1] > 0
    assert many.shortage > 0.9
    assert list(many.gap) == sorted(many.gap)


def test_an_intake_to_come_is_less_certain_than_one_that_is_there() -> None:
    there = entering(Cohort("A", 2030, 50, 3, enrolled=True), FACTORS, 4000, 7)
    to_come = entering(Cohort("A", 2030, 50, 3, enrolled=False), FACTORS, 4000, 7)
    assert np.std(to_come) > np.std(there)
    assert np.median(there) == pytest.approx(50 * 0.96**3 * 0.7 * 0.6, rel=0.05)


def test_the_chain_shows_each_factor_and_multiplies_out() -> None:
    parts = chain("A", 2030, OCCUPATIONS, YEARS, HEADS, LINKS, FACTORS)
    assert [part.occupation for part in parts] == ["6-18", "6-31"]
    for part in parts:
        assert part.part == pytest.approx(part.heads * part.capture * part.level * part.share)
    assert parts[1].share == 0.5
    assert chain("D", 2030, OCCUPATIONS, YEARS, HEADS, LINKS, FACTORS) == ()


def test_cohorts_are_todays_classes_then_the_latest_intake() -> None:
    classes = [
        {"specialty": "A", "years": 3, "entry_year": 2025, "students": 30},
        {"specialty": "A", "years": 3, "entry_year": 2025, "students": 12},
        {"specialty": "A", "years": 3, "entry_year": 2026, "students": 35},
        {"specialty": "B", "years": 3, "entry_year": 2026, "students": 0},
    ]
    found = cohorts_of(classes, [2027, 2028, 2029, 2030], date(2026, 11, 24))
    assert [(one.year, one.students, one.enrolled) for one in found] == [
        (2028, 42, True),
        (2029, 35, True),
        (2030, 35, False),
    ]
    assert found[0].years_left == pytest.approx(1.68, abs=0.01)
