"""How statements are written: nobody counts the places of their values, and none stands there to be kept alive."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.test_upward import texts

ROOT = Path(__file__).parents[2] / "alliance"
HELD = re.compile(
    r"(?:^|where|and)\s*\$\d+(?:::[\w\[\]]+)? is (?:not )?null\b(?!\s*(?:or|then|\)))",
    re.IGNORECASE,
)
"""A value that only says that it is there, outside `(… or …)`."""


def modules() -> Iterator[tuple[str, str]]:
    """(name, source) of every module that may have statements of the hub."""
    for path in sorted(ROOT.glob("**/*.py")):
        if "migrations" not in path.parts and path.name != "values.py":
            yield str(path.relative_to(ROOT)), path.read_text()


def counted(source: str) -> Iterator[int]:
    """The lines on which the place of a value is computed or left open."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            for before, part in zip(node.values, node.values[1:], strict=False):
                text = before.value if isinstance(before, ast.Constant) else ""
                if str(text).endswith("$") and isinstance(part, ast.FormattedValue):
                    yield node.lineno
        elif isinstance(node, ast.Constant) and re.search(r"\$\{\d*\}", str(node.value)):
            yield node.lineno


def test_no_place_of_a_value_is_counted_by_hand() -> None:
    found = [f"{name}:{line}" for name, source in modules() for line in counted(source)]
    assert found == [], "let alliance.kit.postgres.values.Values give the place"


def test_no_value_is_there_only_to_be_kept_alive() -> None:
    found = [
        f"{name}:{line}"
        for name, source in modules()
        for line, text in texts(ast.parse(source))
        if HELD.search(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('parts.append(f"a = ${len(values)}")', [1]),
        ('"a = ${}".format(1)', [1]),
        ('f"a = {given(1)}"', []),
        ('"a = $1"', []),
    ],
)
def test_a_counted_place_is_seen(source: str, lines: list[int]) -> None:
    assert list(counted(source)) == lines


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("$1::date is not null", True),
        ("where $2::uuid is null", True),
        ("where $2::uuid[] is not null and a = 1", True),
        ("($4::uuid[] is null or student = any($4))", False),
        ("where ($2::uuid is null and s.id <> all($3) or s.id = $2)", False),
    ],
)
def test_a_value_kept_alive_is_seen(text: str, held: bool) -> None:
    assert bool(HELD.search(text)) == held
