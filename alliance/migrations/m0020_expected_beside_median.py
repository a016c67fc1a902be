"""Keeps what a run expects of the next twelve months beside the median of their sum."""

from typing import Any

from piccolo import columns
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from alliance.kit.engine import DB

ID = "0020"
VERSION = "1.38.0"
DESCRIPTION = "what is expected of the next twelve months, beside the median of their sum"
EXPECTED = """
update forecast_series s set expected = e.expected,
  coming_low = least(s.coming_low, e.expected), coming_high = greatest(s.coming_high, e.expected),
  change = e.expected / nullif(s.past, 0) - 1,
  change_low = least(s.coming_low, e.expected) / nullif(s.past, 0) - 1,
  change_high = greatest(s.coming_high, e.expected) / nullif(s.past, 0) - 1
from (select x.id, sum(m.mean::float8) as expected from forecast_series x,
    jsonb_array_elements_text(x.months -> 'mean') with ordinality as m(mean, place)
  where m.place <= 12 group by x.id) e
where e.id = s.id
"""
"""The means stand in the table of months of every run, so what is added says nothing new of it."""


class Expecting(MigrationManager):
    """Adds the column and fills it; the series of a run that has ended stand for everybody else."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await super().run(backwards)
            for sql in (
                "alter table forecast_series disable trigger user",
                EXPECTED,
                "alter table forecast_series enable trigger user",
            ):
                await DB.connection().execute(sql)


async def forwards() -> MigrationManager:
    manager = Expecting(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    manager.add_column(
        "ForecastSeries",
        tablename="forecast_series",
        column_name="expected",
        db_column_name="expected",
        column_class=columns.DoublePrecision,
        params={"default": 0, "null": False},
    )
    return manager
