"""The host file: what the alliance knows of a host, and what each school did before it used one."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Boolean,
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
from alliance.kit.keys.secrets import sealed
from alliance.kit.language import N_
from alliance.members.tables import Organisation


class HostCheck(Table, tablename="host_check", db=DB):
    """One check of a host on one day, by whom, with its result; the latest that was not withdrawn
    counts."""

    id = UUID(primary_key=True, default=UUID4())
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    kind = Varchar(length=20, default=None)
    checked_on = Date(default=None)
    good = Boolean(default=None)
    until = Date(null=True, default=None)
    details = JSONB(default="{}")
    note = Varchar(length=300, default="")
    recorded = Timestamptz(default=TimestamptzNow())
    recorded_by = UUID(null=True, default=None)
    withdrawn = Timestamptz(null=True, default=None)

    host_check_kind_check = Check(
        "kind in ('registration', 'credit', 'safety', 'conditions', 'hospital', 'insurance')"
    )
    host_check_until_check = Check("until >= checked_on")


class Inspection(Table, tablename="inspection", db=DB):
    """A school's report of its visit to a host (Provisions art. 7): eight items and a
    conclusion."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    inspected_on = Date(default=None)
    visitors = Text(default=None)
    items = JSONB(default="{}")
    passed = Boolean(default=None)
    conclusion = Varchar(length=500, default="")
    recorded = Timestamptz(default=TimestamptzNow())
    recorded_by = UUID(null=True, default=None)
    withdrawn = Timestamptz(null=True, default=None)

    inspection_visitors_check = Check("visitors <> ''")
    inspection_visitors_sealed = Check(sealed("visitors"))
    inspection_recorded_check = Check("recorded_by is not null")


class HostList(Table, tablename="host_list", db=DB):
    """A school's list of hosts: decided by its Party organisation's meeting, then published
    (Provisions art. 7)."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    title = Varchar(length=80, default=None)
    decided_on = Date(null=True, default=None)
    minutes = Varchar(length=60, default="")
    published_on = Date(null=True, default=None)
    address = Varchar(length=300, default="")
    version = Integer(default=1)
    created = Timestamptz(default=TimestamptzNow())
    withdrawn = Timestamptz(null=True, default=None)

    host_list_decided_check = Check("(decided_on is null) = (minutes = '')")
    host_list_published_check = Check("published_on is null or published_on >= decided_on")


class HostListEntry(Table, tablename="host_list_entry", db=DB):
    """A host on a school's list."""

    id = UUID(primary_key=True, default=UUID4())
    list = ForeignKey(HostList, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)

    host_list_entry_list_host_key = Unique(["list", "host"])


class SchoolArrangement(Table, tablename="school_arrangement", db=DB):
    """What a school keeps in order for internships: who leads, which office, rules, emergency plan,
    channels of information."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    kind = Varchar(length=20, default=None)
    detail = Text(default=None)
    since = Date(default=None)
    recorded = Timestamptz(default=TimestamptzNow())
    recorded_by = UUID(null=True, default=None)

    school_arrangement_school_kind_key = Unique(["school", "kind"])
    school_arrangement_kind_check = Check(
        "kind in ('leader', 'office', 'rules', 'emergency', 'channel_host', 'channel_guardian', "
        "'channel_student')"
    )
    school_arrangement_detail_check = Check("detail <> ''")
    school_arrangement_detail_sealed = Check(sealed("detail"))
    school_arrangement_recorded_check = Check("recorded_by is not null")


class Cooperation(Table, tablename="cooperation", db=DB):
    """How long a school has worked with a host, under which agreement, and since when it has sent
    interns there."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    since = Date(default=None)
    until = Date(null=True, default=None)
    document = Varchar(length=80, default="")
    interns_since = Date(null=True, default=None)
    note = Varchar(length=300, default="")
    recorded = Timestamptz(default=TimestamptzNow())

    cooperation_school_host_key = Unique(["school", "host"])
    cooperation_until_check = Check("until >= since")


CONSTRAINTS = {
    "host_check_until_check": N_("It cannot expire before it was checked."),
    "host_list_decided_check": N_(
        "Give the day of the meeting together with the number of its minutes."
    ),
    "host_list_published_check": N_("A list is published after the meeting that decided it."),
    "host_list_entry_list_host_key": N_("This host is on the list already."),
    "cooperation_until_check": N_("The cooperation cannot end before it began."),
}
"""Constraint name → the sentence for whoever ran into it."""
