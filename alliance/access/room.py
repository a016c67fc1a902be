"""What the log of readings declares."""

from __future__ import annotations

from alliance.access import jobs, policy, tables, views
from alliance.kit.language import N_
from alliance.kit.room import Item, Room

ROOM = Room(
    name="access",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    menu=[
        Item("alliance", 20, N_("Who read what"), "/access", "access.read"),
    ],
    jobs=jobs.WORK,
    times=jobs.TIMES,
)
