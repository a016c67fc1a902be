"""What host files declare."""

from __future__ import annotations

from alliance.hosts import facts, policy, tables, views, views_forms, views_school, watching
from alliance.hosts.lists import views as list_views
from alliance.kit.room import Room

ROOM = Room(
    name="hosts",
    routes=[*views.ROUTES, *views_forms.ROUTES, *list_views.ROUTES, *views_school.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    providers={"host_file": facts.tell_host_files, "use": facts.tell_uses},
    watchers={"uses": watching.watch_uses},
)
