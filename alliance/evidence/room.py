"""What evidence declares."""

from __future__ import annotations

from alliance.evidence import policy, tables, views
from alliance.kit.room import Room

ROOM = Room(
    name="evidence",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
)
