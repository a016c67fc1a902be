"""Filings and overrides."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Date,
    ForeignKey,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.keys.secrets import sealed
from alliance.kit.language import N_
from alliance.members.tables import Organisation


class Filing(Table, tablename="filing", db=DB):
    """A filing with the authority, or an override by it: lifts the one rule that `rules` names, for
    one subject and period, once it is confirmed, and while the work is what it was confirmed
    for."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(length=10, default=None)
    rules = Array(base_column=Varchar(length=24), default=list)
    subject_kind = Varchar(length=10, default=None)
    subject = UUID(default=None, index=True)
    authority = Varchar(length=120, default=None)
    document = Varchar(length=80, default=None)
    reason = Text(default=None)
    filed_on = Date(default=None)
    starts = Date(default=None)
    ends = Date(default=None)
    entered_for = JSONB(default="{}")
    confirmed_for = JSONB(null=True, default=None)
    recorded = Timestamptz(default=TimestamptzNow())
    recorded_by = UUID(null=True, default=None)
    confirmed = Timestamptz(null=True, default=None)
    confirmed_by = UUID(null=True, default=None)
    revoked = Timestamptz(null=True, default=None)
    revoked_by = UUID(null=True, default=None)
    revoked_reason = Text(default="")

    filing_kind_check = Check("kind in ('filing', 'override')")
    filing_subject_kind_check = Check("subject_kind in ('post', 'host', 'student', 'placement')")
    filing_rules_check = Check("cardinality(rules) > 0")
    filing_dates_check = Check("starts <= ends")
    filing_words_check = Check("authority <> '' and document <> '' and reason <> ''")
    filing_revoked_check = Check("(revoked is null) = (revoked_reason = '')")
    filing_confirmed_check = Check("(confirmed is null) = (confirmed_by is null)")
    filing_confirmed_for_check = Check(
        "(confirmed is null) = (confirmed_for is null) and confirmed_for is distinct from '{}'"
    )
    filing_reason_sealed = Check(f"subject_kind in ('post', 'host') or {sealed('reason')}")
    filing_revoked_reason_sealed = Check(
        f"subject_kind in ('post', 'host') or {sealed('revoked_reason')}"
    )


CONSTRAINTS = {
    "filing_dates_check": N_("The last day is before the first day."),
    "filing_words_check": N_("Name the authority, the document and the reason."),
    "filing_rules_check": N_("Choose the rule that it lifts."),
    "filing_confirmed_for_check": N_(
        "It cannot be confirmed: nothing says for which work it would be."
    ),
    "filing_document": N_("Attach the document first: nothing is confirmed without it."),
    "filing_of_others": N_("Whoever entered a filing does not confirm it."),
    "evidence_of_filing_stands": N_(
        "This file is the document of a filing that is in force. Revoke the filing first."
    ),
}
