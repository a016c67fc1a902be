"""The placement file: filled in by school and host, checked by the gates before a placement is agreed and before it starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.problems import Conflict, Missing, Refusal, Unlawful
from alliance.kit.secrets import Vault
from alliance.placements import checklist, deciding, file_actions, file_queries, publishing, queries
from alliance.placements.file_model import SECTIONS, STATES, TRANSITIONS, fields_of
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS
from tests.placements.rounds import ranked_round, run
from tests.world import ENDS, STARTS, World

BEFORE = date(2027, 8, 1)


def whole(world: World) -> dict[str, dict[str, Any]]:
    """A file in which nothing is missing."""
    return {
        "plan": {"plan": dict.fromkeys(PLAN_FIELDS, "words"), "plan_school_on": BEFORE, "plan_host_on": BEFORE},
        "consent": {"consent_student_on": BEFORE, "consent_guardian_on": BEFORE},
        "agreement": {
            "agreement_template": True, "agreement_items": tuple(AGREEMENT_ITEMS), "agreement_text": "the text", "agreement_starts": STARTS,
            "agreement_ends": ENDS, "agreement_school_on": BEFORE, "agreement_host_on": BEFORE, "agreement_student_on": BEFORE,
            "agreement_guardian_on": BEFORE, "agreement_signed_reliably": True, "independent": True, "pay_method": "bank",
            "payee_is_student": True, "payer_is_host": True,
        },
        "insurance": {"insurer": "x", "policy": "1", "insured_from": STARTS, "insured_to": ENDS, "insurance_payer": "school"},
        "guidance": {"instructor": world.instructor_centre.person, "mentor": world.mentor_precision.person},
        "training": {"trained_on": BEFORE, "training_passed": True},
        "lodging": {"lodging": "home"},
        "filings": {"batch_filed_on": BEFORE, "batch_receipt": "1"},
    }  # fmt: skip


async def published(world: World) -> list[UUID]:
    """Three placements of a published round, by student."""
    round_id = await ranked_round(world, {index: ["turning"] for index in range(3)})
    await run(world.coordinator_centre, round_id)
    await deciding.accept(world.coordinator_centre, round_id)
    await publishing.publish(world.coordinator_centre, round_id)
    async with DB.acting_for(world.coordinator_centre):
        rows = await DB.fetch("select id from placement order by student")
    return [row["id"] for row in rows]


async def fill(world: World, placement: UUID, *, without: str = "") -> None:
    for section, values in whole(world).items():
        if section != without:
            await file_actions.record_many(world.coordinator_centre, [placement], section, values)


async def state_of(placement: UUID) -> str:
    async with DB.acting_for(SYSTEM):
        return str(await DB.fetch_value("select state from placement where id = $1", placement))


async def test_a_whole_file_lets_a_placement_be_agreed_and_start(db: Database, world: World, vault: Vault) -> None:
    placement = (await published(world))[0]
    await fill(world, placement)
    row = await file_queries.placement(world.coordinator_centre, vault, placement)
    assert {name for name, state in row["sections"].items() if state != "ok"} == set()
    await file_actions.move(world.coordinator_centre, placement, "agree")
    await file_actions.move(world.coordinator_centre, placement, "start")
    assert await state_of(placement) == "active"
    async with db.acting_for(world.coordinator_centre):
        kept = await db.fetch("select transition, passed from evaluation where subject = $1 order by id", placement)
    assert [(row["transition"], row["passed"]) for row in kept] == [("agreement.sign", True), ("placement.start", True)]


@pytest.mark.parametrize(
    ("section", "step", "rule"),
    [
        ("consent", "agree", "C03"), ("agreement", "agree", "D01"), ("plan", "start", "C01"), ("insurance", "start", "H06"),
        ("guidance", "start", "H01"), ("training", "start", "H03"), ("lodging", "start", "H04"),
    ],
)  # fmt: skip
async def test_what_is_missing_keeps_it_where_it_is_and_the_refusal_is_kept(
    db: Database, world: World, section: str, step: str, rule: str
) -> None:
    placement = (await published(world))[0]
    await fill(world, placement, without=section)
    if step == "start":
        await file_actions.move(world.coordinator_centre, placement, "agree")
    before = await state_of(placement)
    with pytest.raises(Unlawful) as refused:
        await file_actions.move(world.coordinator_centre, placement, step)
    assert rule in {finding.rule for finding in refused.value.findings}
    assert await state_of(placement) == before
    async with db.acting_for(world.coordinator_centre):
        assert await db.fetch_value("select passed from evaluation where subject = $1 order by id desc limit 1", placement) is False


async def test_a_text_that_changed_after_its_fingerprint_was_taken_is_found(db: Database, world: World) -> None:
    placement = (await published(world))[0]
    await fill(world, placement)
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute("update placement_file set agreement_text = 'another text' where placement = $1", placement)
    with pytest.raises(Unlawful) as refused:
        await file_actions.move(world.coordinator_centre, placement, "agree")
    assert "D05" in {finding.rule for finding in refused.value.findings}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", sorted({step.name for step in TRANSITIONS}))
async def test_every_cell_of_the_table_of_states(db: Database, world: World, state: str, name: str) -> None:
    placement = (await published(world))[0]
    await fill(world, placement)
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute("update placement set state = $2 where id = $1", placement, state)
    step = next((row for row in TRANSITIONS if (row.name, row.source) == (name, state)), None)
    if step is None:
        with pytest.raises(Conflict):
            await file_actions.move(world.coordinator_centre, placement, name, "a reason")
    else:
        await file_actions.move(world.coordinator_centre, placement, name, "a reason")
        assert await state_of(placement) == step.target


async def test_only_the_schools_coordinator_moves_a_placement(db: Database, world: World) -> None:
    placement = (await published(world))[0]
    await fill(world, placement)
    for login in (
        "coordinator.health",
        "hr.precision",
        "mentor.precision",
        "instructor.centre",
        "authority.bureau",
        "student0.centre",
    ):
        with pytest.raises((Missing, Conflict)):
            await file_actions.move(world.actors[login], placement, "agree")
    assert await state_of(placement) == "published"


async def test_the_host_fills_its_own_fields_and_no_others(db: Database, world: World) -> None:
    placement = (await published(world))[0]
    mentor = {"mentor": world.mentor_precision.person}
    await file_actions.record(world.hr_precision, placement, "guidance", mentor, 1)
    with pytest.raises(Refusal):
        await file_actions.record(world.hr_precision, placement, "consent", {"consent_guardian_on": BEFORE}, 2)
    with pytest.raises(Missing):
        await file_actions.record(world.hr_hotel, placement, "guidance", mentor, 2)
    assert {field.name for field in fields_of("guidance", "hr")} == {"mentor"}
    assert all(not fields_of(section, "student") for section in SECTIONS)


async def test_of_two_editors_the_second_is_told(db: Database, world: World) -> None:
    placement = (await published(world))[0]
    answers = await asyncio.gather(
        file_actions.record(world.coordinator_centre, placement, "lodging", {"lodging": "home"}, 1),
        file_actions.record(world.colleague_centre, placement, "lodging", {"lodging": "host"}, 1),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["ChangedMeanwhile", "NoneType"]


async def test_two_start_it_at_once_and_one_is_told(db: Database, world: World) -> None:
    placement = (await published(world))[0]
    await fill(world, placement)
    await file_actions.move(world.coordinator_centre, placement, "agree")
    answers = await asyncio.gather(
        file_actions.move(world.coordinator_centre, placement, "start"), file_actions.move(world.colleague_centre, placement, "start"),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "tuple"]


async def test_many_go_on_together_and_each_refusal_says_why(db: Database, world: World) -> None:
    placements = await published(world)
    for section, values in whole(world).items():
        some = placements[:2] if section == "consent" else placements
        assert await file_actions.record_many(world.coordinator_centre, some, section, values) == len(some)
    done, refused = await file_actions.move_many(world.coordinator_centre, placements, "agree")
    assert set(done) == set(placements[:2])
    assert refused == [(placements[2], "C03")]


async def test_ending_early_gives_the_place_back_from_tomorrow_on(db: Database, world: World) -> None:
    placement = (await published(world))[0]
    today = clock.today()
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute(
            "update placement set state = 'active', starts = $2, ends = $3 where id = $1",
            placement,
            today - timedelta(9),
            today + timedelta(9),
        )
    await file_actions.move(world.coordinator_centre, placement, "end", "moved away")
    async with db.acting_for(SYSTEM):
        days = await db.fetch("select day from occupancy_day where interns > 0 and day > $1 and day < $2", today, STARTS)
        assert await db.fetch_value("select ends from placement where id = $1", placement) == today
    assert days == []


async def test_a_self_arranged_placement_stands_outside_rounds_and_inside_the_law(db: Database, world: World) -> None:
    actor, free = world.coordinator_centre, world.students[11]
    placement, _found = await file_actions.arrange(actor, free, world.posts["milling"], STARTS, ENDS, "own choice", BEFORE)
    assert await state_of(placement) == "published"
    with pytest.raises(Unlawful) as refused:
        await file_actions.arrange(actor, world.students[10], world.posts["ward"], STARTS, ENDS, "own choice", BEFORE)
    assert "C02" in {finding.rule for finding in refused.value.findings}
    with pytest.raises(Missing):
        await file_actions.arrange(world.coordinator_health, world.students[9], world.posts["milling"], STARTS, ENDS, "x", BEFORE)


async def test_the_checklist_counts_what_is_there_and_names_who_lacks(db: Database, world: World, vault: Vault) -> None:
    placements = await published(world)
    await fill(world, placements[0])
    async with db.acting_for(world.coordinator_centre):
        round_id = await db.fetch_value("select round from placement limit 1")
    row = await queries.round_of(world.coordinator_centre, round_id)
    groups = await checklist.of_round(world.coordinator_centre, vault, row)
    lines = {line["rules"]: (line["done"], line["all"], len(line["lacking"])) for group in groups for line in group["lines"]}
    assert lines[("B04",)] == (3, 3, 0)
    assert lines[("C03",)] == (1, 3, 2)
    assert lines[("H06",)] == (1, 3, 2)
    assert lines[("H02",)] == (None, None, 0)


async def test_the_pages_show_and_fill_the_file(world: World, browse: Callable[..., Any]) -> None:
    placements = await published(world)
    async with DB.acting_for(world.coordinator_centre):
        round_id = await DB.fetch_value("select round from placement limit 1")
    async with browse("coordinator.centre") as browser:
        assert (await browser.get("/placements")).text.count(f"/placements/{placements[0]}") >= 1
        page = await browser.get(f"/placements/{placements[0]}")
        assert "C03" in page.text
        wrong = await browser.submit(f"/placements/{placements[0]}/file/consent", {"version": "1", "consent_student_on": "soon"})
        assert wrong.status_code == 422
        assert "soon" in wrong.text
        saved = await browser.submit(
            f"/placements/{placements[0]}/file/consent",
            {"version": "1", "consent_student_on": "2027-08-01", "consent_guardian_on": "2027-08-01"},
        )
        assert saved.status_code == 303
        stale = await browser.submit(
            f"/placements/{placements[0]}/file/consent", {"version": "1", "consent_student_on": "2027-08-02"}
        )
        assert stale.status_code == 409
        assert "2027-08-02" in stale.text
        refused = await browser.submit(f"/placements/{placements[0]}/move/agree")
        assert refused.status_code == 422
        many = await browser.submit(
            f"/rounds/{round_id}/files",
            {"placement": [str(one) for one in placements], "section": "insurance", "insurer": "人保", "policy": "P-1"},
        )
        assert many.status_code == 303
        assert (await browser.get(f"/rounds/{round_id}/checklist")).status_code == 200
        assert (await browser.get(f"/rounds/{round_id}/checklist/export")).content[:2] == b"PK"
        assert (await browser.get("/placements/new")).status_code == 200
    async with browse("hr.precision") as browser:
        assert (await browser.get(f"/placements/{placements[0]}")).status_code == 200
    async with browse("hr.hotel") as browser:
        assert (await browser.get(f"/placements/{placements[0]}")).status_code == 404
    async with browse("student0.centre") as browser:
        own = await browser.get("/placement", follow_redirects=True)
        assert own.status_code == 200
