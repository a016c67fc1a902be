"""Reads of the catalogues."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.reference.model import LeavingRate, Occupation, TitleRow, under_all_codes
from ml.skills import Skill, present_codes

_OCCUPATIONS: Final = (
    "select code, name_zh, name_en, valid_from, valid_to, replaced_by from occupation order by code"
)


async def skills(actor: Actor) -> tuple[Skill, ...]:
    """The table of skills as it is loaded, in its own order."""
    async with DB.reading(actor):
        rows = await DB.fetch("select * from skill order by position, code")
    return tuple(
        Skill(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            spellings=(*_parts(row["aliases_zh"]), *_parts(row["aliases_en"])),
            exclusions=_parts(row["exclusions"]),
            group_zh=row["group_zh"],
            group_en=row["group_en"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            replaced_by=row["replaced_by"],
        )
        for row in rows
    )


async def labelled_titles(actor: Actor) -> tuple[TitleRow, ...]:
    """The titles by which others are read, in the order of their ids."""
    async with DB.reading(actor):
        return tuple(
            await DB.fetch_as(
                TitleRow, "select id, title, text, occupations from labelled_title order by id"
            )
        )


async def occupations(actor: Actor) -> tuple[Occupation, ...]:
    """All occupations with when they stood, by code."""
    async with DB.reading(actor):
        return await DB.once(_OCCUPATIONS, _read_occupations)


async def _read_occupations() -> tuple[Occupation, ...]:
    return tuple(await DB.fetch_as(Occupation, _OCCUPATIONS))


async def occupation_names(codes: Collection[str]) -> dict[str, tuple[str, str]]:
    """Code → the Chinese and the English name of each of these, in the open transaction."""
    if not codes:
        return {}
    rows = await DB.fetch(
        "select code, name_zh, name_en from occupation where code = any($1)", list(codes)
    )
    return {row["code"]: (row["name_zh"], row["name_en"]) for row in rows}


async def present_occupations(actor: Actor) -> dict[str, str]:
    """Every code of an occupation → the one that stands for it today."""
    return present_codes(await occupations(actor), clock.today())


async def occupations_in_force(actor: Actor) -> tuple[Occupation, ...]:
    """The occupations that one may name today, by code."""
    today = clock.today()
    return tuple(one for one in await occupations(actor) if one.stands(today))


async def occupation_links(actor: Actor) -> dict[tuple[str, str], float]:
    """(specialty, occupation) → weight, 0 to 1, under every code that an occupation has had."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select specialty, occupation, weight from specialty_occupation order by specialty, "
            "occupation"
        )
    return under_all_codes(
        {(row["specialty"], row["occupation"]): row["weight"] for row in rows},
        await present_occupations(actor),
    )


async def leaving_rates(actor: Actor, day: date) -> tuple[LeavingRate, ...]:
    """The leaving rates that hold on a day, by code: of each code the latest that has begun. The
    rate of a retired occupation holds for the one that stands for it today, unless that has its
    own."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select distinct on (code) code, valid_from, low, middle, high, source from "
            "leaving_rate where valid_from <= $1"
            " order by code, valid_from desc",
            day,
        )
    found = {row["code"]: LeavingRate(**row) for row in rows}
    present = await present_occupations(actor)
    for code, rate in tuple(found.items()):
        today = present.get(code, code)
        found.setdefault(today, msgspec.structs.replace(rate, code=today))
    return tuple(found[code] for code in sorted(found))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
