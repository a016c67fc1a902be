"""What posts declare."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.posts import facts, policy, subjects, tables, views, watching

ROOM = Room(
    name="posts",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    providers={
        "host": facts.tell_hosts,
        "post": facts.tell_posts,
        "conditions": facts.tell_conditions,
    },
    subjects=subjects.KINDS,
    watchers={"posts": watching.watch_posts},
)
