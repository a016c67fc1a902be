"""Which workers live: the rows' security."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T03:01:00:000036"
VERSION = "1.38.0"
DESCRIPTION = "worker beat: row security"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0036_worker_beat.sql").read_text())

    manager.add_raw(run)
    return manager
