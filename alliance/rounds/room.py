"""What rounds declare."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.rounds import jobs, policy, tables
from alliance.rounds.pages import checklist, files, people, seasons, views

ROOM = Room(
    name="rounds",
    routes=[*views.ROUTES, *people.ROUTES, *seasons.ROUTES, *files.ROUTES, *checklist.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    jobs=jobs.WORK,
)
