"""What the operations page declares."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.operations import jobs, metrics, policy, views

ROOM = Room(
    name="operations",
    routes=[*views.ROUTES, *metrics.ROUTES],
    policy=policy.POLICY,
    jobs=jobs.WORK,
    times=jobs.TIMES,
)
