"""Two placed students change places after publishing: effect first, lawful, told to all, undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from alliance.compliance.passing import RefusedByLaw
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.placements import actions as placements
from alliance.placements import queries as files
from alliance.rounds import deciding, publishing, queries
from alliance.rounds.leftover import exchanging, held
from alliance.rounds.students import own
from tests.privacy.restricting import restrict
from tests.rounds.rounds import as_student, ranked_round, run
from tests.world import World


async def published(world: World) -> UUID:
    """The first two students have a place each, at two posts; both have both on their lists."""
    round_id = await ranked_round(world, {0: ["turning", "milling"], 1: ["milling", "wiring"]})
    await run(world.coordinator_centre, round_id)
    await deciding.accept(world.coordinator_centre, round_id)
    await publishing.publish(world.coordinator_centre, round_id)
    return round_id


async def pair(world: World, vault: Vault, round_id: UUID) -> list[UUID]:
    """The placements of the first two students."""
    rows = await held.held(world.coordinator_centre, vault, round_id)
    by_student = {row["student"]: row["id"] for row in rows}
    return [by_student[student] for student in world.students[:2]]


async def test_after_publishing_two_students_change_places_and_may_have_it_back(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator, (zero, one) = world.coordinator_centre, world.students[:2]
    round_id = await published(world)
    first, second = await pair(world, vault, round_id)
    await placements.record(coordinator, [first], {"batch_receipt": "R-7"})
    before = await queries.round_of(coordinator, round_id)
    async with db.acting_for(SYSTEM):
        full = await db.fetch("select * from occupancy_day order by post, day")
    shown = await exchanging.effect(coordinator, round_id, first, second)
    assert (shown.first.after, shown.first.better) == (world.posts["milling"], False)
    assert (shown.second.rank_before, shown.second.rank_after) == (1, None)
    assert not shown.signed
    with pytest.raises(Refusal):
        await exchanging.exchange(coordinator, round_id, first, second, " ")
    swap = await exchanging.exchange(coordinator, round_id, first, second, "both asked for it")
    # a second and a third press of the same button change nothing back
    assert await exchanging.exchange(coordinator, round_id, first, second, "again") == swap
    rows = {row["student"]: row for row in await queries.proposals(coordinator, vault, round_id)}
    assert [rows[who]["post"] for who in (zero, one)] == [world.posts["milling"], world.posts["turning"]]  # fmt: skip
    assert rows[one]["decided_reason"] == "both asked for it"
    after = await queries.round_of(coordinator, round_id)
    counted = ("placements", "unplaced", "students")
    assert [after[name] for name in counted] == [before[name] for name in counted]
    result = await own.result_of(as_student(world, 0), round_id, zero)
    assert result is not None
    assert (result["post"], result["state"]) == (world.posts["milling"], "published")
    assert result["reason"].note == "both asked for it"
    # consents and agreement were of the other place: nothing begins without new ones
    new = (await pair(world, vault, round_id))[0]
    with pytest.raises(RefusedByLaw) as refused:
        await placements.move(coordinator, new, "agree")
    assert "C03" in {finding.rule for finding in refused.value.findings}
    async with db.acting_for(SYSTEM):
        assert await db.fetch("select * from occupancy_day order by post, day") == full
        notices = await db.fetch("select kind, params, href from notice where key like 'swap%'")
        assert "both asked" not in str(await db.fetch("select reason, ended_reason from placement"))
    assert {row["kind"] for row in notices} == {"swapped", "swapped_here"}
    with pytest.raises(Missing):
        await exchanging.take_back(world.coordinator_health, round_id, swap)
    await exchanging.take_back(coordinator, round_id, swap)
    with pytest.raises(Conflict):
        await exchanging.take_back(coordinator, round_id, swap)
    assert await pair(world, vault, round_id) == [first, second]
    async with db.acting_for(SYSTEM):
        kept = await db.fetch_value("select batch_receipt from placement_file where placement = $1", first)  # fmt: skip
        assert await db.fetch("select * from occupancy_day order by post, day") == full
    assert kept == "R-7"
    assert [row["open"] for row in await held.swaps(coordinator, vault, round_id)] == [False]


async def test_the_places_of_a_swap_stand_in_the_files_and_the_checklist_of_the_round(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    async with db.acting_for(coordinator):
        everybody = await db.fetch_value(
            "select count(*) from placement where state <> 'cancelled'"
        )
    old = await pair(world, vault, round_id)
    await exchanging.exchange(coordinator, round_id, *old, "asked")
    new = await pair(world, vault, round_id)
    assert not set(new) & set(old)
    given = await held.placements_of(coordinator, round_id)
    listed = await files.by_class(coordinator, vault, given)
    assert {row.id for row in listed if row.state != "cancelled"} >= set(new)
    assert await files.count_of(coordinator, given, "", "") == everybody
    assert {*new, *old} <= set(given)


async def test_the_guardian_of_a_grown_up_student_is_told_nothing_without_the_students_consent(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator, guardian = world.coordinator_centre, world.guardian_centre.person
    round_id = await published(world)
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute(
            "update student set born = (app_day() - interval '18 years')::date where id = $1",
            world.students[0],
        )
    swap = await exchanging.exchange(
        coordinator, round_id, *(await pair(world, vault, round_id)), "asked"
    )
    told = "select count(*) from notice where key like 'swap%' and person = $1"
    async with db.acting_for(SYSTEM) as connection:
        assert await db.fetch_value(told, world.students[0]) == 1
        assert await db.fetch_value(told, guardian) == 0
        await connection.execute(
            "insert into continued_care (id, student, given) values (gen_random_uuid(), $1, now())",
            world.students[0],
        )
    await exchanging.take_back(coordinator, round_id, swap)
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value(told, guardian) == 1
    async with db.acting_for(coordinator):
        assert not await db.fetch("select told_of($1)", world.students[0]), "the hub's own to ask"


async def test_a_swap_is_not_taken_back_while_data_are_restricted(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    old = await pair(world, vault, round_id)
    swap = await exchanging.exchange(coordinator, round_id, *old, "asked")
    new = await pair(world, vault, round_id)
    assert [row["signed"] for row in await held.swaps(coordinator, vault, round_id)] == [False]
    await placements.record(coordinator, new[:1], {"consent_student_on": clock.today()})
    assert [row["signed"] for row in await held.swaps(coordinator, vault, round_id)] == [True]
    await restrict(world, vault, world.students[1])
    with pytest.raises(Refusal, match="限制"):
        await exchanging.take_back(coordinator, round_id, swap)
    assert await pair(world, vault, round_id) == new


async def test_an_agreement_in_force_a_post_taken_back_or_a_rule_stops_a_swap(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await published(world)
    first, second = await pair(world, vault, round_id)
    for state, words in (("agreed", "已生效"), ("active", "已经开始"), ("cancelled", "不在")):
        async with db.acting_for(SYSTEM) as connection:
            await connection.execute("update placement set state = $2 where id = $1", first, state)
        with pytest.raises((Refusal, Conflict)) as stopped:
            await exchanging.exchange(coordinator, round_id, first, second, "x")
        assert words in stopped.value.sentence
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute("update placement set state = 'published' where id = $1", first)
        await connection.execute("update post set state = 'closed' where id = $1", world.posts["milling"])  # fmt: skip
    with pytest.raises(Refusal) as stopped:
        await exchanging.effect(coordinator, round_id, first, second)
    assert "停止提供" in stopped.value.sentence
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute("update post set state = 'published', hours_per_day = 11 where id = $1", world.posts["milling"])  # fmt: skip
    shown = await exchanging.effect(coordinator, round_id, first, second)
    assert shown.first.findings
    with pytest.raises(RefusedByLaw):
        await exchanging.exchange(coordinator, round_id, first, second, "x")
    assert await pair(world, vault, round_id) == [first, second]


async def test_the_pages_of_a_swap_after_publishing_lead_from_the_bench_to_taking_it_back(
    app: Any, world: World, vault: Vault, browse: Callable[..., Any]
) -> None:
    round_id = await published(world)
    first, second = await pair(world, vault, round_id)
    base = f"/rounds/{round_id}/exchange"
    async with browse("coordinator.centre") as browser:
        bench = (await browser.get(f"/rounds/{round_id}?student={world.students[0]}")).text
        assert f"{base}?first={first}" in bench
        shown = (await browser.get(f"{base}?first={first}&second={second}")).text
        assert "What it would mean" in shown
        assert "asked for anew" in shown
        given = {"first": str(first), "second": str(second)}
        refused = await browser.submit(base, {**given, "reason": ""})
        assert refused.status_code == 422
        assert (await browser.submit(base, {**given, "reason": "asked"})).status_code == 303
        assert (await browser.submit(base, {**given, "reason": "asked"})).status_code == 303
        again = await browser.submit(
            base, {"first": str(second), "second": str(first), "reason": "x"}
        )
        assert "no longer has the place" in again.text
        page = (await browser.get(base)).text
        assert "are lost with them" not in page
        async with DB.acting_for(SYSTEM) as connection:
            await connection.execute("update placement_file set consent_student_on = app_day()")
        assert "are lost with them" in (await browser.get(base)).text
        undo = page.split(f'action="{base}/')[1].split('"')[0]
        assert (await browser.submit(f"{base}/{undo}")).status_code == 303
        assert "taken back" in (await browser.get(base)).text
    async with browse("coordinator.health") as other:
        assert (await other.get(base)).status_code == 404
    async with browse("hr.precision") as hr:
        assert "changed places" in (await hr.get("/notices")).text
