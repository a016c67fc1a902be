"""Who manages which accounts, requests for passwords, second persons."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T03:05:00:000020"
VERSION = "1.38.0"
DESCRIPTION = "who manages accounts"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0020_accounts.sql").read_text())

    manager.add_raw(run)
    return manager
