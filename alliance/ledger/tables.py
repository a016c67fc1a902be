"""The ledger: interns of a post, from day to day."""

from __future__ import annotations

from typing import Any

from piccolo.columns import (
    Date,
    ForeignKey,
    Integer,
    OnDelete,
)
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.members.tables import Organisation


class OccupancyChange(Table, tablename="occupancy_change", db=DB):
    """The ledger: by how many the interns of all schools at one post become more or fewer on one
    day. Counts only; placements maintain it, and `occupancy_day` adds it up."""

    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    post: ForeignKey[Any] = ForeignKey(
        LazyTableReference("Post", module_path="alliance.posts.tables"),
        null=False,
        on_delete=OnDelete.restrict,
    )
    day = Date(default=None)
    interns = Integer(default=None)

    occupancy_change_post_day_key = Unique(["post", "day"])
