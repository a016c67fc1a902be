"""P01 to P17 of the duties about personal data: which test shows each, and those that stand nowhere else."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from alliance.kit import clock
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Refusal
from alliance.privacy import consents, register, requests, retention, telling
from alliance.privacy.model import CONSENTS, deadline
from alliance.privacy.queries import own_requests
from alliance.privacy.subjects import subject_for
from alliance.privacy.telling import NOTICES
from alliance.regulation.screening import INTIMATE, intimate_words
from alliance.rounds import queries as placements
from alliance.rounds.students import preferences
from tests.rounds.rounds import as_student, open_round, ranked_round
from tests.world import World

HERE = "tests.privacy.test_law"
LAW = {
    "P01": (
        "tests.privacy.test_register",
        "test_no_personal_column_without_an_entry_and_no_entry_without_its_column",
    ),
    "P02": (
        "tests.privacy.test_requests",
        "test_consent_is_withdrawn_as_easily_as_given_and_then_nothing_is_passed_on",
    ),
    "P03": (
        "tests.privacy.test_requests",
        "test_a_new_version_of_the_notice_is_shown_once_and_then_only",
    ),
    "P04": (
        "tests.privacy.test_retention",
        "test_five_years_after_leaving_students_are_erased_with_proof_and_the_keys_are_gone",
    ),
    "P05": ("tests.privacy.test_requests", "test_who_objects_is_left_to_a_person_and_asks_why"),
    "P06": (HERE, "test_p06_public_host_lists_and_reports_name_no_student"),
    "P07": (HERE, "test_p07_no_location_no_account_number_no_biometrics_and_nobody_under_14"),
    "P08": (
        "tests.privacy.test_restrictions",
        "test_a_restricted_student_is_not_matched_shown_or_changed_until_it_is_lifted",
    ),
    "P09": (
        "tests.privacy.test_words",
        "test_after_erasing_no_table_says_a_word_of_what_was_written_about_a_student",
    ),
    "P10": (
        "tests.privacy.test_breaches_and_nights",
        "test_an_assessment_is_confirmed_by_another_and_kept_three_years",
    ),
    "P11": (
        "tests.privacy.test_breaches_and_nights",
        "test_a_breach_is_confirmed_by_another_and_told_to_everybody",
    ),
    "P12": (HERE, "test_p12_a_guardian_asks_for_the_child_and_reads_a_refusal_in_writing"),
    "P13": (
        "tests.privacy.test_who_read",
        "test_a_person_and_the_guardian_see_who_read_what_why_and_when",
    ),
    "P14": (
        "tests.privacy.test_who_read",
        "test_the_yearly_report_counts_readings_by_role_and_purpose_and_names_who_answers",
    ),
    "P15": (HERE, "test_p15_declining_what_is_not_needed_refuses_no_service"),
    "P16": (HERE, "test_p16_the_trail_is_kept_and_cannot_be_changed"),
    "P17": (
        HERE,
        "test_p17_no_column_and_no_posting_asks_whether_somebody_menstruates_or_is_pregnant",
    ),
}
"""Duty (P01 to P17 of the law on personal data, as the team keeps it) → the module and test that shows it."""


@pytest.mark.parametrize("duty", [f"P{number:02}" for number in range(1, 18)])
def test_each_duty_of_the_law_is_shown_by_a_test(duty: str) -> None:
    module, name = LAW[duty]
    assert callable(getattr(importlib.import_module(module), name))


def test_p01_each_purpose_has_one_basis_of_the_law() -> None:
    used = {entry.purpose for entry in register.entries()}
    assert used == set(register.purposes()), (
        "a purpose that no column serves, or the other way round"
    )


def test_p02_what_rests_on_consent_is_asked_and_nothing_else() -> None:
    assert set(CONSENTS) == {"grade_to_host", "phone_to_host"}
    assert {purpose.basis for purpose in register.purposes().values()} <= set(register.BASES)


def test_p03_the_fingerprint_is_of_the_text_that_was_shown() -> None:
    for notice in telling.notices():
        assert notice.digests["zh"] != notice.digests["en"]
        assert telling.present(notice.audience, clock.today()).version <= clock.today().isoformat()


def test_p04_each_period_names_its_ground_and_what_is_ours() -> None:
    for period in retention.periods():
        assert period.ground_zh, period.code
        assert period.own or "个人信息保护法" in period.ground_zh, period.code
    assert {period.action for period in retention.periods()} == set(retention.ACTIONS)


async def test_p06_public_host_lists_and_reports_name_no_student(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    await open_round(world, world.coordinator_centre, "centre", ["turning"])
    async with browse("planner.centre") as browser:
        for path in ("/host-lists", "/gaps", "/rounds", "/demand"):
            shown = await browser.get(path)
            assert "学生centre" not in shown.text, path


async def test_p07_no_location_no_account_number_no_biometrics_and_nobody_under_14(
    db: Database, world: World
) -> None:
    assert db.pool is not None
    columns = await db.pool.fetch(
        "select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relkind = 'r'"
        " and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped"
    )
    forbidden = (
        "gps",
        "location",
        "fingerprint_of",
        "face",
        "bank",
        "card_number",
        "health",
        "illness",
        "religion",
    )
    found = [row["name"] for row in columns if any(word in row["name"] for word in forbidden)]
    assert found == []
    sensitive = {
        (entry.table, entry.column) for entry in register.entries() if entry.kind == "sensitive"
    }
    assert sensitive == {
        ("student", "identity_number"),
        ("roster_import", "content"),
        ("roster_import", "parsed"),
    }


async def test_p08_a_request_has_a_deadline_and_where_it_comes_from(
    db: Database, world: World, vault: Vault
) -> None:
    student = as_student(world, 0)
    request = await requests.ask(student, await subject_for(student, vault), "access")
    async with db.acting_for(student):
        due = await db.fetch_value("select due from data_request where id = $1", request)
    period = deadline("answer", clock.today())
    assert due == clock.today() + timedelta(days=period.days)
    assert period.source_zh


async def test_p09_personal_values_are_ciphertext_and_rights_are_least(
    db: Database, world: World
) -> None:
    async with db.acting_for(world.coordinator_centre):
        row = await db.fetch_one(
            "select name, identity_number from student where id = $1", world.students[0]
        )
    assert row is not None
    assert "学生".encode() not in row["name"]
    for actor in (
        world.planner_centre,
        world.authority_bureau,
        world.secretary_centre,
        world.hr_hotel,
        world.coordinator_health,
    ):
        async with db.acting_for(actor):
            assert (
                await db.fetch_value(
                    "select count(*) from student where id = $1", world.students[0]
                )
                == 0
            ), actor.role


async def test_p12_a_guardian_asks_for_the_child_and_reads_a_refusal_in_writing(
    db: Database, world: World, vault: Vault
) -> None:
    guardian, officer = world.guardian_centre, world.coordinator_centre
    child = await subject_for(guardian, vault, world.students[0])
    request = await requests.ask(guardian, child, "erase", reason="不再实习")
    with pytest.raises(Refusal):
        await requests.refuse(officer, vault, request, "")
    await requests.refuse(officer, vault, request, "实习尚未结束，依法须保存")
    assert [(row["state"], row["answer"]) for row in await own_requests(guardian, child)] == [
        ("refused", "实习尚未结束，依法须保存")
    ]


async def test_p15_declining_what_is_not_needed_refuses_no_service(
    db: Database, world: World, vault: Vault
) -> None:
    student = as_student(world, 1)
    await consents.withdraw(student, await subject_for(student, vault), "grade_to_host")
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    await preferences.save_list(student, round_id, [world.posts["milling"]])
    assert [
        row["student"] for row in await placements.candidates(world.hr_precision, round_id)
    ] == [student.person]


async def test_p16_the_trail_is_kept_and_cannot_be_changed(db: Database, world: World) -> None:
    trail = next(period for period in retention.periods() if period.code == "trail")
    assert trail.days >= 183
    assert trail.action == "keep"
    assert "trail" not in await retention.due(clock.today())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acting_for(world.coordinator_centre) as connection:
            await connection.execute("delete from audit_entry")


async def test_p17_no_column_and_no_posting_asks_whether_somebody_menstruates_or_is_pregnant(
    db: Database, world: World
) -> None:
    assert db.pool is not None
    columns = await db.pool.fetch(
        "select column_name from information_schema.columns where table_schema = 'public'"
    )
    for row in columns:
        assert not intimate_words(row["column_name"].replace("_", " ")), row["column_name"]
    for text in (
        "入职须做孕检",
        "经期请提前报备",
        "怀孕者请勿报名",
        "pregnancy test required",
        "tell us your menstrual dates",
        "Pregnant women excluded",
    ):
        assert intimate_words(text), text
    for text in (
        "孕婴用品导购",
        "母婴护理",
        "月经新闻",
        "曾经期待",
        "maternity ward assistant",
        "经期刊编辑部安排",
    ):
        assert intimate_words(text) == [], text
    assert INTIMATE
    assert await ranked_round(world, {0: ["turning"]})


def test_a_notice_that_was_shown_keeps_its_words() -> None:
    """Whoever saw a version has its fingerprint as proof: other words are another version.

    Append the line of a new file, as `sha256sum` writes it; never change another.
    """
    kept = dict(
        reversed(line.split())
        for line in (Path(__file__).parent / "notices.txt").read_text().splitlines()
    )
    files = {path.name: sha256(path.read_bytes()).hexdigest() for path in NOTICES.glob("*.md")}
    assert files == kept
