"""What posts declare."""

from __future__ import annotations

from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.posts import facts, policy, subjects, tables, tasks, watching
from alliance.posts.caps import counting
from alliance.posts.pages import changes, form, lists, post

ROOM = Room(
    name="posts",
    routes=[*lists.ROUTES, *form.ROUTES, *changes.ROUTES, *post.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    providers={
        "host": facts.tell_hosts,
        "post": facts.tell_posts,
        "conditions": facts.tell_conditions,
        "occupancy": counting.tell_occupancy,
    },
    subjects=subjects.KINDS,
    watchers={"posts": watching.watch_posts},
    tasks=tasks.TASKS,
    figures=tasks.figures,
    menu=[
        Item("placement", 60, N_("Posts"), "/posts", "post.list"),
    ],
)
