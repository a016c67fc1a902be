"""What privacy declares."""

from __future__ import annotations

from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.privacy import holds, jobs, policy, tables, views

ROOM = Room(
    name="privacy",
    routes=views.ROUTES,
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    holders={"person": holds.hold_person},
    menu=[
        Item("alliance", 30, N_("Requests about data"), "/privacy", "data.answer"),
        Item("alliance", 40, N_("Breaches and exercises"), "/privacy/breaches", "breach.read"),
        Item("alliance", 50, N_("Retention"), "/privacy/retention", "retention.read"),
        Item("alliance", 60, N_("Audit of minors' data"), "/privacy/report", "report.read"),
        Item("alliance", 70, N_("Impact assessments"), "/privacy/assessments", "assessment.read"),
        Item("alliance", 80, N_("Register of personal data"), "/privacy/register", "data.register"),
        Item("", 30, N_("My data"), "/my-data", "data.own", phone=True),
        Item("alliance", 90, N_("My data"), "/my-data", "data.own"),
    ],
    jobs=jobs.WORK,
    times=jobs.TIMES,
)
