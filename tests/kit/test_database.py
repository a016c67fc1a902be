"""Transactions that neither leak nor lie, and the eyes they give."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from tests.world import World


async def _rename(db: Database, world: World, name: str) -> None:
    await db.connection().execute(
        "update organisation set address = $2 where id = $1", world.organisations["hotel"], name
    )


async def _address(db: Database, world: World) -> str:
    async with db.acting_for(SYSTEM):
        return str(
            await db.fetch_value(
                "select address from organisation where id = $1", world.organisations["hotel"]
            )
        )


async def test_an_error_swallowed_inside_is_told_at_the_end_and_nothing_is_kept(
    db: Database, world: World
) -> None:
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        async with db.acting_for(SYSTEM):
            await _rename(db, world, "kept?")
            with pytest.raises(asyncpg.PostgresError):
                await db.connection().execute("select 1 / 0")
    assert await _address(db, world) == ""


async def test_an_inner_transaction_is_a_savepoint(db: Database, world: World) -> None:
    async with db.acting_for(SYSTEM):
        await _rename(db, world, "outer")
        with pytest.raises(ValueError, match="inner"):
            async with db.acting_for(world.hr_hotel):
                await _rename(db, world, "inner")
                raise ValueError("inner")
        assert await db.fetch_value("select app_role()") == "system"
    assert await _address(db, world) == "outer"


async def test_the_inner_actor_sees_with_their_own_eyes_and_the_outer_one_again_afterwards(
    db: Database, world: World
) -> None:
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select count(*) from student") == 16
        async with db.acting_for(world.coordinator_health):
            assert await db.fetch_value("select count(*) from student") == 4
        assert await db.fetch_value("select count(*) from student") == 16


async def test_a_reading_costs_its_questions_and_two_words_more(db: Database, world: World) -> None:
    asked: list[str] = []
    async with db.acting_for(SYSTEM) as connection:
        connection.add_query_logger(lambda query: asked.append(query.query))
        async with db.reading(SYSTEM):
            assert await db.fetch_value("select count(*) from student") == 16
        async with db.reading(world.coordinator_health):
            assert await db.fetch_value("select count(*) from student") == 4
        assert await db.fetch_value("select app_role()") == "system"
    begun = [query.partition(";")[0].split(" ", 1)[0] for query in asked]
    assert begun == ["select", "SAVEPOINT", "select", "select", "select", "SET"], (
        "the same eyes begin nothing"
    )


async def test_whoever_acts_under_a_name_with_quotes_acts_under_it(db: Database) -> None:
    name = "o'hara', true), set_config('app.role', 'system"
    async with db.acting_for(Actor(role=name)):
        assert await db.fetch_value("select app_role()") == name
        assert await db.fetch_value("select count(*) from student") == 0


async def test_failed_commits_give_their_connections_back(db: Database, world: World) -> None:
    for _ in range(20):
        with pytest.raises(asyncpg.PostgresError):
            async with db.acting_for(SYSTEM):
                await db.connection().execute("select nonsense")
    assert db.current_transaction.get() is None
    assert await asyncio.wait_for(_address(db, world), 5) == ""


async def test_what_a_page_asks_once_is_known_to_its_transaction_and_its_eyes_only(
    db: Database, world: World
) -> None:
    async def students() -> int:
        return int(await db.fetch_value("select count(*) from student"))

    async with db.acting_for(world.coordinator_health):
        assert await db.once("students", students) == 4
        assert await db.once("students", lambda: asyncio.sleep(0, -1)) == 4
        async with db.acting_for(SYSTEM):
            assert await db.once("students", students) == 16
        assert await db.once("students", students) == 4
    async with db.acting_for(world.coordinator_health):
        assert await db.once("students", lambda: asyncio.sleep(0, 5)) == 5


async def test_fifty_at_once_over_six_connections_see_only_their_own(
    db: Database, world: World
) -> None:
    actors = [
        world.coordinator_centre,
        world.coordinator_health,
        Actor(role="hr", organisation=world.organisations["hotel"]),
    ]

    async def count(actor: Actor) -> int:
        async with db.acting_for(actor):
            await asyncio.sleep(0)
            return int(await db.fetch_value("select count(*) from student"))

    counts = await asyncio.gather(*(count(actors[i % 3]) for i in range(51)))
    assert counts == [12, 4, 0] * 17


async def test_sql_outside_a_transaction_is_refused(db: Database) -> None:
    with pytest.raises(RuntimeError, match="acting_for"):
        await db.fetch("select 1")


async def test_the_audit_entry_goes_with_the_change(db: Database, world: World) -> None:
    from alliance.kit import audit

    with pytest.raises(ValueError, match="undone"):
        async with db.acting_for(world.hr_hotel):
            await audit.record(world.hr_hotel, "change", "post", None)
            raise ValueError("undone")
    async with db.acting_for(world.hr_hotel):
        assert await db.fetch_value("select count(*) from audit_entry") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.acting_for(world.hr_hotel):
                await audit.record(world.hr_precision, "in another's name", "post", None)
