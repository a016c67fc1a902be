"""What orientation visits declare."""

from __future__ import annotations

from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.orientation import facts, policy, tables, views

ROOM = Room(
    name="orientation",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    providers={"file": facts.tell_files},
    menu=[
        Item("placement", 30, N_("Cognitive visits"), "/visits", "visit.list"),
    ],
)
