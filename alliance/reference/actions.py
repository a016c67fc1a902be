"""Loading the catalogues from the csv files of `fixtures/reference`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB


def _text(text: str) -> str | None:
    return text or None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


_TABLES = (
    ("industries.csv", "industry", ("code", "name_zh", "name_en", "level", "parent"), ("code",)),
    ("occupations.csv", "occupation", ("code", "name_zh", "name_en"), ("code",)),
    ("specialties.csv", "specialty", ("code", "name_zh", "name_en"), ("code",)),
    ("towns.csv", "town", ("code", "name_zh", "name_en", "longitude", "latitude", "position"), ("code",)),
    ("specialty_occupation.csv", "specialty_occupation", ("specialty", "occupation", "weight", "source"),
     ("specialty", "occupation")),
    ("skills.csv", "skill",
     ("code", "name_zh", "name_en", "aliases_zh", "aliases_en", "exclusions", "group_zh", "group_en", "valid_from", "valid_to",
      "replaced_by", "position"), ("code",)),
    ("leaving_rates.csv", "leaving_rate", ("code", "valid_from", "low", "middle", "high", "source"), ("code", "valid_from")),
)  # fmt: skip
_READ: dict[str, Callable[[str], object]] = {
    "code": str,
    "longitude": float,
    "latitude": float,
    "weight": float,
    "low": float,
    "middle": float,
    "high": float,
    "position": int,
    "aliases_zh": str,
    "aliases_en": str,
    "exclusions": str,
    "valid_from": _day,
    "valid_to": _day,
}
_NAMES = {"lon": "longitude", "lat": "latitude"}


async def load(folder: Path) -> dict[str, int]:
    """Insert or update every row of the catalogues; returns rows by table. What is gone from a file stays in the database,
    because old records point to it. Raises OSError when a file is missing, KeyError when a column is, ValueError when a number
    or a day is none."""
    counts = {}
    async with DB.acting_for(SYSTEM):
        for name, table, columns, key in _TABLES:
            rows = _read(folder / name, columns)
            updates = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key)
            places = ", ".join(f"${index}" for index in range(1, len(columns) + 1))
            conflict = f"on conflict ({', '.join(key)}) do update set {updates}"
            await DB.execute_many(f"insert into {table} ({', '.join(columns)}) values ({places}) {conflict}", rows)
            counts[table] = len(rows)
    return counts


def _read(path: Path, columns: tuple[str, ...]) -> list[tuple[object, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [{_NAMES.get(name, name): text for name, text in row.items()} for row in csv.DictReader(file)]
    for position, row in enumerate(rows):
        row.setdefault("position", str(position))
    return [tuple(_READ.get(column, _text)(row[column]) for column in columns) for row in rows]
