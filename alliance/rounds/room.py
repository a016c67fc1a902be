"""What rounds declare."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.rounds import jobs, policy, tables
from alliance.rounds.pages import bench, checklist, deciding, files, people, seasons, setup

ROOM = Room(
    name="rounds",
    routes=[
        *setup.ROUTES,
        *bench.ROUTES,
        *deciding.ROUTES,
        *people.ROUTES,
        *seasons.ROUTES,
        *files.ROUTES,
        *checklist.ROUTES,
    ],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    jobs=jobs.WORK,
)
