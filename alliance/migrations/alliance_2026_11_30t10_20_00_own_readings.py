"""One's own looking is no reading by somebody else."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T10:20:00:000321"
VERSION = "1.38.0"
DESCRIPTION = "own readings and their purpose"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0320_own_readings.sql").read_text())

    manager.add_raw(run)
    return manager
