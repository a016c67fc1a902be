"""Restricted people are read by the coordinator of their school only."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T03:28:00:000031"
VERSION = "1.38.0"
DESCRIPTION = "restricted people"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0031_restricted.sql").read_text())

    manager.add_raw(run)
    return manager
