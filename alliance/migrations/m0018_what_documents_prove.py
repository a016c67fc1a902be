from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Array, Text, Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "0018"
VERSION = "1.38.0"
DESCRIPTION = "a document names what it proves, and a training who held it"

PLAIN = {
    "null": False,
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Evidence",
        tablename="evidence",
        column_name="proves",
        db_column_name="proves",
        column_class_name="Array",
        column_class=Array,
        params={"base_column": Varchar(length=40), "default": list, **PLAIN},
        schema=None,
    )
    manager.add_column(
        table_class_name="PlacementFile",
        tablename="placement_file",
        column_name="trained_by",
        db_column_name="trained_by",
        column_class_name="Text",
        column_class=Text,
        params={"default": "", **PLAIN},
        schema=None,
    )
    manager.add_constraint(
        table_class_name="PlacementFile",
        tablename="placement_file",
        constraint_name="placement_file_trained_by_sealed",
        constraint_class=Check,
        params={"condition": "trained_by in ('', '—') or trained_by like 'sealed:%'"},
        schema=None,
    )
    return manager
