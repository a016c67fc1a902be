from piccolo import columns
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "0017"
VERSION = "1.38.0"
DESCRIPTION = "how far truths lay from forecasts, and what runs learnt from it"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    for class_name, tablename, name, default in (
        ("ForecastScore", "forecast_score", "reach", "[]"),
        ("ForecastRun", "forecast_run", "learnt", "{}"),
    ):
        manager.add_column(
            class_name,
            tablename=tablename,
            column_name=name,
            db_column_name=name,
            column_class=columns.JSONB,
            params={"default": default, "null": False},
        )
    return manager
