"""Reading the table of skills and texts, and writing what was found."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from ml.skills.model import Labelled, Skill, Span

SKILLS = ("code", "name_zh", "name_en")
TEXTS = ("id", "text")
LABELLED = (*TEXTS, "skills")
FOUND = ("id", "start", "end", "code", "status", "words")


class SkillsError(ValueError):
    """A file that cannot be used; its text names file, line, column and what is wrong."""


def read_skills(path: Path) -> list[Skill]:
    """The table of skills: code, name_zh, name_en; optional aliases_zh, aliases_en and exclusions
    (separated by |), group_zh, group_en, valid_from, valid_to (days) and replaced_by. Raises
    SkillsError, OSError."""
    found: dict[str, Skill] = {}
    for line, row in rows(path, SKILLS):
        skill = _skill(path, line, row)
        if skill.code in found:
            raise SkillsError(f"{path}:{line}: code: {skill.code} stands in the table already")
        found[skill.code] = skill
    for skill in found.values():
        if skill.replaced_by and skill.replaced_by not in found:
            raise SkillsError(
                f"{path}:0: replaced_by: {skill.code} is replaced by {skill.replaced_by}, which is "
                "not in the table"
            )
    return list(found.values())


def read_texts(path: Path) -> list[tuple[str, str]]:
    """(id, text) of a csv file with these columns. Raises SkillsError, OSError."""
    return [(row["id"], row["text"]) for _line, row in rows(path, TEXTS)]


def read_labelled(path: Path) -> list[Labelled]:
    """Texts with the codes that a reader found: id, text, skills (separated by |); other columns
    become marks. Raises SkillsError, OSError."""
    return [
        Labelled(
            row["id"],
            row["text"],
            frozenset(parts(row["skills"])),
            {k: v for k, v in row.items() if k not in LABELLED},
        )
        for _line, row in rows(path, LABELLED)
    ]


def write_found(path: Path, found: Iterable[tuple[str, str, Sequence[Span]]]) -> int:
    """Write one line per mention of (id, text, spans); returns how many. Raises OSError."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FOUND)
        for name, text, spans in found:
            writer.writerows(
                (name, span.start, span.end, span.code, span.status, text[span.start : span.end])
                for span in spans
            )
            count += len(spans)
    return count


def rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by heading) of each row of a csv file with these columns. Raises SkillsError,
    OSError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        csv.field_size_limit(max(csv.field_size_limit(), path.stat().st_size))
        reader = csv.reader(file, strict=True)
        line = 1
        try:
            head = next(reader, [])
            for name in needed:
                if head.count(name) != 1:
                    why = "the column is missing" if name not in head else "the column stands twice"
                    raise SkillsError(f"{path}:1: {name}: {why}")
            if len(set(head)) != len(head):
                twice = next(name for name in head if head.count(name) > 1)
                raise SkillsError(f"{path}:1: {twice}: the column stands twice")
            # a quotation mark that does not close swallows rows: where it stands is told, not where
            # the file ends
            line = reader.line_num + 1
            for row in reader:
                if row and len(row) != len(head):
                    raise SkillsError(
                        f"{path}:{line}: row: has {len(row)} cells, the header {len(head)}"
                    )
                if row:
                    yield reader.line_num, dict(zip(head, row, strict=True))
                line = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise SkillsError(f"{path}:{line}: file: is no csv in UTF-8: {error}") from error
        except csv.Error as error:
            raise SkillsError(
                f"{path}:{line}: row: is no csv ({error}): look for a lone quotation mark"
            ) from error


def _skill(path: Path, line: int, row: dict[str, str]) -> Skill:
    if not row["code"]:
        raise SkillsError(f"{path}:{line}: code: is empty")
    names = (row["name_zh"], row["name_en"])
    if not any(names):
        raise SkillsError(f"{path}:{line}: name_zh: {row['code']} has no name")
    return Skill(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        spellings=parts(row.get("aliases_zh", "")) + parts(row.get("aliases_en", "")),
        exclusions=parts(row.get("exclusions", "")),
        group_zh=row.get("group_zh", ""),
        group_en=row.get("group_en", ""),
        valid_from=_day(path, line, "valid_from", row.get("valid_from", "")),
        valid_to=_day(path, line, "valid_to", row.get("valid_to", "")),
        replaced_by=row.get("replaced_by") or None,
    )


def parts(text: str) -> tuple[str, ...]:
    """What a cell holds, separated by |."""
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _day(path: Path, line: int, column: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SkillsError(f"{path}:{line}: {column}: “{text}” is no day as 2026-10-08") from error
