"""Functions, row security and triggers, as each room's `schema.sql` says they are now.

Tables change by steps that are never changed; these are replaced whole. So a file shows what holds, not how it came about, and
one who takes a policy out of a file has taken it out of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import asyncpg

_APPLIED = "select obj_description('migration'::regclass)"
"""Which files were applied last stands at the table of steps, as its comment."""
_POLICIES = "select policyname, tablename from pg_policies where schemaname = 'public'"
_TRIGGERS = """
select t.tgname, c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where not t.tgisinternal and c.relnamespace = 'public'::regnamespace and c.relname not like 'pgqueuer%'
"""
_LEFT_OVER = """
select p.oid::regprocedure::text as name from pg_proc p
where p.pronamespace = 'public'::regnamespace and p.xmin <> pg_current_xact_id()::xid and p.proname not like '%pgqueuer%'
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
"""


async def apply_schemas(owner: asyncpg.Connection[asyncpg.Record], files: Sequence[Path]) -> bool:
    """Make functions, policies and triggers what the files say, in one transaction; False when they are so already.

    A file may use what stands in the files before it. Raises asyncpg's error of the first statement that does not hold.
    """
    texts = [file.read_text() for file in files]
    mark = f"schema {sha256(''.join(texts).encode()).hexdigest()}"
    if await owner.fetchval(_APPLIED) == mark:
        return False
    async with owner.transaction():
        for row in await owner.fetch(_POLICIES):
            await owner.execute(f'drop policy "{row["policyname"]}" on "{row["tablename"]}"')
        for row in await owner.fetch(_TRIGGERS):
            await owner.execute(f'drop trigger "{row["tgname"]}" on "{row["relname"]}"')
        # functions of one file call each other in any order
        await owner.execute("set local check_function_bodies = off")
        for text in texts:
            await owner.execute(text)
        for row in await owner.fetch(_LEFT_OVER):
            await owner.execute(f"drop function {row['name']}")
        await owner.execute(f"comment on table migration is '{mark}'")
    return True
