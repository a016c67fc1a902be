"""Reads of advertisements: lists, what stands behind a series, the counted panel, names of skills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from alliance.demand.panels import NAMES, UNKNOWN
from alliance.demand.queries import NOT_GIVEN
from alliance.demand.skills import TEXT
from alliance.demand.taxonomy import occupation_forms, present_by_level, skill_forms
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, language
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
    """A page of advertisements with the names of their skills (`skill_names`, and of those which were read in the text:
    `read_in_text`) and the occupation that they count under (`counted_as`), how many there are, the heads of those that count."""
    where, values = await _wanted(actor, wanted)
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select count(*)::int as n, coalesce(sum(a.heads) filter (where a.duplicate_of is null), 0)::int as heads"
            f" from advertisement a where {where}",
            *values,
        )
        rows = await DB.fetch(
            _page(where, len(values), limit, offset), *values, *replaced(await reference.present_occupations(actor))
        )
    counts = row or {"n": 0, "heads": 0}
    names = await skill_names(actor)
    return [{**one, **_named_skills(one, names)} for one in rows], counts["n"], counts["heads"]


async def advertisements_to_export(actor: Actor, wanted: AdvertisementFilter, *, most: int) -> Iterator[tuple[Any, list[str]]]:
    """The advertisements as records with the names of their skills, one after the other as they are asked for."""
    where, values = await _wanted(actor, wanted)
    async with DB.reading(actor):
        rows = await DB.records(_page(where, len(values), most, 0), *values, *replaced(await reference.present_occupations(actor)))
    names = await skill_names(actor)
    return ((row, [names.get(skill, skill) for skill in row["skills"]]) for row in rows)


def _page(where: str, values: int, limit: int, offset: int) -> str:
    # the page first and what belongs to it then: with all that fit, the joins take many times as long
    return (
        "select a.*, oc.code as counted_as, oc.name_zh as occupation_zh, oc.name_en as occupation_en, i.name_zh as industry_zh,"
        f" i.name_en as industry_en, t.name_zh as town_zh, t.name_en as town_en from (select * from advertisement a"
        f" where {where} order by a.published desc, a.id limit {int(limit)} offset {int(offset)}) a"
        f" left join unnest(${values + 1}::varchar[], ${values + 2}::varchar[]) as r(old, new)"
        " on r.old = a.occupation left join occupation oc on oc.code = coalesce(r.new, a.occupation)"
        " left join industry i on i.code = a.industry left join town t on t.code = a.town order by a.published desc, a.id"
    )


def _named_skills(row: Mapping[str, Any], names: dict[str, str]) -> dict[str, list[str]]:
    shown = [names.get(skill, skill) for skill in row["skills"]]
    read = [name for name, origin in zip(shown, row["skill_origins"], strict=False) if origin == TEXT]
    return {"skill_names": shown, "read_in_text": read}


async def sources(actor: Actor) -> list[dict[str, Any]]:
    """Where advertisements come from: how many, how many repeat others, first and last day."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select source, count(*)::int as advertisements, count(duplicate_of)::int as repeated, min(published) as first_day,"
            " max(published) as last_day from advertisement group by source order by count(*) desc, source"
        )


_BEHIND = (
    "($1::varchar[] is null or coalesce(occupation, '-') = any($1))"
    " and ($2::text is null or coalesce(left(industry, 3), '-') = $2) and ($3::text is null or coalesce(town, '-') = $3)"
    " and ($4::varchar[] is null or skills && $4)"
)
"""Which advertisements stand behind a series, by `_behind`."""


async def _behind(actor: Actor, row: dict[str, Any]) -> tuple[object, ...]:
    occupations, skills = await occupation_forms(actor, row["occupation"]), await skill_forms(actor, row["skill"] or "")
    return occupations, row["industry"], row["town"], skills


async def repeated_of_series(actor: Actor, row: dict[str, Any]) -> int:
    """How many advertisements behind a series repeat others."""
    values = await _behind(actor, row)
    async with DB.reading(actor):
        return int(
            await DB.fetch_value(f"select count(*) from advertisement where duplicate_of is not null and {_BEHIND}", *values)
        )


async def counted_panel(actor: Actor, *, skills: bool) -> list[Any]:
    """The counted panel: heads and advertisements by month × occupation × industry division × town × source, or the same by skill
    too (code and name), retired codes as those that stand for them; repeats do not count."""
    present = await present_by_level(actor)
    values = [*replaced(present["occupation"])]
    keys = (
        "coalesce(o.new, a.occupation, '-') as occupation, coalesce(left(a.industry, 3), '-') as industry,"
        " coalesce(a.town, '-') as town"
    )
    joins, groups = "left join unnest($1::varchar[], $2::varchar[]) as o(old, new) on o.old = a.occupation", "1, 2, 3, 4, 5"
    if skills:
        values += replaced(present["skill"])
        keys, groups = f"s.skill, coalesce(k.name_{language()}, s.skill) as name, {keys}", "1, 2, 3, 4, 5, 6, 7"
        # once over all, not once an advertisement: what is retired is looked up in one hash
        joins += (
            " join (select distinct b.id, coalesce(r.new, u.skill) as skill from advertisement b"
            " cross join unnest(b.skills) as u(skill) left join unnest($3::varchar[], $4::varchar[]) as r(old, new)"
            " on r.old = u.skill where b.duplicate_of is null) s on s.id = a.id left join skill k on k.code = s.skill"
        )
    async with DB.reading(actor):
        return await DB.records(
            f"select to_char(a.published, 'YYYY-MM') as month, {keys}, a.source, sum(a.heads)::int as heads, count(*)::int as"
            f" advertisements from advertisement a {joins} where a.duplicate_of is null group by {groups} order by {groups}",
            *values,
        )


async def names_of(actor: Actor, chosen: Mapping[str, str]) -> dict[str, str]:
    """What a list is narrowed to (codes by `panels.NAMES`), by name in the reader's language."""
    found = {}
    async with DB.reading(actor):
        for part in NAMES:
            if code := chosen.get(part):
                # the parts are named as the tables of the catalogues
                name = await DB.fetch_value(f"select name_{language()} from {part} where code = $1", code)
                found[part] = str(name or (_(NOT_GIVEN[part]) if code == UNKNOWN else code))
    return found


async def skill_names(actor: Actor) -> dict[str, str]:
    """Code → name of every skill in the reader's language."""
    return {skill.code: skill.name_zh if language() == "zh" else skill.name_en for skill in await reference.skills(actor)}


async def heads_by_source(actor: Actor, run: dict[str, Any], row: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the heads of a series came from in the run's last twelve months and in the twelve before."""
    months = [month["month"] for month in run["quality"]["months"]][-24:]
    values = await _behind(actor, row)
    async with DB.reading(actor):
        return await DB.fetch(
            "select source, coalesce(sum(heads) filter (where to_char(published, 'YYYY-MM') = any($5)), 0)::int as latest,"
            " coalesce(sum(heads) filter (where to_char(published, 'YYYY-MM') = any($6)), 0)::int as before"
            " from advertisement where duplicate_of is null and to_char(published, 'YYYY-MM') = any($5 || $6)"
            f" and {_BEHIND} group by source order by latest desc, source",
            *values,
            months[-12:],
            months[:-12],
        )


async def _wanted(actor: Actor, wanted: AdvertisementFilter) -> tuple[str, list[object]]:
    return _where(wanted, await skill_forms(actor, wanted.skill), await occupation_forms(actor, wanted.occupation))


def _where(wanted: AdvertisementFilter, skills: list[str] | None, occupations: list[str] | None) -> tuple[str, list[object]]:
    parts, values = ["true"], []
    given: list[tuple[str, object]] = []
    if wanted.search:
        # folding the case of letters beyond ASCII makes every comparison many times dearer, and Chinese has no case at all
        cased = wanted.search.lower() != wanted.search.upper()
        fits = " or ".join(
            f'a.{name} collate "C" {"ilike" if cased else "like"} {{0}}' for name in ("title", "enterprise_name", "text")
        )
        given.append((f"({fits})", f"%{wanted.search}%"))
    if wanted.month:
        given.append(("to_char(a.published, 'YYYY-MM') = {0}", wanted.month))
    if wanted.source:
        given.append(("a.source = {0}", wanted.source))
    if wanted.occupation:
        given.append(("coalesce(a.occupation, '-') = any({0}::varchar[])", occupations))
    if wanted.industry:
        given.append(("coalesce(left(a.industry, 3), '-') = {0}", wanted.industry))
    if wanted.town:
        given.append(("coalesce(a.town, '-') = {0}", wanted.town))
    if wanted.skill:
        given.append(("a.skills && {0}::varchar[]", skills))
    for sql, value in given:
        values.append(value)
        parts.append(sql.format(f"${len(values)}"))
    if wanted.counting:
        parts.append("a.duplicate_of is null")
    return " and ".join(parts), values
