"""What forecasts declare."""

from __future__ import annotations

from alliance.forecasts import jobs, policy, tables
from alliance.forecasts.drivers import views as driver_views
from alliance.forecasts.pages import overview, quality, series
from alliance.forecasts.runs import views as run_views
from alliance.forecasts.trust import views as trust_views
from alliance.kit.room import Room

ROOM = Room(
    name="forecasts",
    routes=[
        *overview.ROUTES,
        *series.ROUTES,
        *quality.ROUTES,
        *run_views.ROUTES,
        *driver_views.ROUTES,
        *trust_views.ROUTES,
    ],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    jobs=jobs.WORK,
    subscribes={"advertisements.stored": {"demand.score": jobs.score_soon}},
)
