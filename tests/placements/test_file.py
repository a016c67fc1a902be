"""Placement files: sections, both sides, versions, the agreement's fingerprint, the life of a placement, many at once."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from alliance.compliance.passing import RefusedByLaw
from alliance.evidence import actions as evidence
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.states import find
from alliance.placements import actions as file_actions
from alliance.placements import queries as file_queries
from alliance.placements.facts import tell_agreements, tell_files
from alliance.placements.life.arranging import Application, arrange
from alliance.placements.model import (
    FIELDS,
    PLACEMENT_STATES,
    TRANSITIONS,
    hash_after,
    section_states,
)
from alliance.posts import queries as posts
from alliance.posts.facts import draft_of
from alliance.posts.life import changing
from tests.compliance.passing import at
from tests.placements.files import AGREEMENT, SIGNED, complete, host_part, placed, school_part
from tests.world import ENDS, STARTS, World


async def test_an_empty_file_is_missing_everywhere_and_a_filled_one_nowhere(
    db: Database, world: World, vault: Vault
) -> None:
    placement = await placed(world)
    empty = await file_queries.file(world.coordinator_centre, vault, placement)
    assert empty["missing"] == [
        "plan",
        "consents",
        "agreement",
        "pay",
        "insurance",
        "guides",
        "training",
        "lodging",
        "filings",
    ]
    await complete(world, placement)
    full = await file_queries.file(world.coordinator_centre, vault, placement)
    assert full["missing"] == []
    assert (full["instructor_name"], full["mentor_name"]) == (
        "Instructor.Centre",
        "Mentor.Precision",
    )


async def test_every_column_of_the_form_is_a_column_of_the_table(
    db: Database, world: World
) -> None:
    await placed(world)
    async with db.acting_for(SYSTEM):
        row = await db.fetch_one("select * from placement_file limit 1")
    assert row is not None
    assert set(FIELDS) <= set(row)


async def test_host_and_school_write_their_own_parts_only(db: Database, world: World) -> None:
    placement = await placed(world)
    with pytest.raises(Missing):
        await file_actions.record(world.hr_precision, [placement], {"policy": "P-1"})
    with pytest.raises(Missing):
        await file_actions.record(
            world.coordinator_centre, [placement], {"mentor": world.mentor_precision.person}
        )
    for stranger in (world.hr_hotel, world.coordinator_health):
        with pytest.raises(Missing):
            await file_actions.record(stranger, [placement], {"trained_on": SIGNED})


async def test_a_guide_is_of_ones_own_house(db: Database, world: World) -> None:
    placement = await placed(world)
    with pytest.raises(Refusal):
        await file_actions.record(
            world.hr_precision, [placement], {"mentor": world.mentor_hotel.person}
        )
    with pytest.raises(Refusal):
        await file_actions.record(
            world.coordinator_centre, [placement], {"instructor": world.instructor_health.person}
        )


async def test_of_two_editors_the_second_is_told_and_nothing_is_lost(
    db: Database, world: World
) -> None:
    placement = await placed(world)
    answers = await asyncio.gather(
        file_actions.record(world.coordinator_centre, [placement], {"policy": "A"}, 1),
        file_actions.record(world.colleague_centre, [placement], {"policy": "B"}, 1),
        return_exceptions=True,
    )
    conflict = next(answer for answer in answers if isinstance(answer, file_actions.FileChanged))
    assert conflict.present["policy"] in ("A", "B")


async def test_the_instructors_load_counts_current_placements_of_the_school(
    db: Database, world: World
) -> None:
    first, second = await placed(world, 0), await placed(world, 1)
    await placed(world, 2, state="ended")
    await complete(world, first, second)
    async with db.acting_for(world.coordinator_centre):
        subject = file_actions.subject_of_file(
            {
                "host": world.organisations["precision"],
                "post": None,
                "student": None,
                "id": first,
                "school": None,
                "starts": None,
                "ends": None,
            }
        )
        (facts,) = await tell_files([subject])
        (agreement,) = await tell_agreements([subject])
    assert facts is not None
    assert facts.students_of_instructor == 2
    assert (facts.school_province, facts.site_province, facts.abroad) == ("50", "50", False)
    assert agreement is not None
    assert agreement.hash_matches is True


async def test_a_text_changed_under_signatures_no_longer_matches_until_all_sign_anew(
    db: Database, world: World, vault: Vault
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    await file_actions.record(
        world.coordinator_centre, [placement], {"agreement_text": f"{AGREEMENT}另一份"}
    )
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert "D05" in row["broken"]
    with pytest.raises(RefusedByLaw) as refused:
        await file_actions.move(world.coordinator_centre, placement, "agree")
    assert refused.value.first.rule == "D05"
    signatures = (
        "agreement_school_on",
        "agreement_host_on",
        "agreement_student_on",
        "agreement_guardian_on",
    )
    school = dict.fromkeys(signatures)
    await file_actions.record(world.coordinator_centre, [placement], school)
    await file_actions.record(
        world.coordinator_centre, [placement], dict.fromkeys(signatures, SIGNED)
    )
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert "D05" not in row["broken"]


def test_a_fingerprint_is_made_at_the_first_signature() -> None:
    unsigned = dict.fromkeys(FIELDS) | {"agreement_text": "a", "agreement_hash": ""}
    assert hash_after(unsigned, {**unsigned, "agreement_text": "b"}) == ""
    signed = {**unsigned, "agreement_school_on": SIGNED}
    made = hash_after(unsigned, signed)
    assert len(made) == 64
    assert hash_after({**signed, "agreement_hash": made}, {**signed, "agreement_text": "b"}) == made
    anew = {**signed, "agreement_text": "b", "agreement_school_on": SIGNED + timedelta(days=1)}
    assert hash_after({**signed, "agreement_hash": made}, anew) not in ("", made)


def test_a_policy_that_runs_out_before_the_end_is_expiring() -> None:
    row = {
        "state": "active",
        "ends": ENDS,
        "insured_to": date(2027, 10, 1),
        "proven": frozenset({"insurance"}),
        "lodging": "home",
    }
    assert section_states(row, ["H06"], date(2027, 9, 5))["insurance"] == "expiring"
    assert section_states(row, ["H06"], date(2027, 8, 1))["insurance"] == "missing"
    assert section_states({**row, "insured_to": ENDS}, [], date(2027, 9, 5))["insurance"] == "done"


ROLES = ("coordinator_centre", "instructor_centre", "hr_precision", "mentor_precision", "coordinator_health", "secretary_centre", "authority_bureau")  # fmt: skip


@pytest.mark.parametrize("state", PLACEMENT_STATES)
@pytest.mark.parametrize("name", sorted({row.name for row in TRANSITIONS}))
async def test_every_cell_of_state_action_and_role(
    db: Database, world: World, vault: Vault, state: str, name: str
) -> None:
    starts = date(2026, 9, 7)
    placement = await placed(world, starts=starts, ends=date(2027, 3, 5))
    signed = date(2026, 7, 1)
    values = {
        key: signed if value == SIGNED else value
        for key, value in (school_part(world) | host_part(world)).items()
    }
    values |= {"agreement_starts": starts, "insured_from": starts}
    await file_actions.record(
        world.coordinator_centre,
        [placement],
        {k: v for k, v in values.items() if "school" in FIELDS[k].sides},
    )
    await file_actions.record(
        world.hr_precision,
        [placement],
        {k: v for k, v in values.items() if "host" in FIELDS[k].sides},
    )
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update placement set state = $2 where id = $1", placement, state
        )
    step = find(TRANSITIONS, name, state)
    for role in ROLES[1:]:
        with pytest.raises((Missing, Conflict)):
            await file_actions.move(
                world.actors[role.replace("_", ".", 1)], placement, name, "原因"
            )
    if step is None:
        with pytest.raises(Conflict):
            await file_actions.move(world.coordinator_centre, placement, name, "原因")
    else:
        await file_actions.move(world.coordinator_centre, placement, name, "原因")
    async with db.acting_for(world.coordinator_centre):
        assert await db.fetch_value("select state from placement where id = $1", placement) == (
            step.target if step else state
        )


async def test_a_gate_refuses_with_every_finding_and_the_refusal_is_kept(
    db: Database, world: World
) -> None:
    placement = await placed(world)
    with pytest.raises(RefusedByLaw) as refused:
        await file_actions.move(world.coordinator_centre, placement, "agree")
    assert {"C03", "D01", "D05", "D06"} <= {finding.rule for finding in refused.value.findings}
    async with db.acting_for(world.coordinator_centre):
        row = await db.fetch_one(
            "select transition, passed, on_day from evaluation where subject = $1", placement
        )
    assert row == {"transition": "agreement.sign", "passed": False, "on_day": STARTS}


async def test_a_post_that_was_refused_never_goes_on_and_may_be_found_anew(
    db: Database, world: World
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    await file_actions.record(world.coordinator_centre, [placement], {"consent_refused_on": SIGNED})
    with pytest.raises(Refusal, match="C04"):
        await file_actions.move(world.coordinator_centre, placement, "agree")
    with pytest.raises(Refusal):
        await file_actions.move(world.coordinator_centre, placement, "cancel", " ")
    await file_actions.move(world.coordinator_centre, placement, "cancel", "学生不同意")
    anew, _findings = await arrange(world.coordinator_centre, application(world, post="milling"))
    assert anew != placement


async def test_of_two_who_press_at_once_one_is_told(db: Database, world: World) -> None:
    placement = await placed(world)
    await complete(world, placement)
    answers = await asyncio.gather(
        file_actions.move(world.coordinator_centre, placement, "agree"),
        file_actions.move(world.colleague_centre, placement, "agree"),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "tuple"]


async def test_ending_early_shortens_the_days_and_frees_the_ledger(
    db: Database, world: World
) -> None:
    today = clock.today()
    placement = await placed(
        world, state="active", starts=today - timedelta(days=30), ends=today + timedelta(days=30)
    )
    with pytest.raises(Refusal):
        await file_actions.move(world.coordinator_centre, placement, "end", "")
    await file_actions.move(world.coordinator_centre, placement, "end", "提前返校")
    async with db.acting_for(world.coordinator_centre):
        assert await db.fetch_value("select ends from placement where id = $1", placement) == today
        assert (
            await db.fetch_value(
                "select coalesce(sum(interns), 0)::int from occupancy_day where day > $1", today
            )
            == 0
        )
    with pytest.raises(Conflict):
        await file_actions.record(world.coordinator_centre, [placement], {"policy": "late"})


async def test_many_move_together_or_only_the_good_ones_when_told(
    db: Database, world: World
) -> None:
    good, bad = await placed(world, 0), await placed(world, 1)
    await complete(world, good)
    under = uuid4()
    told = await file_actions.move_many(
        world.coordinator_centre, [good, bad], "agree", only_good=False, kept_under=under
    )
    assert told.done == ()
    assert [placement for placement, _findings in told.refused] == [bad]
    told = await file_actions.move_many(
        world.coordinator_centre, [good, bad], "agree", only_good=True, kept_under=under
    )
    assert told.done == (good,)
    async with db.acting_for(world.coordinator_centre):
        states = {
            row["id"]: row["state"] for row in await db.fetch("select id, state from placement")
        }
    assert states == {good: "agreed", bad: "published"}
    with pytest.raises(Missing):
        await file_actions.move_many(
            world.coordinator_health, [good], "start", only_good=True, kept_under=under
        )


async def test_the_same_is_recorded_for_many_in_one_transaction_with_a_trail(
    db: Database, world: World
) -> None:
    placements = [await placed(world, index) for index in range(3)]
    changed = await file_actions.record(
        world.coordinator_centre, placements, {"policy": "P-7", "insurer": "清溪财险"}
    )
    assert set(changed) == set(placements)
    async with db.acting_for(world.coordinator_centre):
        assert (
            await db.fetch_value("select count(*) from audit_entry where action = 'change_file'")
            == 3
        )
    with pytest.raises(Missing):
        await file_actions.record(
            world.coordinator_centre, [*placements, uuid4()], {"policy": "P-8"}
        )
    async with db.acting_for(world.coordinator_centre):
        assert await db.fetch_value("select count(*) from placement_file where policy = 'P-8'") == 0


def application(world: World, index: int = 0, post: str = "turning", **changes: Any) -> Application:
    person = world.instructor_centre.person
    assert person is not None
    values = {
        "student": world.students[index],
        "post": world.posts[post],
        "starts": STARTS,
        "ends": ENDS,
        "reason": "离家近",
        "approved_on": SIGNED,
        "instructor": person,
        "mentor_promised": True,
        **changes,
    }
    return Application(**values)


async def test_a_student_may_find_a_post_within_the_law(db: Database, world: World) -> None:
    placement, _findings = await arrange(world.coordinator_centre, application(world))
    async with db.acting_for(world.coordinator_centre):
        row = await db.fetch_one(
            "select arranged_by, round, state from placement where id = $1", placement
        )
    assert row == {"arranged_by": "self", "round": None, "state": "published"}


@pytest.mark.parametrize(
    ("post", "changes", "rule"),
    [("reception", {}, "C02"), ("turning", {"mentor_promised": False}, "C05")],
)
async def test_what_a_student_found_obeys_the_same_law(
    db: Database, world: World, post: str, changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(RefusedByLaw) as refused:
        await arrange(world.coordinator_centre, application(world, post=post, **changes))
    assert rule in {finding.rule for finding in refused.value.findings}


async def test_two_cannot_take_the_last_place(db: Database, world: World) -> None:
    for index in range(2):
        await placed(world, index, "wiring")
    answers = await asyncio.gather(
        *(
            arrange(world.coordinator_centre, application(world, index, "wiring"))
            for index in (2, 3)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1


async def test_places_that_are_taken_away_are_not_given_at_that_moment(
    db: Database, world: World
) -> None:
    for index in range(2):
        await placed(world, index, "wiring")
    hr, wiring = world.actors["hr.precision"], world.posts["wiring"]
    row = await posts.post(hr, wiring)
    hr = next(
        actor
        for actor in world.actors.values()
        if actor.role == "hr" and actor.organisation == row["enterprise"]
    )
    fewer = msgspec.structs.replace(draft_of(row), head_count=2)
    asked = await changing.change_offer(hr, wiring, row["version"], fewer, "订单减少")
    assert asked is not None
    await changing.answer(world.coordinator_centre, asked, agreed=True)
    answers = await asyncio.gather(
        changing.carry_out(hr, asked),
        arrange(world.coordinator_centre, application(world, 2, "wiring")),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value(
            "select p.head_count >= (select count(*) from placement where post = p.id)"
            " from post p where p.id = $1",
            wiring,
        )


async def test_what_a_student_found_and_consented_to_no_more_is_told(
    db: Database, world: World
) -> None:
    placement, _findings = await arrange(world.coordinator_centre, application(world))
    coordinator = world.coordinator_centre
    both = {"consent_student_on": SIGNED, "consent_guardian_on": SIGNED}
    await file_actions.record(coordinator, [placement], both)
    await file_actions.record(coordinator, [placement], {"consent_refused_on": SIGNED})
    async with db.acting_for(SYSTEM):
        told = "select count(*) from notice where kind = 'consent_refused'"
        assert await db.fetch_value(told) == 0, "the refusal is of the school's own offer"
    await file_actions.record(coordinator, [placement], {"consent_guardian_on": None})
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value(told) >= 2


async def test_what_was_signed_and_taken_back_stops_the_start(db: Database, world: World) -> None:
    placement = await placed(world)
    await complete(world, placement)
    await file_actions.move(world.coordinator_centre, placement, "agree")
    await file_actions.record(
        world.coordinator_centre,
        [placement],
        {"agreement_student_on": None, "consent_guardian_on": None},
    )
    with clock.frozen(at(STARTS)), pytest.raises(RefusedByLaw) as refused:
        await file_actions.move(world.coordinator_centre, placement, "start")
    assert {finding.rule for finding in refused.value.findings} >= {"C03", "D01"}


async def test_a_start_is_said_on_the_first_day_at_the_earliest(db: Database, world: World) -> None:
    placement = await placed(world)
    await complete(world, placement)
    await file_actions.move(world.coordinator_centre, placement, "agree")
    with clock.frozen(at(STARTS - timedelta(days=1))), pytest.raises(Refusal):
        await file_actions.move(world.coordinator_centre, placement, "start")
    with clock.frozen(at(STARTS)):
        await file_actions.move(world.coordinator_centre, placement, "start")


async def test_a_bulk_step_that_is_refused_is_kept_as_refused(db: Database, world: World) -> None:
    placement, under = await placed(world), uuid4()
    moved = await file_actions.move_many(
        world.coordinator_centre, [placement], "agree", only_good=False, kept_under=under
    )
    assert moved.done == ()
    async with db.acting_for(world.coordinator_centre):
        kept = await db.fetch("select transition, passed from evaluation where subject = $1", under)
    assert kept == [{"transition": "agreement.sign", "passed": False}]


async def test_evidence_goes_into_the_sections_of_ones_own_side_and_not_into_a_closed_file(
    db: Database, world: World
) -> None:
    signed = ["consent_student_on"]
    placement, cancelled = await placed(world, 0), await placed(world, 1, state="cancelled")
    with pytest.raises(Missing):
        await file_actions.attach(
            world.hr_precision, placement, "consents", "a.pdf", b"%PDF-1.7", signed
        )
    with pytest.raises(Conflict):
        await file_actions.attach(
            world.coordinator_centre, cancelled, "consents", "a.pdf", b"%PDF-1.7", signed
        )
    kept = await file_actions.attach(
        world.coordinator_centre, placement, "consents", "a.pdf", b"%PDF-1.7", signed
    )
    await evidence.withdraw(world.coordinator_centre, kept)
    with pytest.raises(Missing):
        await evidence.content_of(world.hr_precision, kept)
    assert (await evidence.content_of(world.coordinator_centre, kept))["name"] == "a.pdf"


@pytest.mark.parametrize("guide", ["hr_hotel", "instructor_health", "mentor_precision"])
async def test_who_guides_a_placement_that_a_student_found_is_of_the_school(
    db: Database, world: World, guide: str
) -> None:
    wanted = Application(
        student=world.students[0],
        post=world.posts["turning"],
        starts=STARTS,
        ends=ENDS,
        reason="自己联系",
        approved_on=SIGNED,
        instructor=getattr(world, guide).person,
        mentor_promised=True,
    )
    with pytest.raises(Refusal) as refused:
        await arrange(world.coordinator_centre, wanted)
    assert set(refused.value.fields) == {"instructor"}
