"""What stood in plain text before the database refused it: the migration covers it, in tables, trail and judgements."""

from __future__ import annotations

import asyncpg
import msgspec

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.embedded import PrivatePostgres
from alliance.kit.engine import connect
from alliance.kit.secrets import COVER, Vault
from alliance.migrations import alliance_2026_11_30t05_51_00_words_covered as covering
from alliance.placements import file_actions
from tests.placements.files import complete, placed
from tests.world import World

OLD = {"agreement_text": "林小满同意", "insurer": "林氏财险", "policy": "LIN-9"}


async def test_the_migration_covers_what_stood_in_plain_text_and_loses_no_word(
    db: Database, world: World, vault: Vault, server: PrivatePostgres, dsn: str
) -> None:
    placement, student = await placed(world), world.students[0]
    await complete(world, placement)
    await file_actions.move(world.coordinator_centre, placement, "agree")
    async with db.acting_for(SYSTEM):
        key = await db.fetch_value("select key from person where id = $1", student)
        name = str(await db.fetch_value("select current_database()"))
    as_owner = server.dsn(name, "test_owner")
    owner = await asyncpg.connect(as_owner)
    # the tables as they were before: no constraint, words in plain text, nobody recorded as the writer
    for row in await owner.fetch(
        "select conrelid::regclass::text as of, conname from pg_constraint where conname like '%\\_sealed' or conname in"
        " ('inspection_recorded_check', 'school_arrangement_recorded_check', 'visit_reported_check')"
    ):
        await owner.execute(f"alter table {row['of']} drop constraint {row['conname']}")
    for table in ("placement_file", "evaluation", "inspection", "school_arrangement", "audit_entry"):
        await owner.execute(f"alter table {table} no force row level security")
    await owner.execute(
        "update placement_file set agreement_text = $2, insurer = $3, policy = $4, plan = $5::jsonb where placement = $1",
        placement, *OLD.values(), '{"goals": "照顾林小满"}',
    )  # fmt: skip
    await owner.execute("update inspection set visitors = '林主任', recorded_by = null")
    await owner.execute("update school_arrangement set detail = '林校长', recorded_by = null")
    await owner.execute(
        "update audit_entry set after = jsonb_build_object('policy', 'LIN-8', 'plan', jsonb_build_object('goals', '林')),"
        " before = '{\"policy\": \"LIN-7\"}' where action = 'change_file' and subject = $1",
        placement,
    )
    await owner.execute(
        "update evaluation set facts = jsonb_set(facts, '{groups,agreement,0,text}', '\"林小满同意\"') where subject = $1",
        placement,
    )
    await db.close_connection_pool()
    engine = connect(as_owner)
    await engine.start_connection_pool(min_size=1, max_size=2)
    for _again in range(2):
        async with engine.transaction():
            for step in (await covering.forwards()).raw:
                await step()
    await engine.close_connection_pool()
    connect(dsn)
    await db.start_connection_pool(min_size=1, max_size=6)
    ring = vault.keyring(key)
    row = await owner.fetchrow("select * from placement_file where placement = $1", placement)
    assert row is not None
    assert all(row[column].startswith(COVER) for column in OLD)
    assert {column: ring.uncover(row[column]) for column in OLD} == OLD
    assert ring.uncover(msgspec.json.decode(row["plan"])["goals"]) == "照顾林小满"
    for entry in await owner.fetch(
        "select before, after from audit_entry where action = 'change_file' and subject = $1", placement
    ):
        before, after = msgspec.json.decode(entry["before"]), msgspec.json.decode(entry["after"])
        assert [ring.uncover(told) for told in (before["policy"], after["policy"], after["plan"]["goals"])] == [
            "LIN-7",
            "LIN-8",
            "林",
        ]
    for table, column, word in (("inspection", "visitors", "林主任"), ("school_arrangement", "detail", "林校长")):
        for one in await owner.fetch(
            f"select t.{column} as words, p.key, p.organisation = t.school as own from {table} t join person p on p.id = t.recorded_by"
        ):
            assert one["own"]
            assert vault.keyring(one["key"]).uncover(one["words"]) == word != one["words"]
    left = [str(one["said"]) for table in ("placement_file", "audit_entry", "evaluation", "inspection", "school_arrangement")
            for one in await owner.fetch(f"select t::text as said from {table} t")]  # fmt: skip
    assert not any("林" in said or "LIN-" in said for said in left)
    await owner.close()
