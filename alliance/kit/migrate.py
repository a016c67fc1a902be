"""Bring the database to this version: migrations under an advisory lock, the job queue's tables, the rights.

Any number of processes may call `migrate` at once; one works and the others wait.
"""

from __future__ import annotations

import contextlib
import io
import os

import asyncpg
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from piccolo.apps.migrations.commands.forwards import run_forwards

from alliance.kit.engine import connect
from alliance.kit.keys.moving import move_keys
from alliance.kit.secrets import Vault, use

READ_ONLY = ("occupancy_day", "skill_tally", "migration", "access_entry")
"""What the application's role may only read: triggers keep ledger and tally, a function writes the access log."""
APPEND_ONLY = ("audit_entry", "access_seal")


class MigrationError(RuntimeError):
    """A migration failed; the message is the database's."""


async def migrate(owner_dsn: str, application_role: str, vault: Vault) -> None:
    """Run every missing migration as the owner and give the application's role what it needs and no more.

    Personal keys that an older hub kept in the database move into the vault's store first.

    Raises MigrationError; the database then stands at the last migration that succeeded.
    """
    os.environ["PICCOLO_CONF"] = "alliance.piccolo_conf"
    engine = connect(owner_dsn)
    lock = await asyncpg.connect(owner_dsn)
    try:
        await lock.execute("select pg_advisory_lock(hashtext('alliance migrations'))")
        await move_keys(lock, vault)
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
        queue = Queries(AsyncpgDriver(lock))
        if await queue.has_table("pgqueuer"):
            await queue.upgrade()
        else:
            await queue.install()
        await lock.execute(_rights(application_role))
    finally:
        await lock.close()


def _rights(role: str) -> str:
    quoted = '"' + role.replace('"', '""') + '"'
    read_only = "".join(f"revoke insert, update, delete, truncate on {table} from {quoted};" for table in READ_ONLY)
    append_only = "".join(f"revoke update, delete, truncate on {table} from {quoted};" for table in APPEND_ONLY)
    return (
        f"grant usage on schema public to {quoted};"
        f"grant select, insert, update, delete on all tables in schema public to {quoted};"
        f"grant usage, select on all sequences in schema public to {quoted};"
        f"grant execute on all functions in schema public to {quoted};" + read_only + append_only
    )
