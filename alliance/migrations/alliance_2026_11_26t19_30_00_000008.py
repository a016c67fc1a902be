"""What hosts may know of a school's arrangements."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T19:30:00:000008"
VERSION = "1.38.0"
DESCRIPTION = "arrangements on record"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0008_arrangements.sql").read_text())

    manager.add_raw(run)
    return manager
