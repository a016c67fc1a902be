"""Makes what students who wait may leave, swaps after publishing, and when a round really closed."""

from typing import Any

from piccolo import columns
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Unique
from piccolo.table import create_table_class

from alliance.kit.engine import DB

ID = "0010"
VERSION = "1.38.0"
DESCRIPTION = "waiting lists that students leave, swaps after publishing, early closing"

KEYS = {
    name: create_table_class(
        name,
        class_kwargs={"tablename": table},
        class_members={"id": columns.UUID(primary_key=True, default=UUID4())},
    )
    for name, table in (
        ("Organisation", "organisation"),
        ("Placement", "placement"),
        ("Post", "post"),
        ("Round", "placement_round"),
        ("Student", "student"),
    )
}
CLOSED = """
update placement_round r set closed = said.at from (select subject, max(at) as at from audit_entry
  where action = 'close_round' and subject_kind = 'round' group by subject) as said
where r.id = said.subject and r.state in ('closed', 'published')
"""
"""What the trail already knows of when lists closed."""


class Filled(MigrationManager):
    """Adds the column and fills it in the same transaction."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await super().run(backwards)
            await DB.connection().execute(CLOSED)


async def forwards() -> MigrationManager:
    manager = Filled(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    def column(
        class_name: str, table: str, name: str, kind: type[columns.Column], **params: Any
    ) -> None:
        manager.add_column(
            class_name,
            tablename=table,
            column_name=name,
            db_column_name=name,
            column_class=kind,
            params=params,
        )

    def key(class_name: str, table: str, name: str, of: str, way: str, index: bool = False) -> None:
        column(
            class_name,
            table,
            name,
            columns.ForeignKey,
            references=KEYS[of],
            on_delete=columns.OnDelete[way],
            null=False,
            index=index,
        )

    for class_name, table, keys, uniques in (
        (
            "WaitingLeft",
            "waiting_left",
            [
                ("round", "Round", "cascade", False),
                ("school", "Organisation", "restrict", False),
                ("student", "Student", "restrict", True),
                ("post", "Post", "restrict", False),
            ],
            [["round", "student", "post"]],
        ),
        (
            "RoundSwap",
            "round_swap",
            [
                ("round", "Round", "cascade", True),
                ("school", "Organisation", "restrict", False),
                *(
                    (f"{which}_{when}", "Placement", "cascade", False)
                    for when in ("before", "after")
                    for which in ("first", "second")
                ),
            ],
            [["first_after"], ["second_after"]],
        ),
    ):
        manager.add_table(class_name, tablename=table)
        column(class_name, table, "id", columns.UUID, default=UUID4(), primary_key=True)
        for name, of, way, index in keys:
            key(class_name, table, name, of, way, index)
        column(class_name, table, "made", columns.Timestamptz, default=TimestamptzNow())
        for names in uniques:
            named = f"{table}_{'_'.join(names)}_key"
            told = {"columns": names, "nulls_distinct": True, "name": named}
            manager.add_constraint(class_name, table, named, Unique, told)
    column("RoundSwap", "round_swap", "made_by", columns.UUID, default=None, null=True)
    column("RoundSwap", "round_swap", "undone", columns.Timestamptz, default=None, null=True)
    column("Round", "placement_round", "closed", columns.Timestamptz, default=None, null=True)
    return manager
