"""What rounds declare."""

from __future__ import annotations

from alliance.kit.asking.subjects import Kind
from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.rounds import jobs, policy, publishing, queries, tables, tasks
from alliance.rounds.changing import posts
from alliance.rounds.pages import (
    bench,
    checklist,
    deciding,
    exchanging,
    files,
    leftover,
    people,
    seasons,
    setup,
)

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
        *leftover.ROUTES,
        *exchanging.ROUTES,
    ],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    holders={
        "person": queries.hold_person,
        "post": queries.hold_post,
        "student_class": queries.hold_class,
    },
    needs={"post": posts.needing},
    subjects={"round": Kind(describe=queries.describe)},
    tasks=tasks.TASKS,
    menu=[
        Item("placement", 10, N_("Placement rounds"), "/rounds", "round.list"),
        Item("placement", 40, N_("Candidates"), "/candidates", "candidate.score"),
    ],
    jobs=jobs.WORK,
    subscribes={
        "posts.moved": {"rounds.tell_of_post": posts.tell},
        "placements.round_published": {"rounds.tell_results": publishing.tell_results},
    },
)
