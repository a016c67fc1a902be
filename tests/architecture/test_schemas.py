"""What guards the tables stands in the latest room that it names, said once, functions before those who call them."""

from __future__ import annotations

import re
from pathlib import Path

from alliance.kit.postgres.migrate import room_schemas
from alliance.piccolo_app import APP_CONFIG

ROOT = Path(__file__).parents[2]
MADE = re.compile(
    r"create (?:or replace )?(function|policy|(?:constraint )?trigger) (\w+)(?:.*?\son (\w+))?",
    re.IGNORECASE | re.DOTALL,
)
NAMED = r"\b(?:from|join|update|into|on|using|table|from\s+\w+(?:\s+\w+)?\s*,)\s+(?:only\s+)?{}\b(?!\s*\()"


def _rooms() -> dict[str, Path]:
    return {
        table._meta.tablename: ROOT / Path(*table.__module__.split(".")[:-1])
        for table in APP_CONFIG.table_classes
    }


def _code(path: Path) -> str:
    return re.sub(r"--.*", "", path.read_text())


def test_no_schema_names_a_table_or_function_of_a_later_room() -> None:
    files = room_schemas()
    order = {path.parent: place for place, path in enumerate(files)}
    of_table = {table: order[room] for table, room in _rooms().items() if room in order}
    of_function = {
        name: place
        for place, path in enumerate(files)
        for name in re.findall(r"create or replace function (\w+)", _code(path))
    }
    later = []
    for place, path in enumerate(files):
        code = _code(path)
        later += [
            f"{path.parent.name} names the table {table}"
            for table, room in of_table.items()
            if room > place and re.search(NAMED.format(table), code, re.IGNORECASE)
        ]
        later += [
            f"{path.parent.name} calls {name}"
            for name, room in of_function.items()
            if room > place and re.search(rf"\b{name}\s*\(", code)
        ]
    assert later == []
    assert len(of_function) > 80


def test_every_function_policy_and_trigger_is_made_once() -> None:
    made: list[tuple[str, ...]] = []
    for path in room_schemas():
        for statement in re.split(
            r";\s*\n(?=\s*(?:create|alter|--|$))", _code(path), flags=re.IGNORECASE
        ):
            if found := MADE.match(statement.strip()):
                kind, name, table = found.groups()
                made.append((kind, name) if kind == "function" else (kind, name, table))
    assert len(made) > 400
    assert sorted({one for one in made if made.count(one) > 1}) == []
