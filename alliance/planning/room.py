"""What planning declares."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.planning import policy, tables
from alliance.planning.factors import views as factor_views
from alliance.planning.gaps import views as gap_views

ROOM = Room(
    name="planning",
    routes=[*gap_views.ROUTES, *factor_views.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
)
