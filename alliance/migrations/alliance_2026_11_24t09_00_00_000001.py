"""Row security, the occupancy ledger, one placement at a time, and the web sessions' store."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-24T09:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "row security and ledger"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        # scripts of many statements, which Piccolo's own raw() does not take
        for name in ("0001_constraints.sql", "0001_functions.sql", "0001_row_security.sql"):
            await DB.connection().execute((SQL / name).read_text())

    manager.add_raw(run)
    return manager
