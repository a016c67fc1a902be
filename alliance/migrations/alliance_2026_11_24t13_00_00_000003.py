"""Row security of certificates."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-24T13:00:00:000003"
VERSION = "1.38.0"
DESCRIPTION = "row security of certificates"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0003_certificates.sql").read_text())

    manager.add_raw(run)
    return manager
