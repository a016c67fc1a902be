"""Row security of leaving rates and of growth and replacement by year; what a run found by year stands."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T19:40:00:000008"
VERSION = "1.38.0"
DESCRIPTION = "row security of growth and replacement"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0008_yearly.sql").read_text())

    manager.add_raw(run)
    return manager
