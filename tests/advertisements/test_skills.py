"""Skills of advertisements: read at import and from the hub's own posts, read again, counted across changes of the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from alliance.advertisements import importing
from alliance.advertisements import queries as queries_advertisements
from alliance.advertisements.repeating import take_post
from alliance.advertisements.skills import reading as skill_reading
from alliance.advertisements.skills.vocabulary import (
    LISTED,
    TEXT,
    as_of_today,
    forms_of,
    read_skills,
)
from alliance.commands.preparing import REFERENCE
from alliance.forecasts import queries_behind
from alliance.forecasts.panel import counting
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.language import speaking
from alliance.kit.sheets.writing import write_csv
from alliance.reference import queries as reference
from alliance.reference.actions import load
from ml.skills import Recogniser, Skill
from tests.world import World

HEAD = ["发布日期", "单位名称", "职位名称", "职位描述", "职业代码", "技能", "招聘人数", "来源"]
TABLE = Recogniser(
    [
        Skill("K1", "数控车削", "CNC turning", ("数控车工",)),
        Skill("K2", "点检", "Spot check", ()),
        Skill("K3", "电焊", "Welding", ()),
    ]
)


@pytest.mark.parametrize(
    ("listed", "text", "found"),
    [
        (("数控车削",), "会点检", {"K1": LISTED, "K2": TEXT}),
        (("CNC turning", "数控车工"), "数控车工", {"K1": LISTED}),
        (("熟悉点检和电焊",), "", {"K2": LISTED, "K3": LISTED}),
        (("吃苦耐劳",), "", {"吃苦耐劳": LISTED}),
        (("不要求电焊",), "不要求电焊", {}),
        ((" ",), "", {}),
    ],
)
def test_listed_skills_come_first_and_the_text_adds_to_them(
    listed: tuple[str, ...], text: str, found: dict[str, str]
) -> None:
    skills, origins = read_skills(TABLE, listed, "普工", text)
    assert dict(zip(skills, origins, strict=True)) == found


def test_the_title_is_read_too_and_without_a_table_all_stays_as_listed() -> None:
    assert read_skills(TABLE, (), "数控车工", "") == (("K1",), (TEXT,))
    assert read_skills(None, ("数控车工",), "数控车工", "电焊") == (("数控车工",), (LISTED,))


def test_retired_codes_count_as_those_that_stand_for_them() -> None:
    present = {"OLD": "NEW", "OLDER": "NEW", "NEW": "NEW", "K1": "K1"}
    assert as_of_today(["OLD", "K1", "NEW", "吃苦"], present) == ["NEW", "K1", "吃苦"]
    assert forms_of("NEW", present) == ["NEW", "OLD", "OLDER"]
    assert forms_of("吃苦", present) == ["吃苦"]


async def brought(world: World, *rows: list[Any]) -> None:
    import_id = await importing.upload(world.planner_centre, "招聘.csv", write_csv(HEAD, rows))
    await importing.check(import_id)
    await importing.confirm(world.planner_centre, import_id)
    await importing.store(import_id)


async def stored(db: Database) -> dict[str, dict[str, str]]:
    async with db.acting_for(SYSTEM):
        rows = await db.fetch("select title, skills, skill_origins from advertisement")
    return {
        row["title"]: dict(zip(row["skills"], row["skill_origins"], strict=True)) for row in rows
    }


async def test_an_import_reads_the_text_and_says_where_each_skill_came_from(
    db: Database, world: World
) -> None:
    await load(REFERENCE)
    await brought(
        world,
        [
            "2026-10-08",
            "甲厂",
            "数控车工",
            "会对刀，不要求会CAD，无需焊工证。",
            "",
            "数控车削、吃苦耐劳",
            2,
            "县市场",
        ],
        ["2026-10-09", "乙厂", "普工", "包吃住。", "", "", 2, "县市场"],
    )
    assert await stored(db) == {
        "数控车工": {"K002": LISTED, "吃苦耐劳": LISTED, "K021": TEXT},
        "普工": {},
    }
    with speaking("en"):
        rows, _n, _heads = await queries_advertisements.advertisements(
            world.planner_centre, queries_advertisements.AdvertisementFilter(skill="K021"), limit=5
        )
    assert [(row["skill_names"], row["read_in_text"]) for row in rows] == [
        (
            ["CNC turning", "吃苦耐劳", "Tool setting for first piece"],
            ["Tool setting for first piece"],
        )
    ]


async def test_a_job_of_the_hub_is_read_when_it_is_published(db: Database, world: World) -> None:
    await load(REFERENCE)
    async with db.acting_for(SYSTEM):
        post = await db.fetch_value(
            "update post set kind = 'job', state = 'published', published = now(), title = '会计', description = '会用金蝶，无需开车'"
            " where id = (select id from post order by id limit 1) returning id"
        )
    await take_post({"post": str(post)})
    await take_post({"post": str(post)})
    assert await stored(db) == {"会计": {"K261": TEXT, "K265": TEXT}}


async def advertise(
    db: Database, skills: list[str], text: str = "", day: date = date(2026, 3, 10), heads: int = 2
) -> None:
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "insert into advertisement (id, source, identity, digest, published, received, enterprise_name, employer_key, title, text,"
            " skills, heads) values (gen_random_uuid(), '县市场', $1, $1, $2, $2, '某厂', $1, '普工', $3, $4, $5)",
            uuid4().hex,
            day,
            text,
            skills,
            heads,
        )


async def test_all_advertisements_are_read_again_once_the_table_has_changed(
    db: Database, world: World
) -> None:
    await advertise(db, ["数控车工", "吃苦耐劳"], "会电焊")
    before = await reference.skills(SYSTEM)
    assert not await skill_reading.follow_table(before)
    await load(REFERENCE)
    assert await skill_reading.follow_table(before)
    assert await skill_reading.read_again() == 1
    assert await stored(db) == {"普工": {"K002": LISTED, "吃苦耐劳": LISTED, "K032": TEXT}}
    assert await skill_reading.read_again() == 0


async def test_the_panel_and_its_lists_count_a_retired_skill_as_its_replacement(
    db: Database, world: World
) -> None:
    await load(REFERENCE)
    await advertise(db, ["K398"], heads=3)
    await advertise(db, ["K398", "K262"], heads=4)
    await advertise(db, ["K262"], heads=5)
    panel = await counting.counting_panel()
    assert panel is not None
    assert panel.skills.keys == (("K262",),)
    assert panel.skills.counted.sum() == 12
    rows = await queries_behind.counted_panel(world.planner_centre, skills=True)
    assert [(row["skill"], row["heads"], row["advertisements"]) for row in rows] == [
        ("K262", 12, 3)
    ]
    found, total, heads = await queries_advertisements.advertisements(
        world.planner_centre, queries_advertisements.AdvertisementFilter(skill="K262"), limit=5
    )
    assert (len(found), total, heads) == (3, 3, 12)


async def test_the_page_shows_the_table_and_tries_a_text(
    browse: Callable[..., Any], world: World
) -> None:
    await load(REFERENCE)
    await advertise(counting.DB, ["K262"])
    async with browse("planner.centre", language="zh") as browser:
        page = (await browser.get("/demand/skills?search=营业税")).text
        assert "K398" in page
        assert "计入纳税申报" in page
        tried = (await browser.get("/demand/skills", params={"text": "会CAD，无需焊工证<b>"})).text
        assert "<mark>CAD</mark>" in tried
        assert "不需要" in tried
        assert "<b>" not in tried
        for path in (
            "/demand/skills",
            "/demand/skills?standing=retired",
            "/demand/skills?group=Nursing&page=1",
            "/demand/skills/export",
            "/demand/panel/export?skills=1",
            "/demand/advertisements?skill=K262",
        ):
            assert (await browser.get(path)).status_code == 200, path
        assert (await browser.submit("/demand/skills/read")).status_code == 303
    async with browse("hr.precision") as browser:
        assert (await browser.get("/demand/skills")).status_code == 403
