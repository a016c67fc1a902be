"""Imports of advertisements: dry run, confirm, idempotence, repeats, the hub's own jobs, other organisations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from alliance.advertisements import importing, imports
from alliance.advertisements.repeating import take_post
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.intake.keeping import error_of
from alliance.kit.language import speaking
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.sheets.writing import write_csv
from alliance.posts import actions as posts
from alliance.posts import queries as post_queries
from alliance.posts.facts import draft_of
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
TEXT = "负责设备操作与点检，能看懂图纸，中专及以上学历。"


def table(*rows: list[Any]) -> bytes:
    return write_csv(HEAD, rows)


def row(
    number: int,
    source: str = "县市场",
    heads: int | str = 3,
    day: str = "2026-10-08",
    text: str = TEXT,
) -> list[Any]:
    return [
        day,
        f"清溪{number}厂",
        f"操作工{number}",
        text,
        "6-18-01-01",
        "识图",
        heads,
        source,
        f"https://jobs.example/{source}/{number}",
    ]


async def brought(world: World, *rows: list[Any], only_good: bool = False) -> dict[str, Any]:
    import_id = await importing.upload(world.planner_centre, "招聘.csv", table(*rows))
    await importing.check(import_id)
    await importing.confirm(world.planner_centre, import_id, only_good=only_good)
    await importing.store(import_id)
    return await imports.import_of(world.planner_centre, import_id)


async def stored(db: Database) -> list[dict[str, Any]]:
    async with db.acting_for(SYSTEM):
        return await db.fetch(
            "select source, heads, duplicate_of, title from advertisement order by source, title"
        )


async def test_nothing_is_stored_before_it_is_confirmed(db: Database, world: World) -> None:
    import_id = await importing.upload(world.planner_centre, "招聘.csv", table(row(1), row(2)))
    await importing.check(import_id)
    found = await imports.import_of(world.planner_centre, import_id)
    assert (found["state"], found["summary"]["created"], found["summary"]["bad_rows"]) == (
        "checked",
        2,
        0,
    )
    assert await stored(db) == []
    await importing.drop(world.planner_centre, import_id)
    with pytest.raises(Conflict):
        await importing.confirm(world.planner_centre, import_id)


async def test_the_same_file_twice_changes_nothing_and_a_changed_row_changes_one(
    db: Database, world: World
) -> None:
    assert (await brought(world, row(1), row(2)))["summary"]["created"] == 2
    again = await brought(world, row(1), row(2, heads=4))
    assert (
        again["summary"]["created"],
        again["summary"]["changed"],
        again["summary"]["unchanged"],
    ) == (0, 1, 1)
    assert [one["heads"] for one in await stored(db)] == [3, 4]


async def test_rows_with_errors_stay_out_only_when_the_user_says_so(
    db: Database, world: World
) -> None:
    import_id = await importing.upload(
        world.planner_centre, "招聘.csv", table(row(1), row(2, heads=0))
    )
    await importing.check(import_id)
    with pytest.raises(Refusal):
        await importing.confirm(world.planner_centre, import_id)
    await importing.confirm(world.planner_centre, import_id, only_good=True)
    await importing.store(import_id)
    assert len(await stored(db)) == 1


async def test_one_advertisement_in_two_sources_counts_once_and_late_arrivals_take_their_place(
    db: Database, world: World
) -> None:
    await brought(world, row(1, "网站", day="2026-10-10"))
    found = await brought(world, row(1, "县市场", day="2026-10-02", text=TEXT + " "))
    assert found["summary"]["repeated_elsewhere"] == 1
    assert [(one["source"], one["duplicate_of"] is None) for one in await stored(db)] == [
        ("县市场", True),
        ("网站", False),
    ]


async def test_several_and_a_number_are_one_advertisement_in_either_order_of_arrival(
    db: Database, world: World
) -> None:
    # one says several first and the number comes later, in the other it comes earlier; each by arrival and by day
    for number, (first, second) in enumerate([("若干", 5), (5, "若干")], 1):
        for place, (day, later) in enumerate(
            [("2026-10-02", "2026-10-10"), ("2026-10-10", "2026-10-02")]
        ):
            one = number * 10 + place
            await brought(world, row(one, "县市场", heads=first, day=day), only_good=True)
            await brought(world, row(one, "网站", heads=second, day=later), only_good=True)
            async with db.acting_for(SYSTEM):
                found = await db.fetch(
                    "select heads, to_char(published, 'YYYY-MM-DD') as day from advertisement where title = $1"
                    " and duplicate_of is null",
                    f"操作工{one}",
                )
            assert found == [{"heads": 5, "day": "2026-10-02"}], (first, day)


async def test_several_follows_what_its_repeats_say(db: Database, world: World) -> None:
    await brought(
        world,
        row(1, "县市场", heads="若干", day="2026-10-02"),
        row(1, "网站", heads=5, day="2026-10-10"),
    )
    await brought(world, row(1, "网站", heads=6, day="2026-10-10"))
    assert [(one["heads"], one["duplicate_of"] is None) for one in await stored(db)] == [
        (6, True),
        (6, False),
    ]
    await brought(world, row(1, "网站", heads=6, day="2026-11-20"))
    assert [(one["heads"], one["duplicate_of"] is None) for one in await stored(db)] == [
        (1, True),
        (6, True),
    ]


async def test_once_a_number_is_known_another_one_is_another_need(
    db: Database, world: World
) -> None:
    await brought(
        world,
        row(1, "县市场", heads="若干", day="2026-10-02"),
        row(1, "网站", heads=5, day="2026-10-10"),
    )
    await brought(world, row(1, "报纸", heads=6, day="2026-10-20"))
    assert [
        (one["source"], one["heads"]) for one in await stored(db) if one["duplicate_of"] is None
    ] == [
        ("县市场", 5),
        ("报纸", 6),
    ]


async def test_a_date_that_was_corrected_frees_what_repeated_it(db: Database, world: World) -> None:
    await brought(world, row(1, "县市场", day="2026-09-01"), row(1, "网站", day="2026-10-01"))
    assert [one["duplicate_of"] is None for one in await stored(db)] == [True, False]
    await brought(world, row(1, "县市场", day="2026-11-20"))
    assert [one["duplicate_of"] is None for one in await stored(db)] == [True, True]


async def test_an_unreadable_file_fails_with_a_sentence_and_can_be_dropped(
    db: Database, world: World
) -> None:
    with pytest.raises(Refusal):
        await importing.upload(world.planner_centre, "照片.csv", b"\x89PNG\0\0\0")
    import_id = await importing.upload(
        world.planner_centre, "照片.csv", b"PK\x03\x04" + bytes(40) + b"PK\x05\x06" + bytes(18)
    )
    await importing.check(import_id)
    found = await imports.import_of(world.planner_centre, import_id)
    assert found["state"] == "failed"
    assert "照片.csv" in error_of(found)
    with speaking("en"):
        in_english = error_of(found)
    assert "照片.csv" in in_english
    assert in_english != error_of(found), "each reader in the own language"
    await importing.drop(world.planner_centre, import_id)


async def test_a_check_taken_over_from_a_dead_worker_ends_once(db: Database, world: World) -> None:
    import_id = await importing.upload(world.planner_centre, "招聘.csv", table(row(1)))
    await importing.check(import_id)
    await importing.confirm(world.planner_centre, import_id)
    async with db.acting_for(SYSTEM):
        await db.fetch("update advertisement_import set attempts = 5 where id = $1", import_id)
    await importing.store(import_id)
    await importing.store(import_id)
    assert len(await stored(db)) == 1
    with pytest.raises(Conflict):
        await importing.confirm(world.planner_centre, import_id)


async def test_another_organisations_import_is_not_seen(db: Database, world: World) -> None:
    import_id = await importing.upload(world.planner_centre, "招聘.csv", table(row(1)))
    stranger = msgspec.structs.replace(
        world.planner_centre, organisation=world.organisations["health"]
    )
    for attempt in (
        imports.import_of(stranger, import_id),
        importing.confirm(stranger, import_id),
        importing.drop(stranger, import_id),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_a_job_flows_in_an_internship_does_not(db: Database, world: World) -> None:
    draft = draft_of(await post_queries.post(world.hr_precision, world.posts["turning"]))
    job = await posts.create_post(
        world.hr_precision, msgspec.structs.replace(draft, kind="job", starts=None, ends=None)
    )
    await posts.publish_post(world.hr_precision, job)
    for post_id in (job, world.posts["turning"]):
        await take_post({"post": str(post_id)})
        await take_post({"post": str(post_id)})
    assert [(one["source"], one["heads"]) for one in await stored(db)] == [
        ("hub", draft.head_count)
    ]


async def test_the_pages_of_an_import(browse: Callable[..., Any], world: World) -> None:
    async with browse("planner.centre") as browser:
        assert (await browser.get("/demand/imports")).status_code == 200
        assert (await browser.get("/demand/imports/template")).content[:2] == b"PK"
        sent = await browser.submit(
            "/demand/imports", files={"file": ("招聘.csv", table(row(1), row(2, heads=0)))}
        )
        assert sent.status_code == 303
        address = sent.headers["location"]
        waiting = await browser.get(address)
        assert "data-live-ends" in waiting.text
        from uuid import UUID

        await importing.check(UUID(address.rsplit("/", 1)[1]))
        page = await browser.get(address)
        assert "招聘人数" in page.text
        assert (await browser.get(address + "/problems")).content[:2] == b"PK"
        assert (await browser.submit(address + "/nonsense")).status_code == 404
        assert (await browser.submit(address + "/confirm", {"rows": "good"})).status_code == 303
        assert (await browser.submit("/demand/imports")).status_code == 422
    async with browse("hr.precision") as browser:
        assert (await browser.get(address)).status_code == 403
