"""Correcting numbers, birth day and class of a student: checked as in the import, with reason, and judged again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import ChangedMeanwhile, Conflict, Missing, Refusal, version_of
from alliance.programmes import queries as programmes
from alliance.programmes.actions import change_student
from alliance.programmes.correcting import actions, queries
from alliance.programmes.correcting.actions import Correction
from alliance.programmes.rosters.documents import read_any
from alliance.rounds.students import preferences
from tests.compliance.passing import as_hub
from tests.placements.files import placed
from tests.programmes.test_roster import identity
from tests.rounds.rounds import as_student, open_round
from tests.world import World

BORN = date(2009, 5, 6)
NUMBER = identity(BORN)


def sent(world: World, **change: str) -> dict[str, str]:
    """The form as a coordinator of the centre fills it in."""
    return {
        "number": "20259001",
        "document": "",
        "identity_number": NUMBER,
        "born": BORN.isoformat(),
        "school_class": str(world.classes["centre"]),
        "reason": "录入时看错户口簿",
        **change,
    }


def wanted(world: World, **change: Any) -> Correction:
    """A correction of the centre's first student."""
    values: dict[str, Any] = {
        "number": "20259001",
        "document": read_any(NUMBER, date(2026, 11, 30)),
        "born": BORN,
        "school_class": world.classes["centre"],
        "reason": "录入时看错户口簿",
    }
    return Correction(**{**values, **change})


async def second_class(world: World) -> UUID:
    """Another class of the centre, of the same programme."""
    group = uuid4()
    await as_hub(
        "insert into school_class (id, school, programme, name, entry_year) select $1, school, programme, '数控2班', entry_year"
        " from school_class where id = $2",
        group,
        world.classes["centre"],
    )
    return group


async def test_the_page_corrects_and_keeps_what_was_typed_when_a_number_is_wrong(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    student = f"/students/{world.students[0]}"
    path = f"{student}/correct"
    wrong = NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")
    async with browse("coordinator.centre") as browser:
        assert path in (await browser.get(student)).text
        assert NUMBER not in (await browser.get(path)).text
        for change, said in (
            ({"identity_number": wrong}, "The last digit of identity number"),
            ({"born": "2009-05-07"}, "which says 2009-05-06"),
            ({"identity_number": "", "born": "2020-01-02"}, "6 years old"),
            ({"number": "2.03E+11"}, "Excel shortened"),
            ({"number": "20250001"}, "this number exists already"),
            ({"reason": ""}, "Fill this in."),
            ({"school_class": str(world.classes["health"])}, "Choose"),
        ):
            form = sent(world, **change)
            answer = await browser.submit(path, form)
            assert answer.status_code in (409, 422), change
            assert said in answer.text, change
            for name in ("number", "identity_number", "born", "reason"):
                assert f'value="{form[name]}"' in answer.text or not form[name], (change, name)
        answer = await browser.submit(path, sent(world))
        page = (await browser.get(student)).text
        assert "20259001" in page
        assert "identity data corrected" in page
        assert NUMBER not in page
        assert "录入时看错户口簿" in (await browser.get(path)).text
    async with browse("coordinator.health") as browser:
        assert (await browser.get(path)).status_code == 404
        assert (await browser.submit(path, sent(world))).status_code == 404
    async with browse("instructor.centre") as browser:
        assert (await browser.get(path)).status_code == 403


async def test_a_correction_is_audited_covered_and_judged_again(
    db: Database, world: World, vault: Vault
) -> None:
    actor, student = world.coordinator_centre, world.students[0]
    placement = await placed(world)
    await as_hub("update placement_file set judged = now() where placement = $1", placement)
    await actions.correct_student(actor, vault, student, wanted(world))
    async with db.acting_for(SYSTEM):
        row = await db.fetch_one("select * from student where id = $1", student)
        assert row is not None
        assert (row["number"], row["born"], row["sex"]) == ("20259001", BORN, "F")
        assert row["identity_mark"] == vault.mark(NUMBER)
        told = await db.fetch(
            "select payload from event where name = 'programmes.student_changed' and payload ->> 'student' = $1",
            str(student),
        )
        assert len(told) == 1
        (entry,) = await db.fetch(
            "select before::text, after::text from audit_entry where action = 'correct_student' and subject = $1",
            student,
        )
        judged = "select judged from placement_file where placement = $1"
        assert await db.fetch_value(judged, placement) is None, "the file is judged anew"
    for secret in (NUMBER, "录入时看错户口簿", "2009-05-06", "20259001"):
        assert secret not in entry["after"]
        assert secret not in entry["before"]
    (kept,) = await queries.corrections(actor, student)
    assert (kept.role, kept.reason) == ("coordinator", "录入时看错户口簿")
    with pytest.raises(Refusal, match="没有不同"):
        await actions.correct_student(actor, vault, student, wanted(world))
    with pytest.raises(Missing):
        await actions.correct_student(world.coordinator_health, vault, student, wanted(world))
    with pytest.raises(Conflict) as refused:
        await actions.correct_student(
            actor, vault, world.students[1], wanted(world, number="20259002")
        )
    assert set(refused.value.fields) == {"identity_number"}, "it is another student's"


async def test_whoever_saves_second_compares_and_both_schools_are_told(
    db: Database, world: World, vault: Vault
) -> None:
    actor, student = world.coordinator_centre, world.students[0]
    row = await programmes.student(actor, vault, student)
    seen = version_of(actions.shown(row, row["identity_number"]))
    await change_student(
        world.coordinator_health, vault, world.nurses[0], {"identity_number": NUMBER}
    )
    await actions.correct_student(actor, vault, student, wanted(world), seen)
    for coordinator in (actor, world.coordinator_health):
        async with db.acting_for(coordinator):
            assert len(await db.fetch("select 1 from notice where kind = 'student_elsewhere'")) == 1
    with pytest.raises(ChangedMeanwhile):
        await actions.correct_student(actor, vault, student, wanted(world, number="20259003"), seen)


async def test_the_class_stays_while_a_round_counts_on_it_and_may_change_with_a_placement(
    db: Database, world: World, vault: Vault
) -> None:
    actor, student, group = world.coordinator_centre, world.students[0], await second_class(world)
    placement = await placed(world, 1)
    round_id = await open_round(world, actor, "centre", ["turning"])
    await preferences.save_list(as_student(world, 0), round_id, [world.posts["turning"]])
    with pytest.raises(Conflict, match="Autumn 2027") as refused:
        await actions.correct_student(actor, vault, student, wanted(world, school_class=group))
    assert set(refused.value.fields) == {"school_class"}
    await actions.correct_student(actor, vault, student, wanted(world))
    other = wanted(world, number="20259005", document=None, school_class=group)
    await actions.correct_student(actor, vault, world.students[1], other)
    async with DB.acting_for(actor):
        found = await DB.fetch_one(
            "select s.school_class, s.born, p.state from student s join placement p on p.student = s.id where p.id = $1",
            placement,
        )
    assert found == {"school_class": group, "born": BORN, "state": "published"}
    foreign = wanted(world, number="20259006", document=None, school_class=world.classes["health"])
    with pytest.raises(Missing):
        await actions.correct_student(actor, vault, world.students[2], foreign)
