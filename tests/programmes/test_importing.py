"""Importing a roster: nothing before it is confirmed, the same list twice changes nothing, no plain personal value anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.sheets.writing import write_csv, write_xlsx
from alliance.members.erasing import erase_person
from alliance.programmes import actions, importing, queries
from fixtures.staging.uploads import FILE, leave_unreadable
from tests.privacy.restricting import restrict
from tests.world import World

HEAD = ["学号", "姓名", "身份证号", "性别", "班级", "乡镇", "监护人", "综合成绩"]


def _valid(body: str) -> str:
    from stdnum.cn import ric

    return body + ric.calc_check_digit(body + "0")


def people(count: int = 3, first: int = 1) -> list[list[Any]]:
    """Students who exist nowhere, of the world's class."""
    return [
        [
            f"2025{9000 + first + i}",
            f"测试{'甲乙丙丁戊己庚'[i]}",
            _valid(f"11010120090307{100 + 2 * (first + i):03d}"),
            "女",
            "数控技术应用1班",
            "东桥街道",
            "测试家长",
            "81.5",
        ]
        for i in range(count)
    ]


async def _imported(
    actor: Any, vault: Vault, rows: list[list[Any]], *, only_good: bool = False
) -> importing.Imported:
    import_id = await importing.import_roster(actor, vault, "名单.xlsx", write_xlsx(HEAD, rows))
    return await importing.confirm_import(actor, vault, import_id, only_good=only_good)


async def test_the_same_list_twice_changes_nothing_and_a_corrected_one_only_what_differs(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    assert await _imported(actor, vault, people()) == importing.Imported(3, 0, 0)
    assert await _imported(actor, vault, people()) == importing.Imported(0, 0, 3)
    corrected = people()
    corrected[1][1] = "测试改"
    assert await _imported(actor, vault, corrected) == importing.Imported(0, 1, 2)
    names = {
        row["name"]
        for row in await queries.students_of_class(actor, vault, world.classes["centre"])
    }
    assert "测试改" in names
    assert "测试乙" not in names


async def test_a_student_whose_data_are_restricted_keeps_the_changed_row_out_and_no_other(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    await _imported(actor, vault, people())
    async with db.acting_for(actor):
        student = await db.fetch_value("select id from student where number = $1", people()[0][0])
    await restrict(world, vault, student)
    assert await _imported(actor, vault, people()) == importing.Imported(0, 0, 3), (
        "nothing differs, so nothing is wrong"
    )
    changed = people()
    for row in changed[:2]:
        row[HEAD.index("监护人")] = "测试监护"
    import_id = await importing.import_roster(actor, vault, "名单.xlsx", write_xlsx(HEAD, changed))
    plan = await importing.plan_of(actor, vault, await queries.import_of(actor, import_id))
    assert [problem.code for problem in plan.problems] == ["restricted_use"]
    assert await importing.confirm_import(
        actor, vault, import_id, only_good=True
    ) == importing.Imported(0, 1, 1)


async def test_nothing_is_stored_before_the_list_is_confirmed_or_after_it_is_dropped(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    import_id = await importing.import_roster(actor, vault, "名单.csv", write_csv(HEAD, people()))
    async with db.acting_for(actor):
        assert (
            await db.fetch_value(
                "select count(*) from student where school = $1", actor.organisation
            )
            == 12
        )
    await importing.drop_import(actor, import_id)
    with pytest.raises(Conflict):
        await importing.confirm_import(actor, vault, import_id)
    async with db.acting_for(actor):
        assert await db.fetch_value(
            "select content is null from roster_import where id = $1", import_id
        )


async def test_good_rows_are_taken_over_only_when_the_coordinator_says_so(
    db: Database, world: World, vault: Vault
) -> None:
    rows = people()
    rows[0][2] = "110101200903070000"
    rows[2][4] = "没有这个班"
    with pytest.raises(Refusal):
        await _imported(world.coordinator_centre, vault, rows)
    assert await _imported(
        world.coordinator_centre, vault, rows, only_good=True
    ) == importing.Imported(1, 0, 0)


async def test_an_identity_number_belongs_to_one_student_number(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    await _imported(actor, vault, people())
    swapped = people()
    swapped[0][0] = "20257777"
    import_id = await importing.import_roster(actor, vault, "名单.xlsx", write_xlsx(HEAD, swapped))
    plan = await importing.plan_of(actor, vault, await queries.import_of(actor, import_id))
    assert plan is not None
    assert [(problem.code, problem.row) for problem in plan.problems] == [("identity_taken", 2)]


async def test_two_confirmations_at_once_import_once(
    db: Database, world: World, vault: Vault
) -> None:
    import_id = await importing.import_roster(
        world.coordinator_centre, vault, "名单.xlsx", write_xlsx(HEAD, people())
    )
    answers = await asyncio.gather(
        importing.confirm_import(world.coordinator_centre, vault, import_id),
        importing.confirm_import(world.colleague_centre, vault, import_id),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Imported"]


async def test_no_table_holds_a_name_or_an_identity_number_in_plain_text(
    db: Database, world: World, vault: Vault
) -> None:
    rows = people()
    rows[2][3] = "男"
    await _imported(world.coordinator_centre, vault, rows, only_good=True)
    await actions.change_student(
        world.coordinator_centre,
        vault,
        world.students[0],
        {"name": "改名后", "phone": "19912345678"},
    )
    async with db.acting_for(world.coordinator_centre):
        for table in ("roster_import", "audit_entry", "student", "evaluation"):
            text = str(await db.fetch(f"select t::text from {table} t"))
            for secret in ("测试甲", "测试丙", rows[0][2], rows[2][2], "改名后", "19912345678"):
                assert secret not in text, table


async def test_another_schools_import_and_students_do_not_exist(
    db: Database, world: World, vault: Vault
) -> None:
    import_id = await importing.import_roster(
        world.coordinator_centre, vault, "名单.xlsx", write_xlsx(HEAD, people())
    )
    for attempt in (
        importing.confirm_import(world.coordinator_health, vault, import_id),
        importing.drop_import(world.coordinator_health, import_id),
        queries.import_of(world.coordinator_health, import_id),
        queries.student(world.coordinator_health, vault, world.students[0]),
        actions.change_student(world.coordinator_health, vault, world.students[0], {"name": "x"}),
        erase_person(world.coordinator_health, vault, world.students[0], "asked"),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_upload_check_and_confirm_in_the_browser(
    browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    rows = people(4)
    rows[3][2] = "11010120090307"
    async with browse("coordinator.centre", "zh") as browser:
        await browser.get("/imports")
        token = await browser.token()
        answer = await browser.post(
            "/imports", files={"file": ("名单.xlsx", write_xlsx(HEAD, rows))}, headers=token
        )
        assert answer.status_code == 303
        address = answer.headers["location"]
        assert "data-live-ends" in (await browser.get(address)).text
        early = await browser.submit(f"{address}/confirm", {"rows": "good"})
        assert early.status_code == 303
        assert "名单还在读取中" in (await browser.get(address)).text
        await importing.read(vault, UUID(address.rsplit("/", 1)[1]))
        page = (await browser.get(address)).text
        assert "身份证号" in page
        assert "只导入无误的行" in page
        assert "测试甲" in page
        done = await browser.submit(f"{answer.headers['location']}/confirm", {"rows": "good"})
        assert done.status_code == 303
        assert "新增 3 人" in (await browser.get(answer.headers["location"])).text
        broken = await browser.post(
            "/imports", files={"file": ("x.xlsx", b"not a workbook")}, headers=token
        )
        assert broken.status_code == 422
        hidden = await browser.post(
            "/imports", files={"file": ("名.csv", "学号,姓名\n1,测试\n".encode())}, headers=token
        )
        await importing.read(vault, UUID(hidden.headers["location"].rsplit("/", 1)[1]))
        page = (await browser.get(hidden.headers["location"])).text
        assert "缺少以下列：身份证号、班级" in page
        assert "名单无法读取" in page
        assert (await browser.get("/imports")).status_code == 200
    async with browse("hr.precision") as browser:
        assert (await browser.get("/imports")).status_code == 403
        assert (await browser.get(f"/classes/{world.classes['centre']}")).status_code == 403
    async with browse("coordinator.health") as browser:
        assert (await browser.get(f"/classes/{world.classes['centre']}")).status_code == 404
        assert (await browser.get(f"/students/{world.students[0]}")).status_code == 404


async def test_class_and_student_pages_open_and_export(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("coordinator.centre", "zh") as browser:
        for path in (
            "/classes",
            f"/classes/{world.classes['centre']}?search=xuesheng&sort=name",
            f"/students/{world.students[0]}",
            "/specialties/660103",
        ):
            answer = await browser.get(path)
            assert answer.status_code == 200, path
        assert (
            "学生centre0"
            in (
                await browser.get(f"/classes/{world.classes['centre']}?search=xueshengcentre0")
            ).text
        )
        asked = await browser.get(f"/classes/{world.classes['centre']}/export")
        assert asked.headers["location"].startswith("/access/purpose?back=")
        await browser.say_why()
        assert (await browser.get(f"/classes/{world.classes['centre']}/export")).content[
            :2
        ] == b"PK"
        saved = await browser.submit(
            f"/students/{world.students[0]}", {"name": "新名", "grade": "101", "town": ""}
        )
        assert saved.status_code == 422


async def test_pseudonyms_follow_no_order_of_the_list(
    db: Database, world: World, vault: Vault
) -> None:
    rows = [row for first in range(1, 60, 7) for row in people(7, first)]
    await _imported(world.coordinator_centre, vault, rows)
    async with db.acting_for(world.coordinator_centre):
        found = await db.fetch(
            "select pseudonym from student where pseudonym like 'S-%' order by number"
        )
    drawn = [row["pseudonym"] for row in found]
    assert len(set(drawn)) == len(rows)
    assert drawn != sorted(drawn)
    assert drawn != sorted(drawn, reverse=True)


async def test_the_demonstration_has_a_list_that_cannot_be_read(
    db: Database, world: World, vault: Vault
) -> None:
    await leave_unreadable(world.coordinator_centre, vault)
    (found,) = await queries.imports(world.coordinator_centre)
    assert (found["state"], found["file_name"]) == ("unreadable", FILE)
