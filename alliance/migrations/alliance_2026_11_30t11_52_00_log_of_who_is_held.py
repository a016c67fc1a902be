"""The log of whoever is held stays beyond its term."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T11:52:00:000315"
VERSION = "1.38.0"
DESCRIPTION = "log of who is held"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0314_log_held.sql").read_text())

    manager.add_raw(run)
    return manager
