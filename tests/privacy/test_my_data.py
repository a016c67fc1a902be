"""Everything about oneself, seen and taken away; a guardian's view of a child; nobody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.secrets import ERASED
from alliance.kit.language import speaking
from alliance.kit.web.pages import ROOT
from alliance.privacy import consents, requests
from alliance.privacy.holdings import HOLDINGS
from alliance.privacy.register import entries_of
from alliance.privacy.subjects import subject_for
from alliance.privacy.wording import CODES, in_words
from alliance.rounds.students import preferences
from tests.rounds.rounds import as_student, open_round
from tests.world import World


async def test_a_student_sees_and_exports_what_the_hub_holds(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    await preferences.save_list(as_student(world, 0), round_id, [world.posts["milling"]])
    async with browse("student0.centre") as browser:
        shown = (await browser.get("/my-data")).text
        for text in (
            "学生centre0",
            "身份0",
            "20250000",
            "2009-03-01",
            "加工中心操作 (Qingxi Precision)",
            "数控技术应用1班",
        ):
            assert text in shown, text
        assert "学生centre1" not in shown
        held = json.loads((await browser.get("/my-data/export")).content)
        student = held["data"]["student"][0]
        assert (student["name"], student["identity_number"], student["sex"]) == (
            "学生centre0",
            "身份0",
            "F",
        )
        assert held["data"]["preference"][0]["post"] == str(world.posts["milling"])
        assert "password_hash" not in held["data"]["account"][0]
        assert held["columns"]["student"]["born"] == {"zh": "出生日期", "en": "date of birth"}
        assert "身份0" in (await browser.get("/my-data/print")).text
    for login in ("student1.centre", "coordinator.centre", "guardian.health", "hr.hotel"):
        async with browse(login) as browser:
            assert (await browser.get("/my-data")).status_code == 200
            for path in ("/my-data", "/my-data/export", "/my-data/print"):
                assert (await browser.get(f"{path}?of={world.students[0]}")).status_code == 404, (
                    f"{login} {path}"
                )
            assert (await browser.get("/my-data?of=nobody")).status_code == 404


async def test_codes_are_told_in_words_and_moments_in_the_countys_time(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    student = as_student(world, 0)
    await preferences.save_list(student, round_id, [world.posts["milling"]])
    subject = await subject_for(student, app.state.vault)
    with clock.frozen(datetime(2026, 11, 30, 17, 5, tzinfo=UTC)):
        await requests.ask(student, subject, "correct", field="grade", wanted="99", reason="算错了")
        await consents.give(student, subject, "phone_to_host")
    raw = re.compile(r"<dd>(?:[a-z]+(?:_[a-z]+)*|[a-z]+-\d+|[a-z_]+:\S*)</dd>")
    for login in ("student0.centre", "coordinator.centre", "hr.precision"):
        async with browse(login, "zh") as browser:
            shown = (await browser.get("/my-data/print")).text
            assert raw.findall(shown) == [], login
            if login == "student0.centre":
                for words in ("安置批次", "在本页面", "2026-12-01 01:05", "成绩", "15 个自然日"):
                    assert words in shown, words


async def test_every_code_that_a_person_may_see_has_words_in_both_languages(db: Database) -> None:
    assert db.pool is not None
    known = await db.pool.fetch(
        "select conrelid::regclass::text as table, pg_get_constraintdef(oid) as says from pg_constraint where contype = 'c'"
    )
    for row in known:
        for column, entry in (entries_of(row["table"]) if row["table"] in HOLDINGS else {}).items():
            listed = re.search(rf"\(+{column}\)?(?:::\w+)? = ANY \(+ARRAY\[(.*?)\]", row["says"])
            codes = (
                [code for code in re.findall(r"'([^']*)'", listed[1]) if code not in ("", ERASED)]
                if listed
                else []
            )
            if entry.kind == "technical" or (column == "state" and row["table"] == "breach"):
                continue
            for code in codes:
                with speaking("zh"):
                    assert re.search("[一-鿿]", in_words(row["table"], column, code) or ""), (
                        f"{row['table']}.{column} {code}"
                    )
    with speaking("zh"):
        for (table, column), codes_of in CODES.items():
            assert column in entries_of(table), (table, column)
            for code in codes_of:
                assert re.search("[一-鿿]", in_words(table, column, code)), (table, column, code)


def test_every_kind_of_object_of_the_trail_has_words() -> None:
    written = re.compile(r'audit\.record\(\s*[\w.]+,\s*[^,()]+(?:\([^()]*\))?,\s*"([a-z_]+)"')
    found = {
        kind
        for path in (ROOT / "alliance").rglob("*.py")
        for kind in written.findall(path.read_text())
    }
    assert {"account", "round", "event"} <= found
    assert found - set(CODES["audit_entry", "subject_kind"]) == set()


async def test_a_page_offers_what_its_persons_record_has(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    asked = {"kind": "correct", "field": "identity_number", "wanted": "1", "reason": "x"}
    async with browse("hr.precision") as staff, browse("student0.centre") as student:
        offered = (await staff.get("/my-data")).text
        for field in ("identity_number", "guardian_name", "grade", "born"):
            assert f'value="{field}"' not in offered, field
        assert 'value="name"' in offered
        assert (await staff.submit("/my-data/requests", asked)).status_code == 422
        assert 'value="identity_number"' in (await student.get("/my-data")).text


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
        assert (
            json.loads((await browser.get(f"/my-data/export?of={child}")).content)["name"]
            == "学生centre0"
        )
    with clock.frozen(datetime(2027, 3, 1, tzinfo=UTC)):
        from alliance.kit.problems import Missing

        try:
            await subject_for(world.guardian_centre, app.state.vault, child)
        except Missing:
            return
    raise AssertionError("a guardian reads on after the child is of age")


async def test_an_erased_person_leaves_dashes(db: Database, world: World, vault: Any) -> None:
    from alliance.privacy.holdings import gather

    async with db.acting_for(SYSTEM) as connection:
        await connection.execute("update person set key = null where id = $1", world.students[0])
    parts = await gather(await subject_for(as_student(world, 0), vault))
    names = [
        v.value
        for part in parts
        if part.table == "student"
        for v in part.rows[0]
        if v.entry.column == "name"
    ]
    assert names == ["—"]
