"""The ledger is what one counts who goes through all placements day by day, whatever happened to them."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from tests.placements.files import placed
from tests.world import STARTS, World

POSTS = ("turning", "milling", "wiring", "ward")
COUNTED = """
select p.host, p.post, d::date as day, count(*)::int as interns
from placement p, generate_series(p.starts, p.ends, interval '1 day') as d
where p.state <> 'cancelled' group by 1, 2, 3 order by 1, 2, 3
"""
KEPT = "select host, post, day, interns from occupancy_day order by 1, 2, 3"


async def test_placements_come_move_are_cancelled_and_go(db: object, world: World) -> None:
    random = Random(14)
    every = []
    for index in range(12):
        first = STARTS + timedelta(days=random.randrange(20))
        every.append(
            await placed(
                world,
                index,
                random.choice(POSTS),
                state=random.choice(("published", "cancelled")),
                starts=first,
                ends=first + timedelta(days=random.randrange(30)),
            )
        )
    await _same()
    for statement in (
        "update placement set starts = starts + 3, ends = ends + 5 where id = any($1)",
        "update placement set state = 'cancelled' where id = any($1)",
        "update placement set state = 'published' where id = any($1)",
        "update placement p set post = q.id, host = q.enterprise from post q"
        " where p.id = any($1) and q.title = (select max(title) from post where kind = 'internship')",
        "update placement set ended_reason = '' where id = any($1)",
    ):
        async with DB.acting_for(SYSTEM):
            await DB.connection().execute(statement, random.sample(every, 7))
        await _same()
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute("delete from placement_file")
        await DB.connection().execute("delete from placement")
        assert await DB.fetch(KEPT) == []


async def _same() -> None:
    async with DB.acting_for(SYSTEM):
        assert await DB.fetch(KEPT) == await DB.fetch(COUNTED)
