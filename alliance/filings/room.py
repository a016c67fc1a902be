"""What filings declare."""

from __future__ import annotations

from alliance.filings import policy, tables, views
from alliance.kit.room import Room

ROOM = Room(
    name="filings",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
)
