"""Duties to keep data that somebody asked to have erased: dated, each with its citation, read from
a table of data."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import msgspec

from alliance.kit.language import language

_FILE = Path(__file__).parent / "keeping.csv"


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One duty as it stands from a day on; `own` marks a period that no law fixes."""

    code: str
    valid_from: date
    days: int
    citation_zh: str
    citation_en: str
    own: bool

    @property
    def citation(self) -> str:
        """The ground in the reader's language."""
        return self.citation_zh if language() == "zh" else self.citation_en

    def until(self, ended: date) -> date:
        """The last day on which what ended on a day is kept."""
        return ended + timedelta(days=self.days)


@cache
def duties() -> tuple[Duty, ...]:
    """Every duty, the latest version of each first."""
    with _FILE.open(encoding="utf-8") as file:
        rows = [{**row, "own": row["own"] == "yes"} for row in csv.DictReader(file)]
    return tuple(
        sorted(
            msgspec.convert(rows, list[Duty], strict=False),
            key=lambda duty: duty.valid_from,
            reverse=True,
        )
    )


def duty(code: str, day: date) -> Duty | None:
    """The duty as it stands on a day, or None before it began."""
    return next((one for one in duties() if one.code == code and one.valid_from <= day), None)
