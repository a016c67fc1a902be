"""What the rules ask, as frozen structs: one struct a group, `None` where the fact is not known.

A rule names its facts as `group.field`; `Facts` holds one group of each kind. Days are dates, money
is yuan, evidence is the day on which it came to be. A tuple of codes is a list that was checked:
`()` says "nothing is missing", `None` "not checked".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec


class StudentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What rules ask about a student."""

    student: str
    born: date
    entry_year: int
    specialty: str
    sex: Literal["F", "M"] | None = None
    state: Literal["enrolled", "suspended", "left", "graduated", "transferred"] = "enrolled"
    """On the first of the days that are asked about."""


class PostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What rules ask about a post, over the days of the placement."""

    post: str
    host: str
    kind: str
    starts: date | None
    ends: date | None
    wanted_specialties: tuple[str, ...]
    staff_same_type: int | None
    hours_per_day: float
    days_per_week: int
    shift: str
    occupation: str = ""
    """Its kind of work; empty where no post is asked about."""
    begins: date | None = None
    """The post's own first day, where `starts` is the first of the days that are asked about."""


class PostConditions(msgspec.Struct, frozen=True, kw_only=True):
    """Work and pay of a post, beyond its hours."""

    labour_grade: int | None = None
    """1 to 4, GB/T 3869."""
    hazards: tuple[str, ...] | None = None
    """Codes of `catalogue.HAZARDS`."""
    works_holidays: bool | None = None
    """Whether shifts fall on statutory holidays."""
    tasks: int | None = None
    """Distinct typical tasks in the plan of the post."""
    pay_monthly: float | None = None
    wage_standard: float | None = None
    """Monthly wage standard of the same post."""
    lowest_tier: float | None = None
    """The host's lowest wage tier."""
    minimum_wage: float | None = None
    """The county's minimum wage; local practice, not in the article."""
    fields_missing: tuple[str, ...] | None = None
    """Codes of `catalogue.POSTING_FIELDS` that the posting leaves empty."""
    text: str | None = None
    """All words of the posting, for the screen on discrimination."""
    degree_min: Literal["none", "secondary", "associate", "bachelor"] | None = None
    skilled_work: bool | None = None


class HostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What rules ask about an enterprise."""

    host: str
    name: str
    industry: str
    uscc_valid: bool
    staff: int | None


class HostFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file that the alliance keeps of a host."""

    registration_active: bool | None = None
    credit_checked_on: date | None = None
    credit_clean: bool | None = None
    safety_checked_on: date | None = None
    last_safety_violation: date | None = None
    """None together with a day of check: no violation is on record."""
    conditions_missing: tuple[str, ...] | None = None
    """Codes of `catalogue.CONDITIONS`."""
    hospital_kind: Literal["teaching", "general", "other", "none"] | None = None


class HostUse(msgspec.Struct, frozen=True, kw_only=True):
    """One school's use of a host, and the school's own arrangements."""

    first_placement: date | None = None
    """First day of the school's first placement there; a host in use before stays
    `new_host=False`."""
    new_host: bool | None = None
    inspected_on: date | None = None
    inspection_missing: tuple[str, ...] | None = None
    """Codes of `catalogue.INSPECTION_ITEMS`."""
    inspection_passed: bool | None = None
    list_decided_on: date | None = None
    """Meeting of the school's Party organisation that decided the list with this host."""
    list_published_on: date | None = None
    arrangements_missing: tuple[str, ...] | None = None
    """Codes of `catalogue.ARRANGEMENTS`."""
    channels_missing: tuple[str, ...] | None = None
    """Codes of `catalogue.CHANNELS`."""


class OccupancyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Interns of all schools on the fullest day of the window, at the host and in the kind of work
    there, and how many would be added."""

    host_peak: int = 0
    kind_peak: int = 0
    added_host: int = 0
    added_kind: int = 0
    published: bool = False
    """A post is to be published: the counts are of places and interns, whichever is more."""
    host_peak_on: date | None = None
    """The fullest day at the host, where the caller knows it."""
    kind_peak_on: date | None = None


class ArrangementFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How a student comes to a post."""

    internship_type: str | None = None
    """`post` or `cognitive`; anything else is a type that the law does not know."""
    arranged_by: Literal["school", "self"] | None = None
    origin: Literal["school", "student", "directed"] | None = None
    """`directed`: an office ordered the school to use this host."""
    money_per_head: float | None = None
    """Yuan that flow per student from the host to school or person; 0 where the ledger shows
    none."""
    other_parties: int | None = None
    """Organisations besides school and host that organise, place, manage or pay."""
    consent_refused: bool | None = None
    penalised: bool | None = None
    """Whether refusing had a consequence for the student's marks or graduation."""
    application_approved_on: date | None = None
    filings_late: tuple[str, ...] = ()
    """Filings that name this subject and were made on its first day or later, too late to lift."""
    filings_not_covering: tuple[str, ...] = ()
    """Filings that name this subject, were made in time and do not cover its days."""
    filings_outgrown: tuple[str, ...] = ()
    """Filings that name this subject and its days, and were confirmed for less than it is now."""


class PlacementFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file of one placement (for a visit: of one class)."""

    placement: str = ""
    instructor: bool | None = None
    mentor: bool | None = None
    students_of_instructor: int | None = None
    plan_missing: tuple[str, ...] | None = None
    """Codes of `catalogue.PLAN_FIELDS`."""
    plan_school_on: date | None = None
    plan_host_on: date | None = None
    consent_student_on: date | None = None
    consent_guardian_on: date | None = None
    batch_filed_on: date | None = None
    school_province: str | None = None
    site_province: str | None = None
    province_consent_on: date | None = None
    province_filed_on: date | None = None
    abroad: bool | None = None
    abroad_filed_on: date | None = None
    accompanied: bool | None = None
    trained_on: date | None = None
    trained_by: bool | None = None
    """It is named who held the training."""
    training_hours: float | None = None
    training_score: float | None = None
    """Points of 100."""
    training_passed: bool | None = None
    lodging: Literal["home", "host", "school", "outside"] | None = None
    lodging_guardian_on: date | None = None
    lodging_filed_on: date | None = None
    insured: bool | None = None
    insured_from: date | None = None
    insured_to: date | None = None
    insurance_payer: Literal["school", "host", "student"] | None = None


class AgreementFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The version of an agreement that is to be signed or in force."""

    official_template: bool | None = None
    school_on: date | None = None
    host_on: date | None = None
    student_on: date | None = None
    guardian_on: date | None = None
    items_missing: tuple[str, ...] | None = None
    """Codes of `catalogue.AGREEMENT_ITEMS`."""
    text: str | None = None
    hash_matches: bool | None = None
    """The stored document still gives the hash that was signed."""
    signers_reliable: bool | None = None
    """Each signature was made by means that only its signer holds."""
    starts: date | None = None
    ends: date | None = None
    independent: bool | None = None
    """The student works relatively independently from the first day."""
    pay_method: Literal["bank", "cash", "goods", "vouchers"] | None = None
    payee_is_student: bool | None = None
    payer_is_host: bool | None = None


class WeekFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One placement in one week, from journals, worked time and the pay ledger."""

    longest_day: float | None = None
    """Hours."""
    hours: float | None = None
    night_minutes: int | None = None
    """Minutes between 22:00 and 06:00."""
    days_worked: int | None = None
    holidays_worked: int | None = None
    task_share: float | None = None
    """Largest share of one task among the journals of the last four weeks, 0 to 1."""
    days_since_pay: int | None = None
    pay_in_money: bool | None = None
    paid_to_student: bool | None = None
    paid_by_host: bool | None = None
    fees: float | None = None
    """Yuan taken from the student as fee or deduction, tax apart."""
    documents_held: bool | None = None
    guarantee_asked: bool | None = None
    days_without_check: int | None = None
    """Working days."""
    report_delay: float | None = None
    """Hours from an incident to its report; 0 without incident."""
    leave_overdue: int | None = None
    """Working days past the agreed return."""


class ClosingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at the end of a placement."""

    post_days: int | None = None
    """Days of post internship of this student over all placements."""
    plan_months: int | None = None
    """Months that the programme's plan sets, where it differs from six."""
    clinical_days: int | None = None
    """Days in teaching or general hospitals."""
    diaries: int | None = None
    diaries_expected: int | None = None
    report_on: date | None = None
    process_assessed: bool | None = None
    result_assessed: bool | None = None
    assessed_by_school: bool | None = None
    assessed_by_host: bool | None = None
    attendance_weight: float | None = None
    """Share of attendance in the mark, 0 to 1."""
    grade: str | None = None
    incidents_open: int | None = None
    """Incidents with a step (treat, report, claim, counsel) that is not done."""
    claim_delay: float | None = None
    """Hours from an accident to the opening of its claim; 0 without accident."""
    archive_missing: tuple[str, ...] | None = None
    """Codes of `catalogue.ARCHIVE_ITEMS`."""


class OfferFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An employment offer to a graduate."""

    starts: date | None = None
    contract_on: date | None = None
    term_months: int | None = None
    """0 for a contract without fixed term."""
    probation_months: float | None = None
    probation_pay: float | None = None
    agreed_pay: float | None = None
    minimum_wage: float | None = None
    documents_held: bool | None = None
    juvenile_registered: bool | None = None
    health_checked: bool | None = None


Value = float | tuple[str, ...]
"""What a filing keeps of a fact: a number, or codes."""
Values = Mapping[str, Value]
"""Name → the value that a filing keeps of one work."""
Outgrown = tuple[tuple[str, Value, Value], ...]
"""Facts by which the present goes beyond what a filing was confirmed for: name, then, now."""


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A filing or override: what it lifts, for which subject and period."""

    filing: str
    rules: tuple[str, ...]
    subject: str
    """Id of the post, host, student or placement that it names."""
    filed_on: date
    starts: date
    ends: date
    subject_kind: str = "post"
    confirmed_for: tuple[Values, ...] = ()
    """The facts for which it was confirmed (`confirmed.CONFIRMED_FOR`), of each work."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What one passage of a gate is about. A group that is None is wholly unknown."""

    host: HostFacts
    post: PostFacts
    student: StudentFacts | None = None
    occupancy: OccupancyFacts | None = None
    conditions: PostConditions | None = None
    host_file: HostFile | None = None
    use: HostUse | None = None
    arrangement: ArrangementFacts | None = None
    file: PlacementFile | None = None
    agreement: AgreementFacts | None = None
    week: WeekFacts | None = None
    closing: ClosingFacts | None = None
    offer: OfferFacts | None = None


GROUPS: dict[str, type[msgspec.Struct]] = {
    "host": HostFacts,
    "post": PostFacts,
    "student": StudentFacts,
    "occupancy": OccupancyFacts,
    "conditions": PostConditions,
    "host_file": HostFile,
    "use": HostUse,
    "arrangement": ArrangementFacts,
    "file": PlacementFile,
    "agreement": AgreementFacts,
    "week": WeekFacts,
    "closing": ClosingFacts,
    "offer": OfferFacts,
}
"""Every group of facts by the name under which `Facts` holds it."""
