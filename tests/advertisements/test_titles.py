"""Occupations of advertisements whose source gives no code: read at import, confirmed by the county, told apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alliance.advertisements import importing, imports
from alliance.advertisements import queries as queries_advertisements
from alliance.advertisements.titles import queries
from alliance.advertisements.titles.actions import confirm_title, withdraw_title
from alliance.advertisements.titles.reading import follow_titles, read_again
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.language import speaking
from alliance.kit.problems import Conflict, Refusal
from alliance.kit.sheets.writing import write_csv
from alliance.reference import queries as reference
from alliance.reference.actions import load
from tests.advertisements.test_skills import REFERENCE
from tests.world import World

HEAD = ["发布日期", "单位名称", "职位名称", "职位描述", "职业代码", "招聘人数", "来源"]
WELDER, LATHE, FITTER = "6-18-02-04", "6-18-01-01", "6-20-01-01"


def row(
    title: str, heads: int = 2, occupation: str = "", source: str = "县市场", text: str = "包吃住。"
) -> list[Any]:
    return ["2026-10-08", "清溪一厂", title, text, occupation, heads, source]


async def brought(world: World, *rows: list[Any]) -> dict[str, Any]:
    import_id = await importing.upload(world.planner_centre, "招聘.csv", write_csv(HEAD, rows))
    await importing.check(import_id)
    checked = await imports.import_of(world.planner_centre, import_id)
    await importing.confirm(world.planner_centre, import_id)
    await importing.store(import_id)
    return checked


async def stored(db: Database) -> dict[str, tuple[str | None, str]]:
    async with db.acting_for(SYSTEM):
        rows = await db.fetch(
            "select title, source, occupation, occupation_origin as origin from advertisement"
        )
    return {row["title"] + row["source"]: (row["occupation"], row["origin"]) for row in rows}


async def title_of(actor: Actor, title: str) -> queries.Title:
    found = await queries.title_of(actor, title)
    assert found is not None
    return found


async def test_titles_are_read_at_import_confirmed_by_the_county_and_taken_back(
    db: Database, world: World
) -> None:
    await load(REFERENCE)
    planner = world.planner_centre
    checked = await brought(
        world,
        row("急聘焊工5名（包吃住）", 5),
        row("数控车工", 3, LATHE, "网站", "负责数控车床。"),
        row("数控车工", 3, text="负责数控车床。"),
        row("普工", 7),
        row("铆焊大工", 4),
    )
    # the dry run says what each counts as and how sure that is
    assert checked["summary"]["problems"]["occupation_read"] == 2
    assert checked["summary"]["problems"]["occupation_missing"] == 2
    told = {one.value: one for one in importing.problems_of(checked)}
    assert told["急聘焊工5名（包吃住）"].told["name"] == "焊工"
    assert 75 <= int(told["急聘焊工5名（包吃住）"].told["chance"]) <= 100

    found = await stored(db)
    assert found["急聘焊工5名（包吃住）县市场"] == (WELDER, "read")
    assert found["数控车工网站"] == (LATHE, "listed")
    # of two sources of which one gives no code the second repeats the first
    assert found["数控车工县市场"] == (LATHE, "read")
    assert found["普工县市场"] == (None, "listed")
    shares = await queries.shares(planner)
    assert (shares.heads, shares.confirmed, shares.open) == (19, 0, 11)

    with speaking("en"):
        listed, _n, heads = await queries_advertisements.advertisements(
            planner, queries_advertisements.AdvertisementFilter(occupation=WELDER), limit=5
        )
    assert (heads, listed[0]["occupation_origin"]) == (5, "read")

    # what the county confirms counts for all ways to write the title, and comes first from then on
    await confirm_title(planner, "铆焊大工", FITTER)
    await confirm_title(planner, "铆焊大工", FITTER)
    with pytest.raises(Conflict):
        await confirm_title(world.secretary_centre, "急聘 铆焊大工 2名", WELDER)
    assert await read_again() == 1
    await brought(world, row("铆焊大工（女士优先）", 2, source="新站", text="装配机床。"))
    found = await stored(db)
    assert found["铆焊大工县市场"] == found["铆焊大工（女士优先）新站"] == (FITTER, "county")
    one = await title_of(planner, "铆焊大工")
    assert (one.written, one.heads, one.origin) == (2, 6, "county")
    assert (await queries.shares(planner)).confirmed == 6

    # that a title tells no one occupation is remembered too
    await confirm_title(planner, "焊工", None)
    await read_again()
    assert (await stored(db))["急聘焊工5名（包吃住）县市场"] == (None, "listed")
    await withdraw_title(world.secretary_centre, "焊工")
    with pytest.raises(Conflict):
        await withdraw_title(planner, "焊工")
    await read_again()
    assert (await stored(db))["急聘焊工5名（包吃住）县市场"] == (WELDER, "read")
    assert await read_again() == 0

    # taken back, a title can be confirmed as another
    await withdraw_title(planner, "铆焊大工")
    await confirm_title(planner, "铆焊大工", WELDER)
    await read_again()
    assert (await stored(db))["铆焊大工县市场"] == (WELDER, "county")

    # what the source says is never touched, whatever the county counts its title as
    await confirm_title(planner, "数控车工", FITTER)
    await read_again()
    assert (await stored(db))["数控车工网站"] == (LATHE, "listed")
    assert (await stored(db))["数控车工县市场"] == (FITTER, "county")

    with pytest.raises(Refusal):
        await confirm_title(planner, "普工", "9-99-99-99")
    assert not await follow_titles(await reference.labelled_titles(SYSTEM))
    assert await follow_titles(())


async def test_only_planners_and_secretaries_confirm_and_pages_mark_what_was_read(
    browse: Callable[..., Any], world: World
) -> None:
    await load(REFERENCE)
    await brought(world, row("焊工", 5), row("普工", 7), row("叉车师傅", 1))
    async with browse("planner.centre", language="en") as client:
        text = (await client.get("/demand/titles")).text
        assert "焊工" in text
        assert "Read from the title" in text
        asked = (await client.get("/demand/titles?state=open")).text
        assert "普工" in asked
        assert "焊工" not in asked.split("<tbody>")[1]
        form = (await client.get("/demand/titles/one", params={"title": "普工"})).text
        assert "6-31-05-00" in form
        refused = await client.submit(
            "/demand/titles/confirm", {"title": "普工", "occupation": "none such"}
        )
        assert refused.status_code == 422
        assert 'aria-invalid="true"' in refused.text
        done = await client.submit(
            "/demand/titles/confirm", {"title": "普工", "occupation": "6-31-05-00"}
        )
        assert done.status_code in (302, 303)
        await read_again()
        confirmed = (await client.get("/demand/titles?state=confirmed")).text
        assert "普工" in confirmed.split("<tbody>")[1]
        exported = await client.get("/demand/titles/export?form=csv")
        assert "6-31-05-00" in exported.text
        ads = (await client.get("/demand/advertisements/export?form=csv")).text
        assert {"6-18-02-04", "6-31-05-00"} <= set(ads.replace("\n", ",").split(","))
        listed = (await client.get("/demand/advertisements")).text
        assert listed.count("%</span>") >= 1
        again = await client.submit("/demand/titles/withdraw", {"title": "普工"})
        assert again.status_code in (302, 303)
    async with browse("researcher.institute") as client:
        assert (await client.get("/demand/titles")).status_code == 200
        assert (
            await client.submit(
                "/demand/titles/confirm", {"title": "普工", "occupation": "6-31-05-00"}
            )
        ).status_code in (403, 404)
