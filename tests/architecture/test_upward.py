"""No room reads, in SQL that its modules write, a table or a function of a later room; the order of the rooms is said once."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance.app import ROOMS
from alliance.kit.postgres.migrate import room_schemas
from alliance.piccolo_app import APP_CONFIG

ROOT = Path(__file__).parents[2]
ORDER = {room.name: place for place, room in enumerate(ROOMS)} | {"regulation": 0}
FROM = re.compile(
    r"\b(?:from|join|update|into|using|lock\s+table)\s+(?:only\s+)?(?:lateral\s+)?"
    r"(\w+(?:\s+(?:as\s+)?\w+)?(?:\s*,\s*(?:lateral\s+)?\w+(?:\s+(?:as\s+)?\w+)?)*)",
    re.IGNORECASE,
)
CALL = re.compile(r"\b([a-z_]+)\s*\(")


def room_of_table() -> dict[str, str]:
    """Table or view → the room that makes it."""
    tables = {
        table._meta.tablename: table.__module__.split(".")[1] for table in APP_CONFIG.table_classes
    }
    return tables | _made("view")


def room_of_function() -> dict[str, str]:
    """Function of the database → the room in whose schema it stands."""
    return _made("function")


def _made(kind: str) -> dict[str, str]:
    return {
        name: path.relative_to(ROOT / "alliance").parts[0]
        for path in room_schemas()
        for name in re.findall(rf"create or replace {kind} (\w+)", path.read_text())
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


def contract(name: str) -> dict[str, list[str]]:
    """An import contract of the project, by its name."""
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (found,) = [one for one in written["tool"]["importlinter"]["contracts"] if one["name"] == name]
    return dict(found)


def test_the_rooms_have_the_order_of_the_import_contract() -> None:
    layers = contract("a domain imports only domains before it; kit and regulation import none")
    assert layers["layers"][-1] == "alliance.regulation | alliance.kit"
    below_app = layers["layers"][layers["layers"].index("alliance.app") + 1 : -1]
    assert [f"alliance.{room.name}" for room in reversed(ROOMS)] == [*below_app, "alliance.kit"]


def test_every_module_that_calls_itself_pure_is_held_by_the_contract() -> None:
    held = contract("pure types and rules do no I/O")["source_modules"]
    # a room's own words tell of its parts, and the law has a contract of its own
    claimed = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "alliance").glob("*/**/*.py"))
        if re.search(r"\bpure\b", ast.get_docstring(ast.parse(path.read_text())) or "", re.I)
        and not (path.name == "__init__.py" and path.parent.parent.name == "alliance")
    ]
    assert [
        name
        for name in claimed
        if not any(name == one or name.startswith(f"{one}.") for one in held)
    ] == []
    assert len(claimed) >= 25


def test_no_view_imports_a_view() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in (ROOT / "alliance").glob("*/**/*.py")
        if path.name not in ("room.py", "__init__.py") and "kit" not in path.parts
    }
    views = {name for name, text in modules.items() if re.search(r"^ROUTES\b", text, re.M)}
    found = [
        f"{view} imports {node.module}.{name.name}"
        for view in sorted(views)
        for node in ast.walk(ast.parse(modules[view]))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if {node.module, f"{node.module}.{name.name}"} & views
    ]
    assert found == [], "put what they share beside them: forms, wording, queries"
    assert len(views) > 40


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('ROWS = "select id from post p, round_post r"', ["1 round_post (rounds)"]),
        (
            'async def f(x):\n    await x(f"delete from {x} using placement")',
            ["2 placement (placements)"],
        ),
        ('X = "select 1 from occupancy_day"', []),
        ('X = "select right_ended($1)"', ["1 right_ended (placements)"]),
        ('"""A round takes from placement what it needs."""', []),
        ('X = _("You update placement by hand.")', []),
        ('X = "select id from post join organisation o on true"', []),
    ],
)
def test_a_reader_of_later_tables_is_told(source: str, told: list[str]) -> None:
    tables, functions = room_of_table(), room_of_function()
    assert upward(source, "posts", tables, functions) == told
