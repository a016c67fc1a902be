"""Where a function takes ids of two kinds, their types tell them apart: mypy refuses a call that swaps them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "alliance"
BARE = ("UUID", "UUID | None", "FromPath[UUID]")


def alike(source: str) -> list[str]:
    """The functions that take two ids or more by place whose types do not tell them apart."""
    return [
        f"{node.lineno} {node.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and sum(
            one.annotation is not None and ast.unparse(one.annotation) in BARE
            for one in node.args.posonlyargs + node.args.args
        )
        > 1
    ]


def test_ids_of_two_kinds_in_one_signature_have_types_of_their_own() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{one}"
        for path in sorted(ROOT.glob("**/*.py"))
        if "migrations" not in path.parts
        for one in alike(path.read_text())
    ]
    assert found == [], "take them as alliance.kit.asking.ids has them, or by name only"


@pytest.mark.parametrize(
    ("source", "is_told"),
    [
        ("def f(student: UUID, post: UUID | None): ...", True),
        ("async def f(request, a: FromPath[UUID], b: UUID): ...", True),
        ("def f(student: StudentId, post: UUID): ...", False),
        ("def f(*, student: UUID, post: UUID): ...", False),
    ],
)
def test_two_ids_that_could_be_swapped_are_told(source: str, is_told: bool) -> None:
    assert bool(alike(source)) == is_told
