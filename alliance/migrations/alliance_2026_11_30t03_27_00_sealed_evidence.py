"""Evidence becomes ciphertext: under the key of whom it is about, else under the hub's seal."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Bytea, Varchar

ID = "2026-11-30T03:27:00:000031"
VERSION = "1.38.0"
DESCRIPTION = "sealed evidence"

SQL = Path(__file__).parent / "sql"
_OWNERS = """
update evidence e set person = p.student from placement p where e.subject_kind = 'placement' and p.id = e.subject;
update evidence e set person = f.subject from filing f
  where e.subject_kind = 'filing' and f.id = e.subject and f.subject_kind = 'student';
update evidence e set person = p.student from filing f join placement p on p.id = f.subject
  where e.subject_kind = 'filing' and f.id = e.subject and f.subject_kind = 'placement';
delete from evidence e using person p where p.id = e.person and p.key is null;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB
        from alliance.kit.secrets import present_vault

        vault, connection = present_vault(), DB.connection()
        await connection.execute("alter table evidence disable trigger evidence_stands")
        await connection.execute("alter table evidence add column sealed_name bytea")
        await connection.execute(_OWNERS)
        # one at a time: a file has up to ten megabytes
        for row in await connection.fetch("select e.id, p.key from evidence e left join person p on p.id = e.person"):
            lock = vault if row["key"] is None else vault.keyring(row["key"])
            file = await connection.fetchrow("select name, content from evidence where id = $1", row["id"])
            await connection.execute(
                "update evidence set sealed_name = $2, content = $3 where id = $1",
                row["id"],
                lock.seal(file["name"].encode()),
                lock.seal(file["content"]),
            )
        await connection.execute((SQL / "0031_evidence.sql").read_text())

    # before the column below: text does not become bytea by a cast
    manager.add_raw(run)
    manager.alter_column(
        table_class_name="Evidence",
        tablename="evidence",
        column_name="name",
        db_column_name="name",
        params={},
        old_params={},
        column_class=Bytea,
        old_column_class=Varchar,
        schema=None,
    )
    return manager
