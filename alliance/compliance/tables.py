"""What gates found, what lifts a rule, what is open now, and the evidence behind facts."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigSerial,
    Boolean,
    Date,
    ForeignKey,
    OnDelete,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
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


class StandingFinding(Table, tablename="standing_finding", db=DB):
    """A rule that stands broken now (or stood, until `mended`) for something that goes on: a post
    on offer, a host in use, a placement. Kept by the review, which runs again whenever facts or
    days change.

    With a `due` day it is something that may still be done: ahead until that day, late from then.
    """

    id = BigSerial(primary_key=True)
    transition = Varchar(length=40, default=None)
    subject_kind = Varchar(length=20, default=None)
    subject = UUID(default=None, index=True)
    rule = Varchar(length=4, default=None)
    severity = Varchar(length=20, default=None)
    owner = Varchar(length=10, default=None)
    finding = JSONB(default=None)
    school = ForeignKey(
        Organisation, null=True, default=None, on_delete=OnDelete.restrict, index=True
    )
    host = ForeignKey(
        Organisation, null=True, default=None, on_delete=OnDelete.restrict, index=True
    )
    first_seen = Timestamptz(default=TimestamptzNow())
    last_seen = Timestamptz(default=TimestamptzNow())
    mended = Timestamptz(null=True, default=None)
    due = Date(null=True, default=None)

    standing_finding_severity_check = Check(
        "severity in ('block', 'block_unless_filed', 'warn', 'record')"
    )
    standing_finding_owner_check = Check("owner in ('host', 'school')")


class Reviewed(Table, tablename="reviewed", db=DB):
    """A thing that goes on, as the last review that looked at it left it: what the board counts.
    Kept by the review."""

    id = BigSerial(primary_key=True)
    subject_kind = Varchar(length=20, default=None)
    subject = UUID(default=None)
    school = ForeignKey(
        Organisation, null=True, default=None, on_delete=OnDelete.restrict, index=True
    )
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    at = Timestamptz(default=TimestamptzNow())

    reviewed_subject_key = Unique(["subject"])
    reviewed_kind_check = Check("subject_kind in ('post', 'use', 'placement')")


"""Constraint name → the sentence for whoever ran into it."""
