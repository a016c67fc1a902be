"""How PostgreSQL answers the pages of demand: no function asked once a row under row security, no
scan of all advertisements once a row of another table, skills without any advertisement read."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from alliance.advertisements import queries as advertisements
from alliance.advertisements.queries import AdvertisementFilter
from alliance.advertisements.skills import queries as skills
from alliance.advertisements.titles import queries as titles
from alliance.forecasts import queries as forecasts
from alliance.forecasts import queries_behind as behind
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.planning.gaps import queries as gaps
from tests.world import World

FILLED = """
insert into advertisement (id, source, identity, digest, published, received, enterprise_name,
  employer_key, title, text, occupation, occupation_origin, industry, skills, skill_origins, heads, town, url)
select gen_random_uuid(), '县市场', 'n' || n, md5(n::text), $1::date - n % 900, $1::date - n % 900,
  '厂' || n % 300, '厂' || n % 300, '工' || n % 400, repeat('负责生产。', 40),
  o.codes[1 + n % cardinality(o.codes)], case when n % 7 = 0 then 'read' else 'listed' end,
  i.codes[1 + n % cardinality(i.codes)], array['K002'], array['text'], 1 + n % 5, null, ''
from generate_series(1, 5000) n,
  (select array_agg(code order by code) as codes from occupation) o,
  (select array_agg(code order by code) as codes from industry where length(code) = 5) i
"""
SERIES = {"level": "occupation", "occupation": "", "industry": None, "town": None, "skill": None}


async def plans_of(
    db: Database, world: World, ask: Callable[[], Awaitable[object]]
) -> list[tuple[str, dict[str, Any]]]:
    """What a planner's read asks the database, each statement with its plan."""
    said: list[tuple[str, tuple[Any, ...]]] = []
    async with db.reading(world.planner_centre):
        connection = db.connection()

        def hear(query: Any) -> None:
            said.append((query.query, tuple(query.args)))

        connection.add_query_logger(hear)
        await ask()
        await asyncio.sleep(0)  # what was asked is told at the loop's next turn
        connection.remove_query_logger(hear)
        return [
            (sql, json.loads(await db.fetch_value(f"explain (format json, verbose) {sql}", *values))[0]["Plan"])
            for sql, values in said
            if re.match(r"\s*(select|with)\b", sql) and "set_config" not in sql
        ]  # fmt: skip


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def scans(plan: dict[str, Any], table: str) -> list[dict[str, Any]]:
    return [node for node in nodes(plan) if node.get("Relation Name") == table]


async def test_pages_of_demand_read_advertisements_once_and_ask_nothing_once_a_row(
    db: Database, world: World
) -> None:
    async with db.acting_for(SYSTEM):
        await db.connection().execute(FILLED, clock.today())
        code = await db.fetch_value("select min(code) from occupation")
    actor = world.planner_centre
    one = {**SERIES, "code": code, "occupation": code}
    run = {"quality": {"months": [{"month": f"2026-{month:02d}"} for month in range(1, 13)]}}
    reads: dict[str, tuple[int, Callable[[], Awaitable[object]]]] = {
        "skills": (0, lambda: skills.skill_rows(actor, skills.SkillFilter(), clock.today(), limit=50)),
        "skills exported": (0, lambda: skills.skill_rows(actor, skills.SkillFilter(), clock.today(), limit=9999)),
        "groups of skills": (0, lambda: skills.skill_groups(actor)),
        "shares of titles": (1, lambda: titles.shares(actor)),
        "origins by occupation": (1, lambda: titles.origins(actor)),
        "origins without industries": (1, lambda: titles.origins_of_occupations(actor)),
        "titles": (1, lambda: titles.titles(actor, titles.TitleFilter(), limit=50)),
        "sources": (1, lambda: advertisements.sources(actor)),
        # how many there are and the page, each once
        "list": (2, lambda: advertisements.advertisements(actor, AdvertisementFilter(), limit=50)),
        "repeated": (1, lambda: behind.repeated_of_series(actor, one)),
        "origins of a series": (1, lambda: behind.origins_of_series(actor, one)),
        "heads by source": (1, lambda: behind.heads_by_source(actor, run, one)),
        "panel": (1, lambda: behind.counted_panel(actor, skills=False)),
        # an advertisement and its skills
        "panel of skills": (2, lambda: behind.counted_panel(actor, skills=True)),
        "employers": (1, lambda: gaps.employers(actor, [code])),
        "runs": (0, lambda: forecasts.latest_run(actor)),
    }  # fmt: skip
    for name, (most, ask) in reads.items():
        found = await plans_of(db, world, ask)
        assert found, name
        read = 0
        for sql, plan in found:
            read += len(scans(plan, "advertisement"))
            for node in nodes(plan):
                judged = " ".join(
                    str(node.get(key, ""))
                    for key in ("Filter", "Join Filter", "Index Cond", "Recheck Cond", "Hash Cond")
                )
                # `(select app_role())` is asked once a statement and stands as $0; a bare call once a row
                assert not re.search(r"\bapp_\w+\(", judged), (name, judged, sql)
                if node["Node Type"] == "Nested Loop":
                    inner = node["Plans"][-1]
                    assert not any(
                        scan["Node Type"] == "Seq Scan" for scan in scans(inner, "advertisement")
                    ), (name, sql)
                if node.get("Parent Relationship") == "SubPlan":
                    assert not scans(node, "advertisement"), (name, sql)
        assert read <= most, (name, read)
    every = await titles.origins(actor)
    assert await titles.origins_of_occupations(actor) == {
        code: told for code, told in every.items() if "|" not in code
    }
    assert len(every) > 1
