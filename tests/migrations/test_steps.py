"""Steps are numbered, never changed, and bring the data of the first one along; schemas are what the rooms' files say."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest
from msgspec import structs
from piccolo.apps.migrations.commands.forwards import run_forwards

from alliance.commands import preparing
from alliance.drift import drift
from alliance.kit.engine import connect
from alliance.kit.keys.secrets import Vault
from alliance.kit.postgres.embedded import PrivatePostgres
from alliance.kit.postgres.migrate import MigrationError, migrate, room_schemas
from alliance.kit.postgres.schema import SchemaError, apply_schemas, digest_of
from alliance.migrations import SCHEMA, newest_migration
from alliance.regulation.catalogue import HIGH_RISK
from alliance.settings import Settings

STEPS = Path(__file__).parents[2] / "alliance" / "migrations"
FROZEN = Path(__file__).parent / "frozen.txt"
SCHEMAS = Path(__file__).parent / "schemas.txt"
DATA = Path(__file__).parent / "first_data.sql"
FILINGS = """
insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason,
  filed_on, starts, ends)
select gen_random_uuid(), p.enterprise, v.kind, v.rules, 'post', p.id, 'x', '1', v.reason,
  '2026-11-01', p.starts, p.ends
from (values ('filing', '{F01}'::varchar[], 'a'), ('filing', '{F02}', 'b'), ('filing', '{F03}', 'c'),
  ('override', '{C07}', 'd'), ('override', '{G01}', 'e'), ('filing', '{C02}', 'f'))
  as v(kind, rules, reason), (select * from post where title = '数控车削操作') p
"""
KEPT = [
    {
        "occupation": ["6-18-01-01"],
        **{hazard.lower(): [] for hazard in HIGH_RISK},
    },
    {"occupation": ["6-18-01-01"], "days_per_week": 5, "holidays": []},
    {"occupation": ["6-18-01-01"], "hours_per_day": 8.0, "hours_per_week": 40.0, "nights": []},
    {"occupation": ["6-18-01-01"], "allows": 10},
    {"pay_monthly": 3200, "wage_standard": 4000, "lowest_tier": 2800},
    {"wanted": ["66"]},
]
DAYS = "select host, post, day, interns from occupancy_day order by 1, 2, 3"


@pytest.fixture
async def empty(server: PrivatePostgres) -> AsyncIterator[str]:
    """An empty database of its owner."""
    name = f"steps_{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"create database {name} owner test_owner")
    await admin.execute(f"grant connect on database {name} to test_app")
    yield server.dsn(name, "test_owner")
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


def test_steps_have_one_number_each_without_a_gap() -> None:
    names = sorted(path.stem for path in STEPS.glob("*.py") if path.stem != "__init__")
    assert [name[:6] for name in names] == [f"m{number:04}_" for number in range(1, len(names) + 1)]
    for name in names:
        assert f'ID = "{name[1:5]}"' in (STEPS / f"{name}.py").read_text()
    assert newest_migration() == names[-1][1:5]


def test_a_step_that_stands_is_never_changed() -> None:
    """Append the line of a new step, as `sha256sum` writes it; never change another."""
    frozen = dict(reversed(line.split()) for line in FROZEN.read_text().splitlines())
    files = {
        str(path.relative_to(STEPS))
        for path in STEPS.rglob("*")
        if path.suffix in (".py", ".sql", ".txt")
    } - {"__init__.py"}
    assert files == set(frozen)
    for name, digest in frozen.items():
        assert sha256((STEPS / name).read_bytes()).hexdigest() == digest, name


async def test_data_of_the_first_step_reach_the_newest(
    empty: str, template: object, vault: Vault, server: PrivatePostgres
) -> None:
    os.environ["PICCOLO_CONF"] = "alliance.piccolo_conf"
    engine = connect(empty)
    await engine.start_connection_pool(min_size=1, max_size=2)
    assert (await run_forwards("alliance", "0001")).success
    await engine.close_connection_pool()
    admin = await asyncpg.connect(empty.replace("test_owner@", "postgres@"))
    try:
        # in any order: what is written was true together
        await admin.execute("truncate reading_term")
        await admin.execute(
            f"set session_replication_role = replica; {DATA.read_text()}; reset session_replication_role"
        )
        await admin.execute(FILINGS)
        days = await admin.fetch(DAYS)
        before = await _rows(admin)
        # became a view of changes
        assert before.pop("occupancy_day") == len(days)
        await migrate(empty, "test_app", vault)
        after = await _rows(admin)
        assert {table: after.get(table) for table in before} == before
        assert await admin.fetch(DAYS) == days, "the ledger says the same"
        kept = await admin.fetch("select reason, entered_for::text from filing order by reason")
        assert [json.loads(row["entered_for"]) for row in kept] == KEPT
        assert sum(before.values()) > 250
        assert await drift(empty) == []
        await migrate(empty, "test_app", vault)
        assert await _rows(admin) == after
    finally:
        await admin.close()


async def test_a_database_of_before_the_first_step_says_that_it_starts_over(
    empty: str, template: object, vault: Vault, settings: Settings
) -> None:
    older = await asyncpg.connect(empty)
    await older.execute(
        "create table migration (id serial primary key, name varchar, app_name varchar, ran_on timestamp)"
    )
    await older.execute(
        "insert into migration (name, app_name) values ('2026-11-24T08:00:00:000000', 'alliance')"
    )
    await older.close()
    with pytest.raises(MigrationError, match="RESET=1"):
        await migrate(empty, "test_app", vault)
    # who starts the hub reads the sentence alone
    of_app = empty.replace("test_owner@", "test_app@")
    with pytest.raises(SystemExit, match=r"not brought to this version: .* make demo RESET=1$"):
        await preparing._migrate(structs.replace(settings, dsn=of_app, owner_dsn=empty))


async def test_a_schema_is_what_its_files_say_and_is_applied_once(
    empty: str, template: object, vault: Vault, tmp_path: Path
) -> None:
    await migrate(empty, "test_app", vault)
    owner = await asyncpg.connect(empty)
    added = tmp_path / "schema.sql"

    async def apply(text: str, number: int = SCHEMA) -> bool:
        added.write_text(text)
        return await apply_schemas(owner, [*room_schemas(), added], number)

    try:
        assert not await apply_schemas(owner, room_schemas(), SCHEMA), "applied already"
        before = await _guards(owner)
        made = (
            "create or replace function of_tomorrow() returns int language sql as $$ select 1 $$;\n"
        )
        assert await apply(
            f"{made}create policy of_tomorrow on worker_beat for select using (of_tomorrow() = 1);"
        )
        assert await _guards(owner) - before == {
            ("worker_beat", "of_tomorrow"),
            ("", "of_tomorrow()"),
        }
        # a function may change what it returns although a policy asks it
        made = made.replace("returns int", "returns bigint")
        assert await apply(
            f"{made}create policy of_tomorrow on worker_beat for select using (of_tomorrow() = 1);"
        )
        # what is taken out of a file is taken out of the database
        assert await apply_schemas(owner, room_schemas(), SCHEMA)
        assert await _guards(owner) == before
        with pytest.raises(SchemaError, match="no_such_table"):
            await apply("create policy of_tomorrow on no_such_table for select using (true);")
        assert await _guards(owner) == before, "all or nothing"
    finally:
        await owner.close()


async def test_a_hub_of_before_does_not_put_its_own_back(
    empty: str, template: object, vault: Vault, tmp_path: Path
) -> None:
    await migrate(empty, "test_app", vault)
    owner = await asyncpg.connect(empty)
    added = tmp_path / "schema.sql"
    added.write_text("create policy of_tomorrow on worker_beat for select using (false);")
    try:
        assert await apply_schemas(owner, [*room_schemas(), added], SCHEMA + 1)
        newer = await _guards(owner)
        with pytest.raises(MigrationError, match="a newer hub"):
            await migrate(empty, "test_app", vault)
        assert await _guards(owner) == newer
        await owner.execute("insert into migration (name, app_name) values ('9999', 'alliance')")
        with pytest.raises(MigrationError, match="step 9999"):
            await migrate(empty, "test_app", vault)
    finally:
        await owner.close()


async def test_whoever_holds_a_table_is_waited_for_and_not_ended(
    empty: str, template: object, vault: Vault, tmp_path: Path
) -> None:
    await migrate(empty, "test_app", vault)
    owner, reader = await asyncpg.connect(empty), await asyncpg.connect(empty)
    added = tmp_path / "schema.sql"
    added.write_text("create policy of_tomorrow on worker_beat for select using (false);")
    try:
        held = reader.transaction()
        await held.start()
        await reader.execute("select from worker_beat")
        applying = asyncio.create_task(apply_schemas(owner, [*room_schemas(), added], SCHEMA))
        await asyncio.sleep(0.7)
        # asks for a table that the other has locked by then, and gets it
        await reader.execute("select from audit_entry")
        await held.commit()
        assert await applying
    finally:
        await owner.close()
        await reader.close()


def test_a_changed_schema_has_a_higher_number() -> None:
    """Raise `SCHEMA` with every change of a `schema.sql`, and append its line here."""
    lines = [line.split() for line in SCHEMAS.read_text().splitlines()]
    assert [int(number) for number, _digest in lines] == list(range(1, SCHEMA + 1))
    assert lines[-1][1] == digest_of(room_schemas())


async def _rows(connection: asyncpg.Connection) -> dict[str, int]:
    tables = await connection.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        " and relname <> 'migration' and relname not like 'pgqueuer%'"
    )
    return {
        row["relname"]: await connection.fetchval(f'select count(*) from "{row["relname"]}"')
        for row in tables
    }


async def _guards(connection: asyncpg.Connection) -> set[tuple[str, str]]:
    rows = await connection.fetch(
        "select tablename::text, policyname::text from pg_policies where schemaname = 'public'"
        " union all select tgrelid::regclass::text, tgname::text from pg_trigger where not tgisinternal"
        " union all select '', oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace"
    )
    return {tuple(row) for row in rows}
