"""What notices declare."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.notices import actions, policy, tables, tasks, views

ROOM = Room(
    name="notices",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    forgets={"notices.notice": actions.forget_notices},
    tasks=tasks.TASKS,
    subscribes={"members.account_touched": {"notices.tell_person": actions.tell_person}},
)
