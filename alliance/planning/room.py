"""What planning declares."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.planning import policy, tables, views

ROOM = Room(
    name="planning",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
)
