"""Lets an alarm stand until a later run repairs it: a note is shown with it and ends nothing."""

from typing import Any

from piccolo import columns
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check
from piccolo.table import create_table_class

from alliance.kit.engine import DB

ID = "0016"
VERSION = "1.38.0"
DESCRIPTION = "alarms stay until a later run repairs them"
RUN = create_table_class(
    "ForecastRun",
    class_kwargs={"tablename": "forecast_run"},
    class_members={"id": columns.UUID(primary_key=True)},
)
CHECKS = {
    "drift_alarm_state_check": "state in ('open', 'repaired', 'continued')",
    "drift_alarm_note_check": "note = '' or length(note) >= 4",
}
OPEN_AGAIN = """
drop index drift_alarm_open;
update drift_alarm set state = 'open' where state <> 'open'
"""
ONE_OPEN = """
update drift_alarm d set state = 'continued' where exists (
  select from drift_alarm later where later.kind = d.kind and later.level = d.level
  and later.percent = d.percent and (later.raised, later.id) > (d.raised, d.id)
);
create unique index drift_alarm_open on drift_alarm (kind, level, percent) where state = 'open'
"""
"""Alarms that a note had hidden are open again; of several on the same thing the latest is, which
went on from the others."""
RAISED_ON = """
update drift_alarm d set evidence = d.evidence || jsonb_build_object('run', coalesce((
  select max(r.number) from forecast_run r where r.state = 'done' and r.finished <= d.raised), 0))
"""
"""A later run is one that was made after the alarm was raised."""


class OpenAgain(MigrationManager):
    """Changes the table, and opens what notes had closed."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await DB.connection().execute(OPEN_AGAIN)
            await DB.connection().execute(RAISED_ON)
            await super().run(backwards)
            await DB.connection().execute(ONE_OPEN)


async def forwards() -> MigrationManager:
    manager = OpenAgain(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    manager.add_column(
        "DriftAlarm",
        tablename="drift_alarm",
        column_name="repaired",
        db_column_name="repaired",
        column_class=columns.Timestamptz,
        params={"default": None, "null": True},
    )
    manager.add_column(
        "DriftAlarm",
        tablename="drift_alarm",
        column_name="repaired_by",
        db_column_name="repaired_by",
        column_class=columns.ForeignKey,
        params={
            "references": RUN,
            "on_delete": columns.OnDelete.restrict,
            "default": None,
            "null": True,
        },
    )
    for name, condition in CHECKS.items():
        manager.drop_constraint("DriftAlarm", "drift_alarm", name)
        manager.add_constraint(
            "DriftAlarm", "drift_alarm", f"{name}_v2", Check,
            {"condition": condition, "name": f"{name}_v2"},
        )
    return manager
