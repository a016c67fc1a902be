"""Tables of orientation visits."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import (
    UUID,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Numeric,
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
from alliance.members.tables import Organisation
from alliance.programmes.tables import SchoolClass


class Visit(Table, tablename="visit", db=DB):
    """A cognitive visit (认识实习): classes of one school see a host for some days, organised by
    the school."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    title = Varchar(length=80, default=None)
    purpose = Text(default="")
    starts = Date(default=None)
    ends = Date(default=None)
    organised_by = Varchar(length=8, default="school")
    origin = Varchar(length=10, default="school")
    other_parties = SmallInt(default=0)
    money_per_head = Numeric(digits=(9, 2), default=Decimal(0))
    teacher = UUID(null=True, default=None)
    abroad = Boolean(default=False)
    abroad_filed_on = Date(null=True, default=None)
    accompanied = Boolean(default=True)
    state = Varchar(length=10, default="draft", index=True)
    version = Integer(default=1)
    created = Timestamptz(default=TimestamptzNow())
    report = Text(default="")
    reported_by = UUID(null=True, default=None)

    visit_dates_check = Check("starts <= ends")
    visit_state_check = Check("state in ('draft', 'confirmed', 'held', 'cancelled')")
    visit_organised_by_check = Check("organised_by in ('school', 'self')")
    visit_origin_check = Check("origin in ('school', 'student', 'directed')")
    visit_numbers_check = Check("other_parties >= 0 and money_per_head >= 0")
    visit_report_sealed = Check(sealed("report"))
    visit_reported_check = Check("report = '' or reported_by is not null")


class VisitClass(Table, tablename="visit_class", db=DB):
    """A class that goes on a visit."""

    id = UUID(primary_key=True, default=UUID4())
    visit = ForeignKey(Visit, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    school_class = ForeignKey(SchoolClass, null=False, on_delete=OnDelete.restrict)

    visit_class_visit_class_key = Unique(["visit", "school_class"])


CONSTRAINTS = {
    "visit_dates_check": N_("The last day is before the first day."),
}
