"""Whoever opened an account neither gives it roles alone nor is confirmed by it."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T05:51:00:000280"
VERSION = "1.38.0"
DESCRIPTION = "accounts that somebody opened lately"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0280_opened_accounts.sql").read_text())

    manager.add_raw(run)
    return manager
