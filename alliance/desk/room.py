"""What the desk declares."""

from __future__ import annotations

from alliance.desk import policy, views, views_own
from alliance.kit.language import N_
from alliance.kit.room import Item, Room

ROOM = Room(
    name="desk",
    routes=[*views.ROUTES, *views_own.ROUTES],
    policy=policy.POLICY,
    menu=[
        Item("", 0, N_("Home"), "/", "home"),
        Item("", 10, N_("My placement file"), "/placement", "file.own", phone=True),
    ],
)
