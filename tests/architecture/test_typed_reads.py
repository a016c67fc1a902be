"""Every statement that is read as a struct has the struct's fields as its columns, in their types."""

from __future__ import annotations

import ast
import importlib
import inspect
import typing
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any
from uuid import UUID

import msgspec
import pytest

from alliance.kit.database import Database
from tests.world import World

ROOT = Path(__file__).parents[2]
READS = ("fetch_as", "fetch_one_as")
TYPES: dict[str, type] = {
    "text": str, "varchar": str, "bpchar": str, "uuid": UUID, "bool": bool, "date": date,
    "timestamptz": datetime, "numeric": Decimal, "int2": int, "int4": int, "int8": int,
    "float4": float, "float8": float, "jsonb": str, "json": str, "bytea": bytes,
}  # fmt: skip
"""PostgreSQL's type → what asyncpg gives for it; arrays give lists."""


def reads() -> Iterator[tuple[str, ModuleType, ast.Call, ast.AST]]:
    """(where, module, call, function around it) of every typed read of the hub."""
    for path in sorted(ROOT.glob("alliance/**/*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(name + "(" in text for name in READS) or path.name == "database.py":
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        tree = ast.parse(text)
        around = {
            inner: outer
            for outer in ast.walk(tree)
            if isinstance(outer, ast.AsyncFunctionDef)
            for inner in ast.walk(outer)
        }
        for node in ast.walk(tree):
            called = (
                node.func.attr
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                else ""
            )
            if called in READS:
                assert isinstance(node, ast.Call)
                yield f"{name}:{node.lineno}", module, node, around[node]


def statement(module: ModuleType, call: ast.Call) -> str | None:
    """The SQL of a call, where it is written there or a constant of the module."""
    given = call.args[1]
    try:
        found = eval(compile(ast.Expression(given), module.__name__, "eval"), vars(module))
    except NameError:
        return None
    return found if isinstance(found, str) else None


def unlike(field: Any, kind: str) -> bool:
    """Whether a field's type says something else than what the column gives."""
    plain = typing.get_args(field) if isinstance(field, UnionType) else (field,)
    names = {typing.get_origin(one) or one for one in plain} - {type(None)}
    names = {getattr(one, "__supertype__", one) for one in names}
    if Any in names:
        return False
    if kind.startswith("_"):
        return not names & {list, tuple}
    return kind in TYPES and TYPES[kind] not in names


async def test_every_typed_read_has_the_columns_of_its_struct(db: Database, world: World) -> None:
    wrong: list[str] = []
    async with db.acting_for(world.coordinator_centre) as connection:
        for where, module, call, _function in reads():
            sql = statement(module, call)
            if sql is None:
                wrong.append(f"{where}: make the statement a constant of its module")
                continue
            struct = vars(module)[ast.unparse(call.args[0])]
            assert inspect.isclass(struct)
            columns = {
                one.name: one.type.name for one in (await connection.prepare(sql)).get_attributes()
            }
            fields = {one.name: one for one in msgspec.structs.fields(struct)}
            needed = {name for name, one in fields.items() if one.required}
            if strange := columns.keys() - fields.keys():
                wrong.append(f"{where}: no field for {sorted(strange)}")
            if lacking := needed - columns.keys():
                wrong.append(f"{where}: no column for {sorted(lacking)}")
            wrong += [
                f"{where}: {name} is {kind} in PostgreSQL and {fields[name].type} here"
                for name, kind in columns.items()
                if name in fields and unlike(fields[name].type, kind)
            ]
    assert wrong == []


@pytest.mark.parametrize(
    ("field", "kind", "is_unlike"),
    [
        (str, "text", False),
        (int, "text", True),
        (UUID | None, "uuid", False),
        (list[str], "_text", False),
        (str, "_text", True),
        (Decimal, "float8", True),
        (Any, "jsonb", False),
    ],
)
def test_a_field_of_another_type_is_told(field: Any, kind: str, is_unlike: bool) -> None:
    assert unlike(field, kind) == is_unlike
