"""Reasons about students become ciphertext, which is longer than the text."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Text, Varchar

ID = "2026-11-30T03:30:00:000030"
VERSION = "1.38.0"
DESCRIPTION = "longer reasons"

COLUMNS = (
    ("Filing", "filing", "reason"),
    ("Filing", "filing", "revoked_reason"),
    ("Placement", "placement", "application_reason"),
    ("Placement", "placement", "ended_reason"),
    ("Proposal", "proposal", "decided_reason"),
    ("RoundChange", "round_change", "reason"),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    for class_name, table, column in COLUMNS:
        manager.alter_column(
            table_class_name=class_name,
            tablename=table,
            column_name=column,
            db_column_name=column,
            params={},
            old_params={},
            column_class=Text,
            old_column_class=Varchar,
            schema=None,
        )
    return manager
