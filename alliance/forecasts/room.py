"""What forecasts declare."""

from __future__ import annotations

from alliance.forecasts import jobs, policy, tables, tasks
from alliance.forecasts.drivers import views as driver_views
from alliance.forecasts.drivers import views_forms as driver_forms
from alliance.forecasts.pages import overview, quality, series
from alliance.forecasts.runs import views as run_views
from alliance.forecasts.trust import views as trust_views
from alliance.kit.language import N_
from alliance.kit.room import Item, Room

ROOM = Room(
    name="forecasts",
    routes=[
        *overview.ROUTES,
        *series.ROUTES,
        *quality.ROUTES,
        *run_views.ROUTES,
        *driver_views.ROUTES,
        *driver_forms.ROUTES,
        *trust_views.ROUTES,
    ],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    tasks=tasks.TASKS,
    menu=[
        Item("demand", 10, N_("Demand overview"), "/demand", "demand.read"),
        Item("demand", 20, N_("Demand forecast"), "/demand/series", "demand.read"),
        Item("demand", 50, N_("Forecast runs"), "/demand/runs", "demand.read"),
        Item("demand", 70, N_("Drivers"), "/demand/drivers", "demand.read"),
        Item("demand", 80, N_("Past forecasts"), "/demand/trust", "demand.read"),
    ],
    jobs=jobs.WORK,
    subscribes={"advertisements.stored": {"demand.score": jobs.score_soon}},
)
