"""The mends that posts offer are enough for the rules, and no more than the rules ask: the numbers stand in the rules only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.hosts.model import check_state, runs_out
from alliance.posts.facts import conditions_of
from alliance.posts.mending import field_of, mend_of
from alliance.posts.model import PostDraft
from alliance.regulation import (
    CREDIT_MONTHS,
    HOURS_A_DAY,
    HOURS_A_WEEK,
    RULES,
    VIOLATION_YEARS,
    Facts,
    Finding,
    gate,
)
from tests.regulation.lawful import DAY, ENDS, TODAY, changed

DRAFT = PostDraft(
    kind="internship",
    title="数控车削操作",
    occupation="6-18-01-01",
    head_count=1,
    starts=DAY,
    ends=ENDS,
    town="q01",
    address="",
    pay_monthly=Decimal(3700),
    hours_per_day=Decimal(8),
    days_per_week=5,
    shift="day",
    staff_same_type=34,
    lodging=False,
    meals=False,
    description="先培训后上岗",
    labour_grade=2,
    hazards=(),
    works_holidays=False,
    tasks="点检\n操作\n自检",
    wage_standard=Decimal(4600),
    lowest_tier=Decimal(3000),
    degree_min="none",
    skilled_work=True,
    province="50",
    abroad=False,
    specialties=("660103",),
)


def facts(draft: PostDraft) -> Facts:
    """Lawful facts with the hours, work and pay of a draft."""
    hours = {
        "hours_per_day": float(draft.hours_per_day),
        "days_per_week": draft.days_per_week,
        "shift": draft.shift,
    }
    return msgspec.structs.replace(changed(post=hours), conditions=conditions_of(draft))


def found(draft: PostDraft, rule: str) -> Finding | None:
    """What a rule finds at a draft when it is published."""
    return next(
        (finding for finding in gate("post.publish", facts(draft), TODAY) if finding.rule == rule),
        None,
    )


def mended(draft: PostDraft, finding: Finding) -> PostDraft:
    """The draft with the mend that its form offers."""
    return msgspec.structs.replace(draft, **dict(mend_of(finding, draft, None)))


@settings(deadline=None)
@given(st.integers(2000, 5999), st.integers(1500, 5999), st.integers(0, 999))
def test_the_pay_that_is_offered_is_enough_and_a_yuan_less_is_not(
    wage: int, tier: int, pay: int
) -> None:
    draft = msgspec.structs.replace(
        DRAFT,
        wage_standard=Decimal(wage),
        lowest_tier=Decimal(min(tier, wage)),
        pay_monthly=Decimal(pay),
    )
    finding = found(draft, "G01")
    assert finding is not None
    enough = mended(draft, finding)
    after = found(enough, "G01")
    assert after is None or after.softly
    less = found(msgspec.structs.replace(enough, pay_monthly=enough.pay_monthly - 1), "G01")
    assert less is not None
    assert not less.softly
    if after is not None:
        assert found(mended(enough, after), "G01") is None


@settings(deadline=None)
@given(
    st.integers(8, 32), st.integers(1, 7), st.sampled_from(["day", "evening", "rotating", "night"])
)
def test_the_hours_that_are_offered_are_lawful(quarters: int, days: int, shift: str) -> None:
    draft = msgspec.structs.replace(
        DRAFT, hours_per_day=Decimal(quarters) / 2, days_per_week=days, shift=shift
    )
    finding = found(draft, "F03")
    if finding is not None:
        assert found(mended(draft, finding), "F03") is None


@pytest.mark.parametrize(
    ("hazards", "grade", "field"), [(("LABOUR4",), 1, "hazards"), (("DUST",), 3, "labour_grade")]
)
def test_e06_leads_to_the_field_that_breaks_it(
    hazards: tuple[str, ...], grade: int, field: str
) -> None:
    draft = msgspec.structs.replace(DRAFT, hazards=hazards, labour_grade=grade)
    finding = found(draft, "E06")
    assert finding is not None
    assert field_of(finding, draft) == field


def test_the_numbers_are_the_rules_own() -> None:
    assert dict(RULES["B01"].parameters) == {"months": CREDIT_MONTHS}
    assert dict(RULES["B02"].parameters) == {"years": VIOLATION_YEARS}
    assert dict(RULES["F03"].parameters) == {
        "hours_per_day": HOURS_A_DAY,
        "hours_per_week": HOURS_A_WEEK,
    }


def test_the_host_file_and_the_rules_agree_on_the_last_good_day() -> None:
    credit = {
        "kind": "credit",
        "checked_on": date(2026, 3, 1),
        "good": True,
        "until": None,
        "details": {},
    }
    last = runs_out(credit)
    assert last is not None
    for day, broken in ((last, False), (date.fromordinal(last.toordinal() + 1), True)):
        asked = changed(host_file={"credit_checked_on": credit["checked_on"]})
        assert ("B01" in {finding.rule for finding in gate("host.use", asked, day)}) == broken
    safety = {
        "kind": "safety",
        "checked_on": TODAY,
        "good": False,
        "until": None,
        "details": {"violation": "2023-07-06"},
    }
    for day in (date(2026, 7, 6), date(2026, 7, 7)):
        asked = changed(host_file={"last_safety_violation": date(2023, 7, 6)}, post={"starts": day})
        bad = "B02" in {finding.rule for finding in gate("host.use", asked, day)}
        assert (check_state(safety, day)[0] == "bad") == bad
