"""Reads of the table of skills for its page."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.database import containing
from alliance.kit.engine import DB
from alliance.kit.postgres.paging import ordered

_FROM = """
from skill k left join skill n on n.code = k.replaced_by
left join (
  select skill, sum(advertisements)::int as advertisements, sum(from_text)::int as from_text from
    skill_tally group by skill
) c on c.skill = k.code
"""
_WHERE = """
where ($1 = '' or k.group_en = $1) and ($2 = '%%' or k.code ilike $2 or k.name_zh ilike $2 or
  k.name_en ilike $2
  or k.aliases_zh ilike $2 or k.aliases_en ilike $2)
  and ($3 = '' or ($3 = 'retired') = (coalesce(k.valid_to, 'infinity'::date) < $4
    or coalesce(k.valid_from, '-infinity'::date) > $4))
"""


class SkillFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What the table shows; empty means all. `group` is the English name of one, `standing` is
    `stands` or `retired`."""

    group: str = ""
    search: str = ""
    standing: str = ""
    sort: str = ""
    down: bool = False


SORTS: Final = {
    "name": "k.name_zh",
    "group": "k.group_zh",
    "advertisements": "coalesce(c.advertisements, 0)",
    "from_text": "coalesce(c.from_text, 0)",
}


async def skill_rows(
    actor: Actor, wanted: SkillFilter, today: date, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the table with how many counting advertisements ask for each skill, and how many
    skills fit."""
    values = (wanted.group, containing(wanted.search), wanted.standing, today)
    order = ordered(SORTS, wanted.sort, down=wanted.down, then="k.position, k.code")
    async with DB.reading(actor):
        total = await DB.fetch_value(f"select count(*) from skill k {_WHERE}", *values)
        rows = await DB.fetch(
            "select k.*, n.name_zh as new_zh, n.name_en as new_en, coalesce(c.advertisements, 0) "
            "as advertisements,"
            " coalesce(c.from_text, 0) as from_text, coalesce(k.valid_to, 'infinity'::date) < $4 "
            f"as retired {_FROM} {_WHERE}"
            f" order by {order} limit {int(limit)} offset {int(offset)}",
            *values,
        )
    return rows, int(total)


async def skill_groups(actor: Actor) -> list[dict[str, Any]]:
    """The groups of the table in its order: group_zh, group_en, skills."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select group_zh, group_en, count(*)::int as skills from skill group by group_zh, "
            "group_en order by min(position)"
        )
