"""Every word about a person is under a key: a walk over the text of every table of the register, and a dump after erasing."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from alliance.hosts import actions as host_actions
from alliance.hosts.model import InspectionDraft
from alliance.kit import clock, reading
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.members.erasing import erase_person
from alliance.members.keyrings import keyrings
from alliance.orientation import actions as visits_actions
from alliance.placements import actions as file_actions
from alliance.privacy.register import DATA, entries
from alliance.regulation import INSPECTION_ITEMS
from tests.orientation.test_visits import prepared
from tests.placements.files import complete, placed
from tests.world import World

TEXT = ("text", "varchar", "jsonb", "json", "_varchar", "_text")


def plain_words() -> dict[tuple[str, str], str]:
    """(table, column) that holds readable text → why that is not about a person."""
    with (DATA / "words.csv").open(encoding="utf-8") as file:
        return {
            (row["table"], column): row["why_zh"]
            for row in csv.DictReader(file)
            for column in row["columns"].split()
        }


async def test_every_text_in_a_table_about_people_is_sealed_or_says_why_not(
    db: Database, world: World
) -> None:
    assert db.pool is not None
    tables = {entry.table for entry in entries()}
    columns = await db.pool.fetch(
        "select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " join pg_type t on t.oid = a.atttypid where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
        " and a.attnum > 0 and not a.attisdropped and t.typname = any($1) and c.relname = any($2)",
        list(TEXT),
        list(tables),
    )
    checks = await db.pool.fetch(
        "select conname, pg_get_constraintdef(oid) as said from pg_constraint where contype = 'c'"
    )
    sealed = {
        row["conname"]
        for row in checks
        if row["conname"].endswith("_sealed") and "sealed:" in row["said"]
    }
    told = plain_words()
    open_to_readers = {
        (row["table"], row["column"])
        for row in columns
        if f"{row['table']}_{row['column']}_sealed" not in sealed
    }
    assert open_to_readers - set(told) == set(), (
        "seal them (kit.secrets.sealed) or say in words.csv why they name nobody"
    )
    assert set(told) - open_to_readers == set(), (
        "words.csv names columns that are sealed, or not there"
    )
    assert all(told.values())


async def test_the_database_refuses_words_about_somebody_in_plain_text(
    db: Database, world: World
) -> None:
    placement = await placed(world)
    for sql in (
        "update placement_file set agreement_text = '林小满' where placement = $1",
        "update placement_file set policy = 'P-1' where placement = $1",
        """update placement_file set plan = '{"goals": "林小满"}' where placement = $1""",
        "update placement set ended_reason = '生病' where id = $1",
        """update placement set reason = '{"note": "生病"}' where id = $1""",
    ):
        with pytest.raises(Exception, match="_sealed"):
            async with db.acting_for(SYSTEM) as connection:
                await connection.execute(sql, placement)


async def test_after_erasing_no_table_says_a_word_of_what_was_written_about_a_student(
    db: Database, world: World, vault: Vault
) -> None:
    student = world.students[0]
    placement = await placed(world)
    await complete(world, placement)
    await file_actions.move(world.coordinator_centre, placement, "agree")
    words = {
        "agreement_text": "林小满每晚回家",
        "insurer": "林氏财险",
        "policy": "LIN-1",
        "plan": {"goals": "照顾林小满"},
    }
    await file_actions.record(world.coordinator_centre, [placement], words)
    await file_actions.record(world.coordinator_centre, [placement], {"policy": "LIN-2"})
    async with db.acting_for(world.coordinator_centre):
        await reading.opened_for(
            student, "file", "request", (await keyrings([student]))[student].cover("林家来访")
        )
    await file_actions.move(world.coordinator_centre, placement, "cancel", "林小满生病")
    said = ("林", "LIN-", "生病")
    assert not _speaks(await _everything(db), said), "in plain text even before anybody is erased"
    async with db.acting_for(SYSTEM):
        born = await db.fetch_value("select born from student where id = $1", student)
        handle = await db.fetch_value("select key from person where id = $1", student)
        await db.fetch_value(
            "update placement set ends = starts, state = 'cancelled' where id = $1 returning id",
            placement,
        )
        stored = await db.fetch_one(
            "select f.*, p.ended_reason from placement_file f join placement p on p.id = f.placement"
        )
        judged = await db.fetch(
            "select facts from evaluation where facts::text like '%' || $1 || '%'", str(student)
        )
    assert stored is not None
    assert vault.keyring(handle).uncover(stored["agreement_text"]) == "林小满每晚回家"
    assert judged, "a gate was passed with the student's facts"
    await erase_person(world.coordinator_centre, vault, student, "mistake")
    everything = await _everything(db)
    assert not _speaks(everything, said)
    assert vault.keyring(handle).uncover(stored["policy"]) == "—"
    kept = [row for row in everything["evaluation"] if str(student) in row]
    assert kept
    assert not any(born.isoformat() in row for row in kept), (
        "the day of birth stays in the facts of a gate"
    )


async def test_what_staff_write_about_visits_goes_with_whoever_wrote_it(
    db: Database, world: World, vault: Vault
) -> None:
    writer, host = world.colleague_centre, world.organisations["precision"]
    items = dict.fromkeys(INSPECTION_ITEMS, "合格")
    seen = InspectionDraft(
        inspected_on=clock.today(), visitors="林主任", items=items, passed=True, conclusion=""
    )
    await host_actions.record_inspection(writer, host, seen)
    await host_actions.keep_arrangements(
        writer, {"leader": ("林校长", clock.today())}, {"leader": "yes"}
    )
    visit = await prepared(world)
    await visits_actions.move(writer, visit, "confirm")
    await visits_actions.move(writer, visit, "cancel", "林老师生病")
    assert not _speaks(await _everything(db), ("林",))
    async with db.acting_for(SYSTEM):
        row = await db.fetch_one("select report, reported_by from visit where id = $1", visit)
    assert row is not None
    assert (await _read(db, row["reported_by"], row["report"])) == "林老师生病"
    await erase_person(world.coordinator_centre, vault, row["reported_by"], "asked")
    assert (await _read(db, row["reported_by"], row["report"])) == "—"


async def _read(db: Database, person: Any, text: str) -> str:
    async with db.acting_for(SYSTEM):
        return (await keyrings([person]))[person].uncover(text)


async def _everything(db: Database) -> dict[str, list[str]]:
    """Every row of every table as text: what a dump says."""
    assert db.pool is not None
    async with db.acting_for(SYSTEM):
        tables = await db.fetch(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        return {
            row["relname"]: [
                str(one["said"])
                for one in await db.fetch(f"select t::text as said from {row['relname']} t")
            ]
            for row in tables
        }


def _speaks(everything: dict[str, list[str]], words: tuple[str, ...]) -> list[str]:
    # names of the small world's students and organisations have none of these words
    return [
        f"{table}: {row[:200]}"
        for table, rows in everything.items()
        for row in rows
        if any(word in row for word in words)
    ]
