"""What the log of readings declares."""

from __future__ import annotations

from alliance.access import jobs, policy, tables, views
from alliance.kit.room import Room

ROOM = Room(
    name="access",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    jobs=jobs.WORK,
    times=jobs.TIMES,
)
