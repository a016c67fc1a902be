"""Rights that end with their ground."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T02:32:00:000032"
VERSION = "1.38.0"
DESCRIPTION = "rights that end with their ground"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0032_rights_that_end.sql").read_text())

    manager.add_raw(run)
    return manager
