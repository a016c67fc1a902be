"""Privacy: who sees requests, notices, consents, breaches and reports, and what of them never changes."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T02:41:00:000034"
VERSION = "1.38.0"
DESCRIPTION = "eyes on requests, notices, consents, breaches and reports"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0034_privacy.sql").read_text())

    manager.add_raw(run)
    return manager
