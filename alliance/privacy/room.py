"""What privacy declares."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.privacy import holds, jobs, policy, tables, views

ROOM = Room(
    name="privacy",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    holders={"person": holds.hold_person},
    jobs=jobs.WORK,
    times=jobs.TIMES,
)
