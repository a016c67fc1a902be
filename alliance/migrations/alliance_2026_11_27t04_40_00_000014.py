"""Occupations over time: where the chain of replacements leads."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T04:40:00:000014"
VERSION = "1.38.0"
DESCRIPTION = "occupations over time"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0014_occupations.sql").read_text())

    manager.add_raw(run)
    return manager
