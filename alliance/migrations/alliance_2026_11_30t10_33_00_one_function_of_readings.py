"""Readings are written by one function again, after two changes of it met."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T10:33:00:000314"
VERSION = "1.38.0"
DESCRIPTION = "one function of readings"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0313_own_and_whom.sql").read_text())

    manager.add_raw(run)
    return manager
