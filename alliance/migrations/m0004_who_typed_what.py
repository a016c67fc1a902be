from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import JSONB
from piccolo.columns.indexes import IndexMethod

from alliance.kit.engine import DB

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "who typed what into a placement file"

FILL = """
update placement_file f set declared = said.columns from (
  select subject, jsonb_object_agg(name, value) as columns from (
    select distinct on (a.subject, k.name) a.subject, k.name, jsonb_build_object('role', a.role,
      'on', (a.at at time zone 'Asia/Shanghai')::date, 'person', a.person) as value
    from audit_entry a cross join lateral jsonb_object_keys(a.after) as k(name)
    where a.action = 'change_file' and a.subject_kind = 'placement' and a.role is not null
    order by a.subject, k.name, a.id desc) as latest
  group by subject) as said
where f.placement = said.subject
"""
"""What the trail already knows: the latest entry of each column."""


class Declaring(MigrationManager):
    """Adds the column and fills it in the same transaction."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await super().run(backwards)
            await DB.connection().execute(FILL)


async def forwards() -> MigrationManager:
    manager = Declaring(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    manager.add_column(
        table_class_name="PlacementFile",
        tablename="placement_file",
        column_name="declared",
        db_column_name="declared",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": "{}",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    return manager
