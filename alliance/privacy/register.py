"""The register of personal columns: purpose, lawful basis, readers, retention and source of each,
read from files of data.

Every column of every table stands in `register.csv` or, by name, in `not_personal.csv`; only a
table that refers to nobody may stand there as a whole (`*`). A test holds the two files against the
database, so that no column can be forgotten.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from alliance.kit.language import N_, language

DATA: Final = Path(__file__).parent / "data"
KINDS: Final = {
    "ordinary": N_("ordinary"),
    "sensitive": N_("sensitive"),
    "technical": N_("technical"),
}
BASES: Final = {"duty": N_("statutory duty"), "contract": N_("contract"), "consent": N_("consent")}
SOURCES: Final = {
    "person": N_("the person"),
    "coordinator": N_("the internship coordinator"),
    "staff": N_("staff"),
    "host": N_("the host"),
    "manager": N_("whoever manages accounts"),
    "roster": N_("the list of students"),
    "hub": N_("made by the hub"),
}
"""Where a value comes from."""
GROUPS: Final = {
    "identity": N_("Who you are"),
    "contact": N_("How you are reached"),
    "account": N_("Your account"),
    "school": N_("School"),
    "wishes": N_("Wishes"),
    "placement": N_("Placement"),
    "files": N_("Files and agreement"),
    "consents": N_("Notices and consents"),
    "rights": N_("Your requests"),
    "reads": N_("What was done and told"),
    "work": N_("What you did at work"),
}
"""Group of the register → its heading, in the order of the page of one's own data."""


class Purpose(msgspec.Struct, frozen=True, kw_only=True):
    """Why data are processed, and on which lawful basis (PIPL art. 13)."""

    code: str
    zh: str
    en: str
    basis: str
    citation_zh: str
    citation_en: str

    @property
    def words(self) -> str:
        """The purpose in the reader's language."""
        return self.zh if language() == "zh" else self.en

    @property
    def citation(self) -> str:
        """The law behind the basis, in the reader's language."""
        return self.citation_zh if language() == "zh" else self.citation_en


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One personal column."""

    table: str
    column: str
    group: str
    label_zh: str
    label_en: str
    kind: str
    purpose: str
    readers: str
    retention: str
    source: str

    @property
    def label(self) -> str:
        """What the column holds, in the reader's language."""
        return self.label_zh if language() == "zh" else self.label_en


_Row = TypeVar("_Row", Purpose, Entry)


@cache
def purposes() -> dict[str, Purpose]:
    """Code → purpose."""
    return {purpose.code: purpose for purpose in _read("purposes.csv", Purpose)}


@cache
def entries() -> tuple[Entry, ...]:
    """Every personal column, in the order of the file."""
    return tuple(_read("register.csv", Entry))


@cache
def entries_of(table: str) -> dict[str, Entry]:
    """Column → entry, of one table."""
    return {entry.column: entry for entry in entries() if entry.table == table}


@cache
def actions() -> dict[str, tuple[str, str]]:
    """Action of the audit trail → what it is called, in Chinese and in English."""
    with (DATA / "actions.csv").open(encoding="utf-8") as file:
        return {row["code"]: (row["zh"], row["en"]) for row in csv.DictReader(file)}


@cache
def not_personal() -> dict[str, frozenset[str]]:
    """Table → its columns without personal data; `*` where the whole table has none."""
    with (DATA / "not_personal.csv").open(encoding="utf-8") as file:
        return {row["table"]: frozenset(row["columns"].split()) for row in csv.DictReader(file)}


def wanted(
    search: str = "", kind: str = "", basis: str = "", sort: str = "", down: bool = False
) -> list[Entry]:
    """The entries that fit, sorted by a column of the page; the file's order without one."""
    words = search.casefold().strip()
    found = [
        entry
        for entry in entries()
        if (not kind or entry.kind == kind)
        and (not basis or purposes()[entry.purpose].basis == basis)
        and (not words or words in _haystack(entry))
    ]
    if sort in ("label", "table", "kind", "purpose", "retention"):
        found.sort(
            key=lambda entry: (getattr(entry, sort), entry.table, entry.column), reverse=down
        )
    return found


def _haystack(entry: Entry) -> str:
    purpose = purposes()[entry.purpose]
    return " ".join(
        (
            entry.table,
            entry.column,
            entry.label_zh,
            entry.label_en,
            purpose.zh,
            purpose.en,
            purpose.citation_zh,
            entry.retention,
        )
    ).casefold()


def _read(name: str, row: type[_Row]) -> Sequence[_Row]:
    with (DATA / name).open(encoding="utf-8") as file:
        return [msgspec.convert(line, row) for line in csv.DictReader(file)]
