"""Reads of intakes and leavers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from alliance.forecasts.runs.actions import SEED
from alliance.forecasts.runs.forecasting import PATHS
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.planning.intake import (
    Leavers,
    drawn_intake,
    expected_intake,
    intakes_of,
    outlook_of,
)
from alliance.planning.supply import enrolled, newest_entry


async def leavers(actor: Actor) -> dict[int, Leavers]:
    """Junior-secondary leavers by year."""
    async with DB.reading(actor):
        rows = await DB.fetch_as(
            Leavers,
            "select year::int4 as year, low::float8 as low, middle::float8 as middle,"
            " high::float8 as high, source::text as source from school_leavers order by year",
        )
    return {row.year: row for row in rows}


async def typed(actor: Actor) -> dict[tuple[str, int], float]:
    """Students of intakes that planners typed, by specialty and year of entry."""
    return {
        (row["specialty"], row["entry_year"]): float(row["students"])
        for row in await typed_rows(actor)
    }


async def lengths(actor: Actor) -> dict[str, list[int]]:
    """By specialty the years that its programmes take."""
    async with DB.reading(actor):
        rows = await DB.fetch("select distinct specialty, years::int as years from programme")
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row["specialty"], []).append(row["years"])
    return found


async def classes(actor: Actor) -> list[dict[str, Any]]:
    """Classes with how many are enrolled and began, and the specialty's names, by specialty and
    year of entry."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select c.*, s.name_zh as specialty_zh, s.name_en as specialty_en from class_sizes() c"
            " join specialty s on s.code = c.specialty order by c.specialty, c.entry_year, "
            "c.school_name, c.class_name"
        )


async def intakes(actor: Actor) -> dict[str, dict[int, float]]:
    """Every intake that is known, by specialty and year of entry."""
    return intakes_of(enrolled(await classes(actor), clock.today()), await typed(actor))


class Ahead(msgspec.Struct, frozen=True):
    """Intakes by specialty and year of entry, students; by specialty the next one that nobody has
    begun: year of entry, what to expect and the ends of its 80 % interval; and the years whose
    leavers are missing where those of others are known."""

    intakes: dict[str, dict[int, float]]
    expected: dict[str, tuple[int, float, float, float]]
    without: tuple[int, ...]


async def ahead(actor: Actor) -> Ahead:
    """Every intake that is known and the next of each specialty that took somebody last."""
    known, lines = await leavers(actor), await intakes(actor)
    outlook = outlook_of(lines, known)
    # an intake that somebody typed before the rosters came makes no other specialty's older
    newest = newest_entry(await classes(actor), clock.today())
    expected = {}
    for specialty, (last, _level) in outlook.levels.items():
        if last >= newest:
            drawn = drawn_intake(outlook, specialty, last + 1, known, PATHS, SEED)
            low, high = (float(end) for end in np.quantile(drawn, (0.1, 0.9)))
            middle = expected_intake(outlook, specialty, last + 1, known)
            expected[specialty] = last + 1, float(round(middle)), low, high
    return Ahead(lines, expected, outlook.without if known else ())


async def typed_rows(actor: Actor) -> list[dict[str, Any]]:
    """Intakes that planners typed, with the specialty's names, by specialty and year."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select i.*, s.name_zh, s.name_en from past_intake i join specialty s on s.code = "
            "i.specialty order by i.specialty, i.entry_year"
        )


async def leavers_rows(actor: Actor) -> list[dict[str, Any]]:
    """The leavers of each year as they stand in the table, the latest first."""
    async with DB.reading(actor):
        return await DB.fetch("select * from school_leavers order by year desc")


async def leavers_row(actor: Actor, row_id: UUID) -> dict[str, Any]:
    """One year's leavers. Raises Missing."""
    return _found(await leavers_rows(actor), row_id)


async def typed_row(actor: Actor, row_id: UUID) -> dict[str, Any]:
    """One typed intake. Raises Missing."""
    return _found(await typed_rows(actor), row_id)


def _found(rows: list[dict[str, Any]], row_id: UUID) -> dict[str, Any]:
    row = next((row for row in rows if row["id"] == row_id), None)
    if row is None:
        raise Missing
    return row
