"""Loading the catalogues from the csv files of `fixtures/reference`."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.postgres.values import Values
from alliance.reference import queries
from alliance.reference.model import Occupation, faults_of


def _text(text: str) -> str | None:
    return text or None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


_TABLES = (
    ("industries.csv", "industry", ("code", "name_zh", "name_en", "level", "parent"), ("code",)),
    (
        "occupations.csv",
        "occupation",
        ("code", "name_zh", "name_en", "valid_from", "valid_to", "replaced_by"),
        ("code",),
    ),
    ("specialties.csv", "specialty", ("code", "name_zh", "name_en"), ("code",)),
    (
        "towns.csv",
        "town",
        ("code", "name_zh", "name_en", "longitude", "latitude", "position"),
        ("code",),
    ),
    (
        "specialty_occupation.csv",
        "specialty_occupation",
        ("specialty", "occupation", "weight", "source"),
        ("specialty", "occupation"),
    ),
    (
        "skills.csv",
        "skill",
        (
            "code",
            "name_zh",
            "name_en",
            "aliases_zh",
            "aliases_en",
            "exclusions",
            "group_zh",
            "group_en",
            "valid_from",
            "valid_to",
            "replaced_by",
            "position",
        ),
        ("code",),
    ),
    (
        "titles.csv",
        "labelled_title",
        ("id", "kind", "title", "text", "occupations"),
        ("id",),
    ),
    (
        "leaving_rates.csv",
        "leaving_rate",
        ("code", "valid_from", "low", "middle", "high", "source"),
        ("code", "valid_from"),
    ),
)
_READ: dict[str, Callable[[str], object]] = {
    "code": str,
    "id": str,
    "title": str,
    "text": str,
    "occupations": str,
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
_WANTED = {
    **dict.fromkeys(("longitude", "latitude", "weight", "low", "middle", "high"), "number"),
    "position": "whole number",
    **dict.fromkeys(("valid_from", "valid_to"), "day; write it as 2026-12-31"),
}
_OPTIONAL = {"occupations.csv": ("valid_from", "valid_to", "replaced_by")}
"""Columns that a file may lack, which leaves them empty."""
_NAMES = {"lon": "longitude", "lat": "latitude"}


async def load(folder: Path) -> dict[str, int]:
    """Insert or update every row of the catalogues; returns rows by table. What is gone from a file
    stays in the database, because old records point to it. Raises OSError when a file is missing,
    KeyError when a column is, ValueError, which names file, row and field, when a number or a day
    is none or an occupation is replaced by what cannot stand for it."""
    counts = {}
    async with DB.acting_for(SYSTEM):
        for name, table, columns, key in _TABLES:
            rows = _read(folder / name, columns)
            if table == "occupation":
                await _check_occupations(name, [Occupation(*row) for row in rows])
            updates = ", ".join(
                f"{column} = excluded.{column}" for column in columns if column not in key
            )
            places = ", ".join(map(Values(), columns))
            conflict = f"on conflict ({', '.join(key)}) do update set {updates}"
            await DB.execute_many(
                f"insert into {table} ({', '.join(columns)}) values ({places}) {conflict}", rows
            )
            counts[table] = len(rows)
    return counts


async def _check_occupations(name: str, read: list[Occupation]) -> None:
    known = {one.code: one for one in (*await queries.occupations(SYSTEM), *read)}
    _refuse(
        f"{name}, row {row}, {field}: {fault}"
        for row, one in enumerate(read, 2)
        for field, fault in faults_of(one, known)
    )


def _read(path: Path, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            {_NAMES.get(name, name): text for name, text in row.items()}
            for row in csv.DictReader(file)
        ]
    found, faults = [], []
    for position, row in enumerate(rows):
        row.setdefault("position", str(position))
        for column in _OPTIONAL.get(path.name, ()):
            row.setdefault(column, "")
        values = []
        for column in columns:
            try:
                values.append(_READ.get(column, _text)(row[column]))
            except ValueError:
                faults.append(
                    f"{path.name}, row {position + 2}, {column}: “{row[column]}” is no "
                    f"{_WANTED[column]}"
                )
        found.append(tuple(values))
    _refuse(faults)
    return found


def _refuse(faults: Iterable[str]) -> None:
    if lines := list(faults):
        raise ValueError("\n".join(lines))
