"""Five years after leaving, the night erases: whom, with which proof, and whom not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.secrets import ERASED, Vault
from alliance.members.erasing import erase_person
from alliance.privacy import retention
from tests.placements.files import placed
from tests.world import World


async def _at(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(clock, "today", lambda: day)
    monkeypatch.setattr(clock, "now", lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC))


async def test_five_years_after_leaving_students_are_erased_with_proof_and_the_keys_are_gone(
    db: Database, world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    placement = await placed(world, 1)
    async with db.acting_for(SYSTEM):
        row = await db.fetch_one(
            "select c.entry_year + g.years as left from school_class c join programme g on g.id = c.programme where c.id = $1",
            world.classes["centre"],
        )
        rows = await db.fetch(
            "select s.id, s.name, p.key from student s join person p on p.id = s.id where s.school_class = $1",
            world.classes["centre"],
        )
        # one was placed long after leaving: the file's period is not over
        await db.fetch_value(
            "update placement set starts = $2, ends = $2 where id = $1 returning id",
            placement,
            date(2031, 3, 1),
        )
    assert row is not None
    period = next(one for one in retention.periods() if one.code == "student")
    last = date.fromordinal(date(row["left"], 8, 31).toordinal() + period.days)
    expected = {str(one["id"]) for one in rows} - {str(world.students[1])}
    # the page's trial run says so beforehand and changes nothing
    assert expected.isdisjoint((await retention.due(last))["student"])
    night = date.fromordinal(last.toordinal() + 1)
    assert expected <= set((await retention.due(night))["student"])
    assert vault.keyring(rows[0]["key"]).decrypt(rows[0]["name"]) != ERASED
    await _at(monkeypatch, night)
    await retention.retain()
    run = next(
        one
        for one in await retention.last_runs(world.coordinator_centre)
        if one["kind"] == "student"
    )
    gone = [one for one in rows if str(one["id"]) in expected]
    assert run["items"] >= len(expected)
    assert run["keys_looked_for"] == run["items"]
    assert run["keys_found"] == 0
    for one in gone:
        assert vault.keys.get(one["key"]) is None
        assert vault.keyring(one["key"]).decrypt(one["name"]) == ERASED
    async with db.acting_for(SYSTEM):
        left = await db.fetch(
            "select id from student where name is not null and id = any($1)",
            [one["id"] for one in rows],
        )
    assert [one["id"] for one in left] == [world.students[1]]
    assert (await retention.due(night))["student"] == []
    await retention.retain()
    assert (
        len(
            [
                one
                for one in await retention.last_runs(world.coordinator_centre)
                if one["kind"] == "student"
            ]
        )
        == 1
    )


async def test_a_worker_that_dies_over_the_students_leaves_the_rest_and_the_proof_counts_all(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = date(2040, 1, 1)
    await _at(monkeypatch, night)
    due, real = (await retention.due(night))["student"], erase_person
    seen: list[object] = []

    async def dies(*given: object) -> object:
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(given[2])
        return await real(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(retention, "erase_person", dies)
        with pytest.raises(KeyboardInterrupt):
            await retention.retain()
    assert len((await retention.due(night))["student"]) == len(due) - 3
    await retention.retain()
    run = next(
        one
        for one in await retention.last_runs(world.coordinator_centre)
        if one["kind"] == "student"
    )
    assert (run["items"], run["digest"], run["keys_found"]) == (len(due), retention.digest(due), 0)
