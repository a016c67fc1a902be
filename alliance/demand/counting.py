"""The demand panel as the database has it now: of the advertisements that count, from every source."""

from __future__ import annotations

import asyncio

from alliance.demand.panel import DemandPanel, build
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB

_COUNTING = """
select a.published, a.received, a.source, a.occupation, a.industry, a.heads, a.skills,
  array(select distinct s from unnest(array_append(r.sources, a.source)) as s order by s) as sources
from advertisement a
left join lateral (select array_agg(distinct b.source) as sources from advertisement b where b.duplicate_of = a.id) r on true
where a.duplicate_of is null
order by a.published, a.source, a.identity
"""


async def counting_panel() -> DemandPanel | None:
    """The panel as it stands now."""
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(_COUNTING)
    return await asyncio.to_thread(build, rows, clock.today())
