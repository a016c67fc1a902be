"""Reads of advertisements: lists, what stands behind a series, the counted panel, names of
skills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from alliance.advertisements.naming import NAMES, NOT_GIVEN, UNKNOWN
from alliance.advertisements.skills.taxonomy import occupation_forms, skill_forms
from alliance.advertisements.skills.vocabulary import TEXT
from alliance.kit.actors import Actor
from alliance.kit.database import containing
from alliance.kit.engine import DB
from alliance.kit.language import _, language
from alliance.kit.postgres.values import Values
from alliance.reference import queries as reference
from alliance.reference.model import replaced


class AdvertisementFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of advertisements shows; empty means all. `month` is `2026-10`."""

    search: str = ""
    month: str = ""
    source: str = ""
    occupation: str = ""
    industry: str = ""
    town: str = ""
    skill: str = ""
    counting: bool = False


async def advertisements(
    actor: Actor, wanted: AdvertisementFilter, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int, int]:
    """A page of advertisements with the names of their skills (`skill_names`, and of those which
    were read in the text: `read_in_text`) and the occupation that they count under (`counted_as`),
    how many there are, the heads of those that count."""
    given = Values()
    where = await _wanted(actor, wanted, given)
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select count(*)::int as n, coalesce(sum(a.heads) filter (where a.duplicate_of is "
            "null), 0)::int as heads"
            f" from advertisement a where {where}",
            *given.all,
        )
        present = await reference.present_occupations(actor)
        rows = await DB.fetch(_page(where, given, present, limit, offset), *given.all)
    counts = row or {"n": 0, "heads": 0}
    names = await skill_names(actor)
    return [{**one, **_named_skills(one, names)} for one in rows], counts["n"], counts["heads"]


async def advertisements_to_export(
    actor: Actor, wanted: AdvertisementFilter, *, most: int
) -> Iterator[tuple[Any, list[str]]]:
    """The advertisements as records with the names of their skills, one after the other as they are
    asked for."""
    given = Values()
    where = await _wanted(actor, wanted, given)
    async with DB.reading(actor):
        present = await reference.present_occupations(actor)
        rows = await DB.records(_page(where, given, present, most, 0), *given.all)
    names = await skill_names(actor)
    return ((row, [names.get(skill, skill) for skill in row["skills"]]) for row in rows)


def _page(where: str, given: Values, present: Mapping[str, str], limit: int, offset: int) -> str:
    old, new = replaced(present)
    # the page first and what belongs to it then: with all that fit, the joins take many times as
    # long
    return (
        "select a.*, oc.code as counted_as, oc.name_zh as occupation_zh, oc.name_en as "
        "occupation_en, i.name_zh as industry_zh,"
        " i.name_en as industry_en, t.name_zh as town_zh, t.name_en as town_en from (select * "
        "from advertisement a"
        f" where {where} order by a.published desc, a.id limit {int(limit)} offset {int(offset)}) a"
        f" left join unnest({given(old)}::varchar[], {given(new)}::varchar[]) as r(old, new)"
        " on r.old = a.occupation left join occupation oc on oc.code = coalesce(r.new, "
        "a.occupation)"
        " left join industry i on i.code = a.industry left join town t on t.code = a.town order by "
        "a.published desc, a.id"
    )


def _named_skills(row: Mapping[str, Any], names: dict[str, str]) -> dict[str, list[str]]:
    shown = [names.get(skill, skill) for skill in row["skills"]]
    read = [
        name for name, origin in zip(shown, row["skill_origins"], strict=False) if origin == TEXT
    ]
    return {"skill_names": shown, "read_in_text": read}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where advertisements come from: how many, how many repeat others, first and last day."""

    source: str
    advertisements: int
    repeated: int
    first_day: date
    last_day: date


_SOURCES = """
select source, count(*)::int as advertisements, count(duplicate_of)::int as repeated,
  min(published) as first_day, max(published) as last_day
from advertisement group by source order by count(*) desc, source
"""


async def sources(actor: Actor) -> list[Source]:
    """Where advertisements come from, the most frequent first."""
    async with DB.reading(actor):
        return await DB.fetch_as(Source, _SOURCES)


_BEHIND = (
    "($1::varchar[] is null or coalesce(occupation, '-') = any($1))"
    " and ($2::text is null or coalesce(left(industry, 3), '-') = $2) and ($3::text is null or "
    "coalesce(town, '-') = $3)"
    " and ($4::varchar[] is null or skills && $4)"
)
"""Which advertisements stand behind a series, by `_behind`."""


async def names_of(actor: Actor, chosen: Mapping[str, str]) -> dict[str, str]:
    """What a list is narrowed to (codes by `panels.NAMES`), by name in the reader's language."""
    found = {}
    async with DB.reading(actor):
        for part in NAMES:
            if code := chosen.get(part):
                # the parts are named as the tables of the catalogues
                name = await DB.fetch_value(
                    f"select name_{language()} from {part} where code = $1", code
                )
                found[part] = str(name or (_(NOT_GIVEN[part]) if code == UNKNOWN else code))
    return found


async def skill_names(actor: Actor) -> dict[str, str]:
    """Code → name of every skill in the reader's language."""
    return {
        skill.code: skill.name_zh if language() == "zh" else skill.name_en
        for skill in await reference.skills(actor)
    }


async def _wanted(actor: Actor, wanted: AdvertisementFilter, given: Values) -> str:
    parts = ["true"]
    if wanted.search:
        # folding the case of letters beyond ASCII makes every comparison many times dearer, and
        # Chinese has no case at all
        cased = wanted.search.lower() != wanted.search.upper()
        like, needle = "ilike" if cased else "like", given(containing(wanted.search))
        fits = " or ".join(
            f'a.{name} collate "C" {like} {needle}' for name in ("title", "enterprise_name", "text")
        )
        parts.append(f"({fits})")
    if wanted.month:
        parts.append(f"to_char(a.published, 'YYYY-MM') = {given(wanted.month)}")
    if wanted.source:
        parts.append(f"a.source = {given(wanted.source)}")
    if wanted.occupation:
        occupations = await occupation_forms(actor, wanted.occupation)
        parts.append(f"coalesce(a.occupation, '-') = any({given(occupations)}::varchar[])")
    if wanted.industry:
        parts.append(f"coalesce(left(a.industry, 3), '-') = {given(wanted.industry)}")
    if wanted.town:
        parts.append(f"coalesce(a.town, '-') = {given(wanted.town)}")
    if wanted.skill:
        skills = await skill_forms(actor, wanted.skill)
        parts.append(f"a.skills && {given(skills)}::varchar[]")
    if wanted.counting:
        parts.append("a.duplicate_of is null")
    return " and ".join(parts)
