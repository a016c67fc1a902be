from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Array
from piccolo.columns.column_types import Bytea
from piccolo.columns.indexes import IndexMethod

ID = "0013"
VERSION = "1.38.0"
DESCRIPTION = "whom an uploaded list names, by keyed hashes"


async def forwards() -> MigrationManager:
    manager = MigrationManager(
        migration_id=ID, app_name="alliance", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="RosterImport",
        tablename="roster_import",
        column_name="marks",
        db_column_name="marks",
        column_class_name="Array",
        column_class=Array,
        params={
            "default": None,
            "base_column": Bytea(
                default=b"",
                null=False,
                primary_key=False,
                unique=False,
                index=False,
                index_method=IndexMethod.btree,
                choices=None,
                db_column_name=None,
                secret=False,
            ),
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
