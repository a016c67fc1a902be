"""What a room gives to another one has a type: no row without one crosses a border."""

from __future__ import annotations

import ast
import importlib
import inspect
import typing
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

ROOT = Path(__file__).parents[2]
CONTAINERS = {"builtins", "collections.abc", "types", "typing"}
"""The modules of what holds rows: lists, mappings, iterators, unions."""


def modules() -> dict[str, ast.Module]:
    """Every module of the hub with its tree."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text()
        )
        for path in sorted(ROOT.glob("alliance/**/*.py"))
        if "migrations" not in path.parts
    }


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def names_of_others(trees: dict[str, ast.Module]) -> dict[tuple[str, str], set[str]]:
    """(module, name) → the modules of other rooms that take it from there."""
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    for module, tree in trees.items():
        modules_as: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for name in node.names:
                    if (whole := f"{node.module}.{name.name}") in trees:
                        modules_as[name.asname or name.name] = whole
                    elif node.module in trees:
                        taken[node.module, name.name].add(module)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                taken[modules_as.get(node.value.id, ""), node.attr].add(module)
    return {
        (module, name): others
        for (module, name), takers in taken.items()
        if module and (others := {taker for taker in takers if room_of(taker) != room_of(module)})
    }


def untyped(hint: Any) -> bool:
    """Whether a type says nothing of the rows that it holds."""
    if hint is Any or (inspect.isclass(hint) and issubclass(hint, asyncpg.Record)):
        return True
    base = typing.get_origin(hint)
    # an array or a response may be of anything, a container of rows may not
    if base is None or getattr(base, "__module__", "") not in CONTAINERS:
        return False
    return any(untyped(part) for part in typing.get_args(hint) if not isinstance(part, list))


def crossing() -> Iterator[tuple[str, Any]]:
    """(name, type of what it returns) of every function of a room that another room calls."""
    for (module, name), _others in sorted(names_of_others(modules()).items()):
        if room_of(module) == "kit":
            continue
        given = getattr(importlib.import_module(module), name, None)
        if inspect.isfunction(inspect.unwrap(given)) and given.__module__ == module:
            hints = typing.get_type_hints(inspect.unwrap(given))
            yield f"{module}.{name}", hints.get("return")


def test_what_a_room_returns_to_another_has_a_type() -> None:
    given = dict(crossing())
    assert len(given) > 100
    wrong = sorted(name for name, hint in given.items() if untyped(hint))
    assert wrong == [], "return a struct (DB.fetch_as), not a dictionary"


class Row(msgspec.Struct):
    number: int


@pytest.mark.parametrize(
    ("hint", "is_untyped"),
    [
        (list[dict[str, Any]], True),
        (dict[str, Any] | None, True),
        (tuple[list[asyncpg.Record], int], True),
        (Any, True),
        (list[Row], False),
        (dict[str, object], False),
        (Row | None, False),
    ],
)
def test_a_row_without_a_type_is_seen(hint: Any, is_untyped: bool) -> None:
    assert untyped(hint) == is_untyped
