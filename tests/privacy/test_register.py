"""The register against the database: nothing personal outside of it, nothing in it that is not there."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import msgspec

from alliance.kit.database import Database
from alliance.kit.web.pages import ROOT
from alliance.privacy.holdings import ACTED, HOLDINGS, NOT_SHOWN
from alliance.privacy.register import (
    BASES,
    GROUPS,
    KINDS,
    SOURCES,
    actions,
    entries,
    not_personal,
    purposes,
    wanted,
)
from tests.world import World

PEOPLE = ("person", "student", "account")
QUEUE = ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules")
"""PgQueuer's own tables: payloads are ids in JSON, kept as bytes."""
NAMES_SOMEBODY = (
    "person",
    "student",
    "guardian",
    "account",
    "teacher",
    "instructor",
    "mentor",
    "login",
    "phone",
    "mail",
)
"""What a column that names somebody is called; also every id that ends in `_by`, unless it
refers to what is no person (a run)."""


async def test_no_personal_column_without_an_entry_and_no_entry_without_its_column(
    db: Database, world: World
) -> None:
    assert db.pool is not None
    columns = await db.pool.fetch(
        "select c.relname as table, a.attname as column, t.typname as type, f.relname as refers from pg_attribute a"
        " join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid"
        " left join pg_constraint k on k.conrelid = c.oid and k.contype = 'f' and a.attnum = any(k.conkey)"
        " left join pg_class f on f.oid = k.confrelid"
        " where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped"
    )
    there = {(row["table"], row["column"]) for row in columns}
    registered = {(entry.table, entry.column) for entry in entries()}
    declared = not_personal()
    missing, careless = [], []
    for row in columns:
        where, named = (row["table"], row["column"]), declared.get(row["table"], frozenset())
        refers = row["refers"] in PEOPLE or row["column"] in NAMES_SOMEBODY
        refers = refers or (
            row["type"] == "uuid" and row["column"].endswith("_by") and row["refers"] is None
        )
        sealed = row["type"] == "bytea" and row["table"] not in QUEUE
        if where in registered:
            continue
        if row["column"] not in named and "*" not in named:
            missing.append(".".join(where))
        elif refers or (sealed and row["column"] not in named):
            careless.append(".".join(where))
    assert careless == [], (
        "these name somebody or carry ciphertext and stand among what is not personal"
    )
    assert missing == [], (
        "write them into alliance/privacy/data/register.csv (or, by name, into not_personal.csv)"
    )
    assert registered - there == set()
    assert {
        (table, column) for table, named in declared.items() for column in named - {"*"}
    } - there == set()
    assert {table for table, named in declared.items() if "*" in named} & {
        table for table, _ in registered
    } == set()


def test_every_entry_has_purpose_basis_readers_and_period() -> None:
    assert len({(entry.table, entry.column) for entry in entries()}) == len(entries())
    for entry in entries():
        purpose = purposes()[entry.purpose]
        assert purpose.basis in BASES, entry
        assert entry.kind in KINDS, entry
        assert entry.group in GROUPS, entry
        assert entry.source in SOURCES, entry
        assert all((*msgspec.structs.astuple(purpose), *msgspec.structs.astuple(entry))), (
            f"{entry} leaves something open"
        )


def test_a_person_is_shown_every_table_of_the_register_or_told_why_not() -> None:
    covered = set(HOLDINGS) | {table for table, _what, _column in ACTED} | set(NOT_SHOWN)
    assert {entry.table for entry in entries()} - covered == set()


def test_the_register_is_searched_and_sorted() -> None:
    assert {entry.column for entry in wanted("身份证", kind="sensitive")} == {"identity_number"}
    assert all(purposes()[entry.purpose].basis == "consent" for entry in wanted(basis="consent"))
    up, down = wanted(sort="label"), wanted(sort="label", down=True)
    assert [entry.label for entry in up] == [entry.label for entry in reversed(down)] or len(
        up
    ) == len(down)


async def test_staff_read_and_export_the_register(app: Any, browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        shown = await browser.get("/privacy/register?search=student.phone&sort=purpose")
        assert shown.status_code == 200
        assert "student.phone" in shown.text
        assert "student.grade" not in shown.text
        csv = await browser.get("/privacy/register/export?form=csv&kind=sensitive")
        assert "identity_number" in csv.text
        assert "audit_entry" not in csv.text
        assert (await browser.get("/privacy/register?sheet=1")).status_code == 200


def test_every_action_of_the_trail_has_words() -> None:
    """What `audit.record` is given as its action, wherever that is written out or made of a step's name."""
    found = set()
    for path in (ROOT / "alliance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and len(node.args) > 1
            ):
                owner = node.func.value
                given = node.args[1]
                if (
                    node.func.attr == "record"
                    and isinstance(owner, ast.Name)
                    and owner.id == "audit"
                ):
                    found |= {
                        word.value
                        for word in ast.walk(given)
                        if isinstance(word, ast.Constant) and _is_action(word.value)
                    }
    assert {"sign_in", "change_file"} <= found
    assert found - set(actions()) == set()


def _is_action(word: object) -> bool:
    return isinstance(word, str) and "_" in word.strip("_")
