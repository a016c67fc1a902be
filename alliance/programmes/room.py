"""What programmes declare: classes, students, guardians, imports of rosters."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.programmes import erasing, facts, jobs, policy, tables, views

ROOM = Room(
    name="programmes",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    providers={"student": facts.tell_students},
    forgets={
        "programmes.student": erasing.forget_student,
        "programmes.guardian": erasing.forget_guardian,
    },
    jobs=jobs.WORK,
)
