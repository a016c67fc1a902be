"""Everything about oneself, seen and taken away; a guardian's view of a child; nobody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.placements import preferences
from tests.placements.rounds import as_student, open_round
from tests.world import World


async def test_a_student_sees_and_exports_what_the_hub_holds(app: Any, browse: Callable[..., Any], world: World) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    await preferences.save_list(as_student(world, 0), round_id, [world.posts["milling"]])
    async with browse("student0.centre") as browser:
        shown = (await browser.get("/my-data")).text
        for text in ("学生centre0", "身份0", "20250000", "2009-03-01", "加工中心操作", "数控技术应用1班"):
            assert text in shown, text
        assert "学生centre1" not in shown
        held = json.loads((await browser.get("/my-data/export")).content)
        student = held["data"]["student"][0]
        assert (student["name"], student["identity_number"], student["sex"]) == ("学生centre0", "身份0", "F")
        assert held["data"]["preference"][0]["post"] == str(world.posts["milling"])
        assert "password_hash" not in held["data"]["account"][0]
        assert held["columns"]["student"]["born"] == {"zh": "出生日期", "en": "date of birth"}
        assert "身份0" in (await browser.get("/my-data/print")).text
    for login in ("student1.centre", "coordinator.centre", "guardian.health", "hr.hotel"):
        async with browse(login) as browser:
            assert (await browser.get("/my-data")).status_code == 200
            for path in ("/my-data", "/my-data/export", "/my-data/print"):
                assert (await browser.get(f"{path}?of={world.students[0]}")).status_code == 404, f"{login} {path}"
            assert (await browser.get("/my-data?of=nobody")).status_code == 404


async def test_staff_are_told_that_they_acted_and_not_what_it_says_about_others(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    async with browse("coordinator.centre") as browser:
        held = json.loads((await browser.get("/my-data/export")).content)
    assert any(row["subject"] == str(round_id) for row in held["data"]["audit_entry"])
    assert held["data"]["account"][0]["login"] == "coordinator.centre"
    assert "student" not in held["data"]


async def test_a_guardian_sees_the_childs_data_until_the_child_is_of_age(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    child = world.students[0]  # born 2009-03-01
    async with browse("guardian.centre") as browser:
        shown = await browser.get(f"/my-data?of={child}")
        assert shown.status_code == 200
        assert "学生centre0" in shown.text
        assert json.loads((await browser.get(f"/my-data/export?of={child}")).content)["name"] == "学生centre0"
    with clock.frozen(datetime(2027, 3, 1, tzinfo=UTC)):
        from alliance.kit.problems import Missing
        from alliance.privacy.subjects import subject_for

        try:
            await subject_for(world.guardian_centre, app.state.vault, child)
        except Missing:
            return
    raise AssertionError("a guardian reads on after the child is of age")


async def test_an_erased_person_leaves_dashes(db: Database, world: World, vault: Any) -> None:
    from alliance.privacy.holdings import gather
    from alliance.privacy.subjects import subject_for

    async with db.acting_for(SYSTEM) as connection:
        await connection.execute("update person set key = null where id = $1", world.students[0])
    parts = await gather(await subject_for(as_student(world, 0), vault))
    names = [v.value for part in parts if part.table == "student" for v in part.rows[0] if v.entry.column == "name"]
    assert names == ["—"]
