"""What a room asks of later rooms: who still needs a thing, what it is, whose data are restricted, who logs a reading."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from alliance.compliance import facts
from alliance.compliance.facts import Subject as Judged
from alliance.kit import clock, reading
from alliance.kit.actors import SYSTEM
from alliance.kit.asking import holders, restrictions, subjects
from alliance.kit.asking.restrictions import Restriction
from alliance.kit.asking.subjects import Kind, Subject
from alliance.kit.database import Database, containing
from alliance.kit.keys.secrets import Vault
from tests.placements.files import placed
from tests.privacy.restricting import restrict
from tests.world import World

ONE, OTHER = uuid4(), uuid4()


async def test_the_latest_room_that_needs_a_thing_speaks_and_kinds_are_kept_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def early(thing: UUID) -> str | None:
        return "the early room needs it" if thing in (ONE, OTHER) else None

    async def late(thing: UUID) -> str | None:
        return "the late room needs it" if thing == ONE else None

    monkeypatch.setattr(holders, "_wired", {})
    holders.wire([{"post": early}, {}, {"post": late, "person": late}])
    assert await holders.needed("post", ONE) == "the late room needs it"
    assert await holders.needed("post", OTHER) == "the early room needs it"
    assert await holders.needed("person", OTHER) is None
    assert await holders.needed("class", ONE) is None


async def test_a_kind_that_no_room_tells_is_nothing_and_others_are_told_by_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def describe(ids: Collection[UUID]) -> Sequence[Subject]:
        return [Subject(id=one, title="a post") for one in ids if one == ONE]

    async def themself(ids: Collection[UUID]) -> Mapping[UUID, UUID]:
        return {one: one for one in ids}

    async def about(student: UUID) -> Sequence[UUID]:
        return [student]

    monkeypatch.setattr(subjects, "_wired", {})
    subjects.wire(
        {"post": Kind(describe=describe), "student": Kind(students=themself, about=about)}
    )
    named = [("post", ONE), ("post", OTHER), ("visit", OTHER), ("student", OTHER)]
    assert await subjects.describe(named) == {ONE: Subject(id=ONE, title="a post")}
    assert await subjects.students(named) == {OTHER: OTHER}
    assert await subjects.about(OTHER) == {OTHER}
    assert await subjects.ended("visit", ONE) is None


async def test_things_are_told_as_far_as_the_reader_sees_them(db: Database, world: World) -> None:
    placement, student = await placed(world), world.students[0]
    named = [("placement", placement), ("student", student), ("post", world.posts["turning"])]
    async with db.acting_for(world.coordinator_centre):
        seen = await subjects.describe(named)
        assert (seen[placement].host_name, seen[placement].host) == (
            "清溪精密制造",
            world.organisations["precision"],
        )
        assert seen[placement].pseudonym == seen[student].pseudonym != ""
    async with db.acting_for(world.coordinator_health):
        assert set(await subjects.describe(named)) == {world.posts["turning"]}
    async with db.acting_for(SYSTEM):
        assert await subjects.students(named) == {placement: student, student: student}
        assert await subjects.about(student) == {student, placement}


async def test_a_restriction_is_in_force_from_its_first_day_until_it_is_lifted(
    db: Database, world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    student, today = world.students[0], clock.today()
    await restrict(world, vault, student)
    async with db.acting_for(world.hr_hotel):
        (kept,) = await restrictions.every()
        assert (kept.person, kept.starts) == (student, today)
        assert await restrictions.in_force() == {student: kept.until}

    async def ended() -> Sequence[Restriction]:
        day = timedelta(days=1)
        return [Restriction(ONE, today - day, today - day), Restriction(OTHER, today, date.max)]

    monkeypatch.setattr(restrictions, "_keeper", ended)
    assert await restrictions.in_force() == {OTHER: date.max}


async def test_two_rooms_tell_one_group_of_facts_each_of_its_own_subjects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def of_posts(asked: Sequence[Judged]) -> list[str | None]:
        return ["post" if one.post else None for one in asked]

    async def of_visits(asked: Sequence[Judged]) -> list[str | None]:
        return ["visit" if one.visit else None for one in asked]

    monkeypatch.setattr(facts, "_wired", {})
    facts.wire([{"file": of_posts}, {"file": of_visits}])
    asked = [Judged(host=ONE, post=ONE), Judged(host=ONE, visit=ONE), Judged(host=ONE)]
    assert await facts._tell("file", asked) == ["post", "visit", None]
    with pytest.raises(ValueError, match="no rule reads"):
        facts.wire([{"weather": of_posts}])


async def test_nothing_of_a_student_is_opened_where_no_room_keeps_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "_write", reading._nobody_writes)
    with pytest.raises(RuntimeError, match="log of readings"):
        await reading.opened_for(ONE, "file")


@pytest.mark.parametrize(
    ("words", "found"),
    [("100%", True), ("50_", False), ("a_b", True), ("aXb", False), ("\\", True), ("%", True)],
)
async def test_words_are_searched_as_they_are_typed(db: Database, words: str, found: bool) -> None:
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value("select $1::text like $2", r"a_b 100% c\d 50", containing(words))
            is found
        )
