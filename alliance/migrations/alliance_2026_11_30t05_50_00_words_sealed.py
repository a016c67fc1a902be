"""Words about people become ciphertext, which is longer than the text; a visit knows who wrote its report."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import UUID, Text, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-30T05:50:00:000300"
VERSION = "1.38.0"
DESCRIPTION = "words sealed"

COLUMNS = (
    ("PlacementFile", "placement_file", "insurer"),
    ("PlacementFile", "placement_file", "policy"),
    ("Inspection", "inspection", "visitors"),
    ("SchoolArrangement", "school_arrangement", "detail"),
    ("AccessEntry", "access_entry", "reason"),
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
    manager.add_column(
        table_class_name="Visit",
        tablename="visit",
        column_name="reported_by",
        db_column_name="reported_by",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )
    return manager
