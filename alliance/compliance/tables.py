"""What a gate found, kept with the rule pack's version so that an old decision can be read again."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigSerial, Boolean, Date, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.members.tables import Organisation


class Evaluation(Table, tablename="evaluation", db=DB):
    """One passage (or refusal) of one gate for one subject."""

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
