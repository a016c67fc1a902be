"""What of the forecast waits for a planner."""

from __future__ import annotations

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext
from alliance.kit.room import Task, Waiting

_OPEN = """
select
  (select count(*) from forecast_run f where f.state = 'failed' and f.number > coalesce(
    (select max(number) from forecast_run where state = 'done'), 0))::int as failed_runs,
  (select count(*) from advertisement a where a.duplicate_of is null and a.received > coalesce(
    (select (max(finished) at time zone 'Asia/Shanghai')::date from forecast_run
      where state = 'done'), '2000-01-01'))::int as unseen,
  (select count(*) from drift_alarm where state = 'open' and note = '')::int as alarms
"""


class Open(msgspec.Struct, frozen=True):
    """Runs that failed since the last good one, advertisements since it, and alarms that nobody
    has looked into."""

    failed_runs: int
    unseen: int
    alarms: int


async def for_planner(actor: Actor) -> list[Task]:
    """Alarms on the forecast, runs that failed, and advertisements that no run has seen."""
    row = await DB.fetch_one_as(Open, _OPEN)
    if row is None:
        return []
    return [
        Task(
            place=10,
            count=row.alarms,
            what=ngettext("alarm on the forecast", "alarms on the forecast", row.alarms),
            why=_("coverage or bias has drifted; see what came and take note"),
            verb=_("See"),
            href="/demand/trust",
            stop=True,
        ),
        Task(
            place=40,
            count=row.failed_runs,
            what=ngettext("forecast run that failed", "forecast runs that failed", row.failed_runs),
            why=_("the earlier run stands"),
            verb=_("See"),
            href="/demand/runs",
            stop=True,
        ),
        Task(
            place=50,
            count=row.unseen,
            what=ngettext(
                "advertisement the forecast has not seen",
                "advertisements the forecast has not seen",
                row.unseen,
            ),
            why=_("they came after the latest run"),
            verb=_("Run it anew"),
            href="/demand/runs",
        ),
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {"planner": (for_planner,)}
