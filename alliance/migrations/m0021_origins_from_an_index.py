"""Lets pages count where occupations come from without reading every advertisement."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from alliance.kit.engine import DB

ID = "0021"
VERSION = "1.38.0"
DESCRIPTION = "an index that has all that the origins of occupations are summed from"


class Indexing(MigrationManager):
    """Makes the index, and looks once at what stands, so that the next page may use it."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await super().run(backwards)
            for sql in (
                "create index advertisement_origins on advertisement (occupation, industry, "
                "occupation_origin) include (heads) "
                "where duplicate_of is null and occupation is not null",
                "analyze advertisement",
            ):
                await DB.connection().execute(sql)


async def forwards() -> MigrationManager:
    return Indexing(migration_id=ID, app_name="alliance", description=DESCRIPTION)
