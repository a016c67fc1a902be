"""Holds stand, refusals of a night are seen by whoever answers, readings keep whom they concern."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T10:13:00:000313"
VERSION = "1.38.0"
DESCRIPTION = "holds stand"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0312_holds.sql").read_text())

    manager.add_raw(run)
    return manager
