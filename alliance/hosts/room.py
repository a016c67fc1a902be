"""What host files declare."""

from __future__ import annotations

from alliance.hosts import facts, policy, tables, views, views_forms, views_school, watching
from alliance.hosts.lists import views as list_views
from alliance.kit.language import N_
from alliance.kit.room import Item, Room

ROOM = Room(
    name="hosts",
    routes=[*views.ROUTES, *views_forms.ROUTES, *list_views.ROUTES, *views_school.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    providers={"host_file": facts.tell_host_files, "use": facts.tell_uses},
    watchers={"uses": watching.watch_uses},
    menu=[
        Item("placement", 70, N_("Our host file"), "/hosts", "host.count"),
        Item("placement", 80, N_("Host files"), "/hosts", "host.read"),
        Item("placement", 90, N_("Host lists"), "/host-lists", "host_list.read"),
        Item("school", 10, N_("School file"), "/school-file", "school_file.read"),
    ],
)
