"""The database that tests share between them: whatever one does to it, the next finds the template."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from alliance.kit.postgres.embedded import PrivatePostgres
from tests.clones import Clones
from tests.world import World


@pytest.fixture
async def own(server: PrivatePostgres, template: tuple[str, World]) -> AsyncIterator[Clones]:
    kept = Clones(server, template[0], "test_owner")
    yield kept
    await kept.drop()


async def run(server: PrivatePostgres, name: str, *statements: str) -> None:
    connection = await asyncpg.connect(server.dsn(name))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def look(server: PrivatePostgres, name: str) -> list[object]:
    """Every row of some tables, and a number that a sequence gives next."""
    connection = await asyncpg.connect(server.dsn(name))
    rows = [
        await connection.fetch(f"select * from {table} order by 1")
        for table in ("account", "person", "event", "role_grant")
    ]
    last = await connection.fetchval(
        "select max(coalesce(last_value, 0)) from pg_sequences where sequencename = 'event_id_seq'"
    )
    await connection.close()
    return [*rows, last]


@pytest.mark.parametrize(
    ("statements", "stays"),
    [
        (("select 1",), True),
        (("update account set name = 'x'",), True),
        (
            ("set session_replication_role = replica", "delete from person", "delete from account"),
            True,
        ),
        (("begin", "update account set name = 'x'", "rollback"), True),
        (
            (
                "insert into event (at, name, payload) select now(), 'x', '{}' from generate_series(1, 7)",
                "delete from event",
            ),
            True,
        ),
        (("alter table account disable row level security",), False),
        (("create function f() returns int language sql as 'select 1'",), False),
        (("truncate role_grant cascade",), False),
    ],
)
async def test_the_next_test_finds_what_the_template_has(
    server: PrivatePostgres, own: Clones, statements: tuple[str, ...], stays: bool
) -> None:
    name = await own.take()
    before = await look(server, name)
    await run(server, name, *statements)
    await own.give_back()
    assert (await own.take() == name) is stays
    assert await look(server, await own.take()) == before


async def test_a_clone_somebody_still_holds_or_dropped_is_replaced(
    server: PrivatePostgres, own: Clones
) -> None:
    name = await own.take()
    held = await asyncpg.connect(server.dsn(name))
    await own.give_back()
    second = await own.take()
    assert second != name
    assert held.is_closed() or not await _answers(held)
    await run(server, "postgres", f"drop database {second} with (force)")
    await own.give_back()
    assert await own.take() not in (name, second)


async def _answers(connection: asyncpg.Connection) -> bool:
    try:
        await connection.fetchval("select 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True
