"""Which statuses and media types a handler may answer with: what stands in it and in every function
of ours behind it."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from litestar.exceptions import HTTPException
from litestar.response import Response

from alliance.kit.describing.source import of_one_package, source_of
from alliance.kit.engine import DB
from alliance.kit.problems import Refusal
from alliance.kit.web import files

ANY: Final = "*/*"
"""A file as it was uploaded."""
_ALIASES: Final = {"status", "status_code"}


@dataclass(frozen=True)
class Behind:
    """What a function may answer, and the functions that it calls."""

    statuses: frozenset[int]
    media: frozenset[str]
    calls: frozenset[types.FunctionType]
    asks_database: bool


def answers_of(handler: Callable[..., Any]) -> Behind:
    """All statuses that are raised or written, and all media types of files, from the handler
    down."""
    seen: dict[types.FunctionType, Behind] = {}
    # a decorated handler keeps its source, and raises by the names of the module it stands in
    plain = inspect.unwrap(handler)
    waiting = [plain] if isinstance(plain, types.FunctionType) else []
    while waiting:
        function = waiting.pop()
        if function not in seen:
            seen[function] = _look(function)
            waiting += seen[function].calls
    return Behind(
        frozenset().union(*(one.statuses for one in seen.values())),
        frozenset().union(*(one.media for one in seen.values())),
        frozenset(seen),
        any(one.asks_database for one in seen.values()),
    )


@cache
def _look(function: types.FunctionType) -> Behind:
    tree = source_of(function)
    if tree is None:
        return Behind(frozenset(), frozenset(), frozenset(), False)
    world = function.__globals__
    statuses: set[int] = set()
    media: set[str] = set()
    calls: set[types.FunctionType] = set()
    asks = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            statuses |= _raised(node.exc, world)
        elif isinstance(node, ast.Assign) and any(
            isinstance(name, ast.Name) and name.id in _ALIASES for name in node.targets
        ):
            statuses |= set(_numbers(node.value))
        elif isinstance(node, ast.Name | ast.Attribute):
            # also what is only named: it is handed on to be called
            found = _known(node, world)
            asks = asks or found is DB
            found = inspect.unwrap(found) if isinstance(found, types.FunctionType) else found
            if isinstance(found, types.FunctionType) and of_one_package(found, function):
                calls.add(found)
        if isinstance(node, ast.Call):
            found = _known(node.func, world)
            statuses |= {
                number
                for word in node.keywords
                if word.arg in _ALIASES
                for number in _numbers(word.value)
            }
            if isinstance(found, types.FunctionType):
                statuses |= _by_place(found, node)
            if found is files.download:
                media.add(_constant(node.args[2], world) if len(node.args) > 2 else ANY)
            elif found is Response and function is not files.download:
                media |= {
                    _constant(word.value, world)
                    for word in node.keywords
                    if word.arg == "media_type"
                }
    return Behind(frozenset(statuses), frozenset(media), frozenset(calls), asks)


def _raised(error: ast.expr, world: dict[str, Any]) -> set[int]:
    found = _known(error.func if isinstance(error, ast.Call) else error, world)
    if isinstance(found, type) and issubclass(found, Refusal):
        return {found.status}
    if isinstance(found, type) and issubclass(found, HTTPException):
        return {found.status_code}
    return set()


def _by_place(function: types.FunctionType, node: ast.Call) -> set[int]:
    """The numbers given for a parameter `status` by their place."""
    names = list(inspect.signature(function).parameters)
    return {
        number
        for name, given in zip(names, node.args, strict=False)
        if name in _ALIASES
        for number in _numbers(given)
    }


def _numbers(node: ast.expr) -> Iterator[int]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and type(part.value) is int and 200 <= part.value < 600:
            yield part.value


def _known(node: ast.expr, world: dict[str, Any]) -> Any:
    """The object that a dotted name stands for in a module, or None."""
    if isinstance(node, ast.Name):
        return world.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _known(node.value, world)
        return (
            getattr(owner, node.attr, None) if isinstance(owner, types.ModuleType | type) else None
        )
    return None


def _constant(node: ast.expr, world: dict[str, Any]) -> str:
    found = node.value if isinstance(node, ast.Constant) else _known(node, world)
    return found if isinstance(found, str) else ANY
