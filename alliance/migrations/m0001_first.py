"""Every table as it stood when the house was rebuilt; data of an older hub are not taken along."""

from pathlib import Path
from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from alliance.kit.engine import DB
from alliance.migrations.first.reading import describe, read

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "every table, from the frozen list"

FIRST = Path(__file__).parent / "first"


class First(MigrationManager):
    """Makes the tables, and in the same transaction what Piccolo has no word for."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await super().run(backwards)
            await DB.connection().execute((FIRST / "rest.sql").read_text())


async def forwards() -> MigrationManager:
    manager = First(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    describe(manager, read((FIRST / "tables.txt").read_text()))
    return manager
