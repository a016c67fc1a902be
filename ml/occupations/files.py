"""Reading tables of occupations, labelled titles and titles, and writing what was read."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from ml.occupations.features import Document
from ml.occupations.model import Labelled, Reading
from ml.skills.files import SkillsError, parts, rows

OCCUPATIONS = ("code", "name_zh")
LABELLED = ("id", "title", "text", "occupations")
TITLES = ("id", "title", "text")
WRITTEN = ("id", "code", "origin", "guesses")


def read_names(path: Path) -> dict[str, str]:
    """Code → Chinese name of each occupation that stands today (`valid_to` is empty). Raises
    SkillsError, OSError."""
    found: dict[str, str] = {}
    for line, row in rows(path, OCCUPATIONS):
        if row["code"] in found:
            raise SkillsError(f"{path}:{line}: code: {row['code']} stands in the table already")
        if not row.get("valid_to"):
            found[row["code"]] = row["name_zh"]
    return found


def read_labelled(path: Path) -> list[Labelled]:
    """Titles with the codes that a reader found right (separated by |); other columns become marks.
    Raises SkillsError, OSError."""
    return [
        Labelled(
            row["id"],
            row["title"],
            row["text"],
            frozenset(parts(row["occupations"])),
            {name: value for name, value in row.items() if name not in LABELLED},
        )
        for _line, row in rows(path, LABELLED)
    ]


def read_titles(path: Path) -> list[tuple[str, Document]]:
    """(id, (title, text)) of a file. Raises SkillsError, OSError."""
    return [(row["id"], (row["title"], row["text"])) for _line, row in rows(path, TITLES)]


def write_readings(path: Path, found: Iterable[tuple[str, Reading]]) -> int:
    """Write one line a title; returns how many have an occupation told. Raises OSError."""
    told = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(WRITTEN)
        for name, reading in found:
            guesses = "|".join(f"{code} {chance:.2f}" for code, chance in reading.guesses)
            writer.writerow((name, reading.code or "", reading.origin, guesses))
            told += reading.code is not None
    return told
