"""What members declare: organisations, accounts, sign-in."""

from __future__ import annotations

from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.members import erasing, jobs, policy, tables, tasks, views, views_organisations
from alliance.members.accounts.pages import accounts, confirmations, own
from alliance.members.doors import jobs as doors_jobs
from alliance.members.doors import tables as doors_tables
from alliance.members.doors import views as doors_views

ROOM = Room(
    name="members",
    routes=[
        *views.ROUTES,
        *views_organisations.ROUTES,
        *accounts.ROUTES,
        *confirmations.ROUTES,
        *own.ROUTES,
        *doors_views.ROUTES,
    ],
    policy=policy.POLICY,
    tables=(tables, doors_tables),
    constraints=tables.CONSTRAINTS,
    forgets={"members.account": erasing.forget_account},
    tasks=tasks.TASKS,
    figures=tasks.figures,
    menu=[
        Item("alliance", 10, N_("Organisations"), "/organisations", "organisation.list"),
        Item("alliance", 110, N_("Accounts"), "/accounts", "account.manage"),
        Item("alliance", 120, N_("Second persons"), "/confirmations", "account.confirm"),
    ],
    jobs={**jobs.WORK, **doors_jobs.WORK},
    times={**jobs.TIMES, **doors_jobs.TIMES},
)
