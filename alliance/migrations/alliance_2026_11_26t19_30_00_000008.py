"""What of a host file counts, what a host may know of a school, and who lifts caps."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T19:30:00:000008"
VERSION = "1.38.0"
DESCRIPTION = "what counts of hosts"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0008_hosts.sql").read_text())

    manager.add_raw(run)
    return manager
