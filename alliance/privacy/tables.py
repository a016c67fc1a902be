"""What people asked for, were told and agreed to; breaches, assessments, nights of retention and
yearly reports."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.keys.secrets import sealed
from alliance.kit.language import N_
from alliance.members.tables import Organisation, Person


class DataRequest(Table, tablename="data_request", db=DB):
    """What a person (or a guardian for a child) asks of whoever is responsible; words are
    ciphertext under the person's key."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    capacity = Varchar(length=10, default="self")
    kind = Varchar(length=10, default=None)
    field = Varchar(length=40, default="")
    wanted = Bytea(null=True, default=None)
    reason = Bytea(null=True, default=None)
    answer = Bytea(null=True, default=None)
    state = Varchar(length=10, default="asked")
    asked = Timestamptz(default=TimestamptzNow())
    due = Date(default=None)
    deadline = Varchar(length=30, default=None)
    decided = Timestamptz(null=True, default=None)
    decided_by = UUID(null=True, default=None)
    done = Timestamptz(null=True, default=None)
    done_by = UUID(null=True, default=None)
    withdrawn = Timestamptz(null=True, default=None)

    data_request_capacity_check = Check("capacity in ('self', 'guardian')")
    data_request_kind_check = Check(
        "kind in ('access', 'correct', 'restrict', 'erase', 'explain', 'object')"
    )
    data_request_state_check = Check(
        "state in ('asked', 'accepted', 'refused', 'done', 'withdrawn')"
    )
    data_request_answer_check = Check("state <> 'refused' or answer is not null")
    data_request_decided_check = Check(
        "state not in ('accepted', 'refused', 'done') or decided is not null"
    )


class Restriction(Table, tablename="restriction", db=DB):
    """The use of a person's data is restricted (PIPL art. 44) between two days, unless it is lifted
    before."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    request = ForeignKey(DataRequest, null=False, on_delete=OnDelete.restrict)
    starts = Date(default=None)
    until = Date(default=None)
    granted = Timestamptz(default=TimestamptzNow())
    granted_by = UUID(default=None)
    lifted = Timestamptz(null=True, default=None)
    lifted_by = UUID(null=True, default=None)
    lifted_reason = Text(default="")

    restriction_dates_check = Check("starts <= until")
    restriction_lifted_check = Check("(lifted is null) = (lifted_by is null)")
    restriction_lifted_reason_sealed = Check(sealed("lifted_reason"))


class LegalHold(Table, tablename="legal_hold", db=DB):
    """A person's data are not deleted until a day, because something open needs them; a hold is
    lifted, or ends by itself."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    ground = Varchar(length=12, default=None)
    reason = Text(default="")
    until = Date(default=None)
    breach = UUID(null=True, default=None, index=True)
    """The breach that began it and ends it by being closed."""
    begun = Timestamptz(default=TimestamptzNow())
    begun_by = UUID(default=None)
    lifted = Timestamptz(null=True, default=None)
    lifted_by = UUID(null=True, default=None)
    lifted_reason = Text(default="")

    legal_hold_ground_check = Check("ground in ('dispute', 'incident', 'inspection', 'breach')")
    legal_hold_lifted_check = Check("(lifted is null) = (lifted_by is null)")
    legal_hold_reason_sealed = Check(sealed("reason"))
    legal_hold_lifted_reason_sealed = Check(sealed("lifted_reason"))


class NoticeShown(Table, tablename="notice_shown", db=DB):
    """Which version of the privacy notice a person was shown, when, and what its text was (by
    fingerprint)."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    audience = Varchar(length=10, default=None)
    version = Varchar(length=10, default=None)
    language = Varchar(length=2, default=None)
    sha256 = Varchar(length=64, default=None)
    shown = Timestamptz(default=TimestamptzNow())
    confirmed = Timestamptz(null=True, default=None)

    notice_shown_person_audience_version_key = Unique(["person", "audience", "version"])
    notice_shown_audience_check = Check("audience in ('student', 'guardian', 'staff')")


class Consent(Table, tablename="consent", db=DB):
    """An agreement to one purpose, by the person or a guardian; it ends by being withdrawn and is
    never changed."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    purpose = Varchar(length=30, default=None)
    version = Varchar(length=10, default=None)
    given_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    capacity = Varchar(length=10, default=None)
    how = Varchar(length=10, default="page")
    given = Timestamptz(default=TimestamptzNow())
    withdrawn = Timestamptz(null=True, default=None)
    withdrawn_by = UUID(null=True, default=None)

    consent_capacity_check = Check("capacity in ('self', 'guardian')")
    consent_how_check = Check("how in ('page', 'paper')")
    consent_withdrawn_check = Check("(withdrawn is null) = (withdrawn_by is null)")


class Breach(Table, tablename="breach", db=DB):
    """Personal data got where they must not, or an exercise of it: facts, whom it concerns, what
    was done."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    title = Varchar(length=120, default=None)
    drill = Boolean(default=False)
    happened = Timestamptz(null=True, default=None)
    known = Timestamptz(default=None)
    kinds = Array(base_column=Varchar(length=20), default=list)
    scope_kind = Varchar(length=10, default=None)
    scope = UUID(null=True, default=None)
    scope_from = Timestamptz(null=True, default=None)
    scope_until = Timestamptz(null=True, default=None)
    cause = Text(default=None)
    harm = Text(default=None)
    remedies = Text(default=None)
    advice = Text(default=None)
    contact = Varchar(length=200, default=None)
    state = Varchar(length=10, default="draft")
    made = Timestamptz(default=TimestamptzNow())
    made_by = UUID(default=None)
    confirmed = Timestamptz(null=True, default=None)
    confirmed_by = UUID(null=True, default=None)
    authority_told = Timestamptz(null=True, default=None)
    receipt = Varchar(length=80, default="")
    persons_told = Timestamptz(null=True, default=None)
    closed = Timestamptz(null=True, default=None)
    lesson = Text(default="")

    breach_scope_check = Check("scope_kind in ('class', 'school', 'access')")
    breach_state_check = Check("state in ('draft', 'confirmed', 'closed')")
    breach_two_persons_check = Check("confirmed_by is null or confirmed_by <> made_by")
    breach_closed_check = Check("state <> 'closed' or lesson <> ''")


class BreachPerson(Table, tablename="breach_person", db=DB):
    """One person whom a breach concerns, with the letters to the person and, for a minor, to the
    guardian."""

    id = UUID(primary_key=True, default=UUID4())
    breach = ForeignKey(Breach, null=False, on_delete=OnDelete.cascade)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    minor = Boolean(default=False)
    told = Timestamptz(null=True, default=None)

    breach_person_breach_person_key = Unique(["breach", "person"])


class ImpactAssessment(Table, tablename="impact_assessment", db=DB):
    """A personal information protection impact assessment; once confirmed it stands and is kept
    three years at least."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    title = Varchar(length=120, default=None)
    about = Varchar(length=10, default=None)
    purpose = Text(default=None)
    risks = Text(default=None)
    measures = Text(default=None)
    conclusion = Text(default=None)
    state = Varchar(length=10, default="draft")
    made = Timestamptz(default=TimestamptzNow())
    made_by = UUID(default=None)
    confirmed_on = Date(null=True, default=None)
    confirmed_by = UUID(null=True, default=None)
    keep_until = Date(null=True, default=None)

    impact_assessment_about_check = Check(
        "about in ('sensitive', 'automated', 'sharing', 'public')"
    )
    impact_assessment_state_check = Check("state in ('draft', 'confirmed')")
    impact_assessment_two_persons_check = Check("confirmed_by is null or confirmed_by <> made_by")
    impact_assessment_kept_check = Check(
        "state <> 'confirmed' or keep_until >= confirmed_on + interval '3 years'"
    )


class RetentionRun(Table, tablename="retention_run", db=DB):
    """What one night's retention did to one kind of data: how many, and the fingerprint of which;
    where people were erased also for how many keys the store was asked afterwards, how many it
    still had, and how many were due and stay. Append-only."""

    id = BigSerial(primary_key=True)
    night = Date(default=None)
    kind = Varchar(length=40, default=None)
    action = Varchar(length=12, default=None)
    items = Integer(default=None)
    digest = Varchar(length=64, default=None)
    keys_looked_for = Integer(null=True, default=None)
    keys_found = Integer(null=True, default=None)
    refused = Integer(default=0)
    at = Timestamptz(default=TimestamptzNow())

    retention_run_night_kind_key = Unique(["night", "kind"])


class RetentionRefusal(Table, tablename="retention_refusal", db=DB):
    """Somebody who was due in a night and stays, with the hub's sentence why. Append-only, as its
    night."""

    id = BigSerial(primary_key=True)
    run = ForeignKey(RetentionRun, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    why_zh = Text(default=None)
    why_en = Text(default=None)

    retention_refusal_run_person_key = Unique(["run", "person"])


class PrivacyReport(Table, tablename="privacy_report", db=DB):
    """The yearly audit of minors' data as it was made: figures with their fingerprint.
    Append-only."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    year = SmallInt(default=None)
    figures = JSONB(default=None)
    improved = Text(default="")
    sha256 = Varchar(length=64, default=None)
    made = Timestamptz(default=TimestamptzNow())
    made_by = UUID(default=None)

    privacy_report_organisation_year_key = Unique(["organisation", "year"])
    privacy_report_year_check = Check("year between 2020 and 2100")


CONSTRAINTS = {
    "data_request_open": N_("You have asked for this already, and it is not answered yet."),
    "restriction_holds": N_(
        "The use of this person's data is restricted: they are kept and not used. Lift the "
        "restriction first, or, to correct"
        " what the person asked for, grant that request; it opens the field that was asked for."
    ),
    "restriction_in_force": N_("The use of this person's data is restricted already."),
    "restriction_dates_check": N_("The last day is before the first day."),
    "restriction_stands": N_("A restriction is lifted, never changed."),
    "legal_hold_in_force": N_("These data are held on this ground already. Lift that hold first."),
    "legal_hold_stands": N_("A hold is lifted, never changed."),
    "legal_hold_person": N_("This person's personal data were erased."),
    "data_request_stands": N_("This request was answered or withdrawn already. Look again."),
    "data_request_answer_check": N_("A refusal needs its reason in writing."),
    "consent_in_force": N_("This consent is given already."),
    "consent_stands": N_("A consent is withdrawn, never changed."),
    "breach_stands": N_("This was confirmed already. Look again."),
    "breach_two_persons_check": N_("Somebody else confirms what you wrote."),
    "breach_closed_check": N_("Write down what was learned before you close it."),
    "impact_assessment_stands": N_("A confirmed assessment stands as it is. Write a new one."),
    "impact_assessment_two_persons_check": N_("Somebody else confirms what you wrote."),
    "privacy_report_organisation_year_key": N_("The report of this year is kept already."),
}
"""Constraint name → the sentence for whoever ran into it."""
