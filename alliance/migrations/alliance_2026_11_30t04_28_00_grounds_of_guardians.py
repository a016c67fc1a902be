"""A guardian reads consents and requests no longer than names; standing approvals are given once."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T04:28:00:000041"
VERSION = "1.38.0"
DESCRIPTION = "grounds of guardians, approvals given once"

SQL = Path(__file__).parent / "sql"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB

        await DB.connection().execute((SQL / "0041_grounds_of_guardians.sql").read_text())

    manager.add_raw(run)
    return manager
