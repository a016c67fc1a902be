"""One function tells whose session asks, so that a request begins with one round trip."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T05:10:00:000310"
VERSION = "1.38.0"
DESCRIPTION = "whose session asks"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0310_who_asks.sql").read_text())

    manager.add_raw(run)
    return manager
