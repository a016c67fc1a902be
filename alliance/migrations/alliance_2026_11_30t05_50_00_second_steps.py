"""A second step is set up anew by two persons; locks that nothing reads any more go."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-30T05:50:00:000280"
VERSION = "1.38.0"
DESCRIPTION = "second steps by two persons, no locks in accounts"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    manager.drop_constraint(
        table_class_name="Confirmation", tablename="confirmation", constraint_name="confirmation_kind_check", schema=None
    )
    manager.add_constraint(
        table_class_name="Confirmation",
        tablename="confirmation",
        constraint_name="confirmation_kind_v2_check",
        constraint_class=Check,
        params={"condition": "kind in ('reset', 'open', 'role', 'factor')"},
        schema=None,
    )
    for column in ("failures", "locked_until"):
        manager.drop_column(
            table_class_name="Account", tablename="account", column_name=column, db_column_name=column, schema=None
        )
    return manager
