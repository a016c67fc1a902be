"""The access log, its seals, officers for students' data, approvals, and how long a reading right
outlasts its ground."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    Array,
    BigInt,
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
from alliance.kit.language import N_
from alliance.members.tables import Organisation, Person


class AccessEntry(Table, tablename="access_entry", db=DB):
    """One student whose data somebody read or exported. Append-only; `subject` null is a search
    that opened names to compare."""

    id = BigSerial(primary_key=True)
    reading = UUID(default=None, index=True)
    at = Timestamptz(default=None, index=True)
    person = UUID(null=True, default=None, index=True)
    organisation = UUID(null=True, default=None, index=True)
    role = Varchar(length=30, default=None)
    own = Boolean(default=False)
    kind = Varchar(length=10, default=None)
    number = Integer(default=None)
    subject = UUID(null=True, default=None, index=True)
    pseudonym = Varchar(length=12, default="")
    school = UUID(null=True, default=None, index=True)
    purpose = Varchar(length=12, default=None)
    reason = Text(default="")
    page = Varchar(length=200, default="")
    address = Varchar(length=45, default="")
    people = Array(base_column=UUID(), null=True, default=None)
    """Where `subject` is null: the students whose names were compared."""
    marks = Array(base_column=Bytea(), null=True, default=None)
    """Where a list of people was read that are perhaps no students yet: the keyed hashes of their
    identity numbers."""

    access_entry_kind_v2_check = Check(
        "kind in ('name', 'record', 'text', 'contact', 'identity', 'file', 'export', 'search', "
        "'import')"
    )


class AccessSeal(Table, tablename="access_seal", db=DB):
    """A block of entries: the hash of their content, chained to the block before it and marked with
    the hub's secret."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=None)
    entries = Array(base_column=BigInt(), default=list)
    latest = Timestamptz(default=None)
    content = Bytea(default=None)
    chain = Bytea(default=None)
    mark = Bytea(default=None)


class DataOfficer(Table, tablename="data_officer", db=DB):
    """A person who answers for students' data in one organisation, from a day until another."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    starts = Date(default=None)
    ends = Date(null=True, default=None)
    appointed_by = UUID(null=True, default=None)
    phone = Bytea(null=True, default=None)
    mail = Bytea(null=True, default=None)

    data_officer_dates_check = Check("starts <= ends")


class ReadingApproval(Table, tablename="reading_approval", db=DB):
    """A role or one person of an organisation may read students' data for some purposes between two
    days."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    role = Varchar(length=30, null=True, default=None)
    person = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    purposes = Array(base_column=Varchar(length=12), default=list)
    starts = Date(default=None)
    ends = Date(null=True, default=None)
    reason = Varchar(length=200, default="")
    standing = Boolean(default=False)
    approved = Timestamptz(default=TimestamptzNow())
    approved_by = UUID(null=True, default=None)
    revoked = Timestamptz(null=True, default=None)
    revoked_by = UUID(null=True, default=None)

    reading_approval_one_check = Check("(role is null) <> (person is null)")
    reading_approval_dates_check = Check("starts <= ends")
    reading_approval_purposes_check = Check("cardinality(purposes) > 0")


class ReadingTerm(Table, tablename="reading_term", db=DB):
    """How many days something is read or kept after its ground has ended, from a day on, and
    why."""

    id = UUID(primary_key=True, default=UUID4())
    code = Varchar(length=20, default=None)
    days = SmallInt(default=None)
    since = Date(default=None)
    reason = Varchar(length=300, default=None)

    reading_term_code_since_key = Unique(["code", "since"])
    reading_term_days_check = Check("days >= 0")


CONSTRAINTS = {
    "access_entry_approved": N_(
        "Reading students' data is not approved for you and this purpose. The person who answers "
        "for students' data in your"
        " organisation can approve it."
    ),
    "data_officer_dates_check": N_("The last day is before the first day."),
    "reading_approval_dates_check": N_("The last day is before the first day."),
    "reading_approval_one_check": N_("An approval is for one role or for one person."),
    "reading_approval_purposes_check": N_("Choose at least one purpose."),
}
"""Constraint name → the sentence for whoever ran into it."""
