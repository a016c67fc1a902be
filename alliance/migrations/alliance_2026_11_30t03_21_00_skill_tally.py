"""How many advertisements ask for a skill, kept by triggers."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T03:21:00:000026"
VERSION = "1.38.0"
DESCRIPTION = "counts of skills"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0026_skill_tally.sql").read_text())

    manager.add_raw(run)
    return manager
