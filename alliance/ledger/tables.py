"""The ledger: interns of a post on a day."""

from __future__ import annotations

from typing import Any

from piccolo.columns import (
    Date,
    ForeignKey,
    Integer,
    OnDelete,
)
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.members.tables import Organisation


class OccupancyDay(Table, tablename="occupancy_day", db=DB):
    """The ledger: interns of all schools at one post of one host on one day. Counts only;
    placements maintain it."""

    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    post: ForeignKey[Any] = ForeignKey(
        LazyTableReference("Post", module_path="alliance.posts.tables"),
        null=False,
        on_delete=OnDelete.restrict,
    )
    day = Date(default=None)
    interns = Integer(default=None)

    occupancy_day_post_day_key = Unique(["post", "day"])
    occupancy_day_interns_check = Check("interns >= 0")
