"""What filings declare."""

from __future__ import annotations

from alliance.filings import policy, queries, tables, tasks, views
from alliance.kit.asking.subjects import Kind
from alliance.kit.language import N_
from alliance.kit.room import Item, Room

ROOM = Room(
    name="filings",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    subjects={"filing": Kind(students=queries.students_filed_for)},
    tasks=tasks.TASKS,
    menu=[
        Item("placement", 100, N_("Filings"), "/filings", "filing.read"),
    ],
)
