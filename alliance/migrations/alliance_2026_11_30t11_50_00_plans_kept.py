"""Functions that row security asks keep their plans."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T11:50:00:000330"
VERSION = "1.38.0"
DESCRIPTION = "plans kept"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0330_plans_kept.sql").read_text())

    manager.add_raw(run)
    return manager
