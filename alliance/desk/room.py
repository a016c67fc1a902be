"""What the desk declares."""

from __future__ import annotations

from alliance.desk import policy, views, views_own
from alliance.kit.room import Room

ROOM = Room(
    name="desk",
    routes=[*views.ROUTES, *views_own.ROUTES],
    policy=policy.POLICY,
)
