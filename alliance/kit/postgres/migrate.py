"""Bring the database to this version: migrations under an advisory lock, the rooms' schemas, the
job queue's tables, the rights.

Any number of processes may call `migrate` at once; one works and the others wait.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

import asyncpg
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from piccolo.apps.migrations.commands.forwards import run_forwards
from piccolo.conf.apps import Finder

from alliance.kit.engine import connect
from alliance.kit.keys.secrets import Vault, use
from alliance.kit.postgres.schema import SchemaError, apply_schemas
from alliance.migrations import SCHEMA, known_migrations

READ_ONLY = ("occupancy_change", "skill_tally", "migration", "access_entry")
"""What the application's role may only read: triggers keep ledger and tally, a function writes the
access log."""
APPEND_ONLY = ("audit_entry", "access_seal")


class MigrationError(RuntimeError):
    """A migration failed; the message is the database's."""


async def migrate(owner_dsn: str, application_role: str, vault: Vault) -> None:
    """Run every missing migration as the owner and give the application's role what it needs and no
    more.

    Raises MigrationError; the database then stands at the last migration that succeeded.
    """
    schemas = room_schemas()
    engine = connect(owner_dsn)
    lock = await asyncpg.connect(owner_dsn)
    try:
        await lock.execute("select pg_advisory_lock(hashtext('alliance migrations'))")
        _refuse_foreign(await _steps(lock))
        # migrations that encrypt what stood in plain text ask for the process's vault
        use(vault)
        await engine.start_connection_pool(min_size=1, max_size=2)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                result = await run_forwards("alliance")
        finally:
            await engine.close_connection_pool()
        if not result.success:
            raise MigrationError(result.message)
        try:
            await apply_schemas(lock, schemas, SCHEMA)
        except SchemaError as error:
            raise MigrationError(str(error)) from error
        queue = Queries(AsyncpgDriver(lock))
        if await queue.has_table("pgqueuer"):
            await queue.upgrade()
        else:
            await queue.install()
        await lock.execute(_rights(application_role))
    finally:
        await lock.close()


async def _steps(owner: asyncpg.Connection[asyncpg.Record]) -> set[str]:
    """The steps that the database has."""
    if not await owner.fetchval("select to_regclass('migration') is not null"):
        return set()
    return {
        row["name"]
        for row in await owner.fetch("select name from migration where app_name = 'alliance'")
    }


def _refuse_foreign(steps: set[str]) -> None:
    """Raise MigrationError for steps that this version does not know."""
    # before the tables were listed anew (decision 36), a step was named after its day
    if any(step.startswith("2026-") for step in steps):
        raise MigrationError(
            "an older hub made it, and its data cannot be taken along. A demonstration starts over "
            "with: make demo RESET=1"
        )
    if foreign := sorted(steps - known_migrations()):
        raise MigrationError(
            f"a newer hub brought it on (step {foreign[-1]}): install that version"
        )


def room_schemas() -> list[Path]:
    """Each room's `schema.sql`, in the order in which the app names the rooms' tables."""
    os.environ["PICCOLO_CONF"] = "alliance.piccolo_conf"
    tables = Finder().get_app_config(app_name="alliance").table_classes
    folders = dict.fromkeys(
        Path(str(sys.modules[table.__module__].__file__)).parent for table in tables
    )
    return [file for folder in folders if (file := folder / "schema.sql").exists()]


def _rights(role: str) -> str:
    quoted = '"' + role.replace('"', '""') + '"'
    read_only = "".join(
        f"revoke insert, update, delete, truncate on {table} from {quoted};" for table in READ_ONLY
    )
    append_only = "".join(
        f"revoke update, delete, truncate on {table} from {quoted};" for table in APPEND_ONLY
    )
    return (
        f"grant usage on schema public to {quoted};"
        f"grant select, insert, update, delete on all tables in schema public to {quoted};"
        f"grant usage, select on all sequences in schema public to {quoted};"
        f"grant execute on all functions in schema public to {quoted};" + read_only + append_only
    )
