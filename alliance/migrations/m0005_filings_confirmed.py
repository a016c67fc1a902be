from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import UUID, Timestamptz
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

from alliance.kit.engine import DB

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "a filing lifts nothing before it is confirmed, and then one fact"


class Narrowed(MigrationManager):
    """Names the facts of rules that have several; what was recorded waits for its confirmation."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await super().run(backwards)
            for sql in (
                "alter table filing alter column rules type varchar(24)[]",
                "alter table filing disable trigger user",
                """update filing set rules = (select array_agg(lift order by place, lift)
                  from unnest(rules) with ordinality as had (rule, place),
                    lateral unnest(case rule
                      when 'F01' then array['F01.HEIGHT2', 'F01.MINE', 'F01.RADIATION',
                        'F01.TOXIC', 'F01.FLAMMABLE_BURN', 'F01.DIVE_TUNNEL_ALTITUDE']
                      when 'F02' then array['F02.rest', 'F02.holidays']
                      when 'F03' then array['F03.hours', 'F03.nights']
                      else array[rule::text] end) as lift)""",
                "alter table filing enable trigger user",
            ):
                await DB.connection().execute(sql)


async def forwards():
    manager = Narrowed(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Filing",
        tablename="filing",
        column_name="confirmed",
        db_column_name="confirmed",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": None,
            "null": True,
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

    manager.add_column(
        table_class_name="Filing",
        tablename="filing",
        column_name="confirmed_by",
        db_column_name="confirmed_by",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": None,
            "null": True,
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

    manager.add_constraint(
        table_class_name="Filing",
        tablename="filing",
        constraint_name="filing_confirmed_check",
        constraint_class=Check,
        params={"condition": "(confirmed is null) = (confirmed_by is null)"},
        schema=None,
    )

    return manager
