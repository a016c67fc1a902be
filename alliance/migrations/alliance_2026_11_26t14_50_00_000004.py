"""Row security, triggers and indexes of compliance, the host file, the placement file, visits and notices."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T14:50:00:000004"
VERSION = "1.38.0"
DESCRIPTION = "row security of compliance and files"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0004_compliance.sql").read_text())

    manager.add_raw(run)
    return manager
