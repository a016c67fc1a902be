"""No room reads, in SQL that its modules write, a table or a function of a later room; the order of the rooms is said once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from alliance.app import ROOMS
from alliance.kit.postgres.migrate import room_schemas
from alliance.piccolo_app import APP_CONFIG

ROOT = Path(__file__).parents[2]
ORDER = {room.name: place for place, room in enumerate(ROOMS)} | {"regulation": 0}
FROM = re.compile(
    r"\b(?:from|join|update|into|delete\s+from|lock\s+table)\s+(?:only\s+)?(?:lateral\s+)?"
    r"(\w+(?:\s+(?:as\s+)?\w+)?(?:\s*,\s*(?:lateral\s+)?\w+(?:\s+(?:as\s+)?\w+)?)*)",
    re.IGNORECASE,
)
CALL = re.compile(r"\b([a-z_]+)\s*\(")


def room_of_table() -> dict[str, str]:
    """Table → the room that makes it."""
    return {
        table._meta.tablename: table.__module__.split(".")[1] for table in APP_CONFIG.table_classes
    }


def room_of_function() -> dict[str, str]:
    """Function of the database → the room in whose schema it stands."""
    return {
        name: path.relative_to(ROOT / "alliance").parts[0]
        for path in room_schemas()
        for name in re.findall(r"create or replace function (\w+)", path.read_text())
    }


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, text) of every string of a module that is no docstring and no sentence for people."""
    skip: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skip.add(id(node.value))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "N_", "ngettext"):
            skip |= {id(inner) for inner in ast.walk(node)}
        elif isinstance(node, ast.JoinedStr):
            skip |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in skip:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (
                str(part.value) if isinstance(part, ast.Constant) else " … " for part in node.values
            )
            yield node.lineno, "".join(parts)


def named(text: str, tables: dict[str, str], functions: dict[str, str]) -> Iterator[str]:
    """The tables and functions of the hub that a text of SQL names."""
    for listed in FROM.findall(text):
        for one in listed.split(","):
            words = [word for word in one.split() if word.lower() != "lateral"]
            if words and words[0] in tables:
                yield words[0]
    for call in CALL.findall(text):
        if call in functions:
            yield call


def upward(source: str, room: str, tables: dict[str, str], functions: dict[str, str]) -> list[str]:
    """What a module of this room names of later rooms: line, name and its room."""
    later = tables | functions
    return [
        f"{line} {name} ({later[name]})"
        for line, text in texts(ast.parse(source))
        for name in sorted(set(named(text, tables, functions)))
        if ORDER[later[name]] > ORDER[room]
    ]


def test_no_module_names_a_table_or_function_of_a_later_room() -> None:
    tables, functions = room_of_table(), room_of_function()
    found = []
    for path in sorted((ROOT / "alliance").glob("*/**/*.py")):
        parts = path.relative_to(ROOT / "alliance").parts
        if parts[0] in ORDER:
            source = path.read_text(encoding="utf-8")
            found += [
                f"{path.relative_to(ROOT)}:{one}"
                for one in upward(source, parts[0], tables, functions)
            ]
    assert found == [], "ask through a registry that the later room fills, or let it send an event"
    assert len(tables) > 80
    assert len(functions) > 80
