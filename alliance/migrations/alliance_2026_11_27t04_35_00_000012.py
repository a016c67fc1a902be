"""Levels of series: towns, and the skills of occupations."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T04:35:00:000012"
VERSION = "1.38.0"
DESCRIPTION = "levels of series"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0012_towns.sql").read_text())

    manager.add_raw(run)
    return manager
