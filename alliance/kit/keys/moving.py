"""Taking wrapped keys out of a database that still holds them, before the migration that leaves no column for them."""

from __future__ import annotations

import asyncpg

from alliance.kit.secrets import Vault


async def move_keys(connection: asyncpg.Connection[asyncpg.Record], vault: Vault) -> int:
    """Put the keys that lie in `person.key` into the store and their handles beside them; returns how many.

    The migration afterwards rewrites the table with the handles only, so that no file of the database keeps a key. Dumps made
    before still hold keys: whoever has one needs the hub's secret to read it, and they are to be destroyed.
    """
    kind = await connection.fetchval(
        "select data_type from information_schema.columns where table_schema = 'public' and table_name = 'person'"
        " and column_name = 'key'"
    )
    if kind != "bytea":
        return 0
    async with connection.transaction():
        await connection.execute("lock table person in access exclusive mode")
        await connection.execute("alter table person add column if not exists handle uuid")
        rows = await connection.fetch("select id, key from person where key is not null and handle is null order by id")
        adopted = {row["id"]: vault.adopt(row["key"]) for row in rows}
        # in the store before the handles commit: a crash in between leaves keys that nobody names
        vault.keys.put(dict(adopted.values()))
        await connection.executemany(
            "update person set handle = $2 where id = $1", [(person, handle) for person, (handle, _key) in adopted.items()]
        )
    return len(adopted)
