"""Drops the counters of changes: a form of an intake says what stood when it was opened."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "0019"
VERSION = "1.38.0"
DESCRIPTION = "intakes and leavers need no counter of changes"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    for table, name in (("SchoolLeavers", "school_leavers"), ("PastIntake", "past_intake")):
        manager.drop_column(
            table_class_name=table,
            tablename=name,
            column_name="version",
            db_column_name="version",
            schema=None,
        )
    return manager
