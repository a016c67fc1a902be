"""Row security of scores by year, which stand as those by month do."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T04:40:00:000013"
VERSION = "1.38.0"
DESCRIPTION = "row security of scores by year"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0013_year_scores.sql").read_text())

    manager.add_raw(run)
    return manager
