"""A filing for a host keeps each of its works by itself: nobody confirmed the worst of all together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judge
from alliance.filings import actions as filing
from alliance.filings import keeping, queries
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Refusal
from tests.filings.filed import entered, filed, new
from tests.world import ENDS, STARTS, World


async def post(db: Database, which: UUID, **changes: object) -> None:
    async with db.acting_for(SYSTEM):
        for column, value in changes.items():
            await db.connection().execute(
                f"update post set {column} = $2 where id = $1", which, value
            )


async def other_post(db: Database, world: World) -> UUID:
    """Another published post of the host, of another kind of work."""
    async with db.acting_for(SYSTEM):
        found: UUID = await db.fetch_value(
            "update post set occupation = '6-31-01-03', state = 'published', starts = $3, ends = $4"
            " where id = (select id from post where enterprise = $1 and kind = 'internship' and id <> $2 order by title limit 1)"
            " returning id",
            world.organisations["precision"],
            world.posts["turning"],
            STARTS,
            ENDS,
        )
        await db.connection().execute(
            "update post set state = 'closed' where enterprise = $1 and id <> all($2)",
            world.organisations["precision"],
            [world.posts["turning"], found],
        )
    return found


async def is_lifted(db: Database, world: World, which: UUID, rule: str = "F03") -> bool:
    subject = Subject(host=world.organisations["precision"], post=which, starts=STARTS, ends=ENDS)
    async with db.acting_for(world.hr_precision):
        judgement = await judge("post.publish", [subject], clock.today())
    return rule not in {finding.rule for finding in judgement.findings}


def for_host(world: World, lift: str = "F03.hours") -> filing.NewFiling:
    return new(world, lift=lift, subject_kind="host", subject=world.organisations["precision"])


async def test_the_hours_of_one_kind_of_work_are_not_confirmed_for_another(
    db: Database, world: World
) -> None:
    turning, other = world.posts["turning"], await other_post(db, world)
    await post(db, turning, hours_per_day=11)
    await post(db, other, hours_per_day=9)
    filing_id = await filed(world, world.hr_precision, for_host(world))
    assert await is_lifted(db, world, turning)
    assert await is_lifted(db, world, other)
    row = await queries.filing(world.hr_precision, filing_id)
    assert row["verdict"] == "lifts"
    await post(db, other, hours_per_day=11)
    assert await is_lifted(db, world, turning)
    assert not await is_lifted(db, world, other), "11 hours were confirmed for turning alone"
    row = await queries.filing(world.hr_precision, filing_id)
    assert row["verdict"] == "partly"
    told = await queries.touched(world.hr_precision, row)
    assert {each["id"]: each["verdict"] for each in told} == {turning: "lifts", other: "outgrown"}
    said = keeping.say(row, row["works"], {})
    assert [(each.title, each.confirmed, each.now) for each in said] == [
        ("6-18-01-01", "每日工时 11, 每周工时 55", "每日工时 11, 每周工时 55"),
        ("6-31-01-03", "每日工时 9, 每周工时 45", "每日工时 11, 每周工时 55"),
    ]
    # a draft is no work yet: what stands in it takes nothing from the others
    await post(db, other, state="draft", hours_per_day=14)
    row = await queries.filing(world.hr_precision, filing_id)
    assert row["verdict"] == "lifts"


async def test_a_combination_within_one_kind_of_work_is_not_lifted_either(
    db: Database, world: World
) -> None:
    turning, other = world.posts["turning"], await other_post(db, world)
    await post(db, turning, hours_per_day=12, days_per_week=3)
    await post(db, other, hours_per_day=9, days_per_week=6, occupation="6-18-01-01")
    await filed(world, world.hr_precision, for_host(world))
    await post(db, other, hours_per_day=12, days_per_week=4)
    assert not await is_lifted(db, world, other), "12 hours a day were confirmed with 36 a week"


async def test_one_number_does_not_stand_for_the_caps_of_several_kinds_of_work(
    db: Database, world: World
) -> None:
    other = await other_post(db, world)
    with pytest.raises(Refusal) as refused:
        await entered(world.authority_bureau, for_host(world, "C07"))
    assert list(refused.value.fields) == ["subject"]
    await post(db, other, state="closed")
    waiting = await entered(world.hr_precision, for_host(world, "C07"))
    await post(db, other, state="published")
    with pytest.raises(Conflict):
        await filing.confirm(world.authority_bureau, waiting)
    await filed(world, world.authority_bureau, for_host(world, "C06"))


async def test_what_was_once_confirmed_for_several_kinds_together_lifts_nothing(
    db: Database, world: World
) -> None:
    turning = world.posts["turning"]
    await post(db, turning, hours_per_day=9)
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason, filed_on, starts,"
            " ends, confirmed, confirmed_by, entered_for, confirmed_for) values (gen_random_uuid(), $1, 'filing', '{F03.hours}', 'host',"
            " $1, 'x', '1', 'x', '2026-11-02', $2, $3, now(), $1, '{}', $4::jsonb)",
            world.organisations["precision"],
            STARTS,
            ENDS,
            '{"occupation": ["6-18-01-01", "6-31-01-03"], "hours_per_day": 11, "hours_per_week": 55}',
        )
    assert not await is_lifted(db, world, turning)
    ((row,), _total) = await queries.filings(world.hr_precision, queries.Filter(), limit=5)
    assert row["verdict"] == "outgrown"


async def test_a_list_of_filings_asks_for_the_work_of_all_at_once(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("fetch", "fetch_as", "fetch_one", "fetch_value"):
        whole = getattr(Database, name)

        def counting(self: Database, *args: Any, _whole: Any = whole, **more: Any) -> Any:
            asked.append(str(args))
            return _whole(self, *args, **more)

        monkeypatch.setattr(Database, name, counting)

    async def statements(filings: int) -> int:
        asked.clear()
        rows, total = await queries.filings(world.hr_precision, queries.Filter(), limit=50)
        assert (len(rows), total) == (filings, filings)
        return len(asked)

    other = await other_post(db, world)
    await entered(world.hr_precision, new(world))
    await entered(world.hr_precision, for_host(world))
    few = await statements(2)
    for lift in ("F03.nights", "F02.rest", "F01.TOXIC"):
        await entered(world.hr_precision, for_host(world, lift))
        await entered(world.hr_precision, new(world, lift=lift, subject=other))
    assert await statements(8) == few
