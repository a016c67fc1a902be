"""Reads of the advertisements behind a series."""

from __future__ import annotations

from typing import Any

from alliance.advertisements.queries import _BEHIND
from alliance.advertisements.skills.taxonomy import occupation_forms, present_by_level, skill_forms
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import language
from alliance.reference.model import replaced


async def _behind(actor: Actor, row: dict[str, Any]) -> tuple[object, ...]:
    occupations, skills = (
        await occupation_forms(actor, row["occupation"]),
        await skill_forms(actor, row["skill"] or ""),
    )
    return occupations, row["industry"], row["town"], skills


async def repeated_of_series(actor: Actor, row: dict[str, Any]) -> int:
    """How many advertisements behind a series repeat others."""
    values = await _behind(actor, row)
    async with DB.reading(actor):
        return int(
            await DB.fetch_value(
                f"select count(*) from advertisement where duplicate_of is not null and {_BEHIND}",
                *values,
            )
        )


async def origins_of_series(actor: Actor, row: dict[str, Any]) -> tuple[int, int]:
    """Of the heads behind a series those whose occupation was read from the title, and those whose
    occupation the county confirmed for it."""
    values = await _behind(actor, row)
    async with DB.reading(actor):
        found = await DB.fetch_one(
            "select coalesce(sum(heads) filter (where occupation_origin = 'read'), 0)::int as read,"
            " coalesce(sum(heads) filter (where occupation_origin = 'county'), 0)::int as confirmed"
            f" from advertisement where duplicate_of is null and {_BEHIND}",
            *values,
        )
    return (found["read"], found["confirmed"]) if found else (0, 0)


async def counted_panel(actor: Actor, *, skills: bool) -> list[Any]:
    """The counted panel: heads and advertisements by month × occupation × industry division × town
    × source, or the same by skill too (code and name), retired codes as those that stand for them,
    and of the heads those whose occupation was read from the title or confirmed for it; repeats do
    not count."""
    present = await present_by_level(actor)
    values = [*replaced(present["occupation"])]
    keys = (
        "coalesce(o.new, a.occupation, '-') as occupation, coalesce(left(a.industry, 3), '-') as "
        "industry,"
        " coalesce(a.town, '-') as town"
    )
    joins, groups = (
        "left join unnest($1::varchar[], $2::varchar[]) as o(old, new) on o.old = a.occupation",
        "1, 2, 3, 4, 5",
    )
    if skills:
        values += replaced(present["skill"])
        keys, groups = (
            f"s.skill, coalesce(k.name_{language()}, s.skill) as name, {keys}",
            "1, 2, 3, 4, 5, 6, 7",
        )
        # once over all, not once an advertisement: what is retired is looked up in one hash
        joins += (
            " join (select distinct b.id, coalesce(r.new, u.skill) as skill from advertisement b"
            " cross join unnest(b.skills) as u(skill) left join unnest($3::varchar[], "
            "$4::varchar[]) as r(old, new)"
            " on r.old = u.skill where b.duplicate_of is null) s on s.id = a.id left join skill k "
            "on k.code = s.skill"
        )
    async with DB.reading(actor):
        return await DB.records(
            f"select to_char(a.published, 'YYYY-MM') as month, {keys}, a.source, sum(a.heads)::int "
            "as heads, count(*)::int as advertisements, coalesce(sum(a.heads) filter (where"
            " a.occupation_origin = 'read'), 0)::int as read, coalesce(sum(a.heads) filter"
            " (where a.occupation_origin = 'county'), 0)::int as confirmed"
            f" from advertisement a {joins} where a.duplicate_of is null group by "
            f"{groups} order by {groups}",
            *values,
        )


async def heads_by_source(
    actor: Actor, run: dict[str, Any], row: dict[str, Any]
) -> list[dict[str, Any]]:
    """Where the heads of a series came from in the run's last twelve months and in the twelve
    before."""
    months = [month["month"] for month in run["quality"]["months"]][-24:]
    values = await _behind(actor, row)
    async with DB.reading(actor):
        return await DB.fetch(
            "select source, coalesce(sum(heads) filter (where to_char(published, 'YYYY-MM') = "
            "any($5)), 0)::int as latest,"
            " coalesce(sum(heads) filter (where to_char(published, 'YYYY-MM') = any($6)), 0)::int "
            "as before"
            " from advertisement where duplicate_of is null and to_char(published, 'YYYY-MM') = "
            "any($5 || $6)"
            f" and {_BEHIND} group by source order by latest desc, source",
            *values,
            months[-12:],
            months[:-12],
        )
