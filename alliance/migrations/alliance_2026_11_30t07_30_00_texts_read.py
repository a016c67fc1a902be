"""Words written about a student are a kind of reading."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-30T07:30:00:000320"
VERSION = "1.38.0"
DESCRIPTION = "readings of what was written about students"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    manager.drop_constraint(
        table_class_name="AccessEntry", tablename="access_entry", constraint_name="access_entry_kind_check", schema=None
    )
    manager.add_constraint(
        table_class_name="AccessEntry",
        tablename="access_entry",
        constraint_name="access_entry_kind_v2_check",
        constraint_class=Check,
        params={
            "condition": "kind in ('name', 'record', 'text', 'contact', 'identity', 'file', 'export', 'search', 'import')"
        },
        schema=None,
    )
    return manager
