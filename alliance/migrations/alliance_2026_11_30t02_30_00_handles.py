"""A person's key becomes a handle of the key store; a person may be restricted until a day."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import UUID, Bytea, Date, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-30T02:30:00:000030"
VERSION = "1.38.0"
DESCRIPTION = "keys outside the database, restricted people"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0030_handles.sql").read_text())

    # before the columns below: bytea does not become uuid by a cast
    manager.add_raw(run)
    manager.alter_column(
        table_class_name="Person",
        tablename="person",
        column_name="key",
        db_column_name="key",
        params={},
        old_params={},
        column_class=UUID,
        old_column_class=Bytea,
        schema=None,
    )
    for name, column, length in (("restricted_until", Date, None), ("restricted_ground", Varchar, 30)):
        manager.add_column(
            table_class_name="Person",
            tablename="person",
            column_name=name,
            db_column_name=name,
            column_class_name=column.__name__,
            column_class=column,
            params={
                **({} if length is None else {"length": length}),
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
