"""The factors between advertisements and needs, and between students and graduates entering
work."""

from __future__ import annotations

from piccolo.columns import UUID, DoublePrecision, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.kit.problems import At


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


CONSTRAINTS: dict[str, str | At] = {
    "planning_factor_kind_code_key": At(
        "code", N_("There is a factor of this kind for this code already. Change that one.")
    ),
    "planning_factor_order_check": N_(
        "The three shares lie between 0 and 100 % and do not fall: low, middle, high."
    ),
    "planning_factor_source_check": N_("Say where the factor comes from."),
}
"""Constraint name → the sentence for whoever ran into it."""
