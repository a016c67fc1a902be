"""Occupations over time: what a file may say of them, what the database holds, what stands for an old code."""

from __future__ import annotations

import csv
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import pytest

from alliance.commands.preparing import REFERENCE
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.reference import queries
from alliance.reference.actions import load
from alliance.reference.model import Occupation, faults_of, under_all_codes
from tests.world import World

ENDED = date(2026, 6, 30)
LATHE = "6-18-01-01"
HEAD = ["code", "name_zh", "name_en", "valid_from", "valid_to", "replaced_by"]


def occupation(
    code: str, valid_to: date | None = None, replaced_by: str | None = None
) -> Occupation:
    return Occupation(code, code, code, valid_to=valid_to, replaced_by=replaced_by)


@pytest.mark.parametrize(
    ("table", "faults"),
    [
        ([occupation("A", ENDED, "B"), occupation("B")], []),
        (
            [
                occupation("A", ENDED, "B"),
                occupation("B", ENDED, "C"),
                occupation("D", ENDED, "C"),
                occupation("C"),
            ],
            [],
        ),
        ([occupation("A", ENDED)], []),
        ([occupation("A", None, "B"), occupation("B")], [("A", "valid_to")]),
        ([occupation("A", ENDED, "A")], [("A", "replaced_by")]),
        ([occupation("A", ENDED, "B")], [("A", "replaced_by")]),
        ([occupation("A", ENDED, "B"), occupation("B", ENDED)], [("A", "replaced_by")]),
        (
            [occupation("A", ENDED, "B"), occupation("B", ENDED, "A")],
            [("A", "replaced_by"), ("B", "replaced_by")],
        ),
        ([Occupation("A", "A", "A", date(2027, 1, 1), ENDED)], [("A", "valid_to")]),
    ],
)
def test_faults_of_a_table_are_told_by_code_and_field(
    table: list[Occupation], faults: list[tuple[str, str]]
) -> None:
    known = {one.code: one for one in table}
    assert [(one.code, field) for one in table for field, _told in faults_of(one, known)] == faults


def test_a_link_holds_under_every_code_of_its_occupation_and_the_strongest_wins() -> None:
    present = {"OLD": "NEW", "OLDER": "NEW", "NEW": "NEW", "K": "K"}
    links = {
        ("s", "OLD"): 0.4,
        ("s", "NEW"): 0.9,
        ("t", "OLDER"): 0.5,
        ("t", "K"): 1.0,
        ("t", "unknown"): 0.1,
    }
    assert under_all_codes(links, present) == {
        **{("s", code): 0.9 for code in ("OLD", "OLDER", "NEW")},
        **{("t", code): 0.5 for code in ("OLD", "OLDER", "NEW")},
        ("t", "K"): 1.0,
        ("t", "unknown"): 0.1,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The catalogues of the demonstration, to be changed."""
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


def write(folder: Path, *rows: list[str], columns: int = 6) -> None:
    """The file of occupations with these rows above the demonstration's own."""
    with (REFERENCE / "occupations.csv").open(encoding="utf-8", newline="") as file:
        own = list(csv.reader(file))[1:]
    with (folder / "occupations.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(row[:columns] for row in [HEAD, *rows, *own])


async def test_an_edition_is_loaded_twice_as_once_and_its_columns_may_be_missing(
    db: Database, world: World, folder: Path
) -> None:
    write(
        folder,
        ["A", "甲", "a", "", "2026-06-30", "B"],
        ["B", "乙", "b", "2015-01-01", "2026-06-30", LATHE],
    )
    for _time in range(2):
        await load(folder)
        found = {one.code: one for one in await queries.occupations(SYSTEM)}
        assert found["A"] == Occupation("A", "甲", "a", None, ENDED, "B")
        assert found["B"].valid_from == date(2015, 1, 1)
    with clock.frozen(datetime(2026, 6, 30, 12, tzinfo=UTC)):
        assert (await queries.present_occupations(SYSTEM))["A"] == "A"
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        assert (await queries.present_occupations(SYSTEM))["A"] == LATHE
    write(folder, columns=3)
    await load(folder)
    assert {one.code for one in await queries.occupations(SYSTEM) if one.valid_to} == {"A", "B"}, (
        "what a file lacks stays"
    )


async def test_a_file_with_faults_is_refused_whole_with_row_and_field(
    db: Database, world: World, folder: Path
) -> None:
    before = await queries.occupations(SYSTEM)
    write(folder, ["A", "甲", "a", "", "2026-06", ""], ["B", "乙", "b", "once", "", ""])
    with pytest.raises(ValueError) as caught:
        await load(folder)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "occupations.csv, row 2, valid_to",
        "occupations.csv, row 3, valid_from",
    ]
    write(folder, ["A", "甲", "a", "", "", LATHE], ["B", "乙", "b", "", "2026-06-30", "nowhere"])
    with pytest.raises(ValueError) as caught:
        await load(folder)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "occupations.csv, row 2, valid_to",
        "occupations.csv, row 3, replaced_by",
    ]
    assert await queries.occupations(SYSTEM) == before


@pytest.mark.parametrize(
    ("rows", "constraint"),
    [
        ([("A", None, LATHE)], "occupation_ended_check"),
        ([("A", ENDED, "A")], "occupation_replaced_check"),
        ([("A", ENDED, "nowhere")], "occupation_replaced_by_fkey"),
        ([("A", ENDED, "B"), ("B", ENDED, None)], "occupation_chain_check"),
        ([("A", ENDED, "B"), ("B", ENDED, "C"), ("C", ENDED, "A")], "occupation_chain_check"),
        ([("A", ENDED, "B"), ("B", ENDED, LATHE), ("C", ENDED, LATHE)], None),
        ([("A", ENDED, None)], None),
    ],
)
async def test_the_database_holds_what_the_table_says(
    db: Database,
    world: World,
    rows: list[tuple[str, date | None, str | None]],
    constraint: str | None,
) -> None:
    async def write_all() -> None:
        async with db.acting_for(SYSTEM):
            await db.execute_many(
                "insert into occupation (code, name_zh, name_en, valid_to, replaced_by) values ($1, $1, $1, $2, $3)",
                rows,
            )

    if constraint is None:
        await write_all()
        return
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await write_all()
    assert caught.value.constraint_name == constraint


async def test_a_code_that_ends_takes_no_other_chain_with_it_unseen(
    db: Database, world: World
) -> None:
    async with db.acting_for(SYSTEM):
        await db.execute_many(
            "insert into occupation (code, name_zh, name_en, valid_to, replaced_by) values ($1, $1, $1, $2, $3)",
            [("A", ENDED, LATHE)],
        )
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        async with db.acting_for(SYSTEM):
            await db.connection().execute(
                "update occupation set valid_to = $1 where code = $2", ENDED, LATHE
            )
    assert caught.value.constraint_name == "occupation_chain_check"
