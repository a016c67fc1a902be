"""What advertisements declare."""

from __future__ import annotations

from alliance.advertisements import jobs, policy, repeating, tables, views, views_imports
from alliance.advertisements.skills import views as skill_views
from alliance.kit.room import Room

ROOM = Room(
    name="advertisements",
    routes=[*views.ROUTES, *views_imports.ROUTES, *skill_views.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    jobs=jobs.WORK,
    subscribes={"posts.published": {"demand.take_post": repeating.take_post}},
)
