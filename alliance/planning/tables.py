"""The factors between advertisements and needs, and between students and graduates entering work;
leavers and intakes that planners know of."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.kit.problems import At
from alliance.reference.tables import Specialty


class PlanningFactor(Table, tablename="planning_factor", db=DB):
    """A share between 0 and 1: its middle and the ends of its 80 % interval, where it comes from,
    and what it is for.

    `code` is a prefix of an occupation or specialty code; the longest one that fits counts, "" fits
    all.
    """

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(length=12, default=None)
    code = Varchar(length=12, default="")
    low = DoublePrecision(default=None)
    middle = DoublePrecision(default=None)
    high = DoublePrecision(default=None)
    source = Varchar(length=300, default=None)
    version = Integer(default=1)
    changed = Timestamptz(default=TimestamptzNow())
    changed_by = UUID(null=True, default=None)

    planning_factor_kind_code_key = Unique(["kind", "code"])
    planning_factor_kind_check = Check(
        "kind in ('capture', 'level', 'retention', 'progression', 'staying')"
    )
    planning_factor_order_check = Check("0 < low and low <= middle and middle <= high and high < 1")
    planning_factor_source_check = Check("length(source) >= 4")


class SchoolLeavers(Table, tablename="school_leavers", db=DB):
    """Pupils who leave the county's junior-secondary schools in a year: counted, or expected from
    births with the ends of an 80 % interval, and who says so."""

    id = UUID(primary_key=True, default=UUID4())
    year = SmallInt(default=None)
    low = Integer(default=None)
    middle = Integer(default=None)
    high = Integer(default=None)
    source = Varchar(length=300, default=None)
    changed = Timestamptz(default=TimestamptzNow())
    changed_by = UUID(null=True, default=None)

    school_leavers_year_key = Unique(["year"])
    school_leavers_year_check = Check("year between 2000 and 2100")
    school_leavers_order_check = Check("0 < low and low <= middle and middle <= high")
    school_leavers_source_check = Check("length(source) >= 4")


class PastIntake(Table, tablename="past_intake", db=DB):
    """Students who began a specialty in the county in a year, as a planner read them in that year's
    records: classes that have left stand in no roster of the hub."""

    id = UUID(primary_key=True, default=UUID4())
    specialty = ForeignKey(Specialty, null=False, on_delete=OnDelete.restrict)
    entry_year = SmallInt(default=None)
    students = Integer(default=None)
    source = Varchar(length=300, default=None)
    changed = Timestamptz(default=TimestamptzNow())
    changed_by = UUID(null=True, default=None)

    past_intake_specialty_year_key = Unique(["specialty", "entry_year"])
    past_intake_entry_year_check = Check("entry_year between 2000 and 2100")
    past_intake_students_check = Check("students between 0 and 100000")
    past_intake_source_check = Check("length(source) >= 4")


CONSTRAINTS: dict[str, str | At] = {
    "planning_factor_kind_code_key": At(
        "code", N_("There is a factor of this kind for this code already. Change that one.")
    ),
    "planning_factor_order_check": N_(
        "The three shares lie between 0 and 100 % and do not fall: low, middle, high."
    ),
    "planning_factor_source_check": N_("Say where the factor comes from."),
    "school_leavers_year_key": At(
        "year", N_("The leavers of this year stand in the table already. Change that line.")
    ),
    "school_leavers_order_check": N_(
        "The three numbers are above zero and do not fall: low, middle, high."
    ),
    "school_leavers_source_check": N_("Say where the number comes from."),
    "past_intake_specialty_year_key": At(
        "entry_year",
        N_("The intake of this specialty and year stands in the table already. Change that line."),
    ),
    "past_intake_source_check": N_("Say where the number comes from."),
}
"""Constraint name → the sentence for whoever ran into it."""
