"""The host file: entries by date, expiry, host lists through the gate, a school's own arrangements, whose eyes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook

from alliance.compliance.actions import RefusedByLaw
from alliance.kit import clock, events
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.actions import record_staff
from alliance.posts import host_actions, host_list_actions, host_list_queries, host_queries
from alliance.posts.host_model import CheckDraft, CooperationDraft, InspectionDraft, check_state, fits, parts_of, runs_out
from alliance.posts.host_queries import Wanted
from alliance.regulation import INSPECTION_ITEMS
from tests.world import World

NOON = datetime(2027, 6, 1, 4, 0, tzinfo=UTC)
"""A moment after everything of the small world was checked."""
TODAY = date(2027, 6, 1)
PDF = ("证照.pdf", b"%PDF-1.7 licence")
CHECK = {"checked_on": "2027-05-20", "good": "yes", "note": "信用中国查询"}


@pytest.fixture(autouse=True)
def _standing_still() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def check(kind: str = "credit", **changes: Any) -> CheckDraft:
    values = {"checked_on": TODAY, "good": True, "until": None, "details": {}, "note": "查询"} | changes
    return CheckDraft(kind=kind, **values)


def visit(**changes: Any) -> InspectionDraft:
    items = dict.fromkeys(INSPECTION_ITEMS, "符合")
    values = {"inspected_on": TODAY, "visitors": "林老师", "items": items, "passed": True, "conclusion": ""} | changes
    return InspectionDraft(**values)


def rules(found: Any) -> set[str]:
    return {finding.rule for finding in found}


def row(kind: str = "credit", **changes: Any) -> dict[str, Any]:
    return {"kind": kind, "checked_on": date(2027, 1, 10), "until": None, "good": True, "details": {}} | changes


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (None, ("missing", None)),
        (row("registration"), ("ok", None)),
        (row("registration", until=date(2027, 5, 31)), ("expired", date(2027, 5, 31))),
        (row("registration", until=TODAY), ("expiring", TODAY)),
        (row("insurance", until=TODAY + timedelta(days=60)), ("expiring", TODAY + timedelta(days=60))),
        (row("insurance", until=TODAY + timedelta(days=61)), ("ok", TODAY + timedelta(days=61))),
        (row(checked_on=date(2026, 5, 31)), ("expired", date(2027, 5, 31))),
        (row(checked_on=date(2026, 6, 1)), ("expiring", TODAY)),
        (row(good=False), ("bad", date(2028, 1, 10))),
        (row("safety", good=False, details={"violation": "2024-06-01"}), ("bad", None)),
        (row("safety", good=False, details={"violation": "2024-05-31"}), ("ok", None)),
        (row("conditions", good=False, details={"met": []}), ("bad", None)),
    ],
)
def test_a_part_is_in_order_expiring_expired_bad_or_missing(
    entry: dict[str, Any] | None, expected: tuple[str, date | None]
) -> None:
    assert check_state(entry, TODAY) == expected


def test_a_credit_check_is_good_for_twelve_months_or_less() -> None:
    assert runs_out(row(checked_on=date(2024, 2, 29))) == date(2025, 2, 28)
    assert runs_out(row(until=date(2027, 3, 1))) == date(2027, 3, 1)
    assert runs_out(row(until=date(2030, 3, 1))) == date(2028, 1, 10)


def test_only_health_institutions_are_asked_what_kind_of_hospital_they_are() -> None:
    codes = [part.code for part in parts_of("C3670", {}, TODAY, school=True)]
    assert codes == ["registration", "credit", "safety", "conditions", "insurance", "inspection", "list"]
    hospital = parts_of("Q8411", {}, TODAY, school=False)
    assert [part.code for part in hospital] == ["registration", "credit", "safety", "conditions", "hospital", "insurance"]
    assert fits(hospital, None, "missing")
    assert not fits(hospital, None, "expiring")
    assert not fits(hospital, None, "usable")


async def test_the_latest_check_counts_and_a_withdrawn_one_does_not_until_it_is_restored(db: Database, world: World) -> None:
    host, coordinator = world.organisations["precision"], world.coordinator_centre
    assert rules((await host_queries.host_file(coordinator, host))["findings"]) == set()
    wrong = await host_actions.record_check(coordinator, host, check(good=False))
    file = await host_queries.host_file(coordinator, host)
    assert (file["usable"], rules(file["findings"]), file["state"]["credit"].state) == (False, {"B01"}, "bad")
    # an older day typed later is history, not the present state
    await host_actions.record_check(coordinator, host, check(checked_on=date(2027, 5, 1)))
    assert (await host_queries.host_file(coordinator, host))["usable"] is False
    await host_actions.withdraw_check(coordinator, wrong)
    file = await host_queries.host_file(coordinator, host)
    assert file["usable"] is True
    assert [entry["withdrawn"] is not None for entry in file["checks"]["credit"]] == [True, False, False]
    await host_actions.withdraw_check(coordinator, wrong, undo=True)
    assert (await host_queries.host_file(coordinator, host))["usable"] is False
    async with db.acting_for(coordinator):
        actions = await db.fetch("select action from audit_entry where subject = $1 order by id", wrong)
    assert [entry["action"] for entry in actions] == ["record_host_check", "withdraw_host_check", "restore_host_check"]


async def test_two_people_who_record_at_once_are_both_kept(db: Database, world: World) -> None:
    host = world.organisations["precision"]
    await asyncio.gather(
        host_actions.record_check(world.coordinator_centre, host, check(note="甲")),
        host_actions.record_check(world.colleague_centre, host, check(good=False, note="乙")),
        host_actions.record_check(world.coordinator_health, host, check(note="丙")),
    )
    file = await host_queries.host_file(world.coordinator_centre, host)
    today = [entry for entry in file["checks"]["credit"] if entry["checked_on"] == TODAY]
    assert {entry["note"] for entry in today} == {"甲", "乙", "丙"}
    assert file["latest"]["credit"]["recorded"] == max(entry["recorded"] for entry in today)


async def test_what_the_file_says_and_what_the_gate_reads_are_the_same(db: Database, world: World) -> None:
    host, coordinator = world.organisations["hotel"], world.coordinator_centre
    await host_actions.record_check(coordinator, host, check("safety", good=False, details={"violation": "2026-02-01"}))
    await host_actions.record_check(coordinator, host, check("conditions", good=False, details={"met": ["workplace"]}))
    await host_actions.record_check(coordinator, host, check("registration", checked_on=date(2027, 4, 1), until=date(2027, 5, 1)))
    file = await host_queries.host_file(coordinator, host)
    assert rules(file["findings"]) == {"A02", "B02", "B03"}
    assert [part.code for part in file["parts"] if part.state in ("bad", "expired")] == ["registration", "safety", "conditions"]


async def test_a_failed_visit_blocks_its_own_school_only_and_a_host_in_use_needs_none(db: Database, world: World) -> None:
    host = world.organisations["precision"]
    report = await host_actions.record_inspection(world.coordinator_centre, host, visit(passed=False, conclusion="噪声超标"))
    assert rules((await host_queries.host_file(world.coordinator_centre, host))["findings"]) == {"B04"}
    assert (await host_queries.host_file(world.coordinator_health, host))["usable"] is True
    used = CooperationDraft(since=date(2020, 9, 1), until=None, document="协议 3 号", interns_since=date(2021, 9, 1), note="")
    await host_actions.record_cooperation(world.coordinator_centre, host, used)
    file = await host_queries.host_file(world.coordinator_centre, host)
    assert (file["usable"], file["cooperation"]["document"]) == (True, "协议 3 号")
    with pytest.raises(Missing):
        await host_actions.withdraw_inspection(world.coordinator_health, report)


async def test_only_the_own_entries_are_taken_back_and_hr_writes_only_its_own_file(db: Database, world: World) -> None:
    host = world.organisations["precision"]
    entry = await host_actions.record_check(world.coordinator_centre, host, check())
    for stranger in (world.coordinator_health, world.hr_precision, world.hr_hotel, world.instructor_centre, world.authority_bureau):
        with pytest.raises(Missing):
            await host_actions.withdraw_check(stranger, entry)
    with pytest.raises(Missing):
        await host_actions.record_check(world.hr_hotel, host, check())
    with pytest.raises(Missing):
        await host_queries.host_file(world.hr_hotel, host)
    await host_actions.record_check(world.hr_precision, host, check())
    with pytest.raises(Refusal):
        await host_actions.record_check(world.hr_precision, host, check("hospital", details={"kind": "general"}))


async def test_evidence_of_a_check_is_read_by_schools_and_the_host_and_not_by_other_enterprises(db: Database, world: World) -> None:
    host = world.organisations["precision"]
    await host_actions.record_check(world.hr_precision, host, check("insurance", until=date(2028, 1, 1)), PDF)
    await host_actions.record_inspection(world.coordinator_centre, host, visit(), PDF)
    seen = {}
    for login in ("hr.precision", "coordinator.health", "instructor.centre", "authority.bureau"):
        file = await host_queries.host_file(world.actors[login], host)
        seen[login] = {slot: len(files) for slot, files in file["evidence"].items()}
    both = {"insurance": 1, "inspection": 1}
    assert seen == {
        "hr.precision": both, "instructor.centre": both, "authority.bureau": both, "coordinator.health": {"insurance": 1},
    }  # fmt: skip
    async with db.acting_for(world.hr_hotel):
        assert await db.fetch_value("select count(*) from evidence") == 0
        assert await db.fetch_value("select count(*) from host_check where host = $1", host) == 0


async def test_counts_change_the_caps_from_their_day_on(db: Database, world: World) -> None:
    host, post = world.organisations["precision"], world.posts["turning"]
    await record_staff(world.hr_precision, host, date(2027, 5, 1), 80, "社保")
    assert (await host_queries.host_row(world.coordinator_centre, host))["cap"] == 8
    await host_actions.count_post_staff(world.hr_precision, post, date(2027, 5, 1), 20)
    await host_actions.count_post_staff(world.hr_precision, post, date(2027, 4, 1), 25)
    file = await host_queries.host_file(world.coordinator_centre, host)
    assert [(count["counted_on"], count["staff"]) for count in file["post_counts"]] == [
        (date(2027, 5, 1), 20),
        (date(2027, 4, 1), 25),
    ]
    async with db.acting_for(world.hr_precision):
        assert await db.fetch_value("select staff_same_type from post where id = $1", post) == 20
    with pytest.raises(Missing):
        await host_actions.count_post_staff(world.hr_hotel, post, date(2027, 5, 2), 90)


async def draw_up(world: World, *hosts: str) -> UUID:
    list_id = await host_list_actions.create_list(world.coordinator_centre, "秋季名单")
    await host_list_actions.choose_hosts(world.coordinator_centre, list_id, 1, [world.organisations[key] for key in hosts])
    return list_id


async def test_a_list_is_decided_and_published_through_the_gate_with_its_own_days(db: Database, world: World) -> None:
    coordinator = world.coordinator_centre
    async with db.acting_for(coordinator):
        await db.connection().execute("update host_list set withdrawn = now() where school = $1", coordinator.organisation)
    host = world.organisations["precision"]
    assert rules((await host_queries.host_file(coordinator, host))["findings"]) == {"B05"}
    list_id = await draw_up(world, "precision", "hotel")
    await host_list_actions.decide_list(coordinator, list_id, date(2027, 5, 20), "纪要 9 号", PDF)
    assert rules((await host_queries.host_file(coordinator, host))["findings"]) == {"B05"}
    await host_list_actions.publish_list(coordinator, list_id, date(2027, 5, 25), "学校官网")
    assert (await host_queries.host_file(coordinator, host))["usable"] is True
    found = await host_list_queries.host_list(world.authority_bureau, list_id)
    assert ([entry["name"] for entry in found["entries"]], len(found["evidence"]["minutes"])) == (["清溪湖宾馆", "清溪精密制造"], 1)
    async with db.acting_for(coordinator):
        passed = await db.fetch("select transition, passed from evaluation where subject = $1 order by id", list_id)
    assert passed == [{"transition": "host.use", "passed": True}] * 2
    await host_list_actions.withdraw_list(coordinator, list_id)
    assert (await host_queries.host_file(coordinator, host))["usable"] is False
    await host_list_actions.withdraw_list(coordinator, list_id, undo=True)
    assert (await host_queries.host_file(coordinator, host))["usable"] is True


async def test_a_list_with_blocked_hosts_is_refused_with_the_findings_of_each_and_the_refusal_is_kept(
    db: Database, world: World
) -> None:
    coordinator = world.coordinator_centre
    await host_actions.record_check(coordinator, world.organisations["hotel"], check(good=False))
    list_id = await draw_up(world, "precision", "hotel", "dispatch")
    with pytest.raises(RefusedByLaw) as refused:
        await host_list_actions.decide_list(coordinator, list_id, date(2027, 5, 20), "纪要 9 号")
    judgement = refused.value.judgement
    each = {subject.host: rules(found) for subject, found in zip(judgement.subjects, judgement.each, strict=True)}
    assert each == {
        world.organisations["precision"]: set(), world.organisations["hotel"]: {"B01"}, world.organisations["dispatch"]: {"B06"},
    }  # fmt: skip
    found = await host_list_queries.host_list(coordinator, list_id)
    assert (found["decided_on"], found["minutes"]) == (None, "")
    async with db.acting_for(coordinator):
        assert await db.fetch_value("select passed from evaluation where subject = $1", list_id) is False


async def test_a_list_moves_in_one_direction_and_only_by_its_school(db: Database, world: World) -> None:
    coordinator = world.coordinator_centre
    empty = await host_list_actions.create_list(coordinator, "空名单")
    with pytest.raises(Refusal):
        await host_list_actions.decide_list(coordinator, empty, TODAY, "1")
    list_id = await draw_up(world, "precision")
    with pytest.raises(Conflict):
        await host_list_actions.choose_hosts(coordinator, list_id, 1, [])
    with pytest.raises(Refusal):
        await host_list_actions.choose_hosts(coordinator, list_id, 2, [world.organisations["institute"]])
    with pytest.raises(Conflict):
        await host_list_actions.publish_list(coordinator, list_id, TODAY, "官网")
    with pytest.raises(Missing):
        await host_list_actions.decide_list(world.coordinator_health, list_id, TODAY, "1")
    with pytest.raises(Missing):
        await host_list_queries.host_list(world.coordinator_health, list_id)
    await host_list_actions.decide_list(coordinator, list_id, TODAY, "1")
    with pytest.raises(Conflict):
        await host_list_actions.decide_list(coordinator, list_id, TODAY, "1")
    with pytest.raises(Refusal):
        await host_list_actions.choose_hosts(coordinator, list_id, 3, [])


async def test_a_colleagues_words_in_the_school_file_are_not_overwritten_unseen(db: Database, world: World) -> None:
    given = {"leader": ("王副校长", date(2027, 3, 1))}
    assert await host_actions.keep_arrangements(world.coordinator_centre, given, {"leader": "yes"}) == 1
    with pytest.raises(Conflict) as conflict:
        await host_actions.keep_arrangements(world.colleague_centre, {"leader": ("李副校长", TODAY)}, {"leader": "yes"})
    assert "王副校长" in conflict.value.fields["leader_detail"]
    assert await host_actions.keep_arrangements(world.colleague_centre, {"emergency": None}, {"emergency": "yes"}) == 1
    kept = (await host_queries.arrangements(world.authority_bureau, world.organisations["centre"]))["kept"]
    assert (kept["leader"]["detail"], "emergency" in kept) == ("王副校长", False)
    found = await host_queries.host_file(world.coordinator_centre, world.organisations["precision"])
    assert ("C12" in rules(found["findings"]), found["usable"]) == (True, True)
    assert (await host_queries.arrangements(world.coordinator_health, world.organisations["centre"]))["kept"] == {}


@pytest.fixture
async def heard(db: Database) -> AsyncIterator[list[dict[str, Any]]]:
    """What a subscriber of changed host facts would be told, read from the outbox at the end."""

    async def hear(_payload: dict[str, Any]) -> None:
        return

    before = events._wired
    events.wire(events.Subscriptions({host_actions.CHANGED: {"tests.hear": hear}}))
    found: list[dict[str, Any]] = []
    yield found
    events.wire(before)


async def test_every_change_is_announced(db: Database, world: World, heard: list[dict[str, Any]]) -> None:
    host, school = world.organisations["precision"], world.organisations["centre"]
    coordinator = world.coordinator_centre
    entry = await host_actions.record_check(coordinator, host, check())
    await host_actions.withdraw_check(coordinator, entry)
    await host_actions.record_inspection(coordinator, host, visit())
    await record_staff(world.hr_precision, host, TODAY, 100, "")
    await host_actions.keep_arrangements(coordinator, {"leader": ("新", TODAY)}, {"leader": "yes"})
    async with db.acting_for(SYSTEM):
        rows = await db.fetch("select payload::text from event where name = $1 order by id", host_actions.CHANGED)
    alone, both = f'{{"host": "{host}", "school": null}}', f'{{"host": "{host}", "school": "{school}"}}'
    assert [one["payload"] for one in rows] == [alone, alone, both, f'{{"host": null, "school": "{school}"}}']


async def test_the_list_filters_searches_sorts_and_says_what_is_missing(db: Database, world: World) -> None:
    coordinator = world.coordinator_centre
    await host_actions.record_check(coordinator, world.organisations["precision"], check("insurance", until=date(2027, 7, 1)))
    await host_actions.record_check(coordinator, world.organisations["hotel"], check(good=False))

    async def names(**wanted: Any) -> list[str]:
        return [found["name"] for found in await host_queries.hosts(coordinator, Wanted(**wanted))]

    assert await names(way="usable") == ["清溪仁和医院", "清溪精密制造"]
    assert await names(way="expiring") == ["清溪精密制造"]
    assert await names(search="LAKE") == ["清溪湖宾馆"]
    assert (await names(sort="open", down=True))[-1] == "清溪精密制造"
    found = {one["name"]: one for one in await host_queries.hosts(world.authority_bureau, Wanted())}
    assert found["清溪精密制造"]["usable"] is None
    assert [part.code for part in found["清溪仁和医院"]["parts"] if part.state == "missing"] == ["hospital", "insurance"]


async def test_a_form_with_mistakes_tells_them_all_and_loses_nothing(browse: Callable[..., Any], world: World) -> None:
    host = world.organisations["precision"]
    async with browse("coordinator.centre") as browser:
        typed = {"checked_on": "2027-06-02", "until": "2027-05-01", "good": "", "note": "信用中国，编号 7"}
        answer = await browser.submit(f"/hosts/{host}/check/credit", typed)
        assert answer.status_code == 422
        for text in ("still to come", "cannot expire before", "Choose one of the list", "信用中国，编号 7", "2027-06-02"):
            assert text in answer.text, text
        answer = await browser.submit(f"/hosts/{host}/check/safety", {**CHECK, "good": "no"})
        assert (answer.status_code, "f-violation" in answer.text) == (422, True)
        items = {f"item_{code}": "符合" for code in INSPECTION_ITEMS} | {"item_living": ""}
        answer = await browser.submit(
            f"/hosts/{host}/inspection", {"inspected_on": "2027-05-20", "visitors": "林老师", "passed": "yes", **items}
        )
        assert answer.status_code == 422
        assert answer.text.count("a word on each of the eight items") == 2
        answer = await browser.submit(
            f"/hosts/{host}/check/credit", CHECK, files={"file": ("a.pdf", b"MZ not a pdf", "application/pdf")}
        )
        assert (answer.status_code, "Evidence is a PDF" in answer.text) == (422, True)
        answer = await browser.submit(f"/hosts/{host}/check/credit", CHECK, files={"file": ("a.pdf", PDF[1], "application/pdf")})
        assert answer.status_code == 303
        shown = await browser.get(f"/hosts/{host}")
        assert "a.pdf" in shown.text
        assert "信用中国查询" in shown.text


@pytest.mark.parametrize(
    "login", ["coordinator.centre", "instructor.health", "secretary.centre", "authority.bureau", "planner.centre"]
)
async def test_every_reader_opens_the_pages_and_downloads_the_list(browse: Callable[..., Any], world: World, login: str) -> None:
    host, listed = world.organisations["hospital"], await _published_list(world)
    async with browse(login) as browser:
        for path in ("/hosts", "/hosts?way=missing&sort=open&down=1", "/hosts/print", f"/hosts/{host}", "/host-lists",
                     f"/host-lists/{listed}", f"/host-lists/{listed}/print"):  # fmt: skip
            answer = await browser.get(path)
            assert answer.status_code == 200, f"{path} {answer.text[:500]}"
        school = await browser.get("/school-file")
        assert school.status_code == (403 if login.startswith("planner") else 200)
        sheet = load_workbook(io.BytesIO((await browser.get("/hosts/export")).content)).worksheets[0]
        assert [cell.value for cell in sheet["A"]][1:] == ["清溪人力派遣", "清溪仁和医院", "清溪湖宾馆", "清溪精密制造"]
        assert (await browser.get("/hosts/export?form=csv&search=hotel")).text.count("\n") >= 1


async def _published_list(world: World) -> UUID:
    from tests.world import identity

    return identity("list centre")


async def test_hr_has_its_own_file_and_no_other_page_of_it(browse: Callable[..., Any], world: World) -> None:
    own, other = world.organisations["precision"], world.organisations["hotel"]
    async with browse("hr.precision") as browser:
        assert (await browser.get("/hosts")).headers["location"] == f"/hosts/{own}"
        assert (await browser.get(f"/hosts/{own}")).status_code == 200
        assert (await browser.get(f"/hosts/{other}")).status_code == 404
        assert (await browser.submit(f"/hosts/{other}/check/credit", CHECK)).status_code == 404
        assert (await browser.submit(f"/hosts/{own}/inspection", {})).status_code == 403
        assert (await browser.get("/host-lists")).status_code == 403
        sheet = (await browser.get("/hosts/export?form=csv")).text
        assert ("清溪精密制造" in sheet, "清溪湖宾馆" in sheet) == (True, False)
        count = {"what": str(world.posts["turning"]), "counted_on": "2027-06-09", "staff": "-1"}
        answer = await browser.submit(f"/hosts/{own}/staff", count)
        assert (answer.status_code, "still to come" in answer.text) == (422, True)
        answer = await browser.submit(f"/hosts/{own}/staff", {**count, "counted_on": "2027-05-09", "staff": "40"})
        assert answer.status_code == 303
        assert "40" in (await browser.get(f"/hosts/{own}")).text


async def test_a_list_is_drawn_up_refused_mended_and_printed_in_the_pages(browse: Callable[..., Any], world: World) -> None:
    async with browse("coordinator.centre") as browser:
        made = await browser.submit("/host-lists", {"title": "春季名单"})
        path = made.headers["location"]
        hosts = [str(world.organisations[key]) for key in ("precision", "dispatch")]
        assert (await browser.submit(f"{path}/hosts", {"version": "1", "hosts": hosts})).status_code == 303
        refused = await browser.submit(f"{path}/decide", {"decided_on": "2027-05-20", "minutes": "纪要 9 号"})
        assert refused.status_code == 422
        assert ("B06" in refused.text, "纪要 9 号" in refused.text) == (True, True)
        assert (await browser.submit(f"{path}/hosts", {"version": "2", "hosts": hosts[:1]})).status_code == 303
        assert (await browser.submit(f"{path}/decide", {"decided_on": "2027-05-20", "minutes": "纪要 9 号"})).status_code == 303
        early = await browser.submit(f"{path}/publish", {"published_on": "2027-05-19", "address": "官网"})
        assert (early.status_code, "after the meeting" in early.text) == (422, True)
        assert (await browser.submit(f"{path}/publish", {"published_on": "2027-05-21", "address": "官网"})).status_code == 303
        printed = (await browser.get(f"{path}/print")).text
        assert ("清溪精密制造" in printed, "纪要 9 号" in printed, "学生" in printed) == (True, True, False)


async def test_the_school_file_is_kept_by_its_coordinator_and_read_by_the_authority(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("coordinator.centre") as browser:
        shown = await browser.get("/school-file")
        assert shown.status_code == 200
        typed = {"leader_detail": "王副校长", "leader_since": "", "leader_was": "yes"}
        answer = await browser.submit("/school-file", typed)
        assert (answer.status_code, "王副校长" in answer.text) == (422, True)
        answer = await browser.submit("/school-file", {**typed, "leader_since": "2027-05-01"})
        assert answer.status_code == 303
        sent = await browser.submit(
            "/school-file/evidence", {"slot": "leader"}, files={"file": ("任命.pdf", PDF[1], "application/pdf")}
        )
        assert sent.status_code == 303
        assert "任命.pdf" in (await browser.get("/school-file")).text
        assert (await browser.get(f"/school-file/{world.organisations['health']}")).status_code == 404
    async with browse("authority.bureau") as browser:
        assert "王副校长" in (await browser.get(f"/school-file/{world.organisations['centre']}")).text
        assert (await browser.submit("/school-file", {})).status_code == 403
