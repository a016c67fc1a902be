"""What programmes declare: classes, students, guardians, imports of rosters."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.programmes import (
    erasing,
    facts,
    jobs,
    policy,
    tables,
    views,
    views_guiding,
    views_imports,
)

ROOM = Room(
    name="programmes",
    routes=[*views.ROUTES, *views_guiding.ROUTES, *views_imports.ROUTES],
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
