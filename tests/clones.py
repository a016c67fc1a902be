"""One clone of the template serves test after test, put back in between as it was.

Copying a database costs a tenth of a second and as much again to drop it; finding the tables that a test wrote to and writing
their rows again costs a tenth of that. Whatever cannot be put back row by row (a test that changed tables, functions or
policies, or left somebody connected) costs a new clone.
"""

from __future__ import annotations

import asyncio
import io
import uuid
from dataclasses import dataclass, field

import asyncpg

from alliance.kit.postgres.embedded import PrivatePostgres

TABLES = """
select c.oid::regclass::text as name, n.nspname as schema, c.relname as table_name,
       array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
             and attgenerated = '' order by attnum) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1
"""
SEQUENCES = "select schemaname || '.' || quote_ident(sequencename) as name, last_value, start_value from pg_sequences order by 1"
CATALOGUE = " union all ".join(
    f"select '{table}', count(*), max(xmin::text::bigint) from {table}"
    for table in (
        "pg_class",
        "pg_attribute",
        "pg_proc",
        "pg_trigger",
        "pg_policy",
        "pg_constraint",
        "pg_index",
        "pg_largeobject_metadata",
    )
)
OTHERS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
PATIENCE = 40
"""How often, every 25 ms, a connection that a test closed may still be seen."""


@dataclass
class Table:
    name: str
    schema: str
    table_name: str
    columns: list[str]
    rows: int
    content: bytes


@dataclass
class Clones:
    """Clones of one template, as `owner`'s; one of them at a time."""

    server: PrivatePostgres
    template: str
    owner: str
    tables: list[Table] = field(default_factory=list)
    sequences: dict[str, object] = field(default_factory=dict)
    catalogue: list[asyncpg.Record] = field(default_factory=list)
    name: str | None = None
    watch: asyncpg.Connection | None = None
    since: str = "0"
    """The transaction since which a row is somebody's change."""

    async def take(self) -> str:
        """Return the name of a clone that is as the template."""
        if self.name is None:
            name = f"test_{uuid.uuid4().hex[:8]}"
            await self._admin(
                f"create database {name} template {self.template} owner {self.owner} strategy file_copy"
            )
            self.watch = await asyncpg.connect(self.server.dsn(name))
            if not self.tables:
                await self._remember()
            self.catalogue = await self.watch.fetch(CATALOGUE)
            self.since = await self.watch.fetchval("select pg_current_xact_id()::text")
            self.name = name
        return self.name

    async def give_back(self) -> None:
        """Put the clone back as it was, or drop it where that cannot be done row by row."""
        try:
            kept = await self._alone() and await self.watch.fetch(CATALOGUE) == self.catalogue
            if kept:
                await self._put_back()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            kept = False
        if not kept:
            await self.drop()

    async def drop(self) -> None:
        """Drop the clone, whoever is connected."""
        if self.name is not None:
            self.watch.terminate()
            await self._admin(f"drop database if exists {self.name} with (force)")
            self.name = None

    async def _remember(self) -> None:
        for row in await self.watch.fetch(TABLES):
            out = io.BytesIO()
            done = await self.watch.copy_from_table(
                row["table_name"],
                schema_name=row["schema"],
                columns=row["columns"],
                output=out,
                format="binary",
            )
            self.tables.append(Table(**row, rows=int(done.split()[-1]), content=out.getvalue()))
        self.sequences = {
            row["name"]: row["last_value"] for row in await self.watch.fetch(SEQUENCES)
        }

    async def _alone(self) -> bool:
        for _ in range(PATIENCE):
            if await self.watch.fetchval(OTHERS) == 0:
                return True
            await asyncio.sleep(0.025)
        return False

    async def _put_back(self) -> None:
        changed = " union all ".join(
            f"select {index}, count(*), coalesce(min(age(xmin)) < age('{self.since}'::xid), false) from {table.name}"
            for index, table in enumerate(self.tables)
        )
        touched = [
            self.tables[index]
            for index, rows, young in await self.watch.fetch(changed)
            if young or rows != self.tables[index].rows
        ]
        moved = [
            row
            for row in await self.watch.fetch(SEQUENCES)
            if row["last_value"] != self.sequences[row["name"]]
        ]
        if not touched and not moved:
            return
        async with self.watch.transaction():
            # neither triggers nor foreign keys: what is written was true together
            await self.watch.execute("set local session_replication_role = replica")
            for table in touched:
                await self.watch.execute(f"delete from {table.name}")
                if table.rows:
                    await self.watch.copy_to_table(
                        table.table_name,
                        schema_name=table.schema,
                        columns=table.columns,
                        source=io.BytesIO(table.content),
                        format="binary",
                    )
            for row in moved:
                before = self.sequences[row["name"]]
                await self.watch.execute(
                    "select setval($1::regclass, $2, $3)",
                    row["name"],
                    before or row["start_value"],
                    before is not None,
                )
            self.since = await self.watch.fetchval("select pg_current_xact_id()::text")

    async def _admin(self, sql: str) -> None:
        connection = await asyncpg.connect(self.server.dsn())
        try:
            await connection.execute(sql)
        finally:
            await connection.close()
