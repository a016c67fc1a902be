"""What advertisements declare."""

from __future__ import annotations

from alliance.advertisements import jobs, policy, repeating, tables, tasks, views, views_imports
from alliance.advertisements.skills import views as skill_views
from alliance.advertisements.titles import views as title_views
from alliance.kit.language import N_
from alliance.kit.room import Item, Room

ROOM = Room(
    name="advertisements",
    routes=[*views.ROUTES, *views_imports.ROUTES, *skill_views.ROUTES, *title_views.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    tasks=tasks.TASKS,
    menu=[
        Item("demand", 30, N_("Advertisements"), "/demand/advertisements", "demand.read"),
        Item("demand", 40, N_("Import advertisements"), "/demand/imports", "demand.import"),
        Item("demand", 50, N_("Titles without a code"), "/demand/titles", "demand.read"),
        Item("demand", 60, N_("Skills"), "/demand/skills", "demand.read"),
    ],
    jobs=jobs.WORK,
    subscribes={"posts.published": {"demand.take_post": repeating.take_post}},
)
