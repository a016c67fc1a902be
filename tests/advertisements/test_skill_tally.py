"""The kept counts of the page of skills are what a recount of all advertisements gives, whatever happened to them."""

from __future__ import annotations

import asyncpg
import pytest

from alliance.advertisements import importing
from alliance.advertisements.skills import queries as queries_skills
from alliance.advertisements.skills import reading as skill_reading
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.sheets.writing import write_csv
from alliance.kit.web import pages
from alliance.reference.actions import load
from tests.world import World

HEAD = [
    "发布日期",
    "单位名称",
    "职位名称",
    "职位描述",
    "职业代码",
    "技能",
    "招聘人数",
    "来源",
    "网址",
]
RECOUNT = """
select k.code, count(a.id)::int as advertisements,
  (count(*) filter (where 'text' = a.skill_origins[array_position(a.skills, k.code)]))::int as from_text
from skill k left join advertisement a on a.duplicate_of is null and k.code = any(a.skills) group by k.code
"""


def row(
    number: int, text: str, skills: str = "", source: str = "县市场", day: str = "2026-10-08"
) -> list[object]:
    return [
        day,
        f"清溪{number}厂",
        "数控车工",
        text,
        "6-18-01-01",
        skills,
        3,
        source,
        f"https://jobs.example/{source}/{number}",
    ]


async def brought(world: World, *rows: list[object]) -> None:
    import_id = await importing.upload(
        world.planner_centre, "招聘.csv", write_csv(HEAD, list(rows))
    )
    await importing.check(import_id)
    await importing.confirm(world.planner_centre, import_id)
    await importing.store(import_id)


async def counted(db: Database, world: World) -> dict[str, tuple[int, int]]:
    """What the page says, which is what a recount gives."""
    rows, _total = await queries_skills.skill_rows(
        world.planner_centre, queries_skills.SkillFilter(), clock.today(), limit=1000
    )
    shown = {one["code"]: (one["advertisements"], one["from_text"]) for one in rows}
    async with db.acting_for(SYSTEM):
        recount = {
            one["code"]: (one["advertisements"], one["from_text"])
            for one in await db.fetch(RECOUNT)
        }
    assert shown == recount
    return {code: count for code, count in shown.items() if count != (0, 0)}


async def test_the_kept_counts_are_those_of_a_recount(db: Database, world: World) -> None:
    await load(pages.ROOT / "fixtures" / "reference")
    await brought(
        world, row(1, "会对刀", "数控车削"), row(2, "会电焊", "吃苦耐劳"), row(3, "包吃住")
    )
    first = await counted(db, world)
    assert (first["K002"], first["K021"]) == ((3, 2), (1, 1))
    # the same again, one changed, one that repeats another
    await brought(
        world,
        row(1, "会对刀", "数控车削"),
        row(2, "会点检", "吃苦耐劳"),
        row(1, "会对刀", "数控车削", "网站", "2026-10-12"),
    )
    assert (await counted(db, world))["K021"] == (1, 1)
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value(
                "select count(*) from advertisement where duplicate_of is not null"
            )
            == 1
        )
        # a skill is retired for another one, and what was read is read again
        await db.fetch(
            "update skill set valid_to = '2026-01-01', replaced_by = 'K002' where code = 'K021'"
        )
        await db.fetch(
            "update advertisement set skills = '{}', skill_origins = '{}' where title = '数控车工' and source = '网站'"
        )
    await counted(db, world)
    await skill_reading.read_again()
    before = await counted(db, world)
    async with db.acting_for(SYSTEM):
        rows = await db.fetch_value("select count(*) from skill_tally")
        await db.fetch("select fold_skill_tally()")
        assert 0 < await db.fetch_value("select count(*) from skill_tally") <= rows
    assert await counted(db, world) == before
    async with db.acting_for(SYSTEM):
        await db.fetch("delete from advertisement where source = '县市场'")
    await counted(db, world)
    async with db.acting_for(SYSTEM):
        await db.fetch("delete from advertisement")
    assert await counted(db, world) == {}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acting_for(SYSTEM):
            await db.fetch(
                "insert into skill_tally (skill, advertisements, from_text) values ('K002', 9, 9)"
            )
