"""What gates found, what lifts a rule, what is open now, and the evidence behind facts."""

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
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.kit.secrets import sealed
from alliance.members.tables import Organisation


class Evaluation(Table, tablename="evaluation", db=DB):
    """One passage (or refusal) of one gate for one subject, with the facts that it judged."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = UUID(null=True, default=None)
    transition = Varchar(length=40, default=None)
    subject_kind = Varchar(length=30, default=None)
    subject = UUID(default=None, index=True)
    on_day = Date(default=None)
    rule_pack = Varchar(length=20, default=None)
    passed = Boolean(default=None)
    findings = JSONB(default="[]")
    facts = JSONB(default="[]")
    filings = Array(base_column=UUID(), default=list)


class Evidence(Table, tablename="evidence", db=DB):
    """A file behind a fact: who brought it, its fingerprint, and who may read it besides its own organisation's staff."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    subject_kind = Varchar(length=20, default=None)
    subject = UUID(default=None, index=True)
    person = UUID(null=True, default=None, index=True)
    """Whom the file is about: name and content are under that person's key, else under the hub's seal."""
    slot = Varchar(length=30, default=None)
    name = Bytea(default=None)
    content_type = Varchar(length=80, default=None)
    size = Integer(default=None)
    sha256 = Varchar(length=64, default=None)
    content = Bytea(default=None)
    readers = Array(base_column=UUID(), default=list)
    staff = Boolean(default=False)
    uploaded = Timestamptz(default=TimestamptzNow())
    uploaded_by = UUID(null=True, default=None)
    withdrawn = Timestamptz(null=True, default=None)

    evidence_subject_kind_check = Check("subject_kind in ('host', 'school', 'placement', 'filing', 'visit')")
    evidence_size_check = Check("size between 1 and 10485760")
    evidence_type_check = Check("content_type in ('application/pdf', 'image/png', 'image/jpeg')")


class Filing(Table, tablename="filing", db=DB):
    """A filing with the authority, or an override by it: lifts the rules that it names, for one subject and period."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(length=10, default=None)
    rules = Array(base_column=Varchar(length=4), default=list)
    subject_kind = Varchar(length=10, default=None)
    subject = UUID(default=None, index=True)
    authority = Varchar(length=120, default=None)
    document = Varchar(length=80, default=None)
    reason = Text(default=None)
    filed_on = Date(default=None)
    starts = Date(default=None)
    ends = Date(default=None)
    recorded = Timestamptz(default=TimestamptzNow())
    recorded_by = UUID(null=True, default=None)
    revoked = Timestamptz(null=True, default=None)
    revoked_by = UUID(null=True, default=None)
    revoked_reason = Text(default="")

    filing_kind_check = Check("kind in ('filing', 'override')")
    filing_subject_kind_check = Check("subject_kind in ('post', 'host', 'student', 'placement')")
    filing_rules_check = Check("cardinality(rules) > 0")
    filing_dates_check = Check("starts <= ends")
    filing_words_check = Check("authority <> '' and document <> '' and reason <> ''")
    filing_revoked_check = Check("(revoked is null) = (revoked_reason = '')")
    filing_reason_sealed = Check(f"subject_kind in ('post', 'host') or {sealed('reason')}")
    filing_revoked_reason_sealed = Check(f"subject_kind in ('post', 'host') or {sealed('revoked_reason')}")


class StandingFinding(Table, tablename="standing_finding", db=DB):
    """A rule that stands broken now (or stood, until `mended`) for something that goes on: a post on offer, a host in use, a
    placement. Kept by the review, which runs again whenever facts or days change."""

    id = BigSerial(primary_key=True)
    transition = Varchar(length=40, default=None)
    subject_kind = Varchar(length=20, default=None)
    subject = UUID(default=None, index=True)
    rule = Varchar(length=4, default=None)
    severity = Varchar(length=20, default=None)
    owner = Varchar(length=10, default=None)
    finding = JSONB(default=None)
    school = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.restrict, index=True)
    host = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.restrict, index=True)
    first_seen = Timestamptz(default=TimestamptzNow())
    last_seen = Timestamptz(default=TimestamptzNow())
    mended = Timestamptz(null=True, default=None)

    standing_finding_severity_check = Check("severity in ('block', 'block_unless_filed', 'warn', 'record')")
    standing_finding_owner_check = Check("owner in ('host', 'school')")


class Reviewed(Table, tablename="reviewed", db=DB):
    """A thing that goes on, as the last review that looked at it left it: what the board counts. Kept by the review."""

    id = BigSerial(primary_key=True)
    subject_kind = Varchar(length=20, default=None)
    subject = UUID(default=None)
    school = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.restrict, index=True)
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    at = Timestamptz(default=TimestamptzNow())

    reviewed_subject_key = Unique(["subject"])
    reviewed_kind_check = Check("subject_kind in ('post', 'use', 'placement')")


CONSTRAINTS = {
    "filing_dates_check": N_("The last day is before the first day."),
    "filing_words_check": N_("Name the authority, the document and the reason."),
    "filing_rules_check": N_("Choose at least one rule that it lifts."),
    "evidence_size_check": N_("The file is empty or larger than 10 MB."),
    "evidence_type_check": N_("Evidence is a PDF, PNG or JPEG file."),
}
"""Constraint name → the sentence for whoever ran into it."""
