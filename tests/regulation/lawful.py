"""Facts that pass every rule: tests change one thing and name what breaks."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from alliance.regulation import (
    AgreementFacts,
    ArrangementFacts,
    ClosingFacts,
    Facts,
    HostFacts,
    HostFile,
    HostUse,
    OccupancyFacts,
    OfferFacts,
    PlacementFile,
    PostConditions,
    PostFacts,
    StudentFacts,
    WeekFacts,
)

DAY = date(2026, 7, 6)
ENDS = date(2026, 12, 31)
TODAY = date(2026, 6, 1)
HOST = HostFacts(host="h", name="清溪精密制造", industry="C3670", uscc_valid=True, staff=118)
POST = PostFacts(
    post="p",
    host="h",
    kind="internship",
    starts=DAY,
    ends=ENDS,
    wanted_specialties=("660103",),
    staff_same_type=34,
    hours_per_day=8.0,
    days_per_week=5,
    shift="day",
    occupation="6-18-01-01",
    begins=DAY,
)
STUDENT = StudentFacts(
    student="s", born=date(2008, 3, 1), entry_year=2024, specialty="660301", sex="F"
)
LAWFUL = Facts(
    host=HOST,
    post=POST,
    student=STUDENT,
    occupancy=OccupancyFacts(added_host=1, added_kind=1),
    conditions=PostConditions(
        labour_grade=2,
        hazards=(),
        works_holidays=False,
        tasks=4,
        pay_monthly=3700.0,
        wage_standard=4600.0,
        lowest_tier=3000.0,
        minimum_wage=2200.0,
        fields_missing=(),
        text="轴类零件粗车与半精车",
        degree_min="secondary",
        skilled_work=True,
    ),
    host_file=HostFile(
        registration_active=True,
        credit_checked_on=date(2026, 3, 1),
        credit_clean=True,
        safety_checked_on=date(2026, 3, 1),
        conditions_missing=(),
        hospital_kind="none",
    ),
    use=HostUse(
        new_host=True,
        inspected_on=date(2026, 4, 10),
        inspection_missing=(),
        inspection_passed=True,
        list_decided_on=date(2026, 4, 20),
        list_published_on=date(2026, 4, 21),
        arrangements_missing=(),
        channels_missing=(),
    ),
    arrangement=ArrangementFacts(
        internship_type="post",
        arranged_by="school",
        origin="school",
        money_per_head=0.0,
        other_parties=0,
    ),
    file=PlacementFile(
        placement="pl",
        instructor=True,
        mentor=True,
        students_of_instructor=40,
        plan_missing=(),
        plan_school_on=date(2026, 5, 1),
        plan_host_on=date(2026, 5, 2),
        consent_student_on=date(2026, 5, 3),
        consent_guardian_on=date(2026, 5, 3),
        batch_filed_on=date(2026, 6, 20),
        school_province="50",
        site_province="50",
        abroad=False,
        trained_on=DAY,
        trained_by=True,
        training_hours=24.0,
        training_score=60.0,
        training_passed=True,
        lodging="home",
        insured=True,
        insured_from=DAY,
        insured_to=ENDS,
        insurance_payer="school",
    ),
    agreement=AgreementFacts(
        official_template=True,
        school_on=date(2026, 6, 1),
        host_on=date(2026, 6, 2),
        student_on=date(2026, 6, 3),
        guardian_on=date(2026, 6, 3),
        items_missing=(),
        text="按月支付报酬",
        hash_matches=True,
        signers_reliable=True,
        starts=DAY,
        ends=ENDS,
        independent=True,
        pay_method="bank",
        payee_is_student=True,
        payer_is_host=True,
    ),
    week=WeekFacts(
        longest_day=8.0,
        hours=40.0,
        night_minutes=0,
        days_worked=5,
        holidays_worked=0,
        task_share=0.5,
        days_since_pay=31,
        pay_in_money=True,
        paid_to_student=True,
        paid_by_host=True,
        fees=0.0,
        documents_held=False,
        guarantee_asked=False,
        days_without_check=0,
        report_delay=0.0,
        leave_overdue=0,
    ),
    closing=ClosingFacts(
        post_days=180,
        clinical_days=0,
        diaries=24,
        diaries_expected=24,
        report_on=ENDS,
        process_assessed=True,
        result_assessed=True,
        assessed_by_school=True,
        assessed_by_host=True,
        attendance_weight=0.2,
        grade="good",
        incidents_open=0,
        claim_delay=0.0,
        archive_missing=(),
    ),
    offer=OfferFacts(
        starts=date(2027, 1, 4),
        contract_on=date(2027, 1, 4),
        term_months=36,
        probation_months=6,
        probation_pay=4000.0,
        agreed_pay=5000.0,
        minimum_wage=2200.0,
        documents_held=False,
        juvenile_registered=False,
        health_checked=False,
    ),
)


def changed(**groups: dict[str, Any] | None) -> Facts:
    """The lawful facts with some fields of some groups changed; None takes a group away."""
    return msgspec.structs.replace(
        LAWFUL,
        **{
            name: None
            if fields is None
            else msgspec.structs.replace(getattr(LAWFUL, name), **fields)
            for name, fields in groups.items()
        },
    )
