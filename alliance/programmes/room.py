"""What programmes declare: classes, students, guardians, imports of rosters."""

from __future__ import annotations

from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.programmes import (
    erasing,
    facts,
    jobs,
    policy,
    tables,
    tasks,
    views,
    views_guiding,
    views_imports,
)
from alliance.programmes.correcting import views as correcting
from alliance.programmes.slips import views as slips
from alliance.programmes.slips import views_children
from alliance.programmes.standing import views as state_views

ROOM = Room(
    name="programmes",
    routes=[
        *views.ROUTES,
        *views_guiding.ROUTES,
        *views_imports.ROUTES,
        *slips.ROUTES,
        *views_children.ROUTES,
        *state_views.ROUTES,
        *correcting.ROUTES,
    ],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    providers={"student": facts.tell_students},
    forgets={
        "programmes.student": erasing.forget_student,
        "programmes.guardian": erasing.forget_guardian,
    },
    tasks=tasks.TASKS,
    menu=[
        Item("", 20, N_("My guardians"), "/my-guardians", "care.own", phone=True),
        Item("", 20, N_("My children"), "/my-children", "care.children", phone=True),
        Item("school", 20, N_("Classes and students"), "/classes", "class.list"),
        Item("school", 30, N_("Imports"), "/imports", "import.roster"),
    ],
    jobs=jobs.WORK,
)
