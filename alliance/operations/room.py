"""What the operations page declares."""

from __future__ import annotations

from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.operations import jobs, metrics, policy, tasks, views

ROOM = Room(
    name="operations",
    routes=[*views.ROUTES, *metrics.ROUTES],
    policy=policy.POLICY,
    tasks=tasks.TASKS,
    menu=[
        Item("alliance", 100, N_("Operations"), "/operations", "operations"),
    ],
    jobs=jobs.WORK,
    times=jobs.TIMES,
)
