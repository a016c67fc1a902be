"""Reads `tables.txt`: a line `Class table`, below it its columns and constraints.

A column is `name type flags…`: `->Class` is a reference (`cascade`, `set_null`: what happens when the row goes; else it may not);
`null`, `unique`, `index`, `key` (primary) mean what they say; `=value` is the default in JSON, `=now`, `=new` (a random UUID) and
`=list` are made anew for each row. Without one the column has no default. A table without a `key` gets Piccolo's own, `id serial`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from piccolo import columns
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table, create_table_class

TYPES: dict[str, type[columns.Column]] = {
    "bigint": columns.BigInt, "bigserial": columns.BigSerial, "boolean": columns.Boolean, "bytea": columns.Bytea,
    "date": columns.Date, "double": columns.DoublePrecision, "integer": columns.Integer, "jsonb": columns.JSONB,
    "numeric": columns.Numeric, "smallint": columns.SmallInt, "text": columns.Text, "timestamptz": columns.Timestamptz,
    "uuid": columns.UUID, "varchar": columns.Varchar,
}  # fmt: skip
MADE = {"now": TimestamptzNow, "new": UUID4, "list": lambda: list}
FLAGS = {"key": "primary_key", "null": "null", "unique": "unique", "index": "index"}
_TYPE = re.compile(r"(?P<name>\w+)(?:\((?P<size>[\d,]+)\))?(?P<array>\[\])?")


@dataclass
class Listed:
    """A table of the list: its column lines and its constraints as (name, class, arguments)."""

    class_name: str
    tablename: str
    columns: list[list[str]] = field(default_factory=list)
    constraints: list[tuple[str, type[Check | Unique], dict[str, Any]]] = field(default_factory=list)


def read(text: str) -> list[Listed]:
    """Return the tables of a list, in its order. Raises ValueError at a line that is none of it."""
    tables: list[Listed] = []
    for line in text.splitlines():
        if not line.startswith("  "):
            class_name, tablename = line.split()
            tables.append(Listed(class_name, tablename))
        elif line.startswith("  check "):
            name, condition = line.removeprefix("  check ").split(": ", 1)
            tables[-1].constraints.append((name, Check, {"condition": condition, "name": name}))
        elif line.startswith("  unique "):
            name, names = line.removeprefix("  unique ").split(": ", 1)
            distinct = not names.endswith(" nulls not distinct")
            named = names.removesuffix(" nulls not distinct").split(", ")
            tables[-1].constraints.append((name, Unique, {"columns": named, "nulls_distinct": distinct, "name": name}))
        else:
            tables[-1].columns += [part.split() for part in line.strip().split(", ")]
    return tables


def describe(manager: MigrationManager, tables: list[Listed]) -> None:
    """Tell a migration to make the tables."""
    keys = {table.class_name: stub for table in tables if (stub := _stub(table)) is not None}
    for table in tables:
        manager.add_table(table.class_name, tablename=table.tablename)
        for name, kind, *flags in table.columns:
            column_class, arguments = _column(kind, flags, keys)
            manager.add_column(
                table.class_name, tablename=table.tablename, column_name=name, db_column_name=name, column_class=column_class,
                params=arguments,
            )  # fmt: skip
        for name, constraint_class, arguments in table.constraints:
            manager.add_constraint(table.class_name, table.tablename, name, constraint_class, arguments)


def _stub(table: Listed) -> type[Table] | None:
    """The table with nothing but its key, for those that refer to it; None where the key is a reference or Piccolo's own."""
    key = next((column for column in table.columns if "key" in column), None)
    if key is None or key[1].startswith("->"):
        return None
    name, kind, *flags = key
    column_class, arguments = _column(kind, flags, {})
    return create_table_class(
        table.class_name, class_kwargs={"tablename": table.tablename}, class_members={name: column_class(**arguments)}
    )


def _column(kind: str, flags: list[str], keys: dict[str, type[Table]]) -> tuple[type[columns.Column], dict[str, Any]]:
    arguments: dict[str, Any] = {"default": None, "null": False}
    if kind.startswith("->"):
        column_class: type[columns.Column] = columns.ForeignKey
        arguments |= {"references": keys[kind.removeprefix("->")], "on_delete": columns.OnDelete.restrict}
    else:
        column_class, sized = _type(kind)
        arguments |= sized
    for flag in flags:
        if flag in FLAGS:
            arguments[FLAGS[flag]] = True
        elif flag in columns.OnDelete.__members__:
            arguments["on_delete"] = columns.OnDelete[flag]
        else:
            arguments["default"] = _default(flag.removeprefix("="), column_class)
    if column_class in (columns.ForeignKey, columns.BigSerial):
        del arguments["default"]
    return column_class, arguments


def _type(kind: str) -> tuple[type[columns.Column], dict[str, Any]]:
    found = _TYPE.fullmatch(kind)
    if found is None:
        raise ValueError(f"not a type of a column: {kind}")
    column_class, sizes = TYPES[found["name"]], [int(size) for size in (found["size"] or "").split(",") if size]
    arguments: dict[str, Any] = {}
    if column_class is columns.Varchar:
        arguments["length"] = sizes[0]
    elif column_class is columns.Numeric:
        arguments["digits"] = tuple(sizes)
    if found["array"]:
        return columns.Array, {"base_column": column_class(**arguments)}
    return column_class, arguments


def _default(value: str, column_class: type[columns.Column]) -> Any:
    if value in MADE:
        return MADE[value]()
    given = json.loads(value)
    return Decimal(str(given)) if column_class is columns.Numeric else given
