"""How statements are written: nobody counts the places of their values, none is there to be kept alive, and what changes
one table plainly is said in its columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance.piccolo_app import APP_CONFIG
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


VALUE = r"(?:\$\d+(?:::\w+(?:\[\])?)?|'[^']*'|-?\d+|null|true|false)"
"""What a column is set to or compared with by itself: no function, other column or query."""
HERE = rf"\w+ (?:(?:=|<>|<|>|<=|>=) {VALUE}|is (?:not )?null|in \({VALUE}(?:, {VALUE})*\))"
MADE = rf"(?:{VALUE}|now\(\)|gen_random_uuid\(\))"
PLAIN = re.compile(
    rf"insert into \w+ \([\w, ]+\) values \({MADE}(?:, {MADE})*\)"
    rf"|update \w+ set \w+ = (?:{VALUE}|\w+ \+ \d+)(?:, \w+ = (?:{VALUE}|\w+ \+ \d+))* where {HERE}(?: and {HERE})*"
    rf"|delete from \w+ where {HERE}(?: and {HERE})*"
)
"""One row into one table, or rows of one table found by their own columns; returns nothing."""
BY_ITSELF = ("execute", "change", "sweep")
"""Statements for many rows, and those that return some, stay SQL (decision 48)."""
OF_NO_TABLE_HERE = ("session_value", "pgqueuer")


def plain(source: str) -> Iterator[int]:
    """The lines with a statement that the columns of its table say as well."""
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        text = call.args[0].value if isinstance(call.args[0], ast.Constant) else ""
        said = " ".join(str(text).split())
        elsewhere = any(f" {table} " in said for table in OF_NO_TABLE_HERE)
        if call.func.attr in BY_ITSELF and PLAIN.fullmatch(said) and not elsewhere:
            yield call.lineno


def test_what_changes_one_table_plainly_is_said_in_its_columns() -> None:
    found = [
        f"{name}:{line}"
        for name, source in modules()
        if not name.startswith("kit/keys/")
        for line in plain(source)
    ]
    assert found == [], "write DB.insert(Table(…)) or DB.change(Table.update({…}).where(…))"


@pytest.mark.parametrize(
    ("statement", "is_plain"),
    [
        ("insert into visit (id, school) values (gen_random_uuid(), $1)", True),
        ("insert into visit (id, school) select $1, id from organisation", False),
        ("insert into visit (id) values ($1) on conflict (id) do nothing", False),
        ("update visit set state = $2, version = version + 1 where id = $1", True),
        ("update visit set state = 'x' where id = any($1)", False),
        ("update visit set ends = greatest(ends, $2) where id = $1", False),
        ("update visit set state = 'x' where id = $1 and ended is null returning id", False),
        ("delete from visit where id = $1", True),
        ("delete from visit v using post p where v.post = p.id", False),
    ],
)
def test_a_plain_statement_is_seen(statement: str, is_plain: bool) -> None:
    assert bool(list(plain(f"DB.change({statement!r}, one)"))) == is_plain


def test_every_column_that_a_new_row_names_is_one_of_its_table() -> None:
    """Piccolo says so itself, but only when the row is made."""
    columns = {
        table.__name__: {column._meta.name for column in table._meta.columns}
        for table in APP_CONFIG.table_classes
    }
    wrong = [
        f"{name}:{call.lineno} {ast.unparse(row.func)}.{keyword.arg}"
        for name, source in modules()
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "insert"
        for row in call.args
        if isinstance(row, ast.Call)
        for keyword in row.keywords
        if keyword.arg
        and keyword.arg not in columns.get(ast.unparse(row.func).split(".")[-1], {keyword.arg})
    ]
    assert wrong == []


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
