"""Row security of drivers, scores and alarms; series and scores that stand."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T15:40:00:000006"
VERSION = "1.38.0"
DESCRIPTION = "row security of drivers, scores and alarms"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0006_trust.sql").read_text())

    manager.add_raw(run)
    return manager
