"""Caps, dates and masks of the rule pack; a page and a round never disagree. Each rule's own cases: test_every_rule.py."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.regulation import (
    GATES,
    RULE_BITS,
    RULES,
    Columns,
    Facts,
    Filing,
    HostFacts,
    HostFile,
    HostUse,
    PostConditions,
    PostFacts,
    Rule,
    StudentFacts,
    birthday,
    findings_of_pair,
    gate,
    gate_many,
    host_cap,
    lifted_by,
    pair_mask,
    post_cap,
    rules_in_force,
    rules_of_mask,
    sentence,
)
from tests.regulation.cases import BROKEN, CASES
from tests.regulation.lawful import DAY, ENDS, LAWFUL, STUDENT, TODAY, changed


def broken(transition: str = "placement.propose", **groups: dict[str, Any]) -> set[str]:
    """The rules broken by facts that differ so from lawful ones."""
    return {
        finding.rule for finding in gate(transition, changed(**groups), TODAY) if not finding.softly
    }


@pytest.mark.parametrize(
    ("staff", "cap"), [(109, 10), (110, 11), (118, 11), (9, 0), (10, 1), (0, 0)]
)
def test_c06_rounds_ten_percent_down(staff: int, cap: int) -> None:
    assert host_cap(staff) == cap
    assert "C06" not in broken(host={"staff": staff}, occupancy={"host_peak": cap, "added_host": 0})
    assert "C06" in broken(host={"staff": staff}, occupancy={"host_peak": cap, "added_host": 1})


@pytest.mark.parametrize(("staff", "cap"), [(34, 6), (35, 7), (4, 0), (5, 1)])
def test_c07_rounds_twenty_percent_down(staff: int, cap: int) -> None:
    assert post_cap(staff) == cap
    assert "C07" not in broken(
        post={"staff_same_type": staff}, occupancy={"kind_peak": cap, "added_kind": 0}
    )
    assert "C07" in broken(
        post={"staff_same_type": staff}, occupancy={"kind_peak": cap, "added_kind": 1}
    )


def test_c06_and_c07_cannot_be_judged_without_the_counts_and_say_so() -> None:
    found = gate(
        "post.publish", changed(host={"staff": None}, post={"staff_same_type": None}), TODAY
    )
    assert {finding.rule for finding in found} == {"C06", "C07"}
    assert all(finding.unknown for finding in found)
    assert "missing" in sentence(found[0], "en")


@given(st.integers(0, 200000))
def test_the_check_over_columns_caps_as_whole_numbers_do(staff: int) -> None:
    for added, over in ((host_cap(staff), False), (host_cap(staff) + 1, True)):
        assert ("C06" in broken(host={"staff": staff}, occupancy={"added_host": added})) == over


def test_e02_counts_a_leap_day_birthday_from_the_first_of_march() -> None:
    born = date(2012, 2, 29)
    assert "E02" in broken(student={"born": born}, post={"starts": date(2028, 2, 29)})
    assert "E02" not in broken(student={"born": born}, post={"starts": date(2028, 3, 1)})
    assert birthday(date(2084, 2, 29), 16) == date(2100, 3, 1)


KEPT: Final = {
    "occupation": ("6-18-01-01",),
    "nights": ("night",),
    "hours_per_day": 11.0,
    "hours_per_week": 55.0,
    "height2": ("HEIGHT2",),
}
NIGHTS = Filing(
    filing="f",
    rules=("F03.nights", "E01"),
    subject="p",
    filed_on=TODAY,
    starts=DAY,
    ends=ENDS,
    confirmed_for=(KEPT,),
)


def test_a_filing_lifts_only_what_may_be_lifted() -> None:
    facts = changed(post={"shift": "night"}, student={"entry_year": 2026})
    assert {
        f.rule for f in gate("placement.propose", facts, TODAY, lifted_by([NIGHTS], facts))
    } == {"E01"}


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "another post"},
        {"filed_on": DAY},
        {"starts": date(2026, 7, 7)},
        {"ends": date(2026, 12, 30)},
        {"rules": ("F02.rest",)},
        {"rules": ("F03.hours",)},
        {"rules": ("F03",)},
        {"confirmed_for": (KEPT | {"nights": ("rotating",)},)},
        {"confirmed_for": ()},
    ],
)
def test_a_filing_lifts_nothing_beyond_its_subject_period_and_rules(change: dict[str, Any]) -> None:
    facts = changed(post={"shift": "night"})
    filing = msgspec.structs.replace(NIGHTS, **change)
    assert "F03" in {
        f.rule for f in gate("placement.propose", facts, TODAY, lifted_by([filing], facts))
    }


def test_a_filing_for_nights_does_not_lift_hours() -> None:
    facts = changed(post={"shift": "night", "hours_per_day": 11})
    (found,) = gate("placement.propose", facts, TODAY, lifted_by([NIGHTS], facts))
    assert (found.rule, found.facets, found.causes) == ("F03", ("hours",), ("day", "week"))
    hours = msgspec.structs.replace(NIGHTS, rules=("F03.hours",))
    assert gate("placement.propose", facts, TODAY, lifted_by([NIGHTS, hours], facts)) == ()
    dust = changed(conditions={"hazards": ("HEIGHT2", "TOXIC")})
    height = msgspec.structs.replace(NIGHTS, rules=("F01.HEIGHT2",))
    (found,) = gate("post.publish", dust, TODAY, lifted_by([height], dust))
    assert (found.rule, found.facets) == ("F01", ("TOXIC",))


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.facets])
def test_the_facets_of_a_rule_are_all_that_breaks_it(rule: Rule) -> None:
    for _rule, name, change, verdict in (case for case in CASES if case[0] == rule.id):
        for gate_ in rule.gates:
            for found in gate(gate_, changed(**change), TODAY):
                if found.rule == rule.id and not found.unknown:
                    assert bool(found.facets) == (verdict in BROKEN), name


def test_a_mask_loses_only_bits_that_a_filing_lifts_there_and_for_whom() -> None:
    two = [changed(post={"shift": "night"}), changed(post={"shift": "night", "hours_per_day": 11})]
    columns = Columns.pairs(
        [STUDENT, STUDENT],
        [each.post for each in two],
        [each.host for each in two],
        DAY,
        conditions=[each.conditions for each in two],
        host_file=[each.host_file for each in two],
        use=[each.use for each in two],
    )
    bit = 1 << RULE_BITS["F03"]
    nights, hours = frozenset({"F03.nights", "E01"}), frozenset({"F03.hours"})

    def left(at: tuple[frozenset[str], ...], to: tuple[frozenset[str], ...]) -> list[list[int]]:
        return [[int(m) & bit for m in row] for row in pair_mask(columns, DAY, at, to)]

    assert left((), ()) == [[bit, bit], [bit, bit]]
    assert left((nights, nights), ()) == [[0, bit], [0, bit]]
    assert left((nights, nights), (hours, frozenset())) == [[0, 0], [0, bit]]


def test_a_job_is_not_judged_as_an_internship() -> None:
    assert (
        broken(
            "post.publish",
            host={"industry": "L7263", "staff": None},
            post={"kind": "job", "shift": "night"},
        )
        == set()
    )


def test_the_law_of_the_day_applies() -> None:
    assert {rule.id for rule in rules_in_force(date(2021, 12, 30))} == {
        "C10",
        "D05",
        "J01",
        "J03",
        "J05",
        "J06",
        "J04",
    }
    old = msgspec.structs.replace(RULES["C06"], in_force_to=date(2026, 12, 31))
    new = msgspec.structs.replace(RULES["C06"], in_force_from=date(2027, 1, 1), version=2)
    pack = {"C06": old, "C06/2": new}
    assert [
        rule.version
        for day in (date(2026, 12, 31), date(2027, 1, 1))
        for rule in rules_in_force(day, pack)
    ] == [1, 2]


@given(st.integers(0, 200000))
def test_caps_never_exceed_the_exact_share(staff: int) -> None:
    assert host_cap(staff) <= Fraction(staff, 10) < host_cap(staff) + 1
    assert post_cap(staff) <= Fraction(staff, 5) < post_cap(staff) + 1


STUDENTS = st.builds(
    StudentFacts,
    student=st.uuids().map(str),
    born=st.dates(date(2008, 1, 1), date(2012, 12, 31)),
    entry_year=st.integers(2024, 2027),
    specialty=st.sampled_from(["660103", "660301", "720201", "740101", "790303"]),
    sex=st.sampled_from(["F", "M", None]),
)
POSTS = st.builds(
    PostFacts,
    post=st.uuids().map(str),
    host=st.just("h"),
    kind=st.just("internship"),
    starts=st.dates(date(2026, 8, 1), date(2028, 9, 30)),
    ends=st.just(date(2029, 1, 1)),
    wanted_specialties=st.lists(st.sampled_from(["660103", "720201", "740101"]), max_size=2).map(
        tuple
    ),
    staff_same_type=st.just(30),
    hours_per_day=st.sampled_from([7.5, 8.0, 9.0]),
    days_per_week=st.integers(5, 7),
    shift=st.sampled_from(["day", "evening", "rotating", "night"]),
)
HOSTS = st.builds(
    HostFacts,
    host=st.just("h"),
    name=st.just("n"),
    industry=st.sampled_from(["C3670", "L7263", "R9013"]),
    uscc_valid=st.booleans(),
    staff=st.just(100),
)
CONDITIONS = st.none() | st.builds(
    PostConditions,
    labour_grade=st.none() | st.integers(1, 4),
    hazards=st.none()
    | st.lists(st.sampled_from(["DUST", "LABOUR4", "HEIGHT2"]), max_size=2).map(tuple),
    works_holidays=st.none() | st.booleans(),
)
FILES = st.none() | st.builds(
    HostFile,
    credit_checked_on=st.none() | st.just(TODAY),
    credit_clean=st.booleans(),
    safety_checked_on=st.none() | st.just(TODAY),
)
USES = st.none() | st.builds(
    HostUse,
    new_host=st.none() | st.booleans(),
    inspected_on=st.none() | st.just(TODAY),
    inspection_passed=st.booleans(),
    list_decided_on=st.none() | st.just(TODAY),
    list_published_on=st.none() | st.just(TODAY),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(STUDENTS, min_size=1, max_size=4),
    st.lists(st.tuples(POSTS, HOSTS, CONDITIONS, FILES, USES), min_size=1, max_size=4),
)
def test_a_round_says_of_every_pair_what_a_page_says(
    students: list[StudentFacts],
    offers: list[
        tuple[PostFacts, HostFacts, PostConditions | None, HostFile | None, HostUse | None]
    ],
) -> None:
    posts, hosts, conditions, files, uses = zip(*offers, strict=True)
    mask = pair_mask(
        Columns.pairs(
            students, posts, hosts, DAY, conditions=conditions, host_file=files, use=uses
        ),
        DAY,
    )
    for (i, student), (j, (post, host, work, file, use)) in product(
        enumerate(students), enumerate(offers)
    ):
        facts = Facts(
            host=host, post=post, student=student, conditions=work, host_file=file, use=use
        )
        page = [
            f for f in gate("placement.propose", facts, DAY) if f.rule in RULE_BITS and not f.softly
        ]
        assert findings_of_pair(int(mask[i, j]), facts, DAY) == tuple(
            sorted(page, key=lambda f: RULE_BITS[f.rule])
        )
        assert set(rules_of_mask(int(mask[i, j]))) == {f.rule for f in page}


def test_many_facts_at_once_give_what_each_gives_alone() -> None:
    many = [
        LAWFUL,
        changed(student={"born": date(2012, 1, 1)}),
        changed(post={"kind": "job"}),
        changed(conditions=None),
    ]
    for transition in GATES:
        assert gate_many(transition, many, TODAY) == [
            gate(transition, each, TODAY) for each in many
        ]


def test_bits_are_one_per_rule_and_fit_a_word() -> None:
    assert set(RULE_BITS) <= set(RULES)
    assert list(RULE_BITS.values()) == list(range(len(RULE_BITS))), "the next free bit, each once"
    assert len(RULE_BITS) <= 64
