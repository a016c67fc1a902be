"""The syntax trees of the hub's own functions."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path


def of_one_package(one: types.FunctionType, other: types.FunctionType) -> bool:
    """Whether two functions are of the same package: what a library does is not followed."""
    return one.__module__.partition(".")[0] == other.__module__.partition(".")[0]


@cache
def source_of(function: types.FunctionType) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The syntax tree of a function; None where there is no source."""
    code = function.__code__
    return _functions_in(code.co_filename).get((code.co_name, code.co_firstlineno))


@cache
def _functions_in(file: str) -> dict[tuple[str, int], ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module by name and first line, decorators included."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except OSError:
        return {}
    return {
        (node.name, min([node.lineno, *(part.lineno for part in node.decorator_list)])): node
        for node in _functions(tree)
    }


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions below a statement; expressions hold none, and are nine nodes of ten."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(tree, name, ()):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node
            yield from _functions(node)
