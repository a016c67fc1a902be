"""Gaps as tables of a file: every specialty and year, or all that one number is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from alliance.forecasts.runs.staffing import Course
from alliance.kit.language import N_, _
from alliance.kit.sheets import Cell
from alliance.kit.web.pages import named
from alliance.planning.gap import Gaps, Row
from alliance.planning.need import Part

COLUMNS = [
    N_("Year"),
    N_("Row"),
    N_("Code"),
    N_("Specialty"),
    N_("Students"),
    N_("Enrolled already"),
    N_("Years to graduation"),
    N_("Retention a year"),
    N_("Retained"),
    N_("Not going on to higher education"),
    N_("Staying in the county"),
    N_("Need"),
    N_("Need, 80% from"),
    N_("Need, 80% to"),
    N_("Part of the need from occupations read from titles"),
    N_("Entering work"),
    N_("Entering, 80% from"),
    N_("Entering, 80% to"),
    N_("Gap"),
    N_("Gap, 80% from"),
    N_("Gap, 80% to"),
    N_("Gap, 95% from"),
    N_("Gap, 95% to"),
    N_("Probability of shortage"),
    N_("Gap in seats"),
    N_("Growth at members"),
    N_("Growth, 80% from"),
    N_("Growth, 80% to"),
    N_("Replacement at members"),
    N_("Replacement, 80% from"),
    N_("Replacement, 80% to"),
]
TAUGHT = N_("taught here")
UNTAUGHT = N_("not taught here")
UNLINKED = N_("occupations that no specialty leads to")
TOTAL = N_("total")


SORTS: dict[str, Callable[[Row], Any]] = {
    "specialty": lambda row: row.specialty,
    "entering": lambda row: row.entering[1],
    "need": lambda row: row.need[1],
    "gap": lambda row: row.gap[2],
    "seats": lambda row: row.gap[2] * row.supplies[0].seats_a_person if row.supplies else None,
    "shortage": lambda row: row.shortage,
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which gaps the list shows and in which order; an export without a year has all years."""

    year: str = ""
    drivers: bool = False
    sort: str = ""
    down: bool = False


def taught_in_order(rows: Iterable[Row], wanted: Wanted) -> list[Row]:
    """Specialties that are taught here as the list has them: where a shortage is most probable
    first, unless it is sorted otherwise."""
    found = [row for row in rows if row.taught]
    key = SORTS.get(wanted.sort)
    if key is None:
        return sorted(found, key=lambda row: (-row.shortage, -row.gap[2]))
    known = sorted((row for row in found if key(row) is not None), key=key, reverse=wanted.down)
    return [*known, *(row for row in found if key(row) is None)]


def whole_table(
    found: Gaps,
    ahead: Mapping[str, Mapping[str, Course]],
    names: Mapping[str, Any],
    guessed: Mapping[int, Mapping[str, float]],
    wanted: Wanted,
) -> list[list[Cell]]:
    """A line for every specialty and year as the page has them, and for each year what no specialty
    leads to and the total, to which the lines above add up. `guessed` is the part of each year's
    need for a specialty whose occupations the machine read from titles."""
    table: list[list[Cell]] = []
    for year in sorted(found.total):
        if wanted.year not in ("", str(year)):
            continue
        mine = [row for row in found.rows if row.year == year]
        untaught = sorted(
            (row for row in mine if not row.taught), key=lambda row: (-row.need[1], row.specialty)
        )
        for row in [*taught_in_order(mine, wanted), *untaught]:
            kind = _(TAUGHT) if row.taught else _(UNTAUGHT)
            yearly = _yearly_cells(ahead.get(row.specialty), year)
            read = guessed[year].get(row.specialty, 0.0)
            table.append(_line(row, kind, named(names[row.specialty]), read, yearly))
        table.append(_line(found.unlinked[year], _(UNLINKED), "", None, [None] * 6))
        table.append(_line(found.total[year], _(TOTAL), "", None, [None] * 6))
    return table


def one_specialty(
    row: Row, parts: Sequence[Part], occupations: Mapping[str, Any], guessed: Mapping[str, float]
) -> tuple[list[str], list[list[Cell]]]:
    """Heads and lines of a specialty's need by occupation, every factor in its column, then the
    sum."""
    heads = [
        _("Year"),
        _("Code"),
        _("Occupation"),
        _("Advertised heads"),
        _("Share of heads whose occupation was read from the title"),
        _("Advertised by others than counted members"),
        _("Capture"),
        _("Openings at members"),
        _("Hires that planners know of"),
        _("Hires known that stand in members' growth already"),
        _("Level"),
        _("Share"),
        _("From advertisements"),
        _("From members' staff"),
        _("From hires known"),
        _("Need"),
    ]
    table: list[list[Cell]] = [
        [
            row.year,
            part.occupation,
            named(occupations[part.occupation]),
            part.heads,
            guessed.get(part.occupation, 0.0),
            part.elsewhere,
            part.capture,
            part.openings,
            part.hires,
            part.within,
            part.level,
            part.share,
            part.from_elsewhere,
            part.from_members,
            part.from_known,
            part.part,
        ]
        for part in parts
    ]
    table.append([row.year, _(TOTAL), *([None] * 13), row.need[1]])
    return heads, table


def _line(row: Row, kind: str, name: str, read: float | None, yearly: list[Cell]) -> list[Cell]:
    # chains of several lengths have no factors in common
    supply = row.supplies[0] if len(row.supplies) == 1 else None
    return [
        row.year,
        kind,
        row.specialty,
        name,
        round(row.students),
        (_("yes") if row.enrolled else _("no")) if row.taught else None,
        *(
            [supply.years_left, supply.retention, supply.retained, supply.leaving, supply.staying]
            if supply
            else [None] * 5
        ),
        row.need[1],
        row.need[0],
        row.need[2],
        read,
        row.entering[1],
        row.entering[0],
        row.entering[2],
        row.gap[2],
        row.gap[1],
        row.gap[3],
        row.gap[0],
        row.gap[4],
        row.shortage,
        row.gap[2] * row.supplies[0].seats_a_person if row.supplies else None,
        *yearly,
    ]


def _yearly_cells(ahead: Mapping[str, Course] | None, year: int) -> list[Cell]:
    """Growth and replacement of one year with their 80 % ends; empty where they are not known."""
    if ahead is None or str(year) not in ahead["growth"].periods:
        return [None] * 6
    at = ahead["growth"].periods.index(str(year))
    return [
        getattr(ahead[kind], name)[at]
        for kind in ("growth", "replacement")
        for name in ("mean", "lo80", "hi80")
    ]
