"""Functions, row security and triggers, as each room's `schema.sql` says they are now.

Tables change by steps that are never changed; these are replaced whole. So a file shows what holds,
not how it came about, and one who takes a policy out of a file has taken it out of the database.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import asyncpg

_APPLIED = "select obj_description('migration'::regclass)"
"""Which files were applied last stands at the table of steps, as its comment: `schema <number>
<digest>`."""
_TABLES = """
select string_agg(quote_ident(relname), ', ' order by relname) from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and relname not like 'pgqueuer%'
"""
_POLICIES = "select policyname, tablename from pg_policies where schemaname = 'public'"
_TRIGGERS = """
select t.tgname, c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where not t.tgisinternal and c.relnamespace = 'public'::regnamespace and c.relname not like
  'pgqueuer%'
"""
_FUNCTIONS = """
select p.oid::regprocedure::text as name from pg_proc p
where p.pronamespace = 'public'::regnamespace and p.proname not like '%pgqueuer%'
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
"""
_PATIENCE: Final = 60
"""How often the tables are asked for, a second apart, while pages and jobs use them."""


class SchemaError(RuntimeError):
    """The files cannot be applied; the database stands as it was."""


def digest_of(files: Sequence[Path]) -> str:
    """The digest of the files' text, in their order."""
    return sha256("".join(file.read_text() for file in files).encode()).hexdigest()


async def apply_schemas(
    owner: asyncpg.Connection[asyncpg.Record], files: Sequence[Path], number: int
) -> bool:
    """Make functions, policies and triggers what the files say, in one transaction; False when they
    are so already.

    A file may use what stands in the files before it. `number` grows with every change of the
    files. Raises SchemaError where files of a higher number were applied, where the tables stay in
    use, or where a statement does not hold.
    """
    mark = f"schema {number} {digest_of(files)}"
    applied = str(await owner.fetchval(_APPLIED) or "")
    if applied == mark:
        return False
    if (newer := re.match(r"schema (\d+) ", applied)) and int(newer[1]) > number:
        raise SchemaError(
            "a newer hub runs on it: its row security would be put back to that of this version"
        )
    for attempt in range(1, _PATIENCE + 1):
        try:
            async with owner.transaction():
                await _replace(owner, files)
                await owner.execute(f"comment on table migration is '{mark}'")
        except asyncpg.LockNotAvailableError as error:
            if attempt == _PATIENCE:
                raise SchemaError("its tables are in use, for a minute without a pause") from error
            await asyncio.sleep(1)
        except asyncpg.PostgresError as error:
            raise SchemaError(f"a schema file does not hold: {error}") from error
        else:
            break
    return True


async def _replace(owner: asyncpg.Connection[asyncpg.Record], files: Sequence[Path]) -> None:
    # all at once, and given up before the database looks for a deadlock: a page that holds one
    # table never has to give way
    await owner.execute("set local lock_timeout = '500ms'")
    await owner.execute(f"lock table {await owner.fetchval(_TABLES)} in access exclusive mode")
    for row in await owner.fetch(_POLICIES):
        await owner.execute(f'drop policy "{row["policyname"]}" on "{row["tablename"]}"')
    for row in await owner.fetch(_TRIGGERS):
        await owner.execute(f'drop trigger "{row["tgname"]}" on "{row["relname"]}"')
    for row in await owner.fetch(_FUNCTIONS):
        await owner.execute(f"drop function {row['name']}")
    # functions of one file call each other in any order
    await owner.execute("set local check_function_bodies = off")
    for file in files:
        await owner.execute(file.read_text())
