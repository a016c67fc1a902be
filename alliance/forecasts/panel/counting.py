"""The demand panel as the database has it now: of the advertisements that count, from every
source."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from alliance.advertisements.naming import UNKNOWN
from alliance.advertisements.skills.vocabulary import as_of_today
from alliance.forecasts.panel.building import DemandPanel, build
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.reference import queries as reference
from ml.skills import present_codes

_COUNTING = """
select a.published, a.received, a.source, a.occupation, a.industry, a.town, a.heads, a.skills,
  array(select distinct s from unnest(array_append(r.sources, a.source)) as s order by s) as sources
from advertisement a
left join lateral (select array_agg(distinct b.source) as sources from advertisement b where
  b.duplicate_of = a.id) r on true
where a.duplicate_of is null
order by a.published, a.source, a.identity
"""

_ELSEWHERE = """
select coalesce(occupation, '') as occupation, sum(heads)::float8 as heads,
  coalesce(sum(heads) filter (where enterprise is null or enterprise <> all($1)), 0)::float8
    as others
from advertisement
where duplicate_of is null and to_char(published, 'YYYY-MM') between $2 and $3 group by 1
"""


async def counting_panel() -> DemandPanel | None:
    """The panel as it stands now, retired skills and occupations counted as those that stand for
    them."""
    today = clock.today()
    table = await reference.skills(SYSTEM)
    present = present_codes(table, today)
    occupations = await reference.present_occupations(SYSTEM)
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(_COUNTING)
    rows = [
        {
            **row,
            "skills": as_of_today(row["skills"], present),
            "occupation": occupations.get(row["occupation"], row["occupation"]),
        }
        for row in rows
    ]
    # names of groups are the same in every language of the page: the forecaster only compares them
    return await asyncio.to_thread(build, rows, today, {one.code: one.group_zh for one in table})


async def elsewhere(counted: Sequence[UUID], months: Sequence[str]) -> dict[str, float]:
    """By occupation (today's code, `-` for none) the share of the heads of these months, 0 to 1,
    that others than these organisations advertise; occupations without heads are left out."""
    present = await reference.present_occupations(SYSTEM)
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(_ELSEWHERE, list(counted), months[0], months[-1])
    heads: dict[str, float] = {}
    others: dict[str, float] = {}
    for row in rows:
        code = present.get(row["occupation"], row["occupation"]) or UNKNOWN
        heads[code] = heads.get(code, 0.0) + row["heads"]
        others[code] = others.get(code, 0.0) + row["others"]
    return {code: round(others[code] / heads[code], 4) for code in sorted(heads) if heads[code]}
