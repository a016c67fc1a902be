"""Each rule by its id: a case that passes, one that fails, and the boundary; a page and a round never disagree."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.regulation import (
    GATES,
    RULE_BITS,
    RULES,
    Facts,
    HostFacts,
    OccupancyFacts,
    PairColumns,
    PostFacts,
    StudentFacts,
    blocking,
    chip,
    citation,
    findings_of_pair,
    gate,
    host_cap,
    mend,
    pair_mask,
    post_cap,
    rules_in_force,
    rules_of_mask,
    sentence,
)

DAY = date(2027, 9, 6)
HOST = HostFacts(host="h", name="清溪精密制造", industry="C3670", uscc_valid=True, staff=118)
POST = PostFacts(
    post="p", host="h", kind="internship", starts=DAY, ends=date(2028, 3, 3), wanted_specialties=("660103",), staff_same_type=34,
    hours_per_day=8.0, days_per_week=5, shift="day",
)  # fmt: skip
STUDENT = StudentFacts(student="s", born=date(2009, 3, 1), entry_year=2025, specialty="660301")


def broken(*, host: dict = {}, post: dict = {}, student: dict = {}, occupancy: dict = {}) -> set[str]:
    """The rules broken by facts that differ so from lawful ones."""
    facts = Facts(
        host=msgspec.structs.replace(HOST, **host), post=msgspec.structs.replace(POST, **post),
        student=msgspec.structs.replace(STUDENT, **student), occupancy=OccupancyFacts(**{"added_host": 1, "added_post": 1, **occupancy}),
    )  # fmt: skip
    return {finding.rule for finding in gate("placement.propose", facts, DAY)}


def test_lawful_facts_pass_every_rule() -> None:
    assert broken() == set()


def test_a02_needs_a_valid_credit_code() -> None:
    assert broken(host={"uscc_valid": False}) == {"A02"}


@pytest.mark.parametrize(
    ("industry", "rules"), [("L7263", {"B06"}), ("L7262", {"B06"}), ("L7269", {"B06"}), ("L7261", set()), ("L7281", set())]
)
def test_b06_refuses_intermediaries_and_only_them(industry: str, rules: set[str]) -> None:
    assert broken(host={"industry": industry}) == rules


@pytest.mark.parametrize(("industry", "rules"), [("R9013", {"E05"}), ("O8051", {"E05"}), ("H6233", {"E05"}), ("H6110", set())])
def test_e05_refuses_entertainment_venues(industry: str, rules: set[str]) -> None:
    assert broken(host={"industry": industry}) == rules


@pytest.mark.parametrize(
    ("wanted", "rules"),
    [(("661003",), set()), (("460103",), set()), (("720201",), {"C02"}), (("720201", "660101"), set()), ((), {"C02"})],
)
def test_c02_holds_within_the_category_at_every_level(wanted: tuple[str, ...], rules: set[str]) -> None:
    assert broken(post={"wanted_specialties": wanted}) == rules


@pytest.mark.parametrize(("staff", "cap"), [(109, 10), (110, 11), (118, 11), (9, 0), (10, 1), (0, 0)])
def test_c06_rounds_ten_percent_down(staff: int, cap: int) -> None:
    assert host_cap(staff) == cap
    assert ("C06" in broken(host={"staff": staff}, occupancy={"host_peak": cap, "added_host": 0})) is False
    assert "C06" in broken(host={"staff": staff}, occupancy={"host_peak": cap, "added_host": 1})


@pytest.mark.parametrize(("staff", "cap"), [(34, 6), (35, 7), (4, 0), (5, 1)])
def test_c07_rounds_twenty_percent_down(staff: int, cap: int) -> None:
    assert post_cap(staff) == cap
    assert "C07" not in broken(post={"staff_same_type": staff}, occupancy={"post_peak": cap, "added_post": 0})
    assert "C07" in broken(post={"staff_same_type": staff}, occupancy={"post_peak": cap, "added_post": 1})


def test_c06_and_c07_cannot_be_judged_without_the_counts_and_say_so() -> None:
    facts = Facts(
        host=msgspec.structs.replace(HOST, staff=None),
        post=msgspec.structs.replace(POST, staff_same_type=None),
        occupancy=OccupancyFacts(),
    )
    found = gate("post.publish", facts, DAY)
    assert {finding.rule for finding in found} == {"C06", "C07"}
    assert all(finding.unknown for finding in found)
    assert "missing" in sentence(found[0], "en")


@pytest.mark.parametrize(
    ("entry", "starts", "rules"),
    [(2025, date(2026, 9, 1), set()), (2025, date(2026, 8, 31), {"E01"}), (2026, DAY, set()), (2027, DAY, {"E01"})],
)
def test_e01_first_year_ends_on_the_first_of_september(entry: int, starts: date, rules: set[str]) -> None:
    assert broken(student={"entry_year": entry, "born": date(2005, 1, 1)}, post={"starts": starts}) == rules


@pytest.mark.parametrize(
    ("born", "rules"),
    [(DAY.replace(year=2011), {"E02"}), (date(2011, 9, 5), set()), (date(2011, 9, 7), {"E02"}), (date(2009, 1, 1), set())],
)
def test_e02_starts_on_the_day_after_the_sixteenth_birthday(born: date, rules: set[str]) -> None:
    assert broken(student={"born": born}) == rules


def test_e02_counts_a_leap_day_birthday_from_the_first_of_march() -> None:
    born = date(2012, 2, 29)
    assert broken(student={"born": born}, post={"starts": date(2028, 2, 29)}) == {"E02"}
    assert broken(student={"born": born}, post={"starts": date(2028, 3, 1)}) == set()
    from alliance.regulation.columns import sixteenth_birthday

    assert sixteenth_birthday(date(2084, 2, 29)) == date(2100, 3, 1)


@pytest.mark.parametrize(
    ("post", "rules"),
    [({"hours_per_day": 8.5}, {"F03"}), ({"days_per_week": 6}, {"F03"}), ({"hours_per_day": 6.5, "days_per_week": 6}, set()),
     ({"shift": "night"}, {"F03"}), ({"shift": "rotating"}, {"F03"}), ({"shift": "evening"}, set())],
)  # fmt: skip
def test_f03_allows_eight_hours_forty_a_week_and_no_nights(post: dict, rules: set[str]) -> None:
    assert broken(post=post) == rules


def test_a_filing_lifts_only_what_may_be_lifted() -> None:
    facts = Facts(
        host=HOST,
        post=msgspec.structs.replace(POST, shift="night"),
        student=msgspec.structs.replace(STUDENT, entry_year=2027),
        occupancy=OccupancyFacts(),
    )
    assert {f.rule for f in gate("placement.propose", facts, DAY, frozenset({"F03", "E01"}))} == {"E01"}


def test_a_job_is_not_judged_as_an_internship() -> None:
    facts = Facts(
        host=msgspec.structs.replace(HOST, industry="L7263", staff=None),
        post=msgspec.structs.replace(POST, kind="job", shift="night"),
    )
    assert gate("post.publish", facts, DAY) == ()


def test_the_law_of_the_day_applies() -> None:
    assert rules_in_force(date(2021, 12, 30)) == ()
    old = msgspec.structs.replace(RULES["C06"], in_force_to=date(2026, 12, 31))
    new = msgspec.structs.replace(RULES["C06"], in_force_from=date(2027, 1, 1), version=2)
    pack = {"C06": old, "C06/2": new}
    assert [rule.version for day in (date(2026, 12, 31), date(2027, 1, 1)) for rule in rules_in_force(day, pack)] == [1, 2]


@given(st.integers(0, 200000))
def test_caps_never_exceed_the_exact_share(staff: int) -> None:
    assert host_cap(staff) <= Fraction(staff, 10) < host_cap(staff) + 1
    assert post_cap(staff) <= Fraction(staff, 5) < post_cap(staff) + 1


STUDENTS = st.builds(
    StudentFacts, student=st.uuids().map(str), born=st.dates(date(2008, 1, 1), date(2012, 12, 31)), entry_year=st.integers(2024, 2027),
    specialty=st.sampled_from(["660103", "660301", "720201", "740101", "790303"]),
)  # fmt: skip
POSTS = st.builds(
    PostFacts, post=st.uuids().map(str), host=st.just("h"), kind=st.just("internship"), starts=st.dates(date(2026, 8, 1), date(2028, 9, 30)),
    ends=st.just(date(2029, 1, 1)), wanted_specialties=st.lists(st.sampled_from(["660103", "720201", "740101"]), max_size=2).map(tuple),
    staff_same_type=st.just(30), hours_per_day=st.sampled_from([7.5, 8.0, 9.0]), days_per_week=st.integers(5, 6),
    shift=st.sampled_from(["day", "evening", "rotating", "night"]),
)  # fmt: skip
HOSTS = st.builds(
    HostFacts,
    host=st.just("h"),
    name=st.just("n"),
    industry=st.sampled_from(["C3670", "L7263", "R9013"]),
    uscc_valid=st.booleans(),
    staff=st.just(100),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(STUDENTS, min_size=1, max_size=4), st.lists(st.tuples(POSTS, HOSTS), min_size=1, max_size=4))
def test_a_round_says_of_every_pair_what_a_page_says(
    students: list[StudentFacts], offers: list[tuple[PostFacts, HostFacts]]
) -> None:
    mask = pair_mask(PairColumns.of(students, [post for post, _host in offers], [host for _post, host in offers]), DAY)
    for (i, student), (j, (post, host)) in product(enumerate(students), enumerate(offers)):
        facts = Facts(host=host, post=post, student=student)
        assert set(rules_of_mask(int(mask[i, j]))) == {finding.rule for finding in gate("placement.propose", facts, DAY)}
        assert findings_of_pair(int(mask[i, j]), facts) == tuple(
            sorted(gate("placement.propose", facts, DAY), key=lambda f: RULE_BITS[f.rule])
        )


def test_every_finding_speaks_both_languages_with_its_numbers_and_its_source() -> None:
    worst = Facts(
        host=msgspec.structs.replace(HOST, industry="L7263", uscc_valid=False), occupancy=OccupancyFacts(host_peak=11, post_peak=6, added_host=2, added_post=2),
        post=msgspec.structs.replace(POST, shift="night", wanted_specialties=("720201",)),
        student=StudentFacts(student="s", born=date(2012, 1, 1), entry_year=2027, specialty="660103"),
    )  # fmt: skip
    found = [
        *gate("placement.propose", worst, DAY),
        *gate("placement.propose", msgspec.structs.replace(worst, host=msgspec.structs.replace(HOST, industry="R9013")), DAY),
    ]
    assert {finding.rule for finding in found} == set(RULES)
    for finding, language, audience in product(found, ("en", "zh"), ("staff", "student")):
        said = sentence(finding, language, audience)
        assert "{" not in said + mend(finding, language)
        assert citation(finding, language)
        assert len(chip(finding, "zh")) <= 10
    over = next(finding for finding in found if finding.rule == "C06")
    assert (
        sentence(over, "en")
        == "13 of 118 staff of 清溪精密制造 would be interns on the fullest day; the limit is 11 (11 are there already, all schools counted)."
    )
    assert "2027 年" not in sentence(over, "zh")
    assert [entry["rule"] for entry in msgspec.json.decode(msgspec.json.encode(found))] == [finding.rule for finding in found]
    assert blocking(found) == tuple(found)


def test_every_gate_names_rules_that_exist() -> None:
    assert {rule for rules in GATES.values() for rule in rules} <= set(RULES)
    assert len(set(RULE_BITS.values())) == len(RULE_BITS) <= 64
    assert all(rule.title.en and rule.title.zh and rule.citation.zh for rule in RULES.values())
