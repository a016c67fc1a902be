"""What the desk declares."""

from __future__ import annotations

from alliance.desk import policy, views
from alliance.kit.language import N_
from alliance.kit.room import Item, Room

ROOM = Room(
    name="desk",
    routes=views.ROUTES,
    policy=policy.POLICY,
    menu=[
        Item("", 0, N_("Home"), "/", "home"),
    ],
)
