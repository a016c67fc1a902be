"""Restrictions withhold rows and refuse changes."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T06:14:00:000304"
VERSION = "1.38.0"
DESCRIPTION = "restrictions hold"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0300_restrictions.sql").read_text())

    manager.add_raw(run)
    return manager
