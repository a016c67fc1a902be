"""A draft of a visit is read by its own school alone."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T02:50:00:000011"
VERSION = "1.38.0"
DESCRIPTION = "drafts of visits"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0011_visits.sql").read_text())

    manager.add_raw(run)
    return manager
