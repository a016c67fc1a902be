"""What people ask: stated with a deadline, answered by somebody else, refused only in writing, withdrawn; and its effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import asyncpg
import pytest
from openpyxl import load_workbook

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.notices import queries as notices
from alliance.notices.wording import sentence
from alliance.privacy import consents, queries, requests
from alliance.privacy.model import STATES, STEPS, deadline, deadline_of
from alliance.privacy.subjects import subject_for
from alliance.rounds import deciding
from alliance.rounds import queries as placements
from tests.rounds.rounds import as_student, ranked_round, run
from tests.world import World


async def listed(actor: Any, vault: Vault, show: str = "") -> list[dict[str, Any]]:
    return (await queries.requests(actor, vault, queries.Sought(show=show), limit=50))[0]


async def told(actor: Any) -> list[str]:
    """What notices say to somebody, the latest first."""
    rows, _total = await notices.notices(actor, only_unread=False, limit=20)
    return [sentence(row["kind"], row["params"]) for row in rows]


async def test_a_correction_is_asked_refused_in_writing_or_taken_over(
    db: Database, world: World, vault: Vault
) -> None:
    student, officer = as_student(world, 0), world.coordinator_centre
    subject = await subject_for(student, vault)
    with pytest.raises(Refusal):
        await requests.ask(student, subject, "correct", field="name", wanted="", reason="wrong")
    request = await requests.ask(
        student, subject, "correct", field="name", wanted="学生改", reason="户口本上是这样"
    )
    with pytest.raises(Refusal, match="已提出过"):
        await requests.ask(
            student, subject, "correct", field="name", wanted="学生改", reason="again"
        )
    row = await queries.request_of(officer, vault, request)
    assert (row["wanted"], row["reason"], row["state"], row["name"]) == (
        "学生改",
        "户口本上是这样",
        "asked",
        "学生centre0",
    )
    assert row["due"] == clock.today() + timedelta(days=deadline("answer", clock.today()).days)
    assert deadline_of(row["deadline"]).own
    for stranger in (
        world.coordinator_health,
        world.hr_hotel,
        world.secretary_centre,
        world.instructor_centre,
    ):
        with pytest.raises(Missing):
            await queries.request_of(stranger, vault, request)
    with pytest.raises(Refusal):
        await requests.refuse(officer, vault, request, "  ")
    await requests.accept(officer, request)
    await requests.finish(officer, vault, request, apply=True)
    async with db.acting_for(officer):
        stored = await db.fetch_one(
            "select s.name, p.key from student s join person p on p.id = s.id where s.id = $1",
            subject.person,
        )
    assert stored is not None
    assert vault.keyring(stored["key"]).decrypt(stored["name"]) == "学生改"
    with pytest.raises(Conflict):
        await requests.withdraw(student, request)
    second = await requests.ask(student, subject, "restrict")
    await requests.refuse(officer, vault, second, "实习档案须依法保存")
    asked = await queries.own_requests(student, subject)
    assert [(one["state"], one["answer"]) for one in asked] == [
        ("refused", "实习档案须依法保存"),
        ("done", ""),
    ]
    assert await told(student) == [
        "一项个人信息请求未获同意，答复中写明理由和投诉途径。",
        "一项个人信息请求已办结，请查看答复。",
        "一项个人信息请求已获同意，正在办理。",
    ]


async def test_of_two_answers_at_once_one_stands(db: Database, world: World, vault: Vault) -> None:
    student = as_student(world, 0)
    request = await requests.ask(student, await subject_for(student, vault), "restrict")
    answers = await asyncio.gather(
        requests.refuse(world.coordinator_centre, vault, request, "no"),
        requests.refuse(world.colleague_centre, vault, request, "not now"),
        requests.withdraw(student, request),
        return_exceptions=True,
    )
    assert sum(answer is None for answer in answers) == 1
    assert all(answer is None or isinstance(answer, Conflict) for answer in answers)


async def test_nobody_answers_what_concerns_themself(
    db: Database, world: World, vault: Vault
) -> None:
    officer = world.coordinator_centre
    request = await requests.ask(
        officer, await subject_for(officer, vault), "access", reason="everything"
    )
    with pytest.raises(Refusal):
        await requests.accept(officer, request)
    with pytest.raises(asyncpg.CheckViolationError, match="a request stands"):
        async with db.acting_for(officer) as connection:
            await connection.execute(
                "update data_request set state = 'done', decided = now() where id = $1", request
            )
    await requests.accept(world.colleague_centre, request)
    assert [row["id"] for row in await listed(world.secretary_centre, vault)] == [request], (
        "the secretary answers for staff too"
    )


async def test_every_cell_of_the_state_machine_and_the_late_ones_first(
    db: Database, world: World, vault: Vault
) -> None:
    student, officer = as_student(world, 0), world.coordinator_centre
    subject = await subject_for(student, vault)
    with clock.frozen(datetime(2026, 11, 1, tzinfo=UTC)):
        late = await requests.ask(student, subject, "access")
    fresh = await requests.ask(student, subject, "object")
    rows = await listed(officer, vault)
    assert [(row["id"], row["overdue"]) for row in rows] == [(late, True), (fresh, False)]
    assert [row["id"] for row in await listed(officer, vault, "overdue")] == [late]
    assert await queries.waiting(officer) == 2
    moves: dict[str, Callable[[], Any]] = {
        "accept": lambda: requests.accept(officer, fresh),
        "refuse": lambda: requests.refuse(officer, vault, fresh, "no"),
        "finish": lambda: requests.finish(officer, vault, fresh),
        "withdraw": lambda: requests.withdraw(student, fresh),
    }
    allowed = {(step.name, step.source) for step in STEPS}
    for state in STATES:
        for name, move in moves.items():
            async with db.acting_for(SYSTEM) as connection:
                await connection.execute("delete from data_request where id = $1", fresh)
                await connection.execute(
                    "insert into data_request (id, person, organisation, made_by, capacity, kind, field, state, asked, due, deadline,"
                    " answer, decided) select $1, person, organisation, made_by, capacity, 'object', '', $2, asked, due, deadline,"
                    " 'x', now() from data_request where id = $3",
                    fresh,
                    state,
                    late,
                )
                await connection.execute(
                    "update data_request set answer = null where id = $1 and state = 'asked'", fresh
                )
            if (name, state) in allowed:
                await move()
            else:
                with pytest.raises(Conflict):
                    await move()


async def test_who_objects_is_left_to_a_person_and_asks_why(
    db: Database, world: World, vault: Vault
) -> None:
    student, officer = as_student(world, 0), world.coordinator_centre
    round_id = await ranked_round(world, {0: ["turning"], 1: ["turning"], 2: ["milling"]})
    await requests.ask(student, await subject_for(student, vault), "object", reason="请老师来定")
    await run(officer, round_id)
    rows = {row["student"]: row for row in await placements.proposals(officer, vault, round_id)}
    assert rows[student.person]["objects"]
    assert not rows[world.students[1]]["objects"]
    taken = await deciding.accept(officer, round_id)
    left = [
        row["student"]
        for row in await placements.proposals(officer, vault, round_id)
        if row["decision"] == "pending"
    ]
    assert left == [student.person], "accepted by the dozen although the student objected"
    assert taken == len(rows) - 1
    assert await deciding.accept(officer, round_id, [world.students[0]]) == 1


async def test_consent_is_withdrawn_as_easily_as_given_and_then_nothing_is_passed_on(
    db: Database, world: World, vault: Vault
) -> None:
    student, guardian = as_student(world, 0), world.guardian_centre
    round_id = await ranked_round(world, {0: ["turning"], 1: ["turning"]})
    own, child = (
        await subject_for(student, vault),
        await subject_for(guardian, vault, world.students[0]),
    )

    async def grades() -> dict[Any, Any]:
        return {
            row["student"]: row["grade"]
            for row in await placements.candidates(world.hr_precision, round_id)
        }

    assert (await grades())[student.person] == 95
    await consents.withdraw(guardian, child, "grade_to_host")
    await consents.withdraw(student, own, "grade_to_host")
    await consents.give(student, own, "grade_to_host")
    # both were told before that the lists closed early
    assert (await told(guardian))[0] == "您的孩子同意了一项个人信息使用，您同意后才生效。"
    assert not [one for one in await told(student) if "个人信息" in one]
    assert await grades() == {world.students[0]: None, world.students[1]: 92}, (
        "a guardian's withdrawal has no effect"
    )
    await consents.give(guardian, child, "grade_to_host")
    await consents.withdraw(student, own, "grade_to_host")
    assert (await grades())[student.person] is None
    with pytest.raises(Conflict):
        await consents.withdraw(student, own, "grade_to_host")
    await consents.give(student, own, "grade_to_host")
    with pytest.raises(asyncpg.UniqueViolationError, match="consent_in_force"):
        await consents.give(student, own, "grade_to_host")
    with pytest.raises(asyncpg.CheckViolationError, match="a consent is withdrawn"):
        async with db.acting_for(SYSTEM) as connection:
            await connection.execute(
                "update consent set purpose = 'phone_to_host' where person = $1", student.person
            )


async def test_contacts_are_corrected_directly_and_nothing_else(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    async with browse("student0.centre") as browser:
        done = await browser.submit(
            "/my-data/contact", {"own_field": "phone", "value": "13800000001"}
        )
        assert done.status_code == 303
        assert "13800000001" in (await browser.get("/my-data")).text
        kept = await browser.submit(
            "/my-data/contact", {"own_field": "identity_number", "value": "1"}
        )
        assert kept.status_code == 422
        wrong = await browser.submit("/my-data/contact", {"own_field": "phone", "value": "12"})
        assert (wrong.status_code, "11 digits" in wrong.text) == (422, True)
        more = {"kind": "access", "reason": "户口本不同"}
        assert (await browser.submit("/my-data/requests", more)).status_code == 303
        twice = await browser.submit("/my-data/requests", more)
        assert (
            twice.status_code,
            "asked for this already" in twice.text,
            "户口本不同" in twice.text,
        ) == (422, True, True)
        again = await browser.submit(
            "/my-data/requests",
            {"kind": "correct", "field": "born", "wanted": "", "reason": "户口本不同"},
        )
        assert again.status_code == 422
        assert "户口本不同" in again.text, "what was typed is lost"
    async with browse("guardian.centre") as browser:
        assert (
            await browser.submit(
                "/my-data/contact",
                {
                    "own_field": "guardian_phone",
                    "value": "13800000002",
                    "of": str(world.students[0]),
                },
            )
        ).status_code == 303
        assert (
            await browser.submit(
                "/my-data/contact",
                {"own_field": "guardian_phone", "value": "1", "of": str(world.students[1])},
            )
        ).status_code == 404


async def test_a_new_version_of_the_notice_is_shown_once_and_then_only(
    app: Any, browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alliance.privacy import telling

    async with browse("student0.centre") as browser:
        assert (await browser.get("/preferences")).status_code == 200
        newer = telling.Notice(
            "student",
            "2026-12-01",
            {"zh": "# 新", "en": "# New\n## Who\n- all"},
            {"zh": "a" * 64, "en": "b" * 64},
        )
        monkeypatch.setattr(telling, "present", lambda _audience, _day: newer)
        led = await browser.get("/preferences")
        assert (led.status_code, led.headers["location"]) == (
            303,
            "/privacy-notice?back=/preferences",
        )
        assert "New" in (await browser.get(led.headers["location"])).text
        assert (await browser.get("/preferences")).status_code == 200, "led twice"
        assert (await browser.submit("/privacy-notice", {"back": "//evil"})).headers[
            "location"
        ] == "/"
    from alliance.kit.engine import DB

    async with DB.acting_for(as_student(world, 0)):
        row = await DB.fetch_one(
            "select sha256, language, confirmed is not null as read from notice_shown where version = '2026-12-01'"
        )
    assert row == {"sha256": "b" * 64, "language": "en", "read": True}


def test_the_notices_say_what_the_law_asks_for() -> None:
    from alliance.privacy import telling

    audiences = {notice.audience for notice in telling.notices()}
    assert audiences == {"student", "guardian", "staff"}
    for notice in telling.notices():
        for words in (
            "谁在处理",
            "为什么处理",
            "敏感" if notice.audience != "student" else "敏感个人信息",
            "怎样处理",
            "保存多久",
            "您的权利",
            "投诉",
        ):
            assert words in notice.texts["zh"], f"{notice.audience} lacks {words}"


async def test_requests_are_found_by_name_and_leave_as_they_are_shown_with_a_purpose(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    vault, officer = app.state.vault, world.coordinator_centre
    for place in (0, 1):
        student = as_student(world, place)
        await requests.ask(student, await subject_for(student, vault), "access", reason="想知道")
    found, total = await queries.requests(officer, vault, queries.Sought(search="CENTRE1"), limit=9)
    assert ([row["name"] for row in found], total) == (["学生centre1"], 1)
    async with browse("coordinator.centre", "zh") as browser:
        assert "学生centre0" not in (await browser.get("/privacy?search=centre1")).text
        asked = await browser.get("/privacy/requests/export?search=centre1")
        assert asked.headers["location"].startswith("/access/purpose?back=")
        await browser.say_why()
        sheet = load_workbook(
            BytesIO((await browser.get("/privacy/requests/export?search=centre1")).content)
        ).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[0], row[3], row[4], row[7]) for row in rows] == [
        ("学生centre1", "本人", "提供本页以外的说明", "待答复")
    ]
    assert isinstance(rows[0][5], datetime), "a whole moment by the county's clock"


async def test_whoever_answers_for_staff_alone_searches_and_takes_away_without_saying_why(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    vault = app.state.vault
    officer, student = world.coordinator_centre, as_student(world, 0)
    await requests.ask(officer, await subject_for(officer, vault), "access", reason="想知道")
    await requests.ask(student, await subject_for(student, vault), "access", reason="想知道")
    ((row,), _total) = await queries.requests(
        world.secretary_centre, vault, queries.Sought(), limit=9
    )
    name = row["name"]
    async with browse("secretary.centre") as browser:
        assert name in (await browser.get("/privacy")).text
        assert name in (await browser.get(f"/privacy?search={name}")).text
        assert "No request fits" in (await browser.get("/privacy?search=none")).text, (
            "a class that is missing has no words"
        )
        taken = await browser.get(f"/privacy/requests/export?search={name}")
    assert (
        taken.status_code,
        name in str(load_workbook(BytesIO(taken.content)).active["A2"].value),
    ) == (200, True)
    async with DB.acting_for(SYSTEM):
        assert await DB.fetch("select id from access_entry") == [], (
            "people at work are named, not logged"
        )
        await queries.requests(
            world.colleague_centre, vault, queries.Sought(search="学生"), limit=9
        )
        logged = await DB.fetch(
            "select kind, purpose, number, people from access_entry where kind = 'search'"
        )
    assert logged == [
        {"kind": "search", "purpose": "request", "number": 1, "people": [student.person]}
    ]


async def test_the_log_says_which_kind_of_value_a_request_showed(
    db: Database, world: World, vault: Vault
) -> None:
    student = as_student(world, 0)
    subject = await subject_for(student, vault)
    asked = [
        await requests.ask(
            student,
            subject,
            "correct",
            field="identity_number",
            wanted="500231200903010021",
            reason="错了",
        ),
        await requests.ask(
            student, subject, "correct", field="born", wanted="2009-03-01", reason="错了"
        ),
        await requests.ask(student, subject, "access", reason="想知道"),
    ]
    for request in asked:
        await queries.request_of(world.coordinator_centre, vault, request)
    async with db.acting_for(SYSTEM):
        logged = await db.fetch(
            "select kind, purpose from access_entry where subject = $1 order by id", student.person
        )
    assert [(one["kind"], one["purpose"]) for one in logged] == [
        (kind, "request") for kind in ("identity", "record", "text")
    ]
