"""Whether the database that the migrations make is the one that the tables describe."""

from __future__ import annotations

import contextlib
import io
import re

import asyncpg
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from alliance.kit.language import catalogue
from alliance.piccolo_app import APP_CONFIG

NOT_OURS = re.compile(r"^(session_value|migration|pgqueuer)")
"""Tables without row security: the web sessions (opened before anybody is known), Piccolo's and
PgQueuer's own."""


async def drift(owner_dsn: str) -> list[str]:
    """What differs, as sentences: tables without migration, constraints and row security that the
    database lacks, messages without Chinese."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        found = [
            *await missing_migrations(),
            *await missing_constraints(connection),
            *await unguarded_tables(connection),
        ]
    finally:
        await connection.close()
    return found + ([] if len(catalogue()) else ["there is no Chinese catalogue"])


async def missing_migrations() -> list[str]:
    """Changes of the tables that no migration makes yet; what `piccolo migrations new --auto` would
    write."""
    with contextlib.redirect_stdout(io.StringIO()):
        statements = await AutoMigrationManager().get_alter_statements(APP_CONFIG)
    return [
        f"no migration for: {line.strip().splitlines()[0]}"
        for group in statements
        for line in group.statements
    ]


async def missing_constraints(connection: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    """Named constraints of the tables that the database does not have."""
    present = {
        row["conname"] for row in await connection.fetch("select conname from pg_constraint")
    }
    present |= {
        row["indexname"]
        for row in await connection.fetch(
            "select indexname from pg_indexes where schemaname = 'public'"
        )
    }
    return [
        f"{table._meta.tablename} lacks {constraint._meta.name}"
        for table in APP_CONFIG.table_classes
        for constraint in table._meta.constraints
        if constraint._meta.name not in present
    ]


async def unguarded_tables(connection: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    """Tables without row security that should have it."""
    rows = await connection.fetch(
        "select relname from pg_class where relkind in ('r', 'p') and relnamespace = "
        "'public'::regnamespace"
        " and not relrowsecurity order by relname"
    )
    return [
        f"{row['relname']} has no row security"
        for row in rows
        if not NOT_OURS.match(row["relname"])
    ]
