"""A role that waits for a second person counts among those of its account."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T04:25:00:000040"
VERSION = "1.38.0"
DESCRIPTION = "accounts: roles that wait"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0040_pending_roles.sql").read_text())

    manager.add_raw(run)
    return manager
