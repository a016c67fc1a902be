"""What planning declares."""

from __future__ import annotations

from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.planning import policy, tables
from alliance.planning.factors import views as factor_views
from alliance.planning.gaps import views as gap_views
from alliance.planning.intakes import views as intake_views

ROOM = Room(
    name="planning",
    routes=[*gap_views.ROUTES, *factor_views.ROUTES, *intake_views.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    menu=[
        Item("planning", 10, N_("Gaps by specialty"), "/gaps", "gap.read"),
        Item("planning", 20, N_("Factors of need"), "/factors", "gap.read"),
        Item("planning", 30, N_("Intakes and leavers"), "/intakes", "gap.read"),
    ],
)
