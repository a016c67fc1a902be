"""What lists count is kept: row security of the things reviewed, and triggers that take a file's judgement back."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T20:06:00:000010"
VERSION = "1.38.0"
DESCRIPTION = "kept counts of lists"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0010_lists.sql").read_text())

    manager.add_raw(run)
    return manager
