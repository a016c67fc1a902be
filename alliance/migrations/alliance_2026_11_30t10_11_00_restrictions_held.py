"""What still told of people whose data are restricted is withheld, and a correction opens one field."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T10:11:00:000311"
VERSION = "1.38.0"
DESCRIPTION = "restrictions held"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0311_restrictions_held.sql").read_text())

    manager.add_raw(run)
    return manager
