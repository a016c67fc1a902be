"""The host file: entries by date, expiry, what the gate reads, counts of staff, whose eyes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from alliance.compliance.facts import Subject
from alliance.hosts import actions as host_actions
from alliance.hosts import queries as host_queries
from alliance.hosts.facts import tell_uses
from alliance.hosts.model import (
    CooperationDraft,
    InspectionDraft,
    check_state,
    fits,
    parts_of,
    runs_out,
)
from alliance.hosts.queries import Wanted
from alliance.kit import clock, events
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.actions import record_staff
from alliance.posts import actions
from alliance.regulation import INSPECTION_ITEMS
from tests.hosts.conftest import NOON, PDF, TODAY, check, rules
from tests.world import World

pytestmark = pytest.mark.usefixtures("standing_still")


def visit(**changes: Any) -> InspectionDraft:
    items = dict.fromkeys(INSPECTION_ITEMS, "符合")
    values = {
        "inspected_on": TODAY,
        "visitors": "林老师",
        "items": items,
        "passed": True,
        "conclusion": "",
    } | changes
    return InspectionDraft(**values)


def row(kind: str = "credit", **changes: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "checked_on": date(2027, 1, 10),
        "until": None,
        "good": True,
        "details": {},
    } | changes


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (None, ("missing", None)),
        (row("registration"), ("ok", None)),
        (row("registration", until=date(2027, 5, 31)), ("expired", date(2027, 5, 31))),
        (row("registration", until=TODAY), ("expiring", TODAY)),
        (
            row("insurance", until=TODAY + timedelta(days=60)),
            ("expiring", TODAY + timedelta(days=60)),
        ),
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
    assert codes == [
        "registration",
        "credit",
        "safety",
        "conditions",
        "insurance",
        "inspection",
        "list",
    ]
    hospital = parts_of("Q8411", {}, TODAY, school=False)
    assert [part.code for part in hospital] == [
        "registration",
        "credit",
        "safety",
        "conditions",
        "hospital",
        "insurance",
    ]
    assert fits(hospital, None, "missing")
    assert not fits(hospital, None, "expiring")
    assert not fits(hospital, None, "usable")


async def test_the_latest_check_counts_and_a_withdrawn_one_does_not_until_it_is_restored(
    db: Database, world: World
) -> None:
    host, coordinator = world.organisations["precision"], world.coordinator_centre
    assert rules((await host_queries.host_file(coordinator, host))["findings"]) == set()
    wrong = await host_actions.record_check(coordinator, host, check(good=False))
    file = await host_queries.host_file(coordinator, host)
    assert (file["usable"], rules(file["findings"]), file["state"]["credit"].state) == (
        False,
        {"B01"},
        "bad",
    )
    # an older day typed later is history, not the present state
    await host_actions.record_check(coordinator, host, check(checked_on=date(2027, 5, 1)))
    assert (await host_queries.host_file(coordinator, host))["usable"] is False
    await host_actions.withdraw_check(coordinator, wrong)
    file = await host_queries.host_file(coordinator, host)
    assert file["usable"] is True
    assert [entry["withdrawn"] is not None for entry in file["checks"]["credit"]] == [
        True,
        False,
        False,
    ]
    await host_actions.withdraw_check(coordinator, wrong, undo=True)
    assert (await host_queries.host_file(coordinator, host))["usable"] is False
    async with db.acting_for(coordinator):
        actions = await db.fetch(
            "select action from audit_entry where subject = $1 order by id", wrong
        )
    assert [entry["action"] for entry in actions] == [
        "record_host_check",
        "withdraw_host_check",
        "restore_host_check",
    ]


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


async def test_what_the_file_says_and_what_the_gate_reads_are_the_same(
    db: Database, world: World
) -> None:
    host, coordinator = world.organisations["hotel"], world.coordinator_centre
    await host_actions.record_check(
        coordinator, host, check("safety", good=False, details={"violation": "2026-02-01"})
    )
    await host_actions.record_check(
        coordinator, host, check("conditions", good=False, details={"met": ["workplace"]})
    )
    await host_actions.record_check(
        coordinator,
        host,
        check("registration", checked_on=date(2027, 4, 1), until=date(2027, 5, 1)),
    )
    file = await host_queries.host_file(coordinator, host)
    assert rules(file["findings"]) == {"A02", "B02", "B03"}
    assert [part.code for part in file["parts"] if part.state in ("bad", "expired")] == [
        "registration",
        "safety",
        "conditions",
    ]


async def test_a_failed_visit_blocks_its_own_school_only_and_a_host_in_use_needs_none(
    db: Database, world: World
) -> None:
    host = world.organisations["precision"]
    report = await host_actions.record_inspection(
        world.coordinator_centre, host, visit(passed=False, conclusion="噪声超标")
    )
    assert rules((await host_queries.host_file(world.coordinator_centre, host))["findings"]) == {
        "B04"
    }
    assert (await host_queries.host_file(world.coordinator_health, host))["usable"] is True
    used = CooperationDraft(
        since=date(2020, 9, 1),
        until=None,
        document="协议 3 号",
        interns_since=date(2021, 9, 1),
        note="",
    )
    await host_actions.record_cooperation(world.coordinator_centre, host, used)
    file = await host_queries.host_file(world.coordinator_centre, host)
    assert (file["usable"], file["cooperation"]["document"]) == (True, "协议 3 号")
    with pytest.raises(Missing):
        await host_actions.withdraw_inspection(world.coordinator_health, report)


async def test_only_the_own_entries_are_taken_back_and_hr_writes_only_its_own_file(
    db: Database, world: World
) -> None:
    host = world.organisations["precision"]
    entry = await host_actions.record_check(world.coordinator_centre, host, check())
    for stranger in (
        world.coordinator_health,
        world.hr_precision,
        world.hr_hotel,
        world.instructor_centre,
        world.authority_bureau,
    ):
        with pytest.raises(Missing):
            await host_actions.withdraw_check(stranger, entry)
    with pytest.raises(Missing):
        await host_actions.record_check(world.hr_hotel, host, check())
    with pytest.raises(Missing):
        await host_queries.host_file(world.hr_hotel, host)
    await host_actions.record_check(world.hr_precision, host, check())
    with pytest.raises(Refusal):
        await host_actions.record_check(
            world.hr_precision, host, check("hospital", details={"kind": "general"})
        )


async def test_evidence_of_a_check_is_read_by_schools_and_the_host_and_not_by_other_enterprises(
    db: Database, world: World
) -> None:
    host = world.organisations["precision"]
    await host_actions.record_check(
        world.hr_precision, host, check("insurance", until=date(2028, 1, 1)), PDF
    )
    await host_actions.record_inspection(world.coordinator_centre, host, visit(), PDF)
    seen = {}
    for login in ("hr.precision", "coordinator.health", "instructor.centre", "authority.bureau"):
        file = await host_queries.host_file(world.actors[login], host)
        seen[login] = {slot: len(files) for slot, files in file["evidence"].items()}
    both = {"insurance": 1, "inspection": 1}
    assert seen == {
        "hr.precision": both,
        "instructor.centre": both,
        "authority.bureau": both,
        "coordinator.health": {"insurance": 1},
    }
    async with db.acting_for(world.hr_hotel):
        assert await db.fetch_value("select count(*) from evidence") == 0
        assert await db.fetch_value("select count(*) from host_check where host = $1", host) == 0


async def test_counts_change_the_caps_from_their_day_on(db: Database, world: World) -> None:
    host, post = world.organisations["precision"], world.posts["turning"]
    await record_staff(world.hr_precision, host, date(2027, 5, 1), 80, "社保")
    assert (await host_queries.host_row(world.coordinator_centre, host))["cap"] == 8
    await actions.count_staff(world.hr_precision, post, date(2027, 5, 1), 20)
    await actions.count_staff(world.hr_precision, post, date(2027, 4, 1), 25)
    file = await host_queries.host_file(world.coordinator_centre, host)
    # every post of the kind has the count
    assert [
        (count["counted_on"], count["staff"])
        for count in file["post_counts"]
        if count["post"] == post
    ] == [
        (date(2027, 5, 1), 20),
        (date(2027, 4, 1), 25),
    ]
    async with db.acting_for(world.hr_precision):
        assert await db.fetch_value("select staff_same_type from post where id = $1", post) == 20
    with pytest.raises(Missing):
        await actions.count_staff(world.hr_hotel, post, date(2027, 5, 2), 90)


async def test_a_colleagues_words_in_the_school_file_are_not_overwritten_unseen(
    db: Database, world: World
) -> None:
    given = {"leader": ("王副校长", date(2027, 3, 1))}
    assert (
        await host_actions.keep_arrangements(world.coordinator_centre, given, {"leader": "yes"})
        == 1
    )
    with pytest.raises(Conflict) as conflict:
        await host_actions.keep_arrangements(
            world.colleague_centre, {"leader": ("李副校长", TODAY)}, {"leader": "yes"}
        )
    assert "王副校长" in conflict.value.fields["leader_detail"]
    assert (
        await host_actions.keep_arrangements(
            world.colleague_centre, {"emergency": None}, {"emergency": "yes"}
        )
        == 1
    )
    kept = (await host_queries.arrangements(world.authority_bureau, world.organisations["centre"]))[
        "kept"
    ]
    assert (kept["leader"]["detail"], "emergency" in kept) == ("王副校长", False)
    found = await host_queries.host_file(world.coordinator_centre, world.organisations["precision"])
    assert ("C12" in rules(found["findings"]), found["usable"]) == (True, True)
    assert (
        await host_queries.arrangements(world.coordinator_health, world.organisations["centre"])
    )["kept"] == {}


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


async def test_every_change_is_announced(
    db: Database, world: World, heard: list[dict[str, Any]]
) -> None:
    host, school = world.organisations["precision"], world.organisations["centre"]
    coordinator = world.coordinator_centre
    entry = await host_actions.record_check(coordinator, host, check())
    await host_actions.withdraw_check(coordinator, entry)
    await host_actions.record_inspection(coordinator, host, visit())
    await record_staff(world.hr_precision, host, TODAY, 100, "")
    await host_actions.keep_arrangements(coordinator, {"leader": ("新", TODAY)}, {"leader": "yes"})
    async with db.acting_for(SYSTEM):
        rows = await db.fetch(
            "select payload::text from event where name = $1 order by id", host_actions.CHANGED
        )
    alone, both = (
        f'{{"host": "{host}", "school": null}}',
        f'{{"host": "{host}", "school": "{school}"}}',
    )
    assert [one["payload"] for one in rows] == [
        alone,
        alone,
        both,
        f'{{"host": null, "school": "{school}"}}',
    ]


async def test_the_list_filters_searches_sorts_and_says_what_is_missing(
    db: Database, world: World
) -> None:
    coordinator = world.coordinator_centre
    await host_actions.record_check(
        coordinator, world.organisations["precision"], check("insurance", until=date(2027, 7, 1))
    )
    await host_actions.record_check(coordinator, world.organisations["hotel"], check(good=False))

    async def names(**wanted: Any) -> list[str]:
        return [found["name"] for found in await host_queries.hosts(coordinator, Wanted(**wanted))]

    assert await names(way="usable") == ["清溪仁和医院", "清溪精密制造"]
    assert await names(way="expiring") == ["清溪精密制造"]
    assert await names(search="LAKE") == ["清溪湖宾馆"]
    assert (await names(sort="open", down=True))[-1] == "清溪精密制造"
    found = {one["name"]: one for one in await host_queries.hosts(world.authority_bureau, Wanted())}
    assert found["清溪精密制造"]["usable"] is None
    assert [part.code for part in found["清溪仁和医院"]["parts"] if part.state == "missing"] == [
        "hospital",
        "insurance",
    ]


async def test_a_host_is_told_what_its_interns_school_lacks_and_none_of_its_words(
    db: Database, world: World
) -> None:
    school, host = world.organisations["centre"], world.organisations["precision"]
    await host_actions.keep_arrangements(
        world.coordinator_centre, {"channel_guardian": None}, {"channel_guardian": "yes"}
    )
    told = []
    for actor in (world.coordinator_centre, world.hr_precision, world.authority_bureau):
        async with db.acting_for(actor):
            told.append((await tell_uses([Subject(host=host, school=school)]))[0])
    assert told[0] == told[1] == told[2]
    assert told[0] is not None
    assert told[0].channels_missing == ("guardian",)
    async with db.acting_for(world.hr_precision):
        assert await db.fetch("select * from school_arrangement") == []


async def test_a_clean_entry_does_not_undo_a_violation(db: Database, world: World) -> None:
    host = world.organisations["precision"]
    dirty = check("safety", good=False, details={"violation": "2027-05-01"})
    await host_actions.record_check(world.authority_bureau, host, dirty)
    with clock.frozen(NOON + timedelta(hours=1)):
        await host_actions.record_check(world.hr_precision, host, check("safety"))
    file = await host_queries.host_file(world.coordinator_centre, host)
    assert "B02" in rules(file["findings"])
    assert [part.state for part in file["parts"] if part.code == "safety"] == ["bad"]


async def test_what_others_found_bad_stands_until_others_find_it_good(
    db: Database, world: World
) -> None:
    host = world.organisations["precision"]
    await host_actions.record_check(
        world.coordinator_centre, host, check(good=False, checked_on=TODAY - timedelta(days=2))
    )
    await host_actions.record_check(
        world.hr_precision, host, check(checked_on=TODAY - timedelta(days=1))
    )
    assert "B01" in rules(
        (await host_queries.host_file(world.coordinator_centre, host))["findings"]
    )
    await host_actions.record_check(world.coordinator_health, host, check())
    assert "B01" not in rules(
        (await host_queries.host_file(world.coordinator_centre, host))["findings"]
    )


async def test_who_says_that_interns_came_before_names_the_agreement(
    db: Database, world: World
) -> None:
    said = CooperationDraft(
        since=date(2026, 9, 1), until=None, document="", interns_since=date(2026, 9, 1), note=""
    )
    for draft in (said, msgspec.structs.replace(said, document="协议 3 号", interns_since=TODAY)):
        with pytest.raises(asyncpg.CheckViolationError):
            await host_actions.record_cooperation(
                world.coordinator_centre, world.organisations["hotel"], draft
            )
