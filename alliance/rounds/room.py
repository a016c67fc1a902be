"""What rounds declare."""

from __future__ import annotations

from alliance.kit.asking.subjects import Kind
from alliance.kit.room import Room
from alliance.rounds import holding, jobs, policy, queries, tables
from alliance.rounds.pages import checklist, files, people, seasons, views

ROOM = Room(
    name="rounds",
    routes=[*views.ROUTES, *people.ROUTES, *seasons.ROUTES, *files.ROUTES, *checklist.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    holders={"person": holding.hold_person, "post": holding.hold_post},
    subjects={"round": Kind(describe=queries.describe)},
    jobs=jobs.WORK,
)
